// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"unicode/utf16"
	"unicode/utf8"

	"podpis/pki/der"
)

// isText reports the string types of X.520 and their relatives.
func isText(tag der.Tag) bool {
	switch tag {
	case der.TagUTF8String, der.TagPrintableString, der.TagNumericString, der.TagIA5String,
		der.TagVisibleString, der.TagT61String, der.TagBMPString, der.TagUniversalString:
		return true
	}
	return false
}

// decodeText returns the text of a string as UTF-8, or false when the tag is not
// of a string or the octets are not of its type.
func decodeText(tag der.Tag, c []byte) (string, bool) {
	switch tag {
	case der.TagUTF8String:
		return string(c), utf8.Valid(c)
	case der.TagPrintableString, der.TagNumericString, der.TagIA5String, der.TagVisibleString:
		// The character sets within ASCII are not enforced: "@" and "_" in
		// PrintableString are common and harm no one.
		for _, b := range c {
			if b >= utf8.RuneSelf {
				return "", false
			}
		}
		return string(c), true
	case der.TagT61String:
		// Nobody writes T.61; who writes this tag means ISO 8859-1.
		runes := make([]rune, len(c))
		for i, b := range c {
			runes[i] = rune(b)
		}
		return string(runes), true
	case der.TagBMPString:
		return decodeBMP(c)
	case der.TagUniversalString:
		return decodeUniversal(c)
	}
	return "", false
}

// decodeBMP reads UCS-2, big-endian. Surrogate pairs, which UCS-2 does not have,
// are joined, as programs that mean UTF-16 write them.
func decodeBMP(c []byte) (string, bool) {
	if len(c)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(c)/2)
	for i := range units {
		units[i] = uint16(c[2*i])<<8 | uint16(c[2*i+1])
	}
	return string(utf16.Decode(units)), true
}

func decodeUniversal(c []byte) (string, bool) {
	if len(c)%4 != 0 {
		return "", false
	}
	runes := make([]rune, len(c)/4)
	for i := range runes {
		b := c[4*i:]
		v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		if v > utf8.MaxRune || !utf8.ValidRune(rune(v)) {
			return "", false
		}
		runes[i] = rune(v)
	}
	return string(runes), true
}

// readText reads a string of any string type.
func readText(r *der.Reader) string {
	tag, _, c := r.Any()
	text, ok := decodeText(tag, c)
	if !ok {
		r.Fail("string expected")
	}
	return text
}

// fits reports whether a new value can be written in the string type.
func fits(tag der.Tag, value string) bool {
	if !utf8.ValidString(value) {
		return false
	}
	for _, r := range value {
		var ok bool
		switch tag {
		case der.TagUTF8String:
			ok = r >= 0x20 && r != 0x7f
		case der.TagNumericString:
			ok = r >= '0' && r <= '9' || r == ' '
		case der.TagPrintableString:
			ok = isPrintable(r)
		case der.TagIA5String:
			ok = r >= 0x20 && r < 0x7f
		}
		if !ok {
			return false
		}
	}
	return true
}

// isPrintable is the set of X.680, 41.4.
func isPrintable(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	switch r {
	case ' ', '\'', '(', ')', '+', ',', '-', '.', '/', ':', '=', '?':
		return true
	}
	return false
}
