// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// edwardsComb256 is comb256 for edwards256.
type edwardsComb256 [4][32]edwardsAffine256

func (g *edwards256) combOf(v edwardsPoint256) *edwardsComb256 {
	c := new(edwardsComb256)
	points := make([]edwardsPoint256, 0, len(c)*len(c[0]))
	for range c {
		points = append(points, g.oddOf(v, len(c[0]))...)
		for range quarter256 {
			g.double(&v, &v)
		}
	}
	for i, p := range g.affine(points) {
		c[i/len(c[0])][i%len(c[0])] = p
	}
	return c
}

func (g *edwards256) combOfP() *edwardsComb256 {
	g.onceOfComb.Do(func() { g.comb = g.combOf(g.generator) })
	return g.comb
}

// prepare implements [group].
func (g *edwards256) prepare(x, y *Words) func(z1, z2, r *Words) bool {
	var q edwardsPoint256
	g.fromWeierstrass(&q, x, y)
	base, comb := g.combOfP(), g.combOf(q)
	return func(z1, z2, r *Words) bool {
		const width = 7 // of digits: odd ones are below 2·32
		var n1, n2 wnaf
		n1.set(z1, width) // q is below a quarter of the range: no carry out of the last part
		n2.set(z2, width)
		v := edwardsPoint256{y: g.one, z: g.one}
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
func (g *edwards256) addDigit(v *edwardsPoint256, odd *[32]edwardsAffine256, d int8) {
	if d > 0 {
		g.addAffine(v, &odd[d/2])
	} else if d < 0 {
		s := odd[-d/2]
		g.negate(&s, ^uint64(0))
		g.addAffine(v, &s)
	}
}
