// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der_test

import (
	"bytes"
	"testing"
	"time"

	"podpis/pki/der"
)

// FuzzReader walks any input with every reading method and writes anew what was
// read: it must be the same octets.
func FuzzReader(f *testing.F) {
	for _, seed := range [][]byte{
		der.Sequence(der.Int(5), der.ObjectID("1.2.643.100.1"), der.Bool(true), der.Null()),
		der.SetOf(der.Text(der.TagUTF8String, "ы"), der.Int(-70000), der.Enumerated(2)),
		der.Sequence(der.Time(time.Unix(1e9, 0)), der.GeneralizedTime(time.Unix(4e9, 5e8)), der.BitString([]byte{1})),
		der.Explicit(0, der.NamedBits(1, 9), der.OctetString(make([]byte, 200))),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := der.NewReader(in)
		out := rewrite(r)
		if r.Close() == nil && !bytes.Equal(out, in) {
			t.Errorf("%x came back as %x", in, out)
		}
	})
}

// rewrite reads everything and encodes it again.
func rewrite(r *der.Reader) (out []byte) {
	for !r.Empty() {
		before := r.Rest()
		var e []byte
		switch tag := r.Peek(); tag {
		case der.TagBoolean:
			e = der.Bool(r.Bool())
		case der.TagInteger:
			if c := r.Integer(); c != nil {
				e = der.Element(tag, c)
			}
		case der.TagEnumerated:
			e = der.Enumerated(int64(r.Enumerated()))
		case der.TagNull:
			r.Null()
			e = der.Null()
		case der.TagOID:
			if oid := r.OID(); oid != "" {
				e = der.ObjectID(oid)
			}
		case der.TagBitString:
			bits, unused := r.Bits()
			e = der.Element(tag, []byte{byte(unused)}, bits)
		case der.TagUTCTime, der.TagGeneralizedTime:
			// Times have several encodings (UTCTime or not, fractions); those
			// that differ are kept as they came.
			r.Time()
			e = before[:len(before)-len(r.Rest())]
		default:
			if tag.Constructed() {
				e = der.Element(tag, rewrite(r.Enter(tag)))
			} else {
				e = der.Element(tag, r.Content(tag))
			}
		}
		out = append(out, e...)
	}
	return out
}

// FuzzFromBER checks that the result is a fixed point, not longer than the input,
// and that a Reader can step over it.
func FuzzFromBER(f *testing.F) {
	for _, seed := range [][]byte{
		{0x30, 0x80, 0x02, 0x01, 0x05, 0, 0},
		{0x24, 0x80, 0x04, 0x01, 0x61, 0x04, 0x01, 0x62, 0, 0},
		{0x30, 0x81, 0x02, 0x05, 0x00},
		{0x30, 0x80, 0x24, 0x80, 0x24, 0x80, 0x04, 0x01, 0x61, 0, 0, 0, 0, 0, 0},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		element, rest, err := der.FromBER(in)
		if err != nil {
			return
		}
		if !bytes.HasSuffix(in, rest) {
			t.Errorf("%x left %x", in, rest)
		}
		again, none, err := der.FromBER(element)
		if err != nil || len(none) != 0 || !bytes.Equal(again, element) {
			t.Errorf("%x became %x, then %x, %v", in, element, again, err)
		}
		r := der.NewReader(element)
		r.Any()
		if err := r.Close(); err != nil {
			t.Errorf("%x became %x: %v", in, element, err)
		}
		if len(element) > len(in) {
			t.Errorf("%x grew to %x", in, element)
		}
	})
}
