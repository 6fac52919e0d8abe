// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// mont256 is arithmetic modulo any odd m, 2^255 < m < 2^256 or smaller. An element x stands for x/2^256 mod m
// (Montgomery form) and is always below m. Nothing here branches on or indexes with a value.
type mont256 struct {
	m   element256 // the modulus
	inv uint64     // −1/m mod 2^64
	rr  element256 // 2^512 mod m, which carries a number into Montgomery form
	one element256 // 2^256 mod m, that is 1

	correction element256 // see inverse
}

// init prepares the arithmetic modulo m, which is public and odd.
func (f *mont256) init(m *Words) {
	f.m = element256(m[:])
	f.inv = negativeInverse(m[0])
	// Doubling 1 mod m as often as the exponent says gives the powers of two.
	v := element256{1}
	for i := range 512 {
		if i == 256 {
			f.one = v
		}
		f.add(&v, &v, &v)
	}
	f.rr = v
	f.initInverse()
}

// unit returns 1.
func (f *mont256) unit() element256 { return f.one }

// integer returns a number below m whose inverse is that of x but for a constant factor.
func (f *mont256) integer(x *element256) element256 { return *x }

// sqr sets r = x².
func (f *mont256) sqr(r, x *element256) { f.mul(r, x, x) }

// mulConstant sets r = x·c.
func (f *mont256) mulConstant(r, x, c *element256) { f.mul(r, x, c) }

// fermat sets r = 1/x by Fermat's theorem, and r = 0 if x = 0.
func (f *mont256) fermat(r, x *element256) {
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
