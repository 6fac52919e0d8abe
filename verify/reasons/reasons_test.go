// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package reasons

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func full() Details {
	return Details{
		Date:  time.Date(2026, 11, 22, 9, 5, 0, 0, time.UTC),
		Until: time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC), Issuer: "УЦ [1] {x}", Attribute: "signingCertificateV2",
		Algorithm: "SHA-1", File: "договор.pdf", Cause: CauseFetch,
	}
}

func TestEverySubIndicationHasWords(t *testing.T) {
	t.Parallel()
	if n := len(SubIndications()); n != 25 {
		t.Fatalf("%d sub-indications, want 25", n)
	}
	failed := 0
	for _, c := range SubIndications() {
		if c.Indication() == TotalFailed {
			failed++
		}
		for _, l := range Languages() {
			for _, d := range []Details{{}, full()} {
				r := Of(l, c, d)
				if r.Code != c || r.Text == string(c) || r.Text == "" || r.Next == "" {
					t.Errorf("%s %s: no words: %+v", l, c, r)
				}
				if strings.ContainsAny(r.Text+r.Next, "[]{}!") {
					t.Errorf("%s %s: places left in %q %q", l, c, r.Text, r.Next)
				}
			}
		}
	}
	if failed != 6 {
		t.Errorf("%d failures, want 6", failed)
	}
	if Code("").Indication() != TotalPassed || TryLater.Indication() != Indeterminate {
		t.Error("wrong indication")
	}
}

func TestTextsDifferByLanguageAndCode(t *testing.T) {
	t.Parallel()
	seen := map[string]Code{}
	for _, l := range Languages() {
		for _, c := range SubIndications() {
			text := Of(l, c, Details{}).Text
			if other, twice := seen[text]; twice {
				t.Errorf("%s says the same as %s: %q", c, other, text)
			}
			seen[text] = c
		}
	}
}

// TestTablesHaveTheSameRows keeps a language from missing a line that another
// has, places included.
func TestTablesHaveTheSameRows(t *testing.T) {
	t.Parallel()
	places := regexp.MustCompile(`\{[a-z]+\}`)
	for i, table := range tables(Russian) {
		for _, l := range []Language{Kazakh, English} {
			other := tables(l)[i]
			if len(other) != len(table) {
				t.Fatalf("%s: %d rows, Russian has %d", l, len(other), len(table))
			}
			for j, e := range table {
				o := other[j]
				if o.code != e.code {
					t.Errorf("%s row %d is %s, want %s", l, j, o.code, e.code)
				}
				if a, b := len(places.FindAllString(e.text+e.next, -1)), len(places.FindAllString(o.text+o.next, -1)); a != b {
					t.Errorf("%s %s: %d places, Russian has %d", l, e.code, b, a)
				}
			}
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code Code
		d    Details
		want string
	}{
		{Revoked, Details{}, "Подписали после отзыва сертификата."},
		{Revoked, full(), "Подписали после отзыва сертификата (22.11.2026)."},
		{ChainGeneral, full(), "Не удалось проверить издателя: сервер издателя не ответил."},
		{NoChain, full(), "Издателя нет в списке доверенных: УЦ (1) (x)."},
		{SigConstraints, Details{Attribute: "x"}, "Подпись сделана не по правилам: нет атрибута x."},
		{"UNKNOWN_CODE", full(), "UNKNOWN_CODE"},
	} {
		if got := Of("xx", test.code, test.d).Text; got != test.want {
			t.Errorf("%s: %q, want %q", test.code, got, test.want)
		}
	}
	if got := Text(English, TotalPassed); got != "The signature is valid" {
		t.Error(got)
	}
	if !Unreviewed(Kazakh) || Unreviewed(Russian) {
		t.Error("Kazakh is unreviewed, Russian is not")
	}
	if got := Moment(English, full().Date); got != "22 November 2026, 09:05 UTC" {
		t.Error(got)
	}
	if Moment(Russian, time.Time{}) != "" {
		t.Error("zero time has words")
	}
}
