// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "math/bits"

// steps256 is how many halvings a turn of the inverse makes, and turns256 how many turns bring any number of 256 bits
// and the modulus to 0 and 1: 2·256 − 1 halvings.
const (
	steps256 = 31
	turns256 = (2*256 - 1 + steps256 - 1) / steps256
)

// halvings makes the halvings of a turn on the images of a and b and returns the factors.
func (a *element256) halvings(b *element256) (f0, g0, f1, g1 int64) {
	x, y := a.images(b)
	// Two factors of 32 bits share a word; what a negative lower one borrows from the upper is undone below.
	p, q := uint64(1), uint64(1)<<32
	for range steps256 {
		odd := -(x & 1)
		_, less := bits.Sub64(x, y, 0)
		swap := odd & -less
		t := (x ^ y) & swap
		x ^= t
		y ^= t
		t = (p ^ q) & swap
		p ^= t
		q ^= t
		x = (x - y&odd) >> 1
		p -= q & odd
		q += q
	}
	const bias = 0x7fffffff
	p += bias<<32 | bias
	q += bias<<32 | bias
	return int64(p&0xffffffff) - bias, int64(p>>32) - bias, int64(q&0xffffffff) - bias, int64(q>>32) - bias
}

// images returns the top 33 bits of a and b, from the highest place where either has one, over their low 31 bits.
func (a *element256) images(b *element256) (x, y uint64) {
	var aHigh, aLow, bHigh, bLow uint64
	high, low := ^uint64(0), ^uint64(0) // whether the word is still to be taken
	for i := len(a) - 1; i >= 0; i-- {
		aHigh ^= (aHigh ^ a[i]) & high
		aLow ^= (aLow ^ a[i]) & low
		bHigh ^= (bHigh ^ b[i]) & high
		bLow ^= (bLow ^ b[i]) & low
		low = high
		high &= maskZero(a[i] | b[i])
	}
	s := bits.LeadingZeros64(aHigh | bHigh)
	x = aHigh<<(s&63) | aLow>>1>>((63-s)&63)
	y = bHigh<<(s&63) | bLow>>1>>((63-s)&63)
	// If only the lowest word is not 0, the images are the numbers.
	x ^= (x ^ a[0]) & low
	y ^= (y ^ b[0]) & low
	const mask = 1<<steps256 - 1
	return a[0]&mask | x&^mask, b[0]&mask | y&^mask
}

// combine returns |a·c + b·d|/2^31, which is an integer below 2^256, and all ones if the sum is negative.
func (a *element256) combine(b *element256, c, d int64) (r element256, negative int64) {
	cSign, dSign := c>>63, d>>63
	cSize, dSize := uint64((c^cSign)-cSign), uint64((d^dSign)-dSign)
	cMask, dMask := uint64(cSign), uint64(dSign)
	// Both products in two's complement, with one word more, and their sum shifted.
	var cHigh, dHigh uint64
	var sums element256
	cCarry, dCarry, carry := cMask&1, dMask&1, uint64(0)
	for i := range a {
		h, l := bits.Mul64(a[i], cSize)
		var k uint64
		l, k = bits.Add64(l, cHigh, 0)
		cHigh = h + k
		h, m := bits.Mul64(b[i], dSize)
		m, k = bits.Add64(m, dHigh, 0)
		dHigh = h + k
		l, cCarry = bits.Add64(l^cMask, 0, cCarry)
		m, dCarry = bits.Add64(m^dMask, 0, dCarry)
		sums[i], carry = bits.Add64(l, m, carry)
	}
	sum := (cHigh ^ cMask) + cCarry + (dHigh ^ dMask) + dCarry + carry
	for i := range len(r) - 1 {
		r[i] = sums[i]>>steps256 | sums[i+1]<<(64-steps256)
	}
	r[len(r)-1] = sums[len(r)-1]>>steps256 | sum<<(64-steps256)
	negative = int64(sum) >> 63
	mask := uint64(negative)
	carry = mask & 1
	for i := range r {
		r[i], carry = bits.Add64(r[i]^mask, 0, carry)
	}
	return r, negative
}
