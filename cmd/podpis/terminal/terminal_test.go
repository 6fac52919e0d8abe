// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"bytes"
	"testing"

	"podpis/verify/reasons"
)

// A name from a certificate cannot write over a verdict, nor beside it.
func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Иванов Иван":               "Иванов Иван",
		"a\x1b[2J\x1b[Hb":           "a\uFFFD[2J\uFFFD[Hb",
		"Иванов\n  ✓ Подпись верна": "Иванов\uFFFD  ✓ Подпись верна",
		"a\rb\tc\u0085d\u009be":     "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe",
		"gnp.\u202exe\u2066\u2028x": "gnp.\uFFFDxe\uFFFD\uFFFDx",
	} {
		if got := Plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	var out bytes.Buffer
	c := &Console{Out: &out, Language: reasons.English}
	c.Print(c.Out, "signed", "a\x1b]0;b", "c\nd")
	if bytes.ContainsAny(out.Bytes()[:out.Len()-1], "\x1b\n") {
		t.Errorf("%q", out.String())
	}
}
