// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"podpis/pki/der"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBroken lists encodings that are BER or nothing at all, each with what the
// Reader must say.
func TestBroken(t *testing.T) {
	t.Parallel()
	anything := func(r *der.Reader) { r.Any() }
	for _, c := range []struct {
		name, in string
		read     func(*der.Reader)
		reason   string
	}{
		{"nothing", "", anything, "element cut short"},
		{"tag alone", "30", anything, "element cut short"},
		{"missing element", "", func(r *der.Reader) { r.Int() }, "element missing"},
		{"high tag number", "1f 81 01 00", anything, "tag number above 30"},
		{"indefinite", "30 80 00 00", anything, "indefinite length"},
		{"long form of a short length", "04 81 01 00", anything, "length not in the fewest octets"},
		{"leading zero in length", "04 82 00 80", anything, "length not in the fewest octets"},
		{"five length octets", "04 85 01 00 00 00 00", anything, "length octets out of bounds"},
		{"length octets cut short", "04 82 01", anything, "length octets out of bounds"},
		{"length of 2^31", "04 84 80 00 00 00", anything, "length out of bounds"},
		{"beyond the end", "04 05 00", anything, "length beyond the end of the data"},
		{"child beyond its parent", "30 03 04 02 00", func(r *der.Reader) { r.Sequence().OctetString() }, "length beyond the end of the data"},
		{"other tag", "04 00", func(r *der.Reader) { r.Int() }, "unexpected tag 0x04, want 0x02"},
		{"trailing octets", "05 00 00", func(r *der.Reader) { r.Null() }, "trailing octets"},
		{"trailing octets inside", "30 02 05 00", func(r *der.Reader) { r.Sequence().End() }, "trailing octets"},
		{"boolean 01", "01 01 01", func(r *der.Reader) { r.Bool() }, "boolean not 00 or FF"},
		{"boolean of two", "01 02 ff ff", func(r *der.Reader) { r.Bool() }, "boolean not 00 or FF"},
		{"integer without octets", "02 00", func(r *der.Reader) { r.Integer() }, "integer without octets"},
		{"integer with leading 00", "02 02 00 7f", func(r *der.Reader) { r.Integer() }, "integer not in the fewest octets"},
		{"integer with leading FF", "02 02 ff 80", func(r *der.Reader) { r.Integer() }, "integer not in the fewest octets"},
		{"negative", "02 01 ff", func(r *der.Reader) { r.Unsigned() }, "negative integer"},
		{"five octets for an int", "02 05 01 00 00 00 00", func(r *der.Reader) { r.Int() }, "integer too large"},
		{"null with content", "05 01 00", func(r *der.Reader) { r.Null() }, "null with content"},
		{"bits without count", "03 00", func(r *der.Reader) { r.Bits() }, "bit string with a wrong count of unused bits"},
		{"eight unused bits", "03 02 08 00", func(r *der.Reader) { r.Bits() }, "bit string with a wrong count of unused bits"},
		{"unused bits of nothing", "03 01 01", func(r *der.Reader) { r.Bits() }, "bit string with a wrong count of unused bits"},
		{"unused bit set", "03 02 01 01", func(r *der.Reader) { r.Bits() }, "unused bits not zero"},
		{"part of an octet", "03 02 01 02", func(r *der.Reader) { r.BitString() }, "bit string not of whole octets"},
		{"empty oid", "06 00", func(r *der.Reader) { r.OID() }, "malformed object identifier"},
		{"oid cut short", "06 01 80", func(r *der.Reader) { r.OID() }, "malformed object identifier"},
		{"oid padded", "06 03 2a 80 01", func(r *der.Reader) { r.OID() }, "malformed object identifier"},
		{"oid arc too large", "06 0a 2a ff ff ff ff ff ff ff ff 7f", func(r *der.Reader) { r.OID() }, "malformed object identifier"},
		{"implicit oid", "80 00", func(r *der.Reader) { r.ImplicitOID(der.Context(0)) }, "malformed object identifier"},
		{"utc time without seconds", "17 0b 32 34 30 31 30 31 30 30 30 30 5a", func(r *der.Reader) { r.Time() }, "malformed time"},
		{"utc time with zone", "17 11 3234303130313030303030302b30333030", func(r *der.Reader) { r.Time() }, "malformed time"},
		{"time expected", "05 00", func(r *der.Reader) { r.Time() }, "time expected"},
		{"fraction with trailing zero", "18 12 32303234303130313030303030302e31305a", func(r *der.Reader) { r.GeneralizedTime() }, "malformed time"},
		{"30 February", "18 0f 32303234303233303030303030305a", func(r *der.Reader) { r.GeneralizedTime() }, "malformed time"},
		{"letters in time", "80 0f 323032343032316130303030303 05a", func(r *der.Reader) { r.ImplicitGeneralizedTime(der.Context(0)) }, "malformed time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := der.NewReader(unhex(t, c.in))
			c.read(r)
			err := r.Close()
			var syntax *der.SyntaxError
			if !errors.As(err, &syntax) || syntax.Reason != c.reason {
				t.Errorf("got %v, want %q", err, c.reason)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "der: "+c.reason+" at octet ") {
				t.Errorf("text %q", err)
			}
		})
	}
}

// TestStickyError checks that nothing is read after damage, by any Reader of the
// input.
func TestStickyError(t *testing.T) {
	t.Parallel()
	r := der.NewReader(unhex(t, "30 03 01 01 07 02 01 05"))
	s := r.Sequence()
	s.Bool()
	if got := r.Int(); got != 0 {
		t.Errorf("read %d after damage", got)
	}
	if s.Err() == nil || !errors.Is(r.Err(), s.Err()) || !r.Empty() || r.Peek() != 0 {
		t.Errorf("errors %v and %v", s.Err(), r.Err())
	}
	first := r.Err()
	r.Fail("later")
	r.FailWith(errors.New("later"))
	if !errors.Is(r.Close(), first) {
		t.Error("a later error replaced the first")
	}
	sub, ok := r.EnterOptional(der.TagSequence)
	if ok || sub != nil {
		t.Error("entered after damage")
	}
	r = der.NewReader(nil)
	r.FailWith(errors.New("own"))
	if r.Close() == nil || r.Sequence().Close() == nil {
		t.Error("FailWith was lost")
	}
}

// TestDepth checks that nesting is bounded.
func TestDepth(t *testing.T) {
	t.Parallel()
	in := der.Null()
	for range 200 {
		in = der.Sequence(in)
	}
	r := der.NewReader(in)
	for s := r; !s.Empty(); {
		s = s.Sequence()
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "nested too deep") {
		t.Errorf("got %v", err)
	}
	if _, _, err := der.FromBER(in); err == nil || !strings.Contains(err.Error(), "nested too deep") {
		t.Errorf("FromBER: %v", err)
	}
}

// TestRead reads one of everything.
func TestRead(t *testing.T) {
	t.Parallel()
	in := der.Sequence(
		der.Bool(true), der.Bool(false), der.Int(-129), der.Enumerated(3), der.Null(),
		der.Unsigned([]byte{0, 0, 0x80, 1}), der.Unsigned(nil),
		der.BitString([]byte("ab")), der.NamedBits(0, 8), der.ObjectID("1.2.643.7.1.1.1.1"),
		der.Retag(der.Context(1), der.ObjectID("2.999.3")), der.Retag(der.Context(2), der.Int(77)),
		der.Retag(der.Context(3), der.NamedBits(2)), der.Explicit(4, der.Text(der.TagUTF8String, "ы")),
		der.OctetString([]byte("o"), []byte("s")), der.SetOf(der.Int(2), der.Int(1)), der.NamedBits())
	r := der.NewReader(in)
	s := r.Sequence()
	if !s.Bool() || s.Bool() || s.Int() != -129 || s.Enumerated() != 3 {
		t.Error("simple values")
	}
	s.Null()
	if got := s.Unsigned(); !bytes.Equal(got, []byte{0x80, 1}) {
		t.Errorf("unsigned %x", got)
	}
	if got := s.Unsigned(); len(got) != 0 || s.Err() != nil {
		t.Errorf("zero %x", got)
	}
	if got := s.BitString(); string(got) != "ab" {
		t.Errorf("bit string %q", got)
	}
	if bits, unused := s.Bits(); !bytes.Equal(bits, []byte{0x80, 0x80}) || unused != 7 {
		t.Errorf("named bits %x, %d", bits, unused)
	}
	if s.OID() != "1.2.643.7.1.1.1.1" || s.ImplicitOID(der.Context(1)) != "2.999.3" || s.ImplicitInt(der.Context(2)) != 77 {
		t.Error("identifiers")
	}
	if bits, unused := s.ImplicitBits(der.Context(3)); !bytes.Equal(bits, []byte{0x20}) || unused != 5 {
		t.Errorf("implicit bits %x, %d", bits, unused)
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(4)); !ok || string(e.Content(der.TagUTF8String)) != "ы" {
		t.Error("explicit")
	}
	if _, ok := s.Optional(der.TagNull); ok {
		t.Error("optional found what is not there")
	}
	if got := s.OctetString(); string(got) != "os" {
		t.Errorf("octet string %q", got)
	}
	set := s.Set()
	if set.Int() != 1 || set.Int() != 2 {
		t.Error("set not in order")
	}
	if got := s.Rest(); !bytes.Equal(got, []byte{3, 1, 0}) {
		t.Errorf("no bits: %x", got)
	}
	s.ImplicitInteger(der.TagBitString)
	s.End()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestIntegersAgainstStandardLibrary compares both directions with encoding/asn1.
func TestIntegersAgainstStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int32().Draw(t, "v")
		want, err := asn1.Marshal(int(v))
		if err != nil {
			t.Fatal(err)
		}
		if got := der.Int(int64(v)); !bytes.Equal(got, want) {
			t.Fatalf("%d: %x, want %x", v, got, want)
		}
		if got := der.NewReader(want).Int(); got != int(v) {
			t.Fatalf("read %d, want %d", got, v)
		}
		m := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "m")
		n := new(big.Int).SetBytes(m)
		want, _ = asn1.Marshal(n)
		if got := der.Unsigned(m); !bytes.Equal(got, want) {
			t.Fatalf("%x: %x, want %x", m, got, want)
		}
		if got := der.NewReader(want).Unsigned(); !bytes.Equal(got, n.Bytes()) {
			t.Fatalf("read %x, want %x", got, n.Bytes())
		}
	})
}

func TestOIDs(t *testing.T) {
	t.Parallel()
	for _, oid := range []der.OID{
		"0.0", "0.39", "1.0", "1.39", "2.0", "2.40", "2.999", "2.5.4.3", "1.2.643.7.1.2.1.1.1",
		"1.2.840.113549.1.1.11", "2.5.29.15", "1.2.72057594037927935", "2.72057594037927855",
	} {
		if !oid.Valid() {
			t.Errorf("%s is one", oid)
			continue
		}
		r := der.NewReader(der.ObjectID(oid))
		if got := r.OID(); got != oid || r.Close() != nil {
			t.Errorf("%s came back as %s, %v", oid, got, r.Err())
		}
	}
	for _, oid := range []der.OID{
		"", "1", "3.1", "0.40", "1.40", "1.", ".1", "1..2", "1.02", "1.2.x", "1.-2", "1.2 ",
		"1.2.72057594037927936", "2.72057594037927856", "1.2.99999999999999999999",
		der.OID("1.2" + strings.Repeat(".1", 64)),
	} {
		if oid.Valid() {
			t.Errorf("%s is none", oid)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("ObjectID took nonsense")
		}
	}()
	der.ObjectID("nonsense")
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		at, want string
	}{
		{"1950-01-01T00:00:00Z", "170d3530303130313030303030305a"},
		{"2049-12-31T23:59:59Z", "170d3439313233313233353935395a"},
		{"2050-01-01T00:00:00Z", "180f32303530303130313030303030305a"},
		{"1949-12-31T23:59:59Z", "180f31393439313233313233353935395a"},
		{"2026-11-22T15:00:00+03:00", "170d3236313132323132303030305a"},
	} {
		got := der.Time(at(c.at))
		if hex.EncodeToString(got) != c.want {
			t.Errorf("%s: %x, want %s", c.at, got, c.want)
		}
		r := der.NewReader(got)
		if back := r.Time(); !back.Equal(at(c.at)) || r.Close() != nil {
			t.Errorf("%s came back as %s, %v", c.at, back, r.Err())
		}
	}
	fraction := at("2026-11-22T12:00:00.120Z")
	r := der.NewReader(der.GeneralizedTime(fraction))
	if got := r.GeneralizedTime(); !got.Equal(fraction) || r.Close() != nil {
		t.Errorf("fraction came back as %s, %v", got, r.Err())
	}
}

// TestFromBER turns what streaming writers make into definite lengths.
func TestFromBER(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want, rest string }{
		{"already so", "30 03 02 01 05 ff", "30 03 02 01 05", "ff"},
		{"indefinite", "30 80 02 01 05 00 00", "30 03 02 01 05", ""},
		{"indefinite in indefinite", "30 80 30 80 05 00 00 00 00 00 aa", "30 04 30 02 05 00", "aa"},
		{"long length", "30 81 02 05 00", "30 02 05 00", ""},
		{"five length octets", "04 85 00 00 00 00 01 61", "04 01 61", ""},
		{"pieces", "24 80 04 02 61 62 04 01 63 00 00", "04 03 61 62 63", ""},
		{"pieces of definite length", "24 06 04 01 61 04 01 62", "04 02 61 62", ""},
		{"pieces of pieces", "30 80 24 80 24 80 04 01 61 00 00 04 01 62 00 00 00 00", "30 04 04 02 61 62", ""},
		{"no pieces", "24 80 00 00", "04 00", ""},
		{"indefinite in definite", "30 06 a0 80 05 00 00 00", "30 04 a0 02 05 00", ""},
	} {
		got, rest, err := der.FromBER(unhex(t, c.in))
		if err != nil || !bytes.Equal(got, unhex(t, c.want)) || !bytes.Equal(rest, unhex(t, c.rest)) {
			t.Errorf("%s: %x, %x, %v", c.name, got, rest, err)
		}
	}
	for _, c := range []struct{ name, in, reason string }{
		{"nothing", "", "element cut short"},
		{"high tag", "1f 00", "tag number above 30"},
		{"indefinite primitive", "04 80 00 00", "indefinite length of a primitive element"},
		{"end missing", "30 80 05 00", "end-of-contents missing"},
		{"child beyond", "30 03 04 02 00", "length beyond the end of the data"},
		{"nine length octets", "04 89 00", "length octets out of bounds"},
		{"huge", "04 88 7f ff ff ff ff ff ff ff", "length out of bounds"},
		{"2^31", "04 84 80 00 00 00", "length out of bounds"},
		{"other piece", "24 80 02 01 05 00 00", "piece of another type"},
		{"piece cut short", "24 80 04", "end-of-contents missing"},
	} {
		_, _, err := der.FromBER(unhex(t, c.in))
		var syntax *der.SyntaxError
		if !errors.As(err, &syntax) || syntax.Reason != c.reason {
			t.Errorf("%s: %v, want %q", c.name, err, c.reason)
		}
	}
	deep := bytes.Repeat([]byte{0x24, 0x80}, 100)
	if _, _, err := der.FromBER(deep); err == nil || !strings.Contains(err.Error(), "nested too deep") {
		t.Errorf("pieces: %v", err)
	}
}

// TestFromBERLarge keeps the lengths right beyond one length octet.
// TestFromBERMemory: many small elements cost a bounded multiple of the input.
func TestFromBERMemory(t *testing.T) { //nolint:paralleltest // other tests allocate too
	for name, element := range map[string][]byte{"primitive": {4, 0}, "constructed": {0x30, 0}} {
		in := slices.Concat([]byte{0x30, 0x80}, bytes.Repeat(element, 1<<20), []byte{0, 0})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, rest, err := der.FromBER(in)
		runtime.ReadMemStats(&after)
		if err != nil || len(rest) != 0 || len(out) != len(in)+1 {
			t.Fatalf("%s: %d octets, %v", name, len(out), err)
		}
		if factor := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(in)); factor > 14 {
			t.Errorf("%s: %.1f times the input", name, factor)
		} else {
			t.Logf("%s: %.1f times the input", name, factor)
		}
	}
}

func TestFromBERLarge(t *testing.T) {
	t.Parallel()
	for _, n := range []int{127, 128, 255, 256, 65535, 65536, 1 << 20} {
		data := bytes.Repeat([]byte{7}, n)
		in := append([]byte{0x30, 0x80, 0x24, 0x80}, der.OctetString(data[:n/2])...)
		in = append(in, der.OctetString(data[n/2:])...)
		in = append(in, 0, 0, 0, 0)
		got, _, err := der.FromBER(in)
		if err != nil || !bytes.Equal(got, der.Sequence(der.OctetString(data))) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}
