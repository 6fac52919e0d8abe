// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import "sync"

// weierstrass256 is the group of a curve y² = x³ − 3·x + b of prime order.
type weierstrass256 struct {
	f      special256
	p, q   Words
	one, b element256

	// Each table is computed at its first use.
	base func() *[16 * len(element256{})][8]affine256 // base[i][j] is (j+1)·16^i·P, for secret multipliers
	odd  func() *[64]affine256                        // odd[i] is (2·i+1)·P, for public multipliers

	generator  projective256 // P
	onceOfComb sync.Once
	comb       *comb256 // of P, made by combOfP, so that a program that never prepares does not link the code
}

// projective256 is (x/z, y/z); O is (0, 1, 0).
type projective256 struct{ x, y, z element256 }

func newWeierstrass256(p *parameters) group {
	g := &weierstrass256{p: p.p, q: p.q}
	g.f.init(&p.p)
	g.f.set(&g.one, &Words{1})
	g.f.set(&g.b, &p.b)
	base := projective256{z: g.one}
	g.f.set(&base.x, &p.x)
	g.f.set(&base.y, &p.y)
	g.base = sync.OnceValue(func() *[16 * len(element256{})][8]affine256 { return g.windows(base) })
	g.odd = sync.OnceValue(func() *[64]affine256 { return (*[64]affine256)(g.affine(g.oddOf(base, 64))) })
	g.generator = base
	return g
}

// windows computes the table for secret multipliers.
func (g *weierstrass256) windows(step projective256) *[16 * len(element256{})][8]affine256 {
	table := new([16 * len(element256{})][8]affine256)
	points := make([]projective256, 0, 8*len(table))
	for range table {
		v := step
		for range 8 {
			points = append(points, v)
			g.add(&v, &v, &step)
		}
		g.add(&step, &points[len(points)-1], &points[len(points)-1]) // 16 = 2·8
	}
	for i, v := range g.affine(points) {
		table[i/8][i%8] = v
	}
	return table
}

// oddOf returns the first n odd multiples of v.
func (g *weierstrass256) oddOf(v projective256, n int) []projective256 {
	points := make([]projective256, n)
	var twice projective256
	g.add(&twice, &v, &v)
	for i := range points {
		points[i] = v
		g.add(&v, &v, &twice)
	}
	return points
}

// affine converts points other than O with one inversion.
func (g *weierstrass256) affine(points []projective256) []affine256 {
	f := &g.f
	products := make([]element256, len(points)) // of z up to the point
	v := g.one
	for i := range points {
		f.mul(&v, &v, &points[i].z)
		products[i] = v
	}
	f.inverse(&v, &v)
	out := make([]affine256, len(points))
	for i := len(points) - 1; i >= 0; i-- {
		inverse := v
		if i > 0 {
			f.mul(&inverse, &v, &products[i-1])
		}
		f.mul(&v, &v, &points[i].z)
		f.mul(&out[i].x, &points[i].x, &inverse)
		f.mul(&out[i].y, &points[i].y, &inverse)
	}
	return out
}

// check implements [group]. The order of the whole group is prime.
func (g *weierstrass256) check(x, y *Words) error {
	f := &g.f
	var px, py, t element256
	f.set(&px, x)
	f.set(&py, y)
	f.sqr(&t, &px)
	f.sub(&t, &t, &g.one)
	f.sub(&t, &t, &g.one)
	f.sub(&t, &t, &g.one)
	f.mul(&t, &t, &px)
	f.add(&t, &t, &g.b)
	f.sqr(&py, &py)
	f.sub(&t, &t, &py)
	if f.isZero(&t) == 0 {
		return ErrNotOnCurve
	}
	return nil
}

// multiplyBase implements [group]: one addition for each four bits of k and no doubling.
func (g *weierstrass256) multiplyBase(k *Words) (x, y Words) {
	table := g.base()
	h, negated := k.halve(&g.q)
	var digits [len(table)]int8
	h.windows(digits[:])
	v := projective256{y: g.one}
	for i := range table {
		magnitude, negative := split(digits[i])
		var t affine256
		t.pick(&table[i], magnitude)
		g.negate(&t.y, negative)
		s := v
		g.addAffine(&s, &t)
		v.choose(&s, ^maskZero(magnitude))
	}
	clear(digits[:])
	clear(h[:])
	return g.toWords(&v, negated)
}

// negate sets y = −y if mask is all ones and leaves it if mask is 0.
func (g *weierstrass256) negate(y *element256, mask uint64) {
	var t element256
	g.f.sub(&t, &t, y)
	y.choose(&t, mask)
}

func (p *projective256) choose(s *projective256, mask uint64) {
	p.x.choose(&s.x, mask)
	p.y.choose(&s.y, mask)
	p.z.choose(&s.z, mask)
}

// addAffine sets v = v + s for s other than O: Renes, Costello and Batina, "Complete addition formulas for prime
// order elliptic curves", algorithm 5. It is complete in v.
func (g *weierstrass256) addAffine(v *projective256, s *affine256) {
	f := &g.f
	var t0, t1, t2, t3, t4, x3, y3, z3 element256
	f.mul(&t0, &v.x, &s.x)
	f.mul(&t1, &v.y, &s.y)
	f.add(&t3, &s.x, &s.y)
	f.add(&t4, &v.x, &v.y)
	f.mul(&t3, &t3, &t4)
	f.add(&t4, &t0, &t1)
	f.sub(&t3, &t3, &t4)
	f.mul(&t4, &s.y, &v.z)
	f.add(&t4, &t4, &v.y)
	f.mul(&y3, &s.x, &v.z)
	f.add(&y3, &y3, &v.x)
	f.mulConstant(&z3, &v.z, &g.b)
	f.sub(&x3, &y3, &z3)
	f.add(&z3, &x3, &x3)
	f.add(&x3, &x3, &z3)
	f.sub(&z3, &t1, &x3)
	f.add(&x3, &t1, &x3)
	f.mulConstant(&y3, &y3, &g.b)
	f.add(&t1, &v.z, &v.z)
	f.add(&t2, &t1, &v.z)
	g.finish(v, &t0, &t1, &t2, &t3, &t4, &x3, &y3, &z3)
}

// add sets r = p + q for any points: algorithm 4 of the same paper.
func (g *weierstrass256) add(r, p, q *projective256) {
	f := &g.f
	var t0, t1, t2, t3, t4, x3, y3, z3 element256
	f.mul(&t0, &p.x, &q.x)
	f.mul(&t1, &p.y, &q.y)
	f.mul(&t2, &p.z, &q.z)
	f.add(&t3, &p.x, &p.y)
	f.add(&t4, &q.x, &q.y)
	f.mul(&t3, &t3, &t4)
	f.add(&t4, &t0, &t1)
	f.sub(&t3, &t3, &t4)
	f.add(&t4, &p.y, &p.z)
	f.add(&x3, &q.y, &q.z)
	f.mul(&t4, &t4, &x3)
	f.add(&x3, &t1, &t2)
	f.sub(&t4, &t4, &x3)
	f.add(&x3, &p.x, &p.z)
	f.add(&y3, &q.x, &q.z)
	f.mul(&x3, &x3, &y3)
	f.add(&y3, &t0, &t2)
	f.sub(&y3, &x3, &y3)
	f.mulConstant(&z3, &t2, &g.b)
	f.sub(&x3, &y3, &z3)
	f.add(&z3, &x3, &x3)
	f.add(&x3, &x3, &z3)
	f.sub(&z3, &t1, &x3)
	f.add(&x3, &t1, &x3)
	f.mulConstant(&y3, &y3, &g.b)
	f.add(&t1, &t2, &t2)
	f.add(&t2, &t1, &t2)
	g.finish(r, &t0, &t1, &t2, &t3, &t4, &x3, &y3, &z3)
}

// finish is the common end of algorithms 4 (from step 28) and 5 (from step 21).
func (g *weierstrass256) finish(r *projective256, t0, t1, t2, t3, t4, x3, y3, z3 *element256) {
	f := &g.f
	f.sub(y3, y3, t2)
	f.sub(y3, y3, t0)
	f.add(t1, y3, y3)
	f.add(y3, t1, y3)
	f.add(t1, t0, t0)
	f.add(t0, t1, t0)
	f.sub(t0, t0, t2)
	f.mul(t1, t4, y3)
	f.mul(t2, t0, y3)
	f.mul(y3, x3, z3)
	f.add(&r.y, y3, t2)
	f.mul(x3, t3, x3)
	f.sub(&r.x, x3, t1)
	f.mul(z3, t4, z3)
	f.mul(t1, t3, t0)
	f.add(&r.z, z3, t1)
}
