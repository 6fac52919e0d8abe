// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// This file has the operations on public points of edwards256, whose time depends on them.

// check implements [group].
func (g *edwards256) check(x, y *Words) error {
	f := &g.f
	var px, py, t element256
	f.set(&px, x)
	f.set(&py, y)
	f.sqr(&t, &px)
	f.add(&t, &t, &g.a)
	f.mul(&t, &t, &px)
	f.add(&t, &t, &g.b)
	f.sqr(&px, &py)
	f.sub(&t, &t, &px)
	if f.isZero(&t) == 0 {
		return ErrNotOnCurve
	}
	if f.isZero(&py) != 0 { // of order 2
		return ErrSmallSubgroup
	}
	var p edwardsPoint256
	g.fromWeierstrass(&p, x, y)
	var zero Words
	g.combine(&p, &zero, &g.q, &p)
	f.sub(&t, &p.z, &p.y)
	if f.isZero(&p.x) == 0 || f.isZero(&t) == 0 {
		return ErrSmallSubgroup
	}
	return nil
}

// sumMatches implements [group].
func (g *edwards256) sumMatches(z1, z2, x, y, r *Words) bool {
	var p edwardsPoint256
	g.fromWeierstrass(&p, x, y)
	g.combine(&p, z1, z2, &p)
	return g.abscissaIs(&p, r)
}

// abscissaIs tells whether p is not O and its abscissa is r mod q, without an inversion.
func (g *edwards256) abscissaIs(p *edwardsPoint256, r *Words) bool {
	f := &g.f
	var minus, plus, t element256
	f.sub(&minus, &p.z, &p.y)
	if f.isZero(&minus) != 0 { // O
		return false
	}
	f.add(&plus, &p.z, &p.y)
	f.mul(&plus, &plus, &g.s)
	// x is r, r + q and so on below p, if (x − t)·(z−y) = s·(z+y).
	for candidate, carry := *r, uint64(0); carry == 0 && candidate.Less(&g.p); candidate, carry = candidate.sum(&g.q) {
		f.set(&t, &candidate)
		f.sub(&t, &t, &g.t)
		f.mul(&t, &t, &minus)
		f.sub(&t, &t, &plus)
		if f.isZero(&t) != 0 {
			return true
		}
	}
	return false
}

// combine sets r = z1·P + z2·p with the doublings shared by both products.
func (g *edwards256) combine(r *edwardsPoint256, z1, z2 *Words, p *edwardsPoint256) {
	var n1, n2 wnaf
	size := max(n1.set(z1, 8), n2.set(z2, 5))
	odd := g.odd()
	var table [8]edwardsPoint256 // 1, 3, … 15 times p
	var twice edwardsPoint256
	table[0] = *p
	g.double(&twice, p)
	for i := 1; i < len(table); i++ {
		g.add(&table[i], &table[i-1], &twice)
	}
	for i := range table { // as in addition, t comes with the factor d
		g.f.mul(&table[i].t, &table[i].t, &g.d)
	}
	v := edwardsPoint256{y: g.one, z: g.one}
	for i := size - 1; i >= 0; i-- {
		e, h := g.doubleWithoutT(&v, &v)
		if n1[i] != 0 || n2[i] != 0 {
			g.f.mul(&v.t, &e, &h)
		}
		if d := n2[i]; d > 0 {
			g.addPublic(&v, &table[d/2], false)
		} else if d < 0 {
			g.addPublic(&v, &table[-d/2], true)
		}
		if d := n1[i]; d > 0 {
			g.addAffine(&v, &odd[d/2])
		} else if d < 0 {
			s := odd[-d/2]
			g.negate(&s, ^uint64(0))
			g.addAffine(&v, &s)
		}
	}
	*r = v
}

// addPublic sets p = p ± q, where t of q has the factor d.
func (g *edwards256) addPublic(p, q *edwardsPoint256, negative bool) {
	f := &g.f
	var a, b, c, d, e, h element256
	f.mul(&a, &p.x, &q.x)
	f.mul(&b, &p.y, &q.y)
	f.mul(&c, &p.t, &q.t)
	f.mul(&d, &p.z, &q.z)
	f.add(&e, &p.x, &p.y)
	if negative {
		f.sub(&h, &q.y, &q.x)
		f.mul(&e, &e, &h)
		f.add(&e, &e, &a)
		f.sub(&e, &e, &b)
		f.add(&h, &b, &a)
		f.add(&a, &d, &c)
		f.sub(&b, &d, &c)
	} else {
		f.add(&h, &q.x, &q.y)
		f.mul(&e, &e, &h)
		f.sub(&e, &e, &a)
		f.sub(&e, &e, &b)
		f.sub(&h, &b, &a)
		f.sub(&a, &d, &c)
		f.add(&b, &d, &c)
	}
	f.mul(&p.x, &e, &a)
	f.mul(&p.y, &b, &h)
	f.mul(&p.t, &e, &h)
	f.mul(&p.z, &a, &b)
}
