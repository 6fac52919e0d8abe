// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// quarter256 is how many digits of a multiplier a part of a comb takes.
const quarter256 = 16 * len(element256{})

// comb256 has the odd multiples of four points, for public multipliers whose digits are taken from four places at once,
// which spares three doublings of four: entry j of part i is (2·j+1)·2^(i·quarter256)·Q.
type comb256 [4][32]affine256

func (g *weierstrass256) combOf(v projective256) *comb256 {
	c := new(comb256)
	points := make([]projective256, 0, len(c)*len(c[0]))
	for range c {
		points = append(points, g.oddOf(v, len(c[0]))...)
		for range quarter256 {
			g.doubleProjective(&v)
		}
	}
	for i, p := range g.affine(points) {
		c[i/len(c[0])][i%len(c[0])] = p
	}
	return c
}

func (g *weierstrass256) combOfP() *comb256 {
	g.onceOfComb.Do(func() { g.comb = g.combOf(g.generator) })
	return g.comb
}

// prepare implements [group].
func (g *weierstrass256) prepare(x, y *Words) func(z1, z2, r *Words) bool {
	q := projective256{z: g.one}
	g.f.set(&q.x, x)
	g.f.set(&q.y, y)
	base, comb := g.combOfP(), g.combOf(q)
	return func(z1, z2, r *Words) bool {
		const width = 7 // of digits: odd ones are below 2·32
		var n1, n2 wnaf
		n1.set(z1, width)
		n2.set(z2, width)
		var v jacobian256
		g.addDigit(&v, &base[3], n1[4*quarter256]) // what was carried out of the last part
		g.addDigit(&v, &comb[3], n2[4*quarter256])
		for i := quarter256 - 1; i >= 0; i-- {
			g.double(&v, &v)
			for part := range base {
				g.addDigit(&v, &base[part], n1[part*quarter256+i])
				g.addDigit(&v, &comb[part], n2[part*quarter256+i])
			}
		}
		return g.abscissaIs(&v, r)
	}
}

// addDigit adds a digit of a multiplier times the point of the odd multiples to v.
func (g *weierstrass256) addDigit(v *jacobian256, odd *[32]affine256, d int8) {
	if d > 0 {
		g.addBase(v, &odd[d/2], false)
	} else if d < 0 {
		g.addBase(v, &odd[-d/2], true)
	}
}
