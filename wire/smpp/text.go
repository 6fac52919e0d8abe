// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package smpp

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// Data codings (5.2.19).
const (
	CodingDefault = 0x00
	CodingLatin1  = 0x03
	CodingUCS2    = 0x08
)

const (
	esmUDHI = 0x40 // the message begins with a user data header (5.2.12)

	// Octets in one message and in a part of a concatenated one: 140 octets are 160 septets,
	// the header takes six octets or seven septets.
	septets, septetsPart = 160, 153
	octets, octetsPart   = 140, 134
)

// gsm7 is the default alphabet (3GPP TS 23.038, 6.2.1) in the order of its codes; 0x1B
// escapes to gsm7Ext.
const gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// gsm7Ext is the extension table (6.2.1.1): pairs of code and character.
const gsm7Ext = "\x0a\f\x14^\x28{\x29}\x2f\\\x3c[\x3d~\x3e]\x40|\x65€"

const escape = 0x1b

// alphabet is the default alphabet both ways.
type alphabet struct {
	codes map[rune][]byte
	basic [128]rune
	ext   map[byte]rune
}

func newAlphabet() alphabet {
	a := alphabet{codes: map[rune][]byte{}, ext: map[byte]rune{}}
	for i, r := range []rune(gsm7) {
		a.basic[i] = r
		if r != escape {
			a.codes[r] = []byte{byte(i)}
		}
	}
	pairs := []rune(gsm7Ext)
	for i := 0; i+1 < len(pairs); i += 2 {
		a.ext[byte(pairs[i])] = pairs[i+1]
		a.codes[pairs[i+1]] = []byte{escape, byte(pairs[i])}
	}
	return a
}

// ErrTooLong says that a text needs more than 255 parts.
var ErrTooLong = errors.New("smpp: text is too long")

// Part is what one submit_sm carries of a text.
type Part struct {
	Coding   byte
	ESMClass byte
	Message  []byte
}

// Split encodes a text and cuts it into messages. Parts of a long one share the
// reference. Characters are not torn.
func Split(text string, reference byte) ([]Part, error) {
	coding, units := encode(text)
	whole, most := octets, octetsPart
	if coding == CodingDefault {
		whole, most = septets, septetsPart
	}
	total := 0
	for _, u := range units {
		total += len(u)
	}
	if total <= whole {
		return []Part{{Coding: coding, Message: concat(units)}}, nil
	}
	var bodies [][]byte
	for len(units) > 0 {
		n, size := 0, 0
		for n < len(units) && size+len(units[n]) <= most {
			size += len(units[n])
			n++
		}
		bodies = append(bodies, concat(units[:n]))
		units = units[n:]
	}
	if len(bodies) > 255 {
		return nil, ErrTooLong
	}
	parts := make([]Part, len(bodies))
	for i, b := range bodies {
		// Concatenated short messages, 8-bit reference (3GPP TS 23.040, 9.2.3.24.1).
		udh := []byte{5, 0, 3, reference, byte(len(bodies)), byte(i + 1)}
		parts[i] = Part{coding, esmUDHI, append(udh, b...)}
	}
	return parts, nil
}

// Whole encodes a text for message_payload.
func Whole(text string) Part {
	coding, units := encode(text)
	return Part{Coding: coding, Message: concat(units)}
}

// encode returns the coding and the octets of each character.
func encode(text string) (coding byte, units [][]byte) {
	a := newAlphabet()
	for _, r := range text {
		code, ok := a.codes[r]
		if !ok {
			return CodingUCS2, ucs2(text)
		}
		units = append(units, code)
	}
	return CodingDefault, units
}

// ucs2 is UTF-16 in fact: phones show it, and a surrogate pair stays together.
func ucs2(text string) (units [][]byte) {
	for _, r := range text {
		var b []byte
		for _, u := range utf16.Encode([]rune{r}) {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		units = append(units, b)
	}
	return units
}

func concat(units [][]byte) []byte {
	var b []byte
	for _, u := range units {
		b = append(b, u...)
	}
	return b
}

// Concatenation says which part of which message this is.
type Concatenation struct{ Reference, Total, Number byte }

// Decode returns the text of a submit_sm. c is nil when it is a whole message. Octets that the
// coding does not know become U+FFFD.
func Decode(s Submit) (text string, c *Concatenation) {
	m := s.Message()
	if s.ESMClass&esmUDHI != 0 && len(m) > 0 && int(m[0]) < len(m) {
		header := m[1 : 1+int(m[0])]
		m = m[1+int(m[0]):]
		for len(header) >= 2 && len(header) >= 2+int(header[1]) {
			if header[0] == 0 && header[1] == 3 {
				c = &Concatenation{header[2], header[3], header[4]}
			}
			header = header[2+int(header[1]):]
		}
	}
	switch s.DataCoding {
	case CodingUCS2:
		units := make([]uint16, 0, len(m)/2)
		for ; len(m) >= 2; m = m[2:] {
			units = append(units, binary.BigEndian.Uint16(m))
		}
		return string(utf16.Decode(units)), c
	case CodingLatin1:
		runes := make([]rune, len(m))
		for i, b := range m {
			runes[i] = rune(b)
		}
		return string(runes), c
	}
	return decodeDefault(m), c
}

func decodeDefault(m []byte) string {
	a := newAlphabet()
	var b strings.Builder
	for i := 0; i < len(m); i++ {
		switch {
		case m[i] > 127:
			b.WriteRune('\uFFFD')
		case m[i] == escape && i+1 < len(m):
			i++
			r, ok := a.ext[m[i]]
			if !ok {
				r = '\uFFFD'
			}
			b.WriteRune(r)
		case m[i] == escape:
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(a.basic[m[i]])
		}
	}
	return b.String()
}
