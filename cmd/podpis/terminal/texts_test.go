// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTexts: every key of the program has words in every language, each used
// once, with the same places.
func TestTexts(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	err := filepath.WalkDir("..", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile(name)
		source.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	verbs := regexp.MustCompile(`%[-0-9]*[a-z]`)
	places := func(line string) string {
		return strings.ReplaceAll(strings.Join(verbs.FindAllString(line, -1), ""), "q", "s")
	}
	seen := map[string]bool{}
	for line := range strings.Lines(textFile) {
		if strings.HasPrefix(line, "#") || line == "\n" {
			continue
		}
		key, _, _ := strings.Cut(line, "\t")
		w, read := find(key)
		switch {
		case strings.Count(line, "\t") != 3 || !strings.HasSuffix(line, "\n") || !read:
			t.Errorf("not a line of key, Russian, English and Kazakh: %q", line)
		case seen[key]:
			t.Errorf("%s stands twice", key)
		case w.ru == "" || w.en == "" || w.kk == "" || places(w.ru) != places(w.en) || places(w.ru) != places(w.kk):
			t.Errorf("%s: %q, %q and %q do not fit", key, w.ru, w.en, w.kk)
		case !strings.Contains(source.String(), `"`+key+`"`):
			t.Errorf("%s is not used", key)
		}
		seen[key] = true
	}
	for _, m := range regexp.MustCompile(`(?:Usage|Failed|Print|Text|c\.ask)\((?:c\.Out, |c\.Err, |w, |f, )?"([a-z0-9-]+)"`).FindAllStringSubmatch(source.String(), -1) {
		if !seen[m[1]] {
			t.Errorf("%s has no words", m[1])
		}
	}
}
