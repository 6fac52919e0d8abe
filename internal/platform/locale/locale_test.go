// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// texts of one language by key, and how many of them nobody has reviewed.
func words(t *testing.T, tag string) (byKey map[string]*i18n.Message, unreviewed int) {
	t.Helper()
	byKey = map[string]*i18n.Message{}
	files, err := fs.Glob(texts, path.Join("text", tag, "*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no words of %s: %v", tag, err)
	}
	for _, f := range files {
		content, err := texts.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := parse(content)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, m := range messages {
			if byKey[m.ID] != nil {
				t.Errorf("%s: key %s is there twice", f, m.ID)
			}
			byKey[m.ID] = m
		}
		if strings.Contains(string(content), "unreviewed = true") {
			unreviewed += len(messages)
		}
	}
	return byKey, unreviewed
}

// placeholder is a place to be filled in: by the server, or by a script ({n}).
var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}|\{[a-z]+\}`)

// Each key stands in each language, with the same values to fill in and with the plural
// forms of the language (CLDR, cardinal).
func TestLanguagesAgree(t *testing.T) {
	t.Parallel()
	forms := map[string][]string{"ru": {"one", "few", "many", "other"}, "kk": {"one", "other"}, "en": {"one", "other"}}
	ru, _ := words(t, "ru")
	for _, tag := range Languages() {
		own, unreviewed := words(t, tag.String())
		t.Logf("%s: %d texts, %d unreviewed", tag, len(own), unreviewed)
		for _, key := range slices.Sorted(maps.Keys(ru)) {
			m := own[key]
			if m == nil {
				t.Errorf("%s lacks %s", tag, key)
				continue
			}
			for _, text := range []string{m.One, m.Few, m.Many, m.Other} {
				if text != "" && fills(ru[key].Other) != fills(text) {
					t.Errorf("%s: %s is filled with %s, in Russian with %s", tag, key, fills(text), fills(ru[key].Other))
				}
			}
			have := map[string]string{"one": m.One, "few": m.Few, "many": m.Many, "other": m.Other}
			if m.One+m.Few+m.Many == "" {
				continue
			}
			for _, form := range forms[tag.String()] {
				if have[form] == "" {
					t.Errorf("%s: %s lacks the form %q", tag, key, form)
				}
			}
		}
		for key := range own {
			if ru[key] == nil {
				t.Errorf("%s has %s, Russian does not", tag, key)
			}
		}
	}
}

// fills lists the placeholders of a text.
func fills(text string) string {
	found := map[string]bool{}
	for _, p := range placeholder.FindAllString(text, -1) {
		found[strings.ReplaceAll(p, " ", "")] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " ")
}

// No word mixes alphabets: a Latin «c» in a Cyrillic word looks right and is neither found
// by a search nor read out.
func TestWordsKeepTheirAlphabet(t *testing.T) {
	t.Parallel()
	mixed := regexp.MustCompile(`\p{Latin}\p{Cyrillic}|\p{Cyrillic}\p{Latin}`)
	if !mixed.MatchString("\u0441e\u0440") {
		t.Fatal("a mixed word is not found")
	}
	for _, tag := range Languages() {
		byKey, _ := words(t, tag.String())
		for key, m := range byKey {
			for _, text := range []string{m.One, m.Few, m.Many, m.Other} {
				if at := mixed.FindStringIndex(placeholder.ReplaceAllString(text, " ")); at != nil {
					t.Errorf("%s: %s: a word of two alphabets: %q", tag, key, text)
				}
			}
		}
	}
}

// TestEnglishWordsAreLatin: who reads English may not read Cyrillic. Russian numbers and registers stand
// as docs/glossary.md writes them (INN, SNILS, OGRN, ESIA); Cyrillic stays in what is quoted as it is
// typed or printed, in numbers of ours (С-1042) and in the name of a language in itself (ҚАЗ).
func TestEnglishWordsAreLatin(t *testing.T) {
	t.Parallel()
	allowed := regexp.MustCompile(`“[^”]*”|[АДСО]-\d+|ҚАЗ`)
	cyrillic := regexp.MustCompile(`\p{Cyrillic}+`)
	byKey, _ := words(t, "en")
	for key, m := range byKey {
		for _, text := range []string{m.One, m.Few, m.Many, m.Other} {
			if found := cyrillic.FindString(allowed.ReplaceAllString(text, "")); found != "" {
				t.Errorf("%s: %q: %s", key, text, found)
			}
		}
	}
}

// A Kazakh file says whether a native speaker has read it: one without a word on it would
// count as read.
func TestKazakhFilesSayWhoReadThem(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(texts, "text/kk/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no Kazakh files", err)
	}
	said := regexp.MustCompile(`(?m)^unreviewed = (true|false)$`)
	for _, f := range files {
		content, err := texts.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !said.Match(content) {
			t.Errorf("%s does not say whether it was reviewed", f)
		}
	}
}

var (
	literal = regexp.MustCompile(`"([a-z][a-zA-Z0-9_.-]*)"`)
	// asked finds keys that code certainly asks for: T("key"), problem.New(kind, "key"),
	// Then("key"). A key that is put together at run time ends with a dot here.
	asked = regexp.MustCompile(`(?:\bT\((?:ctx, )?|problem\.New\([a-zA-Z.]+, |\.Then\()"([a-z][a-zA-Z0-9_.-]*)"( ?\+)?`)
)

// sources calls each with the hand-written sources of the program.
func sources(t *testing.T, each func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir("../../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "build" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		generated := strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_gen.go")
		if generated || strings.HasSuffix(name, "_test.go") || (path.Ext(name) != ".go" && path.Ext(name) != ".templ") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			each(name, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysInUseExist(t *testing.T) {
	t.Parallel()
	ru, _ := words(t, "ru")
	missing := map[string]string{}
	sources(t, func(name, text string) {
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			key, begins := m[1], m[2] != ""
			exists := ru[key] != nil
			if begins {
				exists = slices.ContainsFunc(slices.Collect(maps.Keys(ru)), func(k string) bool { return strings.HasPrefix(k, key) })
			}
			if !exists {
				missing[key] = name
			}
		}
	})
	for _, key := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("no text for %s (%s)", key, missing[key])
	}
}

func TestKeysAreUsed(t *testing.T) {
	t.Parallel()
	ru, _ := words(t, "ru")
	// A literal that ends with a dot, or is a key itself, is what code adds to.
	used, begins := map[string]bool{}, map[string]bool{}
	sources(t, func(_, text string) {
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
			if key := strings.TrimSuffix(m[1], "."); key != m[1] || ru[key] != nil {
				begins[key] = true
			}
		}
	})
	for _, key := range slices.Sorted(maps.Keys(ru)) {
		// The key itself, or a beginning of it that code adds to.
		found := used[key]
		for k := key; !found && k != ""; found = begins[k] {
			k = k[:max(strings.LastIndexByte(k, '.'), 0)]
		}
		if !found {
			t.Errorf("nothing uses %s", key)
		}
	}
}

func TestTimesAndNumbers(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("MSK", 3*3600)
	b, err := Load(moscow)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 11, 2, 0, 0, time.UTC)
	if zone, name := b.For("ru").Zone(at); zone != "MSK" || name != "МСК" {
		t.Errorf("zone %s, called %s", zone, name)
	}
	east, err := Load(time.FixedZone("+05", 5*3600))
	if err != nil {
		t.Fatal(err)
	}
	if _, name := east.For("ru").Zone(at); name != "" || east.For("ru").DateTime(at) != "21.11.2026, 16:02 (UTC+05)" {
		t.Errorf("a zone of the east is called %s: %s", name, east.For("ru").DateTime(at))
	}
	for want, zone := range map[string]*time.Location{"UTC": time.UTC, "UTC+05:30": time.FixedZone("IST", 19800), "UTC-03:30": time.FixedZone("NST", -12600), "UTC+04": time.FixedZone("MSD", 14400)} {
		bundle, err := Load(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := bundle.For("en").DateTime(at); !strings.HasSuffix(got, "("+want+")") {
			t.Errorf("%s, want %s", got, want)
		}
	}
	ru, en, kk := b.For("ru"), b.For("en-US,en;q=0.9"), b.For("kk")
	for _, c := range []struct{ got, want string }{
		{ru.Language() + en.Language() + kk.Language() + b.For(";;").Language(), "ruenkkru"},
		{ru.DateTime(at), "21.11.2026, 14:02 (МСК)"}, {en.DateTime(at), "21.11.2026, 14:02 (MSK)"}, {ru.DateTime(time.Time{}), ""},
		{ru.Date(at), "21.11.2026"}, {ru.Date(time.Time{}), ""}, {ru.Clock(at), "14:02"},
		{ru.Number(1234567), "1\u00a0234\u00a0567"}, {en.Number(-1234), "\u22121,234"}, {ru.Number(0), "0"}, {kk.Number(999), "999"},
		{ru.Money(190000, "₽"), "1\u00a0900,00\u00a0₽"}, {en.Money(190005, "₽"), "₽1,900.05"}, {ru.Money(-5, "₽"), "\u22120,05\u00a0₽"},
		{kk.Money(100, "₸"), "1,00\u00a0₸"},
		{ru.Size(999), "999\u00a0Б"}, {ru.Size(10 << 20), "10\u00a0МБ"}, {en.Size(2621440), "2.5\u00a0MB"}, {kk.Size(1536), "1,5\u00a0КБ"},
		{ru.T("no.such.key", nil), "no.such.key"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if ru.Has("no.such.key") || !ru.Has("locale.mb") {
		t.Error("keys that exist are not told from others")
	}
}

// TestOneStopAfterInitials: a name that ends with a stop does not bring a second one.
func TestOneStopAfterInitials(t *testing.T) {
	t.Parallel()
	b, err := Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	ru := b.For("ru")
	for title, want := range map[string]string{
		"ИП Соколова А. И.": "от имени: ИП Соколова А. И. Права",
		"ООО «Заря»":        "от имени: ООО «Заря». Права",
	} {
		if got := ru.T("people.text", map[string]any{"Title": title}); !strings.Contains(got, want) {
			t.Errorf("%s", got)
		}
	}
}

func TestPluralForms(t *testing.T) {
	t.Parallel()
	messages, err := parse([]byte("[a.tries]\none = \"{{.Count}} попытка\"\nfew = \"{{.Count}} попытки\"\nmany = \"{{.Count}} попыток\"\nother = \"{{.Count}} попытки\"\n[a]\n_ = \"сам\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.bundle.AddMessages(Languages()[0], messages...); err != nil {
		t.Fatal(err)
	}
	ru := b.For("ru")
	for n, want := range map[int]string{1: "1 попытка", 2: "2 попытки", 5: "5 попыток", 11: "11 попыток", 21: "21 попытка"} {
		if got := ru.T("a.tries", map[string]any{"Count": n}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := ru.T("a", nil); got != "сам" {
		t.Errorf("the text beside its parts: %q", got)
	}
	for _, bad := range []string{"a = 1", "a = [", "a = true"} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("read %q", bad)
		}
	}
}

// S000-22: every message with a code says to tell it to nobody, in each language.
func TestCodesSayToTellNobody(t *testing.T) {
	t.Parallel()
	for tag, warning := range map[string]string{"ru": "Никому не сообщайте", "kk": "шкімге айтпаңыз", "en": "nobody"} {
		byKey, _ := words(t, tag)
		codes := 0
		for key, m := range byKey {
			if !strings.HasPrefix(key, "sms.code.") {
				continue
			}
			codes++
			if !strings.Contains(m.Other, warning) {
				t.Errorf("%s: %s: %q", tag, key, m.Other)
			}
		}
		if codes < 8 {
			t.Errorf("%s: %d messages with codes", tag, codes)
		}
	}
}
