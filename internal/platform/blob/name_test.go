// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package blob

import (
	"strings"
	"testing"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"паспорт.png": "паспорт.png", `C:\Users\anna\паспорт.png`: "паспорт.png", "../../etc/passwd": "passwd", "..": "document", "": "document", "/": "document",
		"a\r\nSet-Cookie: x": "aSet-Cookie: x", "фото\u202egnp.exe": "фотоgnp.exe", `a"b.pdf`: "ab.pdf", "\xff.pdf": ".pdf", strings.Repeat("я", 200) + ".pdf": strings.Repeat("я", 116) + ".pdf",
	} {
		if got := FileName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestShownKind(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"%PDF-1.7": "application/pdf", "\x89PNG\r\n\x1a\n": "image/png", "\xff\xd8\xff": "image/jpeg",
		"<html><script>": "", "<svg onload=x>": "", "MZ\x90": "", "": "", "GIF89a": "",
	} {
		if got := ShownKind([]byte(content)); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}
