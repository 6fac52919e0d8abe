// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der

import (
	"bytes"
	"slices"
	"time"
)

// Element encodes an element: the tag, the length and the parts one after
// another.
func Element(tag Tag, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]byte, 0, n+6)
	out = AppendHeader(out, tag, n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// AppendHeader appends identifier and length octets for a content of n octets.
func AppendHeader(out []byte, tag Tag, n int) []byte {
	out = append(out, byte(tag))
	if n < 0x80 {
		return append(out, byte(n))
	}
	octets := 0
	for w := n; w > 0; w >>= 8 {
		octets++
	}
	out = append(out, 0x80|byte(octets))
	for i := octets - 1; i >= 0; i-- {
		out = append(out, byte(n>>(8*i)))
	}
	return out
}

// Sequence encodes a SEQUENCE of encoded elements. A nil part is an absent
// OPTIONAL one.
func Sequence(parts ...[]byte) []byte { return Element(TagSequence, parts...) }

// SetOf encodes a SET OF, its elements in the order of their octets
// (X.690, 11.6). The order of the arguments is left as it is.
func SetOf(parts ...[]byte) []byte {
	sorted := slices.Clone(parts)
	slices.SortFunc(sorted, bytes.Compare)
	return Element(TagSet, sorted...)
}

// Explicit encodes [n] EXPLICIT.
func Explicit(n int, parts ...[]byte) []byte { return Element(ContextConstructed(n), parts...) }

// Retag returns the element under another tag: IMPLICIT tagging.
func Retag(tag Tag, element []byte) []byte {
	out := slices.Clone(element)
	if len(out) > 0 {
		out[0] = byte(tag)
	}
	return out
}

// Bool encodes a BOOLEAN.
func Bool(v bool) []byte {
	if v {
		return []byte{byte(TagBoolean), 1, 0xff}
	}
	return []byte{byte(TagBoolean), 1, 0}
}

// Int encodes an INTEGER.
func Int(v int64) []byte { return Element(TagInteger, intOctets(v)) }

// Enumerated encodes an ENUMERATED.
func Enumerated(v int64) []byte { return Element(TagEnumerated, intOctets(v)) }

func intOctets(v int64) []byte {
	n := 1
	for w := v; w > 127 || w < -128; w >>= 8 {
		n++
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(v >> (8 * (n - 1 - i)))
	}
	return out
}

// Unsigned encodes a non-negative INTEGER from its big-endian magnitude.
func Unsigned(magnitude []byte) []byte {
	m := bytes.TrimLeft(magnitude, "\x00")
	if len(m) == 0 {
		return Int(0)
	}
	if m[0] >= 0x80 {
		return Element(TagInteger, []byte{0}, m)
	}
	return Element(TagInteger, m)
}

// OctetString encodes an OCTET STRING.
func OctetString(parts ...[]byte) []byte { return Element(TagOctetString, parts...) }

// BitString encodes a BIT STRING of whole octets.
func BitString(parts ...[]byte) []byte {
	return Element(TagBitString, append([][]byte{{0}}, parts...)...)
}

// NamedBits encodes a BIT STRING of named bits: bit 0 is the highest of the
// first octet, trailing zero bits are dropped (X.690, 11.2.2).
func NamedBits(bits ...int) []byte {
	var octets []byte
	last := -1
	for _, b := range bits {
		for b/8 >= len(octets) {
			octets = append(octets, 0)
		}
		octets[b/8] |= 0x80 >> (b % 8)
		last = max(last, b)
	}
	return Element(TagBitString, []byte{byte(7 - (last+8)%8)}, octets)
}

// Null encodes a NULL.
func Null() []byte { return []byte{byte(TagNull), 0} }

// ObjectID encodes an OBJECT IDENTIFIER. It panics on a text that is not one:
// identifiers come from constants or from a Reader; others are tried with
// [OID.Valid] first.
func ObjectID(oid OID) []byte {
	c, ok := oid.encode()
	if !ok {
		panic("der: not an object identifier: " + string(oid))
	}
	return Element(TagOID, c)
}

// Text encodes a string of the given string tag. The octets of the text are
// taken as they are.
func Text(tag Tag, s string) []byte { return Element(tag, []byte(s)) }

// Time encodes UTCTime up to 2049 and GeneralizedTime from then on, in whole
// seconds (RFC 5280, 4.1.2.5).
func Time(t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y < 1950 || y > 2049 {
		return GeneralizedTime(t)
	}
	return Element(TagUTCTime, []byte(t.Format("060102150405Z")))
}

// GeneralizedTime encodes a GeneralizedTime. A fraction of a second is written
// without trailing zeros (X.690, 11.7), down to milliseconds.
func GeneralizedTime(t time.Time) []byte {
	t = t.UTC().Truncate(time.Millisecond)
	return Element(TagGeneralizedTime, []byte(t.Format("20060102150405.999Z")))
}
