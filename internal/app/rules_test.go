// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/locale"
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
