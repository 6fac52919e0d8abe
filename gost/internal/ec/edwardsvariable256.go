// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// multiply implements [group]: four doublings and an addition for each four bits of k.
func (g *edwards256) multiply(k, px, py *Words) (x, y Words) {
	f := &g.f
	var table [8]edwardsPoint256 // 1 to 8 times the point
	g.fromWeierstrass(&table[0], px, py)
	for i := 1; i < len(table); i++ {
		g.add(&table[i], &table[i-1], &table[0])
	}
	var digits [16 * len(element256{})]int8
	k.windows(digits[:]) // q is below a quarter of the range: no last carry
	v := edwardsPoint256{y: g.one, z: g.one}
	for i := len(digits) - 1; i >= 0; i-- {
		for range 3 {
			g.doubleWithoutT(&v, &v)
		}
		g.double(&v, &v)
		magnitude, negative := split(digits[i])
		t := edwardsPoint256{y: g.one, z: g.one} // O unless one of the table
		for j := range table {
			t.choose(&table[j], maskZero(magnitude-1-uint64(j)))
		}
		var minus, zero element256
		f.sub(&minus, &zero, &t.x)
		t.x.choose(&minus, negative)
		f.sub(&minus, &zero, &t.t)
		t.t.choose(&minus, negative)
		g.add(&v, &v, &t)
	}
	clear(digits[:])
	return g.toWords(&v)
}

func (p *edwardsPoint256) choose(s *edwardsPoint256, mask uint64) {
	p.x.choose(&s.x, mask)
	p.y.choose(&s.y, mask)
	p.z.choose(&s.z, mask)
	p.t.choose(&s.t, mask)
}

// toWords returns the coordinates of p, neither O nor of order 2, in constant time.
func (g *edwards256) toWords(p *edwardsPoint256) (x, y Words) {
	f := &g.f
	// x − t = s·(z+y)/(z−y) and y = (x−t)/u = (x−t)·z/x, with one inversion of (z−y)·x. Neither factor is 0.
	var minus, plus, inverse element256
	f.sub(&minus, &p.z, &p.y)
	f.add(&plus, &p.z, &p.y)
	f.mul(&plus, &plus, &g.s)
	f.mul(&inverse, &minus, &p.x)
	f.inverse(&inverse, &inverse)
	f.mul(&inverse, &inverse, &plus) // s·(z+y)/((z−y)·x)
	f.mul(&p.x, &p.x, &inverse)
	f.add(&p.x, &p.x, &g.t)
	f.mul(&p.y, &p.z, &inverse)
	return f.words(&p.x), f.words(&p.y)
}
