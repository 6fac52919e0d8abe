// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// jacobian256 is (x/z², y/z³); z = 0 is O. Its formulas are shorter than the complete ones but have exceptional
// cases, which are handled by branches: only public points may go here.
type jacobian256 struct{ x, y, z element256 }

// sumMatches implements [group] with the doublings shared by both products.
func (g *weierstrass256) sumMatches(z1, z2, x, y, r *Words) bool {
	var n1, n2 wnaf
	size := max(n1.set(z1, 8), n2.set(z2, 5))
	table, odd := g.oddMultiples(x, y), g.odd()
	var v jacobian256
	for i := size - 1; i >= 0; i-- {
		g.double(&v, &v)
		if d := n2[i]; d > 0 {
			g.addCached(&v, &table[d/2], false)
		} else if d < 0 {
			g.addCached(&v, &table[-d/2], true)
		}
		if d := n1[i]; d > 0 {
			g.addBase(&v, &odd[d/2], false)
		} else if d < 0 {
			g.addBase(&v, &odd[-d/2], true)
		}
	}
	return g.abscissaIs(&v, r)
}

// abscissaIs tells whether v is not O and x/z² mod p is r mod q, without an inversion.
func (g *weierstrass256) abscissaIs(v *jacobian256, r *Words) bool {
	f := &g.f
	if f.isZero(&v.z) != 0 {
		return false
	}
	var zz, t element256
	f.sqr(&zz, &v.z)
	// q may be below p: r stands for r, r + q and so on.
	for candidate, carry := *r, uint64(0); carry == 0 && candidate.Less(&g.p); candidate, carry = candidate.sum(&g.q) {
		f.set(&t, &candidate)
		f.mul(&t, &t, &zz)
		f.sub(&t, &t, &v.x)
		if f.isZero(&t) != 0 {
			return true
		}
	}
	return false
}

// cached256 is a point with the powers of z that additions need.
type cached256 struct {
	jacobian256
	zz, zzz element256
}

// oddMultiples returns 1, 3, … 15 times (x, y).
func (g *weierstrass256) oddMultiples(x, y *Words) (table [8]cached256) {
	f := &g.f
	v := jacobian256{z: g.one}
	f.set(&v.x, x)
	f.set(&v.y, y)
	var twice cached256
	g.double(&twice.jacobian256, &v)
	g.fillPowers(&twice)
	for i := range table {
		table[i].jacobian256 = v
		g.fillPowers(&table[i])
		g.addCached(&v, &twice, false)
	}
	return table
}

func (g *weierstrass256) fillPowers(c *cached256) {
	g.f.sqr(&c.zz, &c.z)
	g.f.mul(&c.zzz, &c.zz, &c.z)
}

// double sets r = 2·v: dbl-2001-b of the Explicit-Formulas Database. It holds for O too, and no point of a group of
// odd order has y = 0.
func (g *weierstrass256) double(r, v *jacobian256) {
	f := &g.f
	var delta, gamma, beta, alpha, t element256
	f.sqr(&delta, &v.z)
	f.sqr(&gamma, &v.y)
	f.mul(&beta, &v.x, &gamma)
	f.sub(&t, &v.x, &delta)
	f.add(&alpha, &v.x, &delta)
	f.mul(&alpha, &alpha, &t)
	f.add(&t, &alpha, &alpha)
	f.add(&alpha, &alpha, &t)
	f.add(&t, &v.y, &v.z)
	f.sqr(&t, &t)
	f.sub(&t, &t, &gamma)
	f.sub(&r.z, &t, &delta)
	f.add(&beta, &beta, &beta)
	f.add(&beta, &beta, &beta) // 4·beta
	f.add(&t, &beta, &beta)
	f.sqr(&r.x, &alpha)
	f.sub(&r.x, &r.x, &t)
	f.sub(&t, &beta, &r.x)
	f.mul(&t, &alpha, &t)
	f.add(&gamma, &gamma, &gamma)
	f.sqr(&gamma, &gamma)
	f.add(&gamma, &gamma, &gamma) // 8·gamma²
	f.sub(&r.y, &t, &gamma)
}

// addCached sets v = v ± s for s other than O.
func (g *weierstrass256) addCached(v *jacobian256, s *cached256, negative bool) {
	f := &g.f
	y := s.y
	if negative {
		g.negate(&y, ^uint64(0))
	}
	if f.isZero(&v.z) != 0 {
		*v = jacobian256{s.x, y, s.z}
		return
	}
	var zz, u1, s1, h, r, z element256
	f.sqr(&zz, &v.z)
	f.mul(&u1, &v.x, &s.zz)
	f.mul(&h, &s.x, &zz)
	f.sub(&h, &h, &u1)
	f.mul(&s1, &v.y, &s.zzz)
	f.mul(&r, &v.z, &zz)
	f.mul(&r, &r, &y)
	f.sub(&r, &r, &s1)
	f.mul(&z, &v.z, &s.z)
	g.addEnd(v, &u1, &s1, &h, &r, &z)
}

// addBase sets v = v ± s.
func (g *weierstrass256) addBase(v *jacobian256, s *affine256, negative bool) {
	f := &g.f
	y := s.y
	if negative {
		g.negate(&y, ^uint64(0))
	}
	if f.isZero(&v.z) != 0 {
		*v = jacobian256{s.x, y, g.one}
		return
	}
	var zz, h, r element256
	f.sqr(&zz, &v.z)
	f.mul(&h, &s.x, &zz)
	f.sub(&h, &h, &v.x)
	f.mul(&r, &v.z, &zz)
	f.mul(&r, &r, &y)
	f.sub(&r, &r, &v.y)
	u1, s1, z := v.x, v.y, v.z
	g.addEnd(v, &u1, &s1, &h, &r, &z)
}

// addEnd is the common end of additions: u1 and s1 are the coordinates of the first point over the common
// denominator, h and r their differences from those of the second, z the product of both z.
func (g *weierstrass256) addEnd(v *jacobian256, u1, s1, h, r, z *element256) {
	f := &g.f
	if f.isZero(h) != 0 {
		if f.isZero(r) != 0 {
			g.double(v, v)
		} else {
			*v = jacobian256{} // opposite points
		}
		return
	}
	var hh, hhh, w, t element256
	f.sqr(&hh, h)
	f.mul(&hhh, &hh, h)
	f.mul(&w, u1, &hh)
	f.sqr(&t, r)
	f.sub(&t, &t, &hhh)
	f.sub(&t, &t, &w)
	f.sub(&v.x, &t, &w)
	f.sub(&t, &w, &v.x)
	f.mul(&t, r, &t)
	f.mul(&hhh, s1, &hhh)
	f.sub(&v.y, &t, &hhh)
	f.mul(&v.z, z, h)
}
