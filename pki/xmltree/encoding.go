// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is how a document came.
type Encoding string

// The encodings that are read.
const (
	UTF8        Encoding = "UTF-8"
	UTF16       Encoding = "UTF-16"
	Windows1251 Encoding = "windows-1251"
)

// decode turns a document into UTF-8 without a byte order mark. The declaration
// decides unless there is a mark (XML 1.0, 4.3.3 and appendix F).
func decode(in []byte) (text string, e Encoding, err error) {
	switch {
	case len(in) >= 3 && in[0] == 0xEF && in[1] == 0xBB && in[2] == 0xBF:
		in = in[3:]
	case len(in) >= 2 && (in[0] == 0xFE && in[1] == 0xFF || in[0] == 0xFF && in[1] == 0xFE):
		return decodeUTF16(in)
	}
	switch name := strings.ToLower(declaredEncoding(in)); name {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		if !utf8.Valid(in) {
			return "", UTF8, ErrCharacter
		}
		return string(in), UTF8, nil
	case "windows-1251", "cp1251":
		return decode1251(in)
	}
	return "", "", ErrEncoding
}

// declaredEncoding finds the name in the XML declaration; its syntax is checked
// by the parser.
func declaredEncoding(in []byte) string {
	head := string(in[:min(len(in), 200)])
	if !strings.HasPrefix(head, "<?xml") {
		return ""
	}
	head, _, ok := strings.Cut(head, "?>")
	if !ok {
		return ""
	}
	_, rest, ok := strings.Cut(head, "encoding")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, " \t\r\n=")
	if rest == "" {
		return ""
	}
	name, _, _ := strings.Cut(rest[1:], rest[:1])
	return name
}

func decodeUTF16(in []byte) (string, Encoding, error) {
	if len(in)%2 != 0 {
		return "", UTF16, ErrCharacter
	}
	high, low := 0, 1
	if in[0] == 0xFF {
		high, low = 1, 0
	}
	out := make([]byte, 0, len(in))
	for i := 2; i < len(in); i += 2 {
		r := rune(in[i+high])<<8 | rune(in[i+low])
		if utf16.IsSurrogate(r) {
			if i += 2; i >= len(in) {
				return "", UTF16, ErrCharacter
			}
			r = utf16.DecodeRune(r, rune(in[i+high])<<8|rune(in[i+low]))
			if r == utf8.RuneError {
				return "", UTF16, ErrCharacter
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), UTF16, nil
}

// upper1251 are the characters of the octets from 0x80 to 0xBF; 0xC0 and above are
// the alphabet in order. 0x98 is not assigned.
const upper1251 = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\uFFFD™љ›њќћџ\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї"

func decode1251(in []byte) (string, Encoding, error) {
	out, err := append1251(make([]byte, 0, len(in)+len(in)/2), in)
	return string(out), Windows1251, err
}

// append1251 appends the UTF-8 form of octets in windows-1251.
func append1251(out, in []byte) ([]byte, error) {
	upper := []rune(upper1251)
	for _, b := range in {
		switch {
		case b < 0x80:
			out = append(out, b)
		case b >= 0xC0:
			out = utf8.AppendRune(out, 'А'+rune(b-0xC0))
		case b == 0x98:
			return nil, ErrCharacter
		default:
			out = utf8.AppendRune(out, upper[b-0x80])
		}
	}
	return out, nil
}

// FromWindows1251 reads text in windows-1251, in which authorities write tables as
// well.
func FromWindows1251(in []byte) (string, error) {
	text, _, err := decode1251(in)
	return text, err
}
