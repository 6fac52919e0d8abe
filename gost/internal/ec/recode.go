// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "math/bits"

// windows writes k as Σ d_i·16^i with −7 ≤ d_i ≤ 8 into digits, in constant time. The top four bits of k, those of
// the last digit, must be below 8.
func (k *Words) windows(digits []int8) {
	carry := int8(0)
	for i := range digits {
		d := int8(k[i/16]>>(4*(i%16))&15) + carry // 0 ≤ d ≤ 16
		carry = (d + 7) >> 4
		digits[i] = d - carry<<4
	}
}

// split returns |d| and all ones if d < 0, in constant time.
func split(d int8) (magnitude, negative uint64) {
	m := d >> 7
	return uint64((d ^ m) - m), uint64(int64(m))
}

// halve returns k or q − k, whichever has a zero top bit of its 4·n bits after all carries, for 0 < k < q, and all
// ones in the second case. It is constant in time.
func (k *Words) halve(q *Words) (h Words, negated uint64) {
	h = q.difference(k)
	var b uint64
	for i := range h { // q − k < k
		_, b = bits.Sub64(h[i], k[i], b)
	}
	negated = -b
	for i := range h {
		h[i] = k[i] ^ (negated & (k[i] ^ h[i]))
	}
	return h, negated
}

// wnaf is a number in non-adjacent form: Σ d_i·2^i with d_i odd or 0.
type wnaf [513]int8

// set writes k in non-adjacent form of the given width, |d_i| < 2^(width−1), and returns the number of digits. Its
// time depends on k, which must be public.
func (w *wnaf) set(k *Words, width uint) int {
	v := *k
	size := 0
	window := uint64(1) << width
	var top uint64 // the word above v
	for i := 0; !v.IsZero() || top != 0; i++ {
		d := int64(0)
		if v[0]&1 == 1 {
			d = int64(v[0] & (window - 1))
			if d >= int64(window/2) {
				d -= int64(window)
			}
			top += v.subtractSmall(d)
		}
		w[i] = int8(d)
		size = i + 1
		for j := range len(v) - 1 {
			v[j] = v[j]>>1 | v[j+1]<<63
		}
		v[7] = v[7]>>1 | top<<63
		top >>= 1
	}
	return size
}

// subtractSmall sets w = w − d for a small d not above w, and returns the carry out of the top word.
func (w *Words) subtractSmall(d int64) (carry uint64) {
	var c uint64
	if d >= 0 {
		w[0], c = bits.Sub64(w[0], uint64(d), 0)
		for i := 1; i < len(w) && c != 0; i++ {
			w[i], c = bits.Sub64(w[i], 0, c)
		}
		return 0
	}
	w[0], c = bits.Add64(w[0], uint64(-d), 0)
	for i := 1; i < len(w) && c != 0; i++ {
		w[i], c = bits.Add64(w[i], 0, c)
	}
	return c
}
