// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// general256 is the group of any curve y² = x³ + a·x + b of odd order over any prime field. It serves the sets
// of the standards' examples, for which speed does not matter.
type general256 struct {
	f     mont256
	q     Words // the order
	a, b3 element256
	base  [16]general256Point // multiples 0 to 15 of P
}

// general256Point is (x/z, y/z); O is (0, 1, 0).
type general256Point struct{ x, y, z element256 }

func newGeneral256(p *parameters) group {
	g := &general256{q: p.q}
	g.f.init(&p.p)
	g.f.set(&g.a, &p.a)
	var b element256
	g.f.set(&b, &p.b)
	g.f.add(&g.b3, &b, &b)
	g.f.add(&g.b3, &g.b3, &b)
	var base general256Point
	g.setPoint(&base, &p.x, &p.y)
	g.multiples(&g.base, &base)
	return g
}

func (g *general256) setPoint(r *general256Point, x, y *Words) {
	g.f.set(&r.x, x)
	g.f.set(&r.y, y)
	r.z = g.f.one
}

// check implements [group]. The order of the whole group is prime.
func (g *general256) check(x, y *Words) error {
	// b = y² − x³ − a·x, compared with 3·b.
	var p general256Point
	g.setPoint(&p, x, y)
	f := &g.f
	var t, u element256
	f.sqr(&t, &p.x)
	f.add(&t, &t, &g.a)
	f.mul(&t, &t, &p.x)
	f.sqr(&u, &p.y)
	f.sub(&t, &u, &t)
	f.add(&u, &t, &t)
	f.add(&u, &u, &t)
	f.sub(&u, &u, &g.b3)
	if f.isZero(&u) == 0 {
		return ErrNotOnCurve
	}
	return nil
}

// multiplyBase implements [group].
func (g *general256) multiplyBase(k *Words) (x, y Words) {
	var p general256Point
	g.multiplyTable(&p, k, &g.base)
	return g.affine(&p)
}

// multiply implements [group].
func (g *general256) multiply(k, px, py *Words) (x, y Words) {
	var table [16]general256Point
	var p general256Point
	g.setPoint(&p, px, py)
	g.multiples(&table, &p)
	g.multiplyTable(&p, k, &table)
	return g.affine(&p)
}

// sumMatches implements [group].
func (g *general256) sumMatches(z1, z2, x, y, r *Words) bool {
	var p, q general256Point
	g.multiplyTable(&p, z1, &g.base)
	var table [16]general256Point
	g.setPoint(&q, x, y)
	g.multiples(&table, &q)
	g.multiplyTable(&q, z2, &table)
	g.add(&p, &p, &q)
	if g.f.isZero(&p.z) != 0 {
		return false
	}
	cx, _ := g.affine(&p)
	for !cx.Less(&g.q) { // q > p/4
		cx = cx.difference(&g.q)
	}
	return cx == *r
}

// prepare implements [group]. Nothing is gained.
func (g *general256) prepare(x, y *Words) func(z1, z2, r *Words) bool {
	px, py := *x, *y
	return func(z1, z2, r *Words) bool { return g.sumMatches(z1, z2, &px, &py, r) }
}

func (g *general256) affine(p *general256Point) (x, y Words) {
	var i, t element256
	g.f.inverse(&i, &p.z)
	g.f.mul(&t, &p.x, &i)
	x = g.f.words(&t)
	g.f.mul(&t, &p.y, &i)
	y = g.f.words(&t)
	return x, y
}

func (g *general256) multiples(table *[16]general256Point, p *general256Point) {
	table[0] = general256Point{y: g.f.one}
	for i := 1; i < len(table); i++ {
		g.add(&table[i], &table[i-1], p)
	}
}

// multiplyTable sets r = k·table[1] in constant time, four bits of k a step.
func (g *general256) multiplyTable(r *general256Point, k *Words, table *[16]general256Point) {
	v := table[0]
	for i := len(r.x)*16 - 1; i >= 0; i-- {
		for range 4 {
			g.add(&v, &v, &v)
		}
		digit := k[i/16] >> (4 * (i % 16)) & 15
		var t general256Point
		for j := range table {
			mask := maskZero(digit ^ uint64(j))
			t.x.choose(&table[j].x, mask)
			t.y.choose(&table[j].y, mask)
			t.z.choose(&table[j].z, mask)
		}
		g.add(&v, &v, &t)
	}
	*r = v
}

// add sets r = p + q by the complete addition of Renes, Costello and Batina, "Complete addition formulas for
// prime order elliptic curves", algorithm 1. It holds for equal points and for O as well.
func (g *general256) add(r, p, q *general256Point) {
	f := &g.f
	var t0, t1, t2, t3, t4, t5, x3, y3, z3 element256
	f.mul(&t0, &p.x, &q.x)
	f.mul(&t1, &p.y, &q.y)
	f.mul(&t2, &p.z, &q.z)
	f.add(&t3, &p.x, &p.y)
	f.add(&t4, &q.x, &q.y)
	f.mul(&t3, &t3, &t4)
	f.add(&t4, &t0, &t1)
	f.sub(&t3, &t3, &t4)
	f.add(&t4, &p.x, &p.z)
	f.add(&t5, &q.x, &q.z)
	f.mul(&t4, &t4, &t5)
	f.add(&t5, &t0, &t2)
	f.sub(&t4, &t4, &t5)
	f.add(&t5, &p.y, &p.z)
	f.add(&x3, &q.y, &q.z)
	f.mul(&t5, &t5, &x3)
	f.add(&x3, &t1, &t2)
	f.sub(&t5, &t5, &x3)
	f.mul(&z3, &g.a, &t4)
	f.mul(&x3, &g.b3, &t2)
	f.add(&z3, &x3, &z3)
	f.sub(&x3, &t1, &z3)
	f.add(&z3, &t1, &z3)
	f.mul(&y3, &x3, &z3)
	f.add(&t1, &t0, &t0)
	f.add(&t1, &t1, &t0)
	f.mul(&t2, &g.a, &t2)
	f.mul(&t4, &g.b3, &t4)
	f.add(&t1, &t1, &t2)
	f.sub(&t2, &t0, &t2)
	f.mul(&t2, &g.a, &t2)
	f.add(&t4, &t4, &t2)
	f.mul(&t0, &t1, &t4)
	f.add(&y3, &y3, &t0)
	f.mul(&t0, &t5, &t4)
	f.mul(&x3, &t3, &x3)
	f.sub(&x3, &x3, &t0)
	f.mul(&t0, &t3, &t1)
	f.mul(&z3, &t5, &z3)
	f.add(&z3, &z3, &t0)
	r.x, r.y, r.z = x3, y3, z3
}
