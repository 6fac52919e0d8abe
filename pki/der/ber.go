// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der

// FromBER returns the first element of in with definite lengths in the fewest
// octets and with strings in one piece, and what stands behind it. An element
// that is so already is returned as it is, not copied. Java and streaming
// signers write CMS and PKCS #12 with indefinite lengths (X.690, 8.1.3.6) and
// OCTET STRINGs in pieces (8.7.3).
//
// The order of SETs and the forms of values are left alone: signed octets inside
// stay what they were, and [Reader] judges them later.
func FromBER(in []byte) (element, rest []byte, err error) {
	b := ber{in: in}
	length := b.measure(0, 0)
	if b.err != nil {
		return nil, nil, b.err
	}
	if !b.changes {
		return in[:b.at:b.at], in[b.at:], nil
	}
	end := b.at
	out := make([]byte, 0, length)
	b.at = 0
	out = b.rewrite(out, 0)
	return out, in[end:], b.err
}

// ber walks BER twice: once to measure every constructed element (into sizes, in
// the order of the walk), once to write it. The two passes keep the work linear.
type ber struct {
	in      []byte
	at      int
	err     error
	changes bool
	sizes   []uint32 // content size of each constructed element; lengths are below 2^31
	next    int
}

type berHeader struct {
	tag        Tag
	end        int // end of the content, -1 for an indefinite length
	primitive  bool
	inPieces   bool // a string sent as a series of strings
	headOctets int
}

func (b *ber) fail(reason string) {
	if b.err == nil {
		b.err = &SyntaxError{Offset: b.at, Reason: reason}
	}
}

// header reads identifier and length octets within limit.
func (b *ber) header(limit int) (h berHeader) {
	start := b.at
	if limit-b.at < 2 {
		b.fail("element cut short")
		return h
	}
	h.tag = Tag(b.in[b.at])
	if h.tag&tagNumberMask == highTagNumber {
		b.fail("tag number above 30")
		return h
	}
	h.primitive = !h.tag.Constructed()
	h.inPieces = !h.primitive && isStringTag(h.tag&^constructed)
	first := b.in[b.at+1]
	b.at += 2
	switch {
	case first == 0x80 && h.primitive:
		b.fail("indefinite length of a primitive element")
	case first == 0x80:
		h.end = -1
		b.changes = true
	case first < 0x80:
		h.end = b.at + int(first)
	default:
		b.longLength(&h, int(first&0x7f), limit)
	}
	if b.err == nil && h.end > limit {
		b.fail("length beyond the end of the data")
	}
	if h.inPieces {
		b.changes = true
	}
	h.headOctets = b.at - start
	return h
}

func (b *ber) longLength(h *berHeader, n, limit int) {
	if n > 8 || limit-b.at < n {
		b.fail("length octets out of bounds")
		return
	}
	var v uint64
	for _, o := range b.in[b.at : b.at+n] {
		if v >= 1<<31 {
			b.fail("length out of bounds")
			return
		}
		v = v<<8 | uint64(o)
	}
	if v > 1<<31-1 {
		b.fail("length out of bounds")
		return
	}
	if v < 0x80 || n > 4 || v>>(8*(n-1)) == 0 {
		b.changes = true
	}
	b.at += n
	h.end = b.at + int(v)
}

// isStringTag reports the string types that BER may send in pieces and that the
// formats of this project hold.
func isStringTag(t Tag) bool { return t == TagOctetString }

// more reports whether the content of h goes on, and passes the end-of-contents
// octets (X.690, 8.1.5).
func (b *ber) more(h berHeader, limit int) bool {
	if b.err != nil {
		return false
	}
	if h.end >= 0 {
		return b.at < h.end
	}
	if limit-b.at < 2 {
		b.fail("end-of-contents missing")
		return false
	}
	if b.in[b.at] == 0 && b.in[b.at+1] == 0 {
		b.at += 2
		return false
	}
	return true
}

func (h berHeader) limit(outer int) int {
	if h.end >= 0 {
		return h.end
	}
	return outer
}

// measure walks the element at b.at and returns its size as DER.
func (b *ber) measure(depth, limit int) int {
	if depth == 0 {
		limit = len(b.in)
	}
	if depth > maxDepth {
		b.fail("nested too deep")
	}
	h := b.header(limit)
	if b.err != nil {
		return 0
	}
	if h.primitive {
		size := h.end - b.at
		b.at = h.end
		return headerSize(size) + size
	}
	slot := len(b.sizes)
	b.sizes = append(b.sizes, 0)
	size := 0
	for b.more(h, limit) {
		if h.inPieces {
			size += b.piece(depth+1, h.limit(limit), nil)
			continue
		}
		size += b.measure(depth+1, h.limit(limit))
	}
	if size > 1<<31-1 {
		b.fail("length out of bounds")
	}
	b.sizes[slot] = uint32(size)
	return headerSize(size) + size
}

// piece reads one piece of a string, pieces of pieces included. With out it
// appends the octets; without, it only counts them.
func (b *ber) piece(depth, limit int, out *[]byte) int {
	if depth > maxDepth {
		b.fail("nested too deep")
	}
	h := b.header(limit)
	if b.err != nil {
		return 0
	}
	if h.tag&^constructed != TagOctetString {
		b.fail("piece of another type")
		return 0
	}
	if h.primitive {
		n := h.end - b.at
		if out != nil {
			*out = append(*out, b.in[b.at:h.end]...)
		}
		b.at = h.end
		return n
	}
	n := 0
	for b.more(h, limit) {
		n += b.piece(depth+1, h.limit(limit), out)
	}
	return n
}

// rewrite walks the element again and appends it as DER.
func (b *ber) rewrite(out []byte, limit int) []byte {
	if limit == 0 {
		limit = len(b.in)
	}
	h := b.header(limit)
	if h.primitive {
		out = AppendHeader(out, h.tag, h.end-b.at)
		out = append(out, b.in[b.at:h.end]...)
		b.at = h.end
		return out
	}
	if h.inPieces {
		h.tag &^= constructed
	}
	out = AppendHeader(out, h.tag, int(b.sizes[b.next]))
	b.next++
	for b.more(h, limit) {
		if h.inPieces {
			b.piece(0, h.limit(limit), &out)
			continue
		}
		out = b.rewrite(out, h.limit(limit))
	}
	return out
}

func headerSize(n int) int {
	size := 2
	if n >= 0x80 {
		for w := n; w > 0; w >>= 8 {
			size++
		}
	}
	return size
}
