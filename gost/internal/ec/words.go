// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "math/bits"

// Words is an unsigned integer below 2^512, least significant word first. Curves of 256 bits use the first
// four words and keep the others 0.
type Words [8]uint64

// FromLittleEndian returns the integer of at most 64 bytes, least significant byte first.
func FromLittleEndian(b []byte) (w Words) {
	for i, v := range b {
		w[i/8] |= uint64(v) << (8 * (i % 8))
	}
	return w
}

// FromBigEndian returns the integer of at most 64 bytes, most significant byte first.
func FromBigEndian(b []byte) (w Words) {
	for i, v := range b {
		j := len(b) - 1 - i
		w[j/8] |= uint64(v) << (8 * (j % 8))
	}
	return w
}

// PutLittleEndian writes the low bytes of w to b, least significant byte first.
func (w *Words) PutLittleEndian(b []byte) {
	for i := range b {
		b[i] = byte(w[i/8] >> (8 * (i % 8)))
	}
}

// PutBigEndian writes the low bytes of w to b, most significant byte first.
func (w *Words) PutBigEndian(b []byte) {
	for i := range b {
		j := len(b) - 1 - i
		b[i] = byte(w[j/8] >> (8 * (j % 8)))
	}
}

// Less tells whether w < v, without a branch on their words before the answer.
func (w *Words) Less(v *Words) bool {
	var b uint64
	for i := range w {
		_, b = bits.Sub64(w[i], v[i], b)
	}
	return b == 1
}

// IsZero tells whether w = 0, without a branch on its words before the answer.
func (w *Words) IsZero() bool {
	var v uint64
	for _, x := range w {
		v |= x
	}
	return v == 0
}

// sum returns w + v mod 2^512 and the carry out of it.
func (w *Words) sum(v *Words) (s Words, carry uint64) {
	for i := range s {
		s[i], carry = bits.Add64(w[i], v[i], carry)
	}
	return s, carry
}

// difference returns w − v mod 2^512.
func (w *Words) difference(v *Words) (d Words) {
	var b uint64
	for i := range d {
		d[i], b = bits.Sub64(w[i], v[i], b)
	}
	return d
}

// The following serve [Order.InversePublic]. They work on the first n words and take a time that depends on them.

// compare returns −1, 0 or 1 as w is less than, equal to or greater than v.
func (w *Words) compare(v *Words, n int) int {
	for i := n - 1; i >= 0; i-- {
		if w[i] != v[i] {
			if w[i] < v[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// add sets w = w + v.
func (w *Words) add(v *Words, n int) {
	var c uint64
	for i := range n {
		w[i], c = bits.Add64(w[i], v[i], c)
	}
}

// subtract sets w = w − v.
func (w *Words) subtract(v *Words, n int) {
	var b uint64
	for i := range n {
		w[i], b = bits.Sub64(w[i], v[i], b)
	}
}

// trailingZeros returns how often 2 divides w, which is not 0.
func (w *Words) trailingZeros() int {
	i := 0
	for w[i] == 0 {
		i++
	}
	return 64*i + bits.TrailingZeros64(w[i])
}

// shiftRight sets w = w/2^k, rounded down.
func (w *Words) shiftRight(k, n int) {
	for ; k >= 64; k -= 64 {
		copy(w[:n-1], w[1:n])
		w[n-1] = 0
	}
	for i := range n - 1 {
		w[i] = w[i]>>k | w[i+1]<<(64-k)
	}
	w[n-1] >>= k
}

// shiftLeft sets w = w·2^k.
func (w *Words) shiftLeft(k, n int) {
	for ; k >= 64; k -= 64 {
		copy(w[1:n], w[:n-1])
		w[0] = 0
	}
	for i := n - 1; i > 0; i-- {
		w[i] = w[i]<<k | w[i-1]>>(64-k)
	}
	w[0] <<= k
}

// maskZero returns all ones if x = 0, otherwise 0.
func maskZero(x uint64) uint64 { return (x|-x)>>63 - 1 }

// negativeInverse returns −1/x mod 2^64 for an odd x: Newton's iteration doubles the right bits, from 3.
func negativeInverse(x uint64) uint64 {
	v := x
	for range 5 {
		v *= 2 - x*v
	}
	return -v
}
