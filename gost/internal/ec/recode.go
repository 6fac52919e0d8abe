// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "math/bits"

// windows writes w as Σ d_i·16^i with −7 ≤ d_i ≤ 8 into digits, in constant time. The top four bits of w, those of
// the last digit, must be below 8.
func (w *Words) windows(digits []int8) {
	carry := int8(0)
	for i := range digits {
		d := int8(w[i/16]>>(4*(i%16))&15) + carry // 0 ≤ d ≤ 16
		carry = (d + 7) >> 4
		digits[i] = d - carry<<4
	}
}

// split returns |d| and all ones if d < 0, in constant time.
func split(d int8) (magnitude, negative uint64) {
	m := d >> 7
	return uint64((d ^ m) - m), uint64(int64(m))
}

// halve returns the lesser of w and q − w for 0 < w < q, which is below 2^(n−1) for a q of n bits, and all ones if it
// is the second. It is constant in time.
func (w *Words) halve(q *Words) (h Words, negated uint64) {
	h = q.difference(w)
	var b uint64
	for i := range h { // q − w < w
		_, b = bits.Sub64(h[i], w[i], b)
	}
	negated = -b
	for i := range h {
		h[i] = w[i] ^ (negated & (w[i] ^ h[i]))
	}
	return h, negated
}

// wnaf is a number in non-adjacent form: Σ d_i·2^i with d_i odd or 0.
type wnaf [513]int8

// set writes k < 2^512 in non-adjacent form of the given width, |d_i| < 2^(width−1), and returns the number of
// digits. Its time depends on k, which must be public. Digits must be 0 before.
func (w *wnaf) set(k *Words, width int) int {
	size := 0
	carry := uint64(0) // to be added at bit i
	for i := 0; i < len(w); {
		if k.bit(i) == carry { // a digit 0
			i++
			continue
		}
		d := k.bits(i, width) + carry
		carry = d >> (width - 1)
		w[i] = int8(int64(d) - int64(carry<<width))
		size = i + 1
		i += width
	}
	return size
}

// bit returns bit i of w, and 0 above all.
func (w *Words) bit(i int) uint64 {
	if i >= 64*len(w) {
		return 0
	}
	return w[i/64] >> (i % 64) & 1
}

// bits returns n bits of w, n < 64, from bit i on.
func (w *Words) bits(i, n int) uint64 {
	if i >= 64*len(w) {
		return 0
	}
	v := w[i/64] >> (i % 64)
	if i%64+n > 64 && i/64+1 < len(w) {
		v |= w[i/64+1] << (64 - i%64)
	}
	return v & (1<<n - 1)
}
