// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "math/bits"

// special256 is arithmetic modulo p = 2^256 − 617. An element is any number below 2^256 and stands for its residue;
// only words reduces it to the end. Products are folded: what lies above 2^256 counts 617 times. Nothing here
// branches on or indexes with a value.
type special256 struct {
	m          element256 // p
	correction element256 // see inverse
}

// init prepares the inverse.
func (f *special256) init(m *Words) {
	f.m = element256(m[:])
	f.initInverse()
}

// unit returns 1.
func (*special256) unit() element256 { return element256{1} }

// integer returns a number below p whose inverse is that of x but for a constant factor.
func (f *special256) integer(x *element256) element256 {
	w := f.words(x)
	return element256(w[:])
}

// mulConstant sets r = x·c for a public constant c, which is cheap when c fits in half a word.
func (f *special256) mulConstant(r, x, c *element256) {
	rest := c[0] >> 32
	for _, w := range c[1:] {
		rest |= w
	}
	if rest == 0 {
		f.mulWord(r, x, c[0])
		return
	}
	f.mul(r, x, c)
}

// fermat sets r = 1/x by Fermat's theorem, and r = 0 if x = 0.
func (f *special256) fermat(r, x *element256) {
	// p − 2 is 246 ones and the ten bits of 405.
	v, ones := *x, 1
	for i := bits.Len(246) - 2; i >= 0; i-- {
		t := v
		for range ones {
			f.sqr(&t, &t)
		}
		f.mul(&v, &v, &t)
		ones *= 2
		if 246>>i&1 == 1 {
			f.sqr(&v, &v)
			f.mul(&v, &v, x)
			ones++
		}
	}
	for i := 9; i >= 0; i-- {
		f.sqr(&v, &v)
		if 405>>i&1 == 1 {
			f.mul(&v, &v, x)
		}
	}
	*r = v
}

// set sets r to the number w below 2^256.
func (*special256) set(r *element256, w *Words) { *r = element256(w[:]) }

// words returns the least number x stands for.
func (*special256) words(x *element256) (w Words) {
	// x ≥ p if and only if x + 617 carries, and then the sum without the carry is x − p.
	var t element256
	var c uint64
	t[0], c = bits.Add64(x[0], fold256, 0)
	for i := 1; i < len(t); i++ {
		t[i], c = bits.Add64(x[i], 0, c)
	}
	v := *x
	v.choose(&t, -c)
	copy(w[:], v[:])
	return w
}

// isZero returns all ones if x stands for 0, that is, if it is 0 or p; otherwise 0.
func (*special256) isZero(x *element256) uint64 {
	zero, p := x[0], x[0]+fold256
	for _, w := range x[1:] {
		zero |= w
		p |= ^w
	}
	return maskZero(zero) | maskZero(p)
}
