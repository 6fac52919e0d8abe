// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "sync"

// edwards256 is the subgroup of prime order of a curve u² + v² = 1 + d·u²·v² with a non-square d, whose addition is
// complete: it has no exceptional case (RFC 7836, appendix A.2, with e = 1). The coordinates u and v map to those
// of the Weierstrass form by x = s·(1+v)/(1−v) + t and y = (x − t)/u, where s = (1−d)/4 and t = (1+d)/6.
type edwards256 struct {
	f         special256
	p, q      Words
	one, a, b element256 // of y² = x³ + a·x + b
	d, s, t   element256
	// Each table is computed at its first use.
	base func() *[16 * len(element256{})][8]edwardsAffine256 // base[i][j] is (j+1)·16^i·P, for secret multipliers
	odd  func() *[64]edwardsAffine256                        // odd[i] is (2·i+1)·P, for public multipliers

	generator  edwardsPoint256 // P
	onceOfComb sync.Once
	comb       *edwardsComb256 // of P, made by combOfP, so that a program that never prepares does not link the code
}

// edwardsPoint256 is u = x/z, v = y/z with t = x·y/z. O is (0, 1).
type edwardsPoint256 struct{ x, y, z, t element256 }

// edwardsAffine256 is x = u, y = v, and dt = d·u·v.
type edwardsAffine256 struct{ x, y, dt element256 }

func newEdwards256(p *parameters) group {
	g := &edwards256{p: p.p, q: p.q}
	f := &g.f
	f.init(&p.p)
	f.set(&g.one, &Words{1})
	f.set(&g.a, &p.a)
	f.set(&g.b, &p.b)
	f.set(&g.d, &p.d)
	var four, six element256
	f.set(&four, &Words{4})
	f.set(&six, &Words{6})
	f.inverse(&four, &four)
	f.inverse(&six, &six)
	f.sub(&g.s, &g.one, &g.d)
	f.mul(&g.s, &g.s, &four)
	f.add(&g.t, &g.one, &g.d)
	f.mul(&g.t, &g.t, &six)
	var base edwardsPoint256
	g.fromWeierstrass(&base, &p.x, &p.y)
	g.base = sync.OnceValue(func() *[16 * len(element256{})][8]edwardsAffine256 { return g.windows(base) })
	g.odd = sync.OnceValue(func() *[64]edwardsAffine256 { return (*[64]edwardsAffine256)(g.affine(g.oddOf(base, 64))) })
	g.generator = base
	return g
}

// windows computes the table for secret multipliers.
func (g *edwards256) windows(step edwardsPoint256) *[16 * len(element256{})][8]edwardsAffine256 {
	table := new([16 * len(element256{})][8]edwardsAffine256)
	points := make([]edwardsPoint256, 0, 8*len(table))
	for range table {
		v := step
		for range 8 {
			points = append(points, v)
			g.add(&v, &v, &step)
		}
		g.double(&step, &points[len(points)-1]) // 16 = 2·8
	}
	for i, v := range g.affine(points) {
		table[i/8][i%8] = v
	}
	return table
}

// oddOf returns the first n odd multiples of v.
func (g *edwards256) oddOf(v edwardsPoint256, n int) []edwardsPoint256 {
	points := make([]edwardsPoint256, n)
	var twice edwardsPoint256
	g.double(&twice, &v)
	for i := range points {
		points[i] = v
		g.add(&v, &v, &twice)
	}
	return points
}

// affine converts points with one inversion.
func (g *edwards256) affine(points []edwardsPoint256) []edwardsAffine256 {
	f := &g.f
	products := make([]element256, len(points)) // of z up to the point
	v := g.one
	for i := range points {
		f.mul(&v, &v, &points[i].z)
		products[i] = v
	}
	f.inverse(&v, &v)
	out := make([]edwardsAffine256, len(points))
	for i := len(points) - 1; i >= 0; i-- {
		inverse := v
		if i > 0 {
			f.mul(&inverse, &v, &products[i-1])
		}
		f.mul(&v, &v, &points[i].z)
		f.mul(&out[i].x, &points[i].x, &inverse)
		f.mul(&out[i].y, &points[i].y, &inverse)
		f.mul(&out[i].dt, &out[i].x, &out[i].y)
		f.mul(&out[i].dt, &out[i].dt, &g.d)
	}
	return out
}

// fromWeierstrass sets r to the point with the given coordinates, y other than 0, without an inversion: with
// w = x − t, it is u = w/y, v = (w−s)/(w+s).
func (g *edwards256) fromWeierstrass(r *edwardsPoint256, x, y *Words) {
	f := &g.f
	var w, minus, plus, py element256
	f.set(&w, x)
	f.set(&py, y)
	f.sub(&w, &w, &g.t)
	f.sub(&minus, &w, &g.s)
	f.add(&plus, &w, &g.s)
	f.mul(&r.x, &w, &plus)
	f.mul(&r.y, &minus, &py)
	f.mul(&r.z, &py, &plus)
	f.mul(&r.t, &w, &minus)
}

// multiplyBase implements [group]: one addition for each four bits of k and no doubling.
func (g *edwards256) multiplyBase(k *Words) (x, y Words) {
	table := g.base()
	var digits [len(table)]int8
	k.windows(digits[:]) // q is below a quarter of the range: no last carry
	p := edwardsPoint256{y: g.one, z: g.one}
	for i := range table {
		magnitude, negative := split(digits[i])
		var t edwardsAffine256
		t.pick(&table[i], magnitude)
		t.y[0] |= maskZero(magnitude) & 1 // O is (0, 1); one is 1 in this field
		g.negate(&t, negative)
		g.addAffine(&p, &t)
	}
	clear(digits[:])
	return g.toWords(&p)
}

// negate sets p = −p if mask is all ones and leaves it if mask is 0.
func (g *edwards256) negate(p *edwardsAffine256, mask uint64) {
	var t, zero element256
	g.f.sub(&t, &zero, &p.x)
	p.x.choose(&t, mask)
	g.f.sub(&t, &zero, &p.dt)
	p.dt.choose(&t, mask)
}

// addAffine sets p = p + s for any points: Hisil, Wong, Carter and Dawson, "Twisted Edwards curves revisited", 3.1,
// with a = 1 and z of s being 1.
func (g *edwards256) addAffine(p *edwardsPoint256, s *edwardsAffine256) {
	f := &g.f
	var a, b, c, e, h element256
	f.mul(&a, &p.x, &s.x)
	f.mul(&b, &p.y, &s.y)
	f.mul(&c, &p.t, &s.dt)
	f.add(&e, &p.x, &p.y)
	f.add(&h, &s.x, &s.y)
	f.mul(&e, &e, &h)
	f.sub(&e, &e, &a)
	f.sub(&e, &e, &b)
	f.sub(&h, &b, &a)
	f.sub(&a, &p.z, &c) // F
	f.add(&b, &p.z, &c) // G
	f.mul(&p.x, &e, &a)
	f.mul(&p.y, &b, &h)
	f.mul(&p.t, &e, &h)
	f.mul(&p.z, &a, &b)
}

// add sets r = p + q for any points, by the same formulas.
func (g *edwards256) add(r, p, q *edwardsPoint256) {
	f := &g.f
	var a, b, c, d, e, h element256
	f.mul(&a, &p.x, &q.x)
	f.mul(&b, &p.y, &q.y)
	f.mul(&c, &p.t, &q.t)
	f.mul(&c, &c, &g.d)
	f.mul(&d, &p.z, &q.z)
	f.add(&e, &p.x, &p.y)
	f.add(&h, &q.x, &q.y)
	f.mul(&e, &e, &h)
	f.sub(&e, &e, &a)
	f.sub(&e, &e, &b)
	f.sub(&h, &b, &a)
	f.sub(&a, &d, &c) // F
	f.add(&b, &d, &c) // G
	f.mul(&r.x, &e, &a)
	f.mul(&r.y, &b, &h)
	f.mul(&r.t, &e, &h)
	f.mul(&r.z, &a, &b)
}

// double sets r = 2·p: the same paper, 3.3.
func (g *edwards256) double(r, p *edwardsPoint256) {
	e, h := g.doubleWithoutT(r, p)
	g.f.mul(&r.t, &e, &h)
}

// doubleWithoutT sets all of r = 2·p but t, which is the product of the results; doubling itself needs no t.
func (g *edwards256) doubleWithoutT(r, p *edwardsPoint256) (e, h element256) {
	f := &g.f
	var a, b, c, d element256
	f.sqr(&a, &p.x)
	f.sqr(&b, &p.y)
	f.sqr(&c, &p.z)
	f.add(&c, &c, &c)
	f.add(&e, &p.x, &p.y)
	f.sqr(&e, &e)
	f.add(&d, &a, &b) // G
	f.sub(&e, &e, &d)
	f.sub(&h, &a, &b)
	f.sub(&c, &d, &c) // F
	f.mul(&r.x, &e, &c)
	f.mul(&r.y, &d, &h)
	f.mul(&r.z, &c, &d)
	return e, h
}
