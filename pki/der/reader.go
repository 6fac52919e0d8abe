// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der

import "time"

// Reader is a cursor over a series of elements. Readers of nested elements
// share one error: check [Reader.Err] of any of them at the end.
type Reader struct {
	in    []byte // what has not been read
	base  int    // offset of in[0] in the outermost input
	depth int
	state *state
}

// state is what the Readers of one input share.
type state struct{ err error }

// NewReader returns a Reader over one or more elements.
func NewReader(in []byte) *Reader { return &Reader{in: in, state: new(state)} }

// Err returns the first error met in this input, or nil.
func (r *Reader) Err() error { return r.state.err }

// Fail makes the Reader and its relatives fail with the reason, unless they
// failed earlier. Parsers use it for what is DER but not their format.
func (r *Reader) Fail(reason string) {
	if r.state.err == nil {
		r.state.err = &SyntaxError{Offset: r.base, Reason: reason}
	}
}

// FailWith is Fail with an error made elsewhere.
func (r *Reader) FailWith(err error) {
	if r.state.err == nil {
		r.state.err = err
	}
}

// Empty reports whether nothing is left to read, or the Reader has failed.
func (r *Reader) Empty() bool { return r.state.err != nil || len(r.in) == 0 }

// Rest returns what has not been read.
func (r *Reader) Rest() []byte { return r.in }

// End fails when something is left: the extension of a format that has no
// extension mark, or octets behind a signature.
func (r *Reader) End() {
	if r.state.err == nil && len(r.in) != 0 {
		r.Fail("trailing octets")
	}
}

// Close ends the outermost Reader: it fails on trailing octets and returns the
// error.
func (r *Reader) Close() error {
	r.End()
	return r.Err()
}

// Header decodes the identifier and length octets that in begins with: the tag, how many octets they are, and how many
// the content has, which need not be there. It is for readers of files whose content is left where it is.
func Header(in []byte) (tag Tag, head, length int, err error) {
	tag, head, length, reason := header(in)
	if reason != "" {
		return 0, 0, 0, &SyntaxError{Reason: reason}
	}
	return tag, head, length, nil
}

// header is Header with the reason of a failure.
func header(in []byte) (tag Tag, head, length int, reason string) {
	if len(in) < 2 {
		return 0, 0, 0, "element cut short"
	}
	tag = Tag(in[0])
	if tag&tagNumberMask == highTagNumber {
		return 0, 0, 0, "tag number above 30"
	}
	first := in[1]
	if first < 0x80 {
		return tag, 2, int(first), ""
	}
	n := int(first & 0x7f)
	if n == 0 {
		return 0, 0, 0, "indefinite length"
	}
	if n > maxLengthOctets || len(in) < 2+n {
		return 0, 0, 0, "length octets out of bounds"
	}
	var v uint64
	for _, b := range in[2 : 2+n] {
		v = v<<8 | uint64(b)
	}
	// X.690, 10.1: the length is in the fewest octets.
	if v < 0x80 || v>>(8*(n-1)) == 0 {
		return 0, 0, 0, "length not in the fewest octets"
	}
	if v > 1<<31-1 {
		return 0, 0, 0, "length out of bounds"
	}
	return tag, 2 + n, int(v), ""
}

// header decodes the head of the next element, whose content must be there.
func (r *Reader) header() (tag Tag, head, length int, ok bool) {
	if r.state.err != nil {
		return 0, 0, 0, false
	}
	tag, head, length, reason := header(r.in)
	if reason == "" && length > len(r.in)-head {
		reason = "length beyond the end of the data"
	}
	if reason != "" {
		r.Fail(reason)
		return 0, 0, 0, false
	}
	return tag, head, length, true
}

// next reads one element of any tag: its tag, whole encoding and content.
func (r *Reader) next() (tag Tag, raw, content []byte, at int) {
	tag, head, length, ok := r.header()
	if !ok {
		return 0, nil, nil, 0
	}
	raw = r.in[: head+length : head+length]
	at = r.base
	r.in = r.in[head+length:]
	r.base += head + length
	return tag, raw, raw[head:], at
}

// Peek returns the tag of the next element, or 0 when none is left.
func (r *Reader) Peek() Tag {
	if r.Empty() {
		return 0
	}
	return Tag(r.in[0])
}

// Any reads the next element whatever its tag and returns the tag, the whole
// encoding and the content.
func (r *Reader) Any() (tag Tag, raw, content []byte) {
	tag, raw, content, _ = r.next()
	return tag, raw, content
}

// Raw reads an element with the given tag and returns its whole encoding.
func (r *Reader) Raw(tag Tag) []byte {
	if r.expect(tag) {
		_, raw, _, _ := r.next()
		return raw
	}
	return nil
}

// Content reads an element with the given tag and returns its content octets.
func (r *Reader) Content(tag Tag) []byte {
	if r.expect(tag) {
		_, _, content, _ := r.next()
		return content
	}
	return nil
}

// Optional reads the content octets of an element if it has the given tag.
func (r *Reader) Optional(tag Tag) (content []byte, present bool) {
	if r.Peek() != tag || r.Empty() {
		return nil, false
	}
	return r.Content(tag), r.state.err == nil
}

// Enter reads an element with the given tag and returns a Reader over its
// content.
func (r *Reader) Enter(tag Tag) *Reader {
	// Small enough to be inlined, so that the Reader can live on the stack of a
	// parser: lists of a million entries are read with this.
	sub := new(Reader)
	r.enter(sub, tag)
	return sub
}

func (r *Reader) enter(sub *Reader, tag Tag) {
	*sub = Reader{state: r.state, depth: r.depth + 1, base: r.base}
	if !r.expect(tag) {
		return
	}
	if sub.depth > maxDepth {
		r.Fail("nested too deep")
		return
	}
	_, raw, content, at := r.next()
	sub.in, sub.base = content, at+len(raw)-len(content)
}

// EnterOptional enters the next element if it has the given tag.
func (r *Reader) EnterOptional(tag Tag) (sub *Reader, present bool) {
	if r.Peek() != tag || r.Empty() {
		return nil, false
	}
	sub = r.Enter(tag)
	return sub, r.state.err == nil
}

// Sequence enters a SEQUENCE.
func (r *Reader) Sequence() *Reader { return r.Enter(TagSequence) }

// Set enters a SET. The order of X.690, 11.6 is not checked here: signers of the
// field break it in unsigned sets, and for signed ones the octets are kept.
func (r *Reader) Set() *Reader { return r.Enter(TagSet) }

func (r *Reader) expect(tag Tag) bool {
	if r.state.err != nil {
		return false
	}
	if len(r.in) == 0 {
		r.Fail("element missing")
		return false
	}
	if Tag(r.in[0]) != tag {
		r.Fail("unexpected tag " + hexByte(r.in[0]) + ", want " + hexByte(byte(tag)))
		return false
	}
	return true
}

func hexByte(b byte) string {
	const digits = "0123456789abcdef"
	return "0x" + string([]byte{digits[b>>4], digits[b&15]})
}

// Bool reads a BOOLEAN: 00 or FF only (X.690, 11.1).
func (r *Reader) Bool() bool {
	c := r.Content(TagBoolean)
	if r.Err() == nil && (len(c) != 1 || c[0] != 0 && c[0] != 0xff) {
		r.Fail("boolean not 00 or FF")
	}
	return len(c) == 1 && c[0] == 0xff
}

// Integer reads an INTEGER and returns its two's complement octets, the fewest
// possible (X.690, 8.3.2).
func (r *Reader) Integer() []byte { return r.integer(TagInteger) }

// ImplicitInteger is Integer under the given tag.
func (r *Reader) ImplicitInteger(tag Tag) []byte { return r.integer(tag) }

func (r *Reader) integer(tag Tag) []byte {
	c := r.Content(tag)
	if r.Err() != nil {
		return nil
	}
	if len(c) == 0 {
		r.Fail("integer without octets")
		return nil
	}
	if len(c) > 1 && (c[0] == 0 && c[1] < 0x80 || c[0] == 0xff && c[1] >= 0x80) {
		r.Fail("integer not in the fewest octets")
		return nil
	}
	return c
}

// Unsigned reads a non-negative INTEGER and returns its magnitude without
// leading zero octets; zero is the empty slice.
func (r *Reader) Unsigned() []byte {
	c := r.Integer()
	if len(c) == 0 {
		return nil
	}
	if c[0] >= 0x80 {
		r.Fail("negative integer")
		return nil
	}
	if c[0] == 0 {
		return c[1:]
	}
	return c
}

// Int reads an INTEGER that fits an int32.
func (r *Reader) Int() int { return r.small(r.integer(TagInteger)) }

// Enumerated reads an ENUMERATED that fits an int32.
func (r *Reader) Enumerated() int { return r.small(r.integer(TagEnumerated)) }

// ImplicitInt reads an IMPLICIT INTEGER or ENUMERATED under the given tag.
func (r *Reader) ImplicitInt(tag Tag) int { return r.small(r.integer(tag)) }

func (r *Reader) small(c []byte) int {
	if len(c) == 0 {
		return 0
	}
	if len(c) > 4 {
		r.Fail("integer too large")
		return 0
	}
	v := int32(int8(c[0]))
	for _, b := range c[1:] {
		v = v<<8 | int32(b)
	}
	return int(v)
}

// OctetString reads an OCTET STRING.
func (r *Reader) OctetString() []byte { return r.Content(TagOctetString) }

// Null reads a NULL.
func (r *Reader) Null() {
	if c := r.Content(TagNull); len(c) != 0 {
		r.Fail("null with content")
	}
}

// BitString reads a BIT STRING of whole octets, as keys and signatures are.
func (r *Reader) BitString() []byte {
	bits, unused := r.Bits()
	if unused != 0 {
		r.Fail("bit string not of whole octets")
		return nil
	}
	return bits
}

// Bits reads a BIT STRING and the number of its unused bits, which must be zero
// (X.690, 11.2.1).
func (r *Reader) Bits() (bits []byte, unused int) {
	return r.bits(r.Content(TagBitString))
}

// ImplicitBits reads an IMPLICIT BIT STRING under the given tag.
func (r *Reader) ImplicitBits(tag Tag) (bits []byte, unused int) {
	return r.bits(r.Content(tag))
}

func (r *Reader) bits(c []byte) ([]byte, int) {
	if r.Err() != nil {
		return nil, 0
	}
	if len(c) == 0 || c[0] > 7 || len(c) == 1 && c[0] != 0 {
		r.Fail("bit string with a wrong count of unused bits")
		return nil, 0
	}
	unused := int(c[0])
	if len(c) > 1 && c[len(c)-1]&(1<<unused-1) != 0 {
		r.Fail("unused bits not zero")
		return nil, 0
	}
	return c[1:], unused
}

// OID reads an OBJECT IDENTIFIER.
func (r *Reader) OID() OID {
	c := r.Content(TagOID)
	if r.Err() != nil {
		return ""
	}
	oid, ok := decodeOID(c)
	if !ok {
		r.Fail("malformed object identifier")
		return ""
	}
	return oid
}

// ImplicitOID reads an IMPLICIT OBJECT IDENTIFIER under the given tag.
func (r *Reader) ImplicitOID(tag Tag) OID {
	c := r.Content(tag)
	oid, ok := decodeOID(c)
	if r.Err() == nil && !ok {
		r.Fail("malformed object identifier")
	}
	return oid
}

// Time reads UTCTime or GeneralizedTime in the forms of RFC 5280, 4.1.2.5:
// seconds present, zone Z. The year of UTCTime is in 1950…2049.
func (r *Reader) Time() time.Time {
	tag := r.Peek()
	if tag != TagUTCTime && tag != TagGeneralizedTime {
		r.Fail("time expected")
		return time.Time{}
	}
	t, ok := parseTime(tag, r.Content(tag))
	if r.Err() == nil && !ok {
		r.Fail("malformed time")
	}
	return t
}

// GeneralizedTime reads a GeneralizedTime, with a fraction of a second allowed
// (RFC 3161, 2.4.2; RFC 6960, 4.2.2.1 has none).
func (r *Reader) GeneralizedTime() time.Time {
	t, ok := parseTime(TagGeneralizedTime, r.Content(TagGeneralizedTime))
	if r.Err() == nil && !ok {
		r.Fail("malformed time")
	}
	return t
}

// ImplicitGeneralizedTime reads a GeneralizedTime under the given tag.
func (r *Reader) ImplicitGeneralizedTime(tag Tag) time.Time {
	t, ok := parseTime(TagGeneralizedTime, r.Content(tag))
	if r.Err() == nil && !ok {
		r.Fail("malformed time")
	}
	return t
}
