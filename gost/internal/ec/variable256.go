// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// multiply implements [group]: four doublings and an addition for each four bits of k.
func (g *weierstrass256) multiply(k, px, py *Words) (x, y Words) {
	f := &g.f
	var table [8]projective256 // 1 to 8 times the point
	table[0].z = g.one
	f.set(&table[0].x, px)
	f.set(&table[0].y, py)
	for i := 1; i < len(table); i++ {
		g.add(&table[i], &table[i-1], &table[0])
	}
	h, negated := k.halve(&g.q)
	var digits [16 * len(element256{})]int8
	h.windows(digits[:])
	v := projective256{y: g.one}
	for i := len(digits) - 1; i >= 0; i-- {
		for range 4 {
			g.doubleProjective(&v)
		}
		magnitude, negative := split(digits[i])
		t := projective256{y: g.one} // O unless one of the table
		for j := range table {
			t.choose(&table[j], maskZero(magnitude-1-uint64(j)))
		}
		g.negate(&t.y, negative)
		g.add(&v, &v, &t)
	}
	clear(digits[:])
	clear(h[:])
	return g.toWords(&v, negated)
}

// toWords returns v, or −v if mask is all ones, in constant time.
func (g *weierstrass256) toWords(v *projective256, mask uint64) (x, y Words) {
	f := &g.f
	var inverse element256
	f.inverse(&inverse, &v.z)
	f.mul(&v.x, &v.x, &inverse)
	f.mul(&v.y, &v.y, &inverse)
	g.negate(&v.y, mask)
	return f.words(&v.x), f.words(&v.y)
}

// doubleProjective sets v = 2·v for any point: Renes, Costello and Batina, "Complete addition formulas for prime order
// elliptic curves", algorithm 6.
func (g *weierstrass256) doubleProjective(v *projective256) {
	f := &g.f
	var t0, t1, t2, t3, x3, y3, z3 element256
	f.sqr(&t0, &v.x)
	f.sqr(&t1, &v.y)
	f.sqr(&t2, &v.z)
	f.mul(&t3, &v.x, &v.y)
	f.add(&t3, &t3, &t3)
	f.mul(&z3, &v.x, &v.z)
	f.add(&z3, &z3, &z3)
	f.mulConstant(&y3, &t2, &g.b)
	f.sub(&y3, &y3, &z3)
	f.add(&x3, &y3, &y3)
	f.add(&y3, &x3, &y3)
	f.sub(&x3, &t1, &y3)
	f.add(&y3, &t1, &y3)
	f.mul(&y3, &x3, &y3)
	f.mul(&x3, &x3, &t3)
	f.add(&t3, &t2, &t2)
	f.add(&t2, &t2, &t3)
	f.mulConstant(&z3, &z3, &g.b)
	f.sub(&z3, &z3, &t2)
	f.sub(&z3, &z3, &t0)
	f.add(&t3, &z3, &z3)
	f.add(&z3, &z3, &t3)
	f.add(&t3, &t0, &t0)
	f.add(&t0, &t3, &t0)
	f.sub(&t0, &t0, &t2)
	f.mul(&t0, &t0, &z3)
	f.add(&y3, &y3, &t0)
	f.mul(&t0, &v.y, &v.z)
	f.add(&t0, &t0, &t0)
	f.mul(&z3, &t0, &z3)
	f.sub(&v.x, &x3, &z3)
	f.mul(&z3, &t0, &t1)
	f.add(&z3, &z3, &z3)
	f.add(&v.z, &z3, &z3)
	v.y = y3
}
