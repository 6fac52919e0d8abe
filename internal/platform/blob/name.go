// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package blob

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// ShownKinds are the media types that people attach and browsers show by themselves. What a browser would
// run (HTML, SVG, scripts) is none of them.
func ShownKinds() []string { return []string{"application/pdf", "image/jpeg", "image/png"} }

// ShownKind is the media type of a content by what it begins with, whatever its name; empty when it is none
// of [ShownKinds].
func ShownKind(content []byte) string {
	if mime := http.DetectContentType(content); slices.Contains(ShownKinds(), mime) {
		return mime
	}
	return ""
}

// FileName is the last part of a name that somebody gave a file: printable, at most 120 characters, never
// empty and never one that leads up. Signs that turn the direction of text are taken out: they make a
// program look like a picture.
func FileName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' || r == utf8.RuneError || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, name)
	if strings.Trim(name, ". /") == "" {
		return "document"
	}
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[len(runes)-120:])
	}
	return name
}
