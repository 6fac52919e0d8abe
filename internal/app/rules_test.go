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
