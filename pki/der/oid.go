// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der

import "strconv"

// OID is an object identifier in dotted decimal form, such as
// "1.2.643.7.1.1.1.1". The text is the value: OIDs are compared with ==.
type OID string

// maxOIDLength bounds the content octets of an identifier. The longest of the
// field has 12; the bound keeps the text of a hostile one small. maxSubidentifier
// bounds its numbers: what is read can be written, so that an identifier from
// outside never makes [ObjectID] panic.
const (
	maxOIDLength     = 64
	maxSubidentifier = 1<<56 - 1
)

func decodeOID(c []byte) (OID, bool) {
	if len(c) == 0 || len(c) > maxOIDLength || c[len(c)-1]&0x80 != 0 {
		return "", false
	}
	text := make([]byte, 0, 3*len(c))
	var v uint64
	first := true
	start := true // at the first octet of an arc
	for _, b := range c {
		// X.690, 8.19.2: the first octet of an arc is not 80.
		if start && b == 0x80 || v > maxSubidentifier>>7 {
			return "", false
		}
		v = v<<7 | uint64(b&0x7f)
		start = b&0x80 == 0
		if !start {
			continue
		}
		if first {
			root := min(v/40, 2) // X.690, 8.19.4
			text = strconv.AppendUint(text, root, 10)
			v -= 40 * root
			first = false
		}
		text = append(text, '.')
		text = strconv.AppendUint(text, v, 10)
		v = 0
	}
	return OID(text), true
}

// encode returns the content octets, or false for what is not an identifier.
func (o OID) encode() ([]byte, bool) {
	out := make([]byte, 0, len(o))
	var root, v uint64
	arc, digits := 0, 0
	for i := 0; i <= len(o); i++ {
		if i < len(o) && o[i] != '.' {
			if o[i] < '0' || o[i] > '9' || v > maxSubidentifier || digits > 0 && v == 0 {
				return nil, false
			}
			v = v*10 + uint64(o[i]-'0')
			digits++
			continue
		}
		switch {
		case digits == 0, arc == 0 && v > 2, arc == 1 && root < 2 && v > 39,
			arc == 1 && root*40+v > maxSubidentifier, v > maxSubidentifier:
			return nil, false
		case arc == 0:
			root = v
		case arc == 1:
			out = appendBase128(out, root*40+v)
		default:
			out = appendBase128(out, v)
		}
		arc, digits, v = arc+1, 0, 0
	}
	return out, arc >= 2 && len(out) <= maxOIDLength
}

func appendBase128(out []byte, v uint64) []byte {
	n := 1
	for w := v >> 7; w > 0; w >>= 7 {
		n++
	}
	for i := n - 1; i >= 0; i-- {
		b := byte(v>>(7*i)) & 0x7f
		if i > 0 {
			b |= 0x80
		}
		out = append(out, b)
	}
	return out
}

// Valid reports whether the text is an object identifier that can be encoded.
func (o OID) Valid() bool {
	_, ok := o.encode()
	return ok
}
