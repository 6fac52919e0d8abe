// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"strings"
	"sync"

	"podpis/verify/reasons"
)

// textFile has the program's own lines: key, Russian, English.
//
//go:embed texts.tsv
var textFile string

// words is a line of the program in its two languages.
type words struct{ ru, en string }

// texts reads the lines once. A broken file does not pass the tests.
var texts = sync.OnceValue(func() map[string]words {
	out := make(map[string]words)
	for line := range strings.Lines(textFile) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		lines := strings.NewReplacer(`\n`, "\n")
		out[fields[0]] = words{lines.Replace(fields[1]), lines.Replace(fields[2])}
	}
	return out
})

// text returns the words of a key. Kazakh is spoken by the verdicts; the
// program's own lines are Russian then.
func (c *console) text(key string) string {
	w, known := texts()[key]
	switch {
	case !known:
		return key
	case c.language == reasons.English:
		return w.en
	}
	return w.ru
}
