// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text decodes a text string (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 with their
// marks, PDFDocEncoding else, of which the part it shares with ISO 8859-1 is read.
func Text(s String) string {
	v := string(s.Value)
	if body, ok := strings.CutPrefix(v, "\xfe\xff"); ok {
		units := make([]uint16, 0, len(body)/2)
		for i := 0; i+1 < len(body); i += 2 {
			units = append(units, uint16(body[i])<<8|uint16(body[i+1]))
		}
		return string(utf16.Decode(units))
	}
	if body, ok := strings.CutPrefix(v, "\xef\xbb\xbf"); ok && utf8.ValidString(body) {
		return body
	}
	var b strings.Builder
	for i := range len(v) {
		b.WriteRune(rune(v[i]))
	}
	return b.String()
}

// NewText encodes a text string: as it is when it is ASCII, else in UTF-16.
func NewText(text string) String {
	if strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || r < ' ' }) < 0 {
		return String{Value: []byte(text)}
	}
	out := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return String{Value: out}
}
