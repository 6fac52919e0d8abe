// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// inverse sets r = 1/x, and r = 0 if x = 0, in constant time: Pornin, "Optimized binary GCD for modular inversion",
// algorithm 2. Numbers a, b start as x and m, and u, v so that a = x·u and b = x·v modulo m up to a factor which
// the field's correction takes off in the end.
//
// A turn makes its halvings on 64-bit images of a and b, made of their top 33 and low 31 bits, and notes what it did
// in factors: a becomes (a·f0 + b·g0)/2^31 and b becomes (a·f1 + b·g1)/2^31. The images may lead it to subtract
// the greater number, which makes the result negative and is put right.
func (f *special256) inverse(r, x *element256) {
	a, b := f.integer(x), f.m
	u, v := element256{1}, element256{}
	for range turns256 {
		f0, g0, f1, g1 := a.halvings(&b)
		next, negative := a.combine(&b, f0, g0)
		f0, g0 = (f0^negative)-negative, (g0^negative)-negative
		b, negative = a.combine(&b, f1, g1)
		f1, g1 = (f1^negative)-negative, (g1^negative)-negative
		a = next
		var t element256
		f.combine(&t, &u, &v, f0, g0)
		f.combine(&v, &u, &v, f1, g1)
		u = t
	}
	f.mul(r, &v, &f.correction)
}

// initInverse finds the correction: the inverse of 1 must be 1.
func (f *special256) initInverse() {
	f.correction = f.unit()
	one := f.unit()
	var scale element256
	f.inverse(&scale, &one)
	f.fermat(&f.correction, &scale)
}

// combine sets r = u·c + v·d for |c|, |d| ≤ 2^31, up to the factor of mulWord.
func (f *special256) combine(r, u, v *element256, c, d int64) {
	var s, t, negated, zero element256
	sign := c >> 63
	f.mulWord(&s, u, uint64((c^sign)-sign))
	f.sub(&negated, &zero, &s)
	s.choose(&negated, uint64(sign))
	sign = d >> 63
	f.mulWord(&t, v, uint64((d^sign)-sign))
	f.sub(&negated, &zero, &t)
	t.choose(&negated, uint64(sign))
	f.add(r, &s, &t)
}
