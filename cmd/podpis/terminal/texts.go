// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	_ "embed"
	"strings"
	"sync"

	"podpis/verify/reasons"
)

// textFile has the program's own lines: key, Russian, English, Kazakh.
//
//go:embed texts.tsv
var textFile string

// words is a line of the program in its languages.
type words struct{ ru, en, kk string }

// texts reads the lines once. A broken file does not pass the tests.
var texts = sync.OnceValue(func() map[string]words {
	out := make(map[string]words)
	for line := range strings.Lines(textFile) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) < 3 || strings.HasPrefix(line, "#") {
			continue
		}
		lines := strings.NewReplacer(`\n`, "\n")
		w := words{lines.Replace(fields[1]), lines.Replace(fields[2]), lines.Replace(fields[1])}
		if len(fields) > 3 {
			w.kk = lines.Replace(fields[3])
		}
		out[fields[0]] = w
	}
	return out
})

// Text returns the words of a key.
func (c *Console) Text(key string) string {
	w, known := texts()[key]
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
