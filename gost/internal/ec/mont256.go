// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "math/bits"

// mont256 is arithmetic modulo any odd m, 2^255 < m < 2^256 or smaller. An element x stands for x/2^256 mod m
// (Montgomery form) and is always below m. Nothing here branches on or indexes with a value.
type mont256 struct {
	m   element256 // the modulus
	inv uint64     // −1/m mod 2^64
	rr  element256 // 2^512 mod m, which carries a number into Montgomery form
	one element256 // 2^256 mod m, that is 1
}

// newMont256 prepares the arithmetic modulo m, which is public and odd.
func newMont256(m *element256) mont256 {
	f := mont256{m: *m, inv: negativeInverse(m[0])}
	// Doubling 1 mod m as often as the exponent says gives the powers of two.
	v := element256{1}
	for i := range 512 {
		if i == 256 {
			f.one = v
		}
		f.add(&v, &v, &v)
	}
	f.rr = v
	return f
}

// add sets r = x + y.
func (f *mont256) add(r, x, y *element256) {
	var t, s element256
	var c, b uint64
	for i := range t {
		t[i], c = bits.Add64(x[i], y[i], c)
	}
	for i := range t {
		s[i], b = bits.Sub64(t[i], f.m[i], b)
	}
	_, b = bits.Sub64(c, 0, b)
	for i := range r {
		r[i] = s[i] ^ (-b & (s[i] ^ t[i]))
	}
}

// sub sets r = x − y.
func (f *mont256) sub(r, x, y *element256) {
	var t element256
	var b, c uint64
	for i := range t {
		t[i], b = bits.Sub64(x[i], y[i], b)
	}
	b = -b
	for i := range r {
		r[i], c = bits.Add64(t[i], b&f.m[i], c)
	}
}

// sqr sets r = x².
func (f *mont256) sqr(r, x *element256) { f.mul(r, x, x) }

// inverse sets r = 1/x by Fermat's theorem, and r = 0 if x = 0.
func (f *mont256) inverse(r, x *element256) {
	e := f.m
	e[0] -= 2 // no borrow: the moduli here end in more than 1
	f.power(r, x, &e)
}

// power sets r = x^e. The time depends on e, which is public.
func (f *mont256) power(r, x, e *element256) {
	var table [16]element256
	table[0] = f.one
	for i := 1; i < len(table); i++ {
		f.mul(&table[i], &table[i-1], x)
	}
	v := f.one
	for i := len(e)*16 - 1; i >= 0; i-- {
		for range 4 {
			f.sqr(&v, &v)
		}
		f.mul(&v, &v, &table[e[i/16]>>(4*(i%16))&15])
	}
	*r = v
}

// set sets r to the number w, which may be anything below 2^256.
func (f *mont256) set(r *element256, w *Words) { f.mul(r, (*element256)(w[:]), &f.rr) }

// words returns the number x stands for.
func (f *mont256) words(x *element256) (w Words) {
	one := element256{1}
	f.mul((*element256)(w[:]), x, &one)
	return w
}

// isZero returns all ones if x = 0, otherwise 0.
func (f *mont256) isZero(x *element256) uint64 {
	var v uint64
	for _, w := range x {
		v |= w
	}
	return maskZero(v)
}

// choose sets r = x if mask is all ones and leaves it if mask is 0.
func (r *element256) choose(x *element256, mask uint64) {
	for i := range r {
		r[i] ^= mask & (r[i] ^ x[i])
	}
}
