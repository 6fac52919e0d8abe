// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package locale holds the words people read: Russian first, Kazakh and English
// beside it. Code knows keys only. Plural forms, dates and money follow the
// language (CLDR, by go-i18n and x/text).
//
// The words are files text/<language>/<area>.toml, one key a line under its
// table. Kazakh files say unreviewed = true until a native speaker has read
// them, and a line above it says what was done till then; a test prints how many
// texts that is. The words of Kazakh are fixed in docs/glossary.md. Tests find keys
// that a language lacks, keys that nothing uses and words of two alphabets.
//
// Left out: the words of verdicts (verify/reasons), which the command line and
// the browser speak too.
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed text
var texts embed.FS

// Bundle is all words in all languages. It is not changed after it was read; what an
// installation says in its own words lies over it.
type Bundle struct {
	plain map[string]map[string]string // language, key: texts without forms
	own   atomic.Pointer[map[string]*i18n.Localizer]

	bundle  *i18n.Bundle
	matcher language.Matcher
	tags    []language.Tag
	zone    *time.Location
}

// Languages are the languages of the product, the first is the default.
func Languages() []language.Tag {
	return []language.Tag{language.Russian, language.Kazakh, language.English}
}

// Load reads the words. zone is the time zone of the installation, in which
// people read times.
func Load(zone *time.Location) (*Bundle, error) {
	b := &Bundle{plain: map[string]map[string]string{}, bundle: i18n.NewBundle(language.Russian), tags: Languages(), zone: zone}
	b.matcher = language.NewMatcher(b.tags)
	err := fs.WalkDir(texts, "text", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := texts.ReadFile(name)
		if err != nil {
			return err
		}
		tag, err := language.Parse(path.Base(path.Dir(name)))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		messages, err := parse(content)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if b.plain[tag.String()] == nil {
			b.plain[tag.String()] = map[string]string{}
		}
		for _, m := range messages {
			if m.One+m.Few+m.Many == "" {
				b.plain[tag.String()][m.ID] = m.Other
			}
		}
		return b.bundle.AddMessages(tag, messages...)
	})
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	return b, nil
}

// parse reads a file of words. A table whose keys are plural forms is one text
// with forms; other tables are parts of keys.
func parse(content []byte) ([]*i18n.Message, error) {
	var tree map[string]any
	if err := toml.Unmarshal(content, &tree); err != nil {
		return nil, err
	}
	delete(tree, "unreviewed")
	return collect(nil, "", tree)
}

func collect(out []*i18n.Message, key string, value any) ([]*i18n.Message, error) {
	switch v := value.(type) {
	case string:
		return append(out, &i18n.Message{ID: key, Other: v}), nil
	case map[string]any:
		if other, ok := v["other"].(string); ok {
			form := func(name string) string { s, _ := v[name].(string); return s }
			m := &i18n.Message{ID: key, One: form("one"), Few: form("few"), Many: form("many"), Other: other}
			return append(out, m), nil
		}
		for name, part := range v {
			id := name
			if key != "" {
				id = key + "." + name
			}
			// "_" is the text of the key itself beside its parts.
			if name == "_" {
				id = key
			}
			var err error
			if out, err = collect(out, id, part); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("key %s is neither a text nor a table", key)
}

// For returns the words for what a person or a browser asks: a language or an
// Accept-Language header.
func (b *Bundle) For(wanted string) *Localizer {
	asked, _, err := language.ParseAcceptLanguage(wanted)
	index := 0
	if err == nil && len(asked) > 0 {
		_, index, _ = b.matcher.Match(asked...)
	}
	tag := b.tags[index]
	return &Localizer{bundle: b, words: i18n.NewLocalizer(b.bundle, tag.String(), language.Russian.String()), tag: tag, zone: b.zone}
}

// Localizer speaks one language.
type Localizer struct {
	bundle *Bundle
	words  *i18n.Localizer
	tag    language.Tag
	zone   *time.Location
}

// Language is the code of the language, for the lang attribute.
func (l *Localizer) Language() string { return l.tag.String() }

// T returns the text of a key, filled with data. "Count" in the data chooses the
// plural form. A key that does not exist comes back as itself: a page with a
// strange word is better than no page, and a test finds it.
func (l *Localizer) T(key string, data map[string]any) string {
	c := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if n, ok := data["Count"]; ok {
		c.PluralCount = n
	}
	if own := l.own(); own != nil {
		if s, err := own.Localize(c); err == nil && s != "" {
			return oneStop(s, data)
		}
	}
	// A text that a language lacks comes with an error, in Russian: that is still
	// better than its key.
	if s, _ := l.words.Localize(c); s != "" {
		return oneStop(s, data)
	}
	return key
}

// oneStop takes the second of two full stops where a value that ends with one, as initials
// do, ends a sentence: «ИП Соколова А. И.».
func oneStop(text string, data map[string]any) string {
	for _, value := range data {
		if v, ok := value.(string); ok && strings.HasSuffix(v, ".") && !strings.HasSuffix(v, "..") {
			text = strings.ReplaceAll(text, v+".", v)
		}
	}
	return text
}

// Has reports whether a key exists.
func (l *Localizer) Has(key string) bool { return l.T(key, nil) != key }

// In is a moment in the zone of the installation.
func (l *Localizer) In(t time.Time) time.Time { return t.In(l.zone) }

// DateTime is «21.11.2026, 14:02 (МСК)».
func (l *Localizer) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(l.zone)
	return local.Format("02.01.2006, 15:04") + " (" + l.zoneName(local) + ")"
}

// Date is «21.11.2026».
func (l *Localizer) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(l.zone).Format("02.01.2006")
}

// Location is the zone of the times shown.
func (l *Localizer) Location() *time.Location { return l.zone }

// Clock is «14:02».
func (l *Localizer) Clock(t time.Time) string { return t.In(l.zone).Format("15:04") }

// Zone is the zone of the times, by its name in the database of zones, and what
// [Localizer.DateTime] calls Moscow time; empty: this is another zone. Scripts write the
// same times.
func (l *Localizer) Zone(t time.Time) (zone, name string) {
	if inMoscow(t.In(l.zone)) {
		return l.zone.String(), l.zoneName(t.In(l.zone))
	}
	return l.zone.String(), ""
}

func inMoscow(t time.Time) bool {
	name, offset := t.Zone()
	return name == "MSK" && offset == 3*60*60 // it was four hours from 2011 to 2014
}

// zoneName calls Moscow time by its name and others by their distance from Greenwich:
// few know what MSD or ALMT was.
func (l *Localizer) zoneName(t time.Time) string {
	_, offset := t.Zone()
	switch {
	case inMoscow(t) && l.tag != language.English:
		return "МСК"
	case inMoscow(t):
		return "MSK"
	case offset == 0:
		return "UTC"
	}
	return "UTC" + strings.TrimSuffix(t.Format("-07:00"), ":00")
}

// Size is a number of octets as people say it: «2,5 МБ», «10 МБ».
func (l *Localizer) Size(n int64) string {
	units := []string{"locale.b", "locale.kb", "locale.mb", "locale.gb"}
	value, unit := float64(n), 0
	for value >= 1000 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	text := strconv.FormatInt(n, 10)
	if unit > 0 {
		text = strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0")
	}
	if l.tag != language.English {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + "\u00a0" + l.T(units[unit], nil)
}
