// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	_ "embed"
	"strings"

	"podpis/verify/reasons"
)

// textFile has the program's own lines: key, Russian, English, Kazakh.
//
//go:embed texts.tsv
var textFile string

// words is a line of the program in its languages.
type words struct{ ru, en, kk string }

// find looks a line up. A run of the program needs few of them: reading all would take longer.
func find(key string) (w words, known bool) {
	_, rest, known := strings.Cut(textFile, "\n"+key+"\t")
	if !known {
		return w, false
	}
	line, _, _ := strings.Cut(rest, "\n")
	fields := strings.Split(strings.ReplaceAll(line, `\n`, "\n"), "\t")
	if len(fields) != 3 {
		return w, false
	}
	return words{fields[0], fields[1], fields[2]}, true
}

// Text returns the words of a key.
func (c *Console) Text(key string) string {
	w, known := find(key)
	switch {
	case !known:
		return key
	case c.Language == reasons.English:
		return w.en
	case c.Language == reasons.Kazakh:
		return w.kk
	}
	return w.ru
}
