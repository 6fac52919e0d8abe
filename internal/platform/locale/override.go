// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Own are the texts that an installation says in its own words: language, key, text.
type Own map[string]map[string]string

// The reasons why a text is not taken.
var (
	ErrNoText  = errors.New("no such text, or one with plural forms")
	ErrFixed   = errors.New("the text is not to be changed")
	ErrLetters = errors.New("the text is too long, or has letters that are none")
	ErrPlaces  = errors.New("the text has other places than the original")
)

// maxOwn bounds a text, in octets.
const maxOwn = 2000

// fixedTexts are the beginnings of keys that say what law or safety wants said.
func fixedTexts() []string { return []string{"training.", "frame.not_state", "code.sms", "sms."} }

var placePattern = regexp.MustCompile(`\{\{\s*\.([A-Za-z]+)\s*\}\}`)

// places are the places of a text that are filled in.
func places(text string) map[string]bool {
	list := map[string]bool{}
	for _, m := range placePattern.FindAllStringSubmatch(text, -1) {
		list[m[1]] = true
	}
	return list
}

// Original is a text as the product has it; ok is false when there is none, or one with
// plural forms.
func (b *Bundle) Original(lang, key string) (text string, ok bool) {
	text, ok = b.plain[lang][key]
	return text, ok
}

// Find returns the keys of a language that hold words in the key or the text, in order.
func (b *Bundle) Find(lang, words string, limit int) (keys []string) {
	words = strings.ToLower(words)
	for _, key := range slices.Sorted(maps.Keys(b.plain[lang])) {
		if strings.Contains(key, words) || strings.Contains(strings.ToLower(b.plain[lang][key]), words) {
			if keys = append(keys, key); len(keys) == limit {
				break
			}
		}
	}
	return keys
}

// Check says whether a text may stand in the place of the original: plain words with the
// same places to be filled in, and nothing else of a template.
func (b *Bundle) Check(lang, key, text string) error {
	original, ok := b.Original(lang, key)
	if !ok {
		return ErrNoText
	}
	if slices.ContainsFunc(fixedTexts(), func(p string) bool { return strings.HasPrefix(key, p) }) {
		return ErrFixed
	}
	odd := func(r rune) bool {
		return r != '\n' && !unicode.IsPrint(r) && r != '\u00a0' || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r)
	}
	if text == "" || len(text) > maxOwn || strings.ContainsFunc(text, odd) {
		return ErrLetters
	}
	if strings.Contains(placePattern.ReplaceAllString(text, ""), "{{") || !maps.Equal(places(text), places(original)) {
		return ErrPlaces
	}
	return nil
}

// Say puts the own texts of an installation in force, all of them at once. Texts that are
// no good any more, as after a new version, are left out: the original is said.
func (b *Bundle) Say(own Own) error {
	said := map[string]*i18n.Localizer{}
	bundle := i18n.NewBundle(language.Russian)
	for _, tag := range b.tags {
		lang, spoken := tag.String(), false
		for key, text := range own[lang] {
			if b.Check(lang, key, text) != nil {
				continue
			}
			if err := bundle.AddMessages(tag, &i18n.Message{ID: key, Other: text}); err != nil {
				return fmt.Errorf("say own text: %w", err)
			}
			spoken = true
		}
		if spoken {
			said[lang] = i18n.NewLocalizer(bundle, lang)
		}
	}
	b.own.Store(&said)
	return nil
}

// own is the localizer of own texts in a language, nil for none.
func (l *Localizer) own() *i18n.Localizer {
	if said := l.bundle.own.Load(); said != nil {
		return (*said)[l.tag.String()]
	}
	return nil
}
