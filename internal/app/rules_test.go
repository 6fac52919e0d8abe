// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

// TestRulesHaveWords: every rule of the program says in each language what it governs, in one short
// sentence, and no words stand for a rule that is not there.
func TestRulesHaveWords(t *testing.T) {
	t.Parallel()
	book, err := (&App{}).book()
	if err != nil {
		t.Fatal(err)
	}
	words, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	const begins, longest = "rule.", 125 // Kazakh needs a little more than Russian
	for _, tag := range locale.Languages() {
		lang := tag.String()
		for _, rule := range book.Rules() {
			text, _ := words.Original(lang, begins+rule.Key)
			if n := utf8.RuneCountInString(text); n == 0 || n > longest || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: words of the rule %s, %d letters: %q", lang, rule.Key, n, text)
			}
		}
		said := 0
		for _, key := range words.Find(lang, begins, 0) {
			name, ok := strings.CutPrefix(key, begins)
			if !ok {
				continue // the words hold it
			}
			said++
			if _, ok := book.Rule(name); !ok {
				t.Errorf("%s: words for %s, which is no rule", lang, name)
			}
		}
		if said != len(book.Rules()) {
			t.Errorf("%s: words for %d rules of %d", lang, said, len(book.Rules()))
		}
	}
}

// TestMistypedRulesAreRefused: a word that no reader knows is refused, where it would open more than was meant or stop a job.
func TestMistypedRulesAreRefused(t *testing.T) {
	t.Parallel()
	book, err := (&App{}).book()
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t)
	for key, values := range map[string]map[string]bool{
		"egrip.role.level":          {"confimed": false, "": false, "confirmed": true},
		"certified.level.qualified": {"Confirmed": false, "standard": true},
		"certified.level.foreign":   {"none": false, "simplified": true},
		"certified.level.other":     {"none": false, "standard": true},
		"external.bank.level":       {"full": false, "simplified": true},
		"external.login.confirmed":  {"ful": false, "viewing": true},
		"external.login.standard":   {"ful": false, "full": true},
		"external.login.bank":       {"ful": false, "full": true},
		"verify.guard":              {"on": false, "off": true},
		"factor.methods":            {"app, sms": false, "sms app": true, "": true},
		"ra.remind.days":            {"60, 30": false, "0": false, "60 -1": false, "1 30 60": true},
	} {
		for value, takes := range values {
			err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return book.Set(ctx, tx, "test", key, value, tx.Now(), time.Time{})
			})
			if p, refused := problem.Of(err); refused == takes || refused && p.Key != "policy.unusable" {
				t.Errorf("%s = %q: %v", key, value, err)
			}
		}
	}
}

// TestNonsenseIsRefused: no rule of the program takes what breaks its reader. Numbers and durations are more than nothing,
// but for the few where nothing has a sense, and fit into what counts them; a text is one line; a switch is yes or no.
func TestNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	book, err := (&App{}).book()
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t)
	set := func(key, value string) (refusal string) {
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return book.Set(ctx, tx, "test", key, value, tx.Now(), time.Time{})
		})
		if p, ok := problem.Of(err); ok {
			return p.Key
		} else if err != nil {
			return err.Error()
		}
		return ""
	}
	nothing := map[string]bool{ // nothing has a sense here
		"approve.asks": true, "approve.pause": true, "egrip.pause": true, "ra.prepared.count": true, "ra.prepared.other": true,
		"ra.image.dark": true, "ra.image.bright": true, "ra.image.contrast": true, "takeout.hour": true, "verify.guard_free": true,
	}
	nonsense := map[policy.Kind][]string{
		policy.Number:   {"-1", "2147483648", "-9223372036854775808"},
		policy.Duration: {"-1h", "-1ns", "876001h"},
		policy.Text:     {"a\nb", "a\x00b", "\xff", strings.Repeat("a", 1001)},
	}
	for _, rule := range book.Rules() {
		for _, value := range nonsense[rule.Kind] {
			if key := set(rule.Key, value); key != "policy.range" && key != "policy.unusable" {
				t.Errorf("%s = %q: %q", rule.Key, value, key)
			}
		}
		if zero := map[policy.Kind]string{policy.Number: "0", policy.Duration: "0s"}[rule.Kind]; zero != "" && (set(rule.Key, zero) == "") != nothing[rule.Key] {
			t.Errorf("%s = %s: taken %v, want %v", rule.Key, zero, !nothing[rule.Key], nothing[rule.Key])
		}
		if rule.Kind == policy.Switch && set(rule.Key, "maybe") != "policy.value" {
			t.Errorf("%s: a switch that is maybe", rule.Key)
		}
		if key := set(rule.Key, rule.Default); key != "" {
			t.Errorf("%s: the default is refused: %s", rule.Key, key)
		}
		delete(nothing, rule.Key)
	}
	if len(nothing) != 0 {
		t.Errorf("no rules: %v", nothing)
	}
	for key, values := range map[string]map[string]bool{
		"takeout.hour":           {"24": false, "25": false, "23": true},
		"ra.image.dark":          {"256": false, "255": true},
		"ra.prepared.other":      {"2": false, "1": true},
		"external.match":         {"10001": false, "10000": true},
		"verify.guard_bits":      {"64": false, "20": true},
		"verify.upload_mb":       {"1000000": false, "4096": true},
		"auth.password.length":   {"65": false, "12": true},
		"ra.key.password_length": {"65": false, "13": true},
		"auth.stepup.life":       {"8760h": false, "5m": true},
		"inbox.hook.tries":       {"1000": false, "100": true},
		"inbox.outlet.chief":     {"chief": false, "Chief <chief@example.org>": false, "chief@example.org": true, "": true},
		"support.escalate_mail":  {"a@b.example, c@d.example": false, "": true},
		"support.hours":          {"25:00-26:00": false, "18:00-09:00": false, "09:00-18:00": true},
		"support.zone":           {"Moscow": false, "Europe/Moscow": true},
		"document.appeal":        {"javascript:alert(1)": false, "//evil.example": false, "https://u:p@fns.example/": false, "https://fns.example/": true},
		"trust.list_url":         {"file:///etc/passwd": false, "": true, "https://list.example/tsl.xml": true},
		"workplace.ntp":          {"https://ntp.example": false, "ntp.example:0": false, "ntp.example:99999": false, "ntp.example [2001:db8::1]:123 192.0.2.1": true, "": true},
		"tsa.policy":             {"": false, "policy": false, "2.16.840.1": true},
		"privacy.version":        {"": false, "../2": false, "2026-11": true},
		"egrip.blocking":         {"inn,numbr": false, "": true, "inn,status": true},
		"consult.replace.media":  {"floppy": false, "token file": true},
		"ca.crl.every":           {"1s": false, "10m": true},
		"ca.crl.life":            {"10m": false, "24h": true},
	} {
		for value, takes := range values {
			if key := set(key, value); (key == "") != takes {
				t.Errorf("%s = %q: %q", key, value, key)
			}
		}
	}
}
