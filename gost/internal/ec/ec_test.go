// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"
)

func curves() []*Curve {
	return []*Curve{TestSet256(), CryptoProA(), CryptoProB(), CryptoProC(), TC26A256(), Test512(), TC26A512(), TC26B512(), TC26C512()}
}

// reference is the curve in affine coordinates over math/big, straight from the definition (RFC 7091, 5.1).
type reference struct {
	p, q, a *big.Int
	powers  []point // 2^i·P
}

// point is O if x is nil.
type point struct{ x, y *big.Int }

// newReference takes P from the curve itself, which the vectors check, and a from two points of the curve.
func newReference(c *Curve) *reference {
	q := c.Q()
	x, y := c.MultiplyBase(&Words{1})
	x2, y2 := c.MultiplyBase(&Words{2})
	base := point{toBig(&x), toBig(&y)}
	r := &reference{p: toBig(&c.p), q: toBig(&q)}
	// a = ((y² − x³) − (y2² − x2³))/(x − x2)
	side := func(x, y *big.Int) *big.Int {
		s := new(big.Int).Mul(y, y)
		return s.Sub(s, new(big.Int).Exp(x, big.NewInt(3), nil))
	}
	a := new(big.Int).Sub(side(base.x, base.y), side(toBig(&x2), toBig(&y2)))
	d := new(big.Int).Sub(base.x, toBig(&x2))
	a.Mul(a, d.ModInverse(d.Mod(d, r.p), r.p))
	r.a = a.Mod(a, r.p)
	for range r.q.BitLen() {
		r.powers = append(r.powers, base)
		base = r.add(base, base)
	}
	return r
}

func (r *reference) add(u, v point) point {
	if u.x == nil {
		return v
	}
	if v.x == nil {
		return u
	}
	n, d := new(big.Int), new(big.Int)
	if u.x.Cmp(v.x) == 0 {
		if d.Add(u.y, v.y); d.Mod(d, r.p).Sign() == 0 {
			return point{}
		}
		n.Mul(u.x, u.x)
		n.Mul(n, big.NewInt(3))
		n.Add(n, r.a)
	} else {
		n.Sub(v.y, u.y)
		d.Sub(v.x, u.x)
		d.Mod(d, r.p)
	}
	n.Mul(n, d.ModInverse(d, r.p))
	x := new(big.Int).Mul(n, n)
	x.Sub(x, u.x)
	x.Sub(x, v.x)
	x.Mod(x, r.p)
	y := new(big.Int).Sub(u.x, x)
	y.Mul(y, n)
	y.Sub(y, u.y)
	return point{x, y.Mod(y, r.p)}
}

// multiply returns k·P.
func (r *reference) multiply(k *big.Int) (v point) {
	for i := range k.BitLen() {
		if k.Bit(i) == 1 {
			v = r.add(v, r.powers[i])
		}
	}
	return v
}

// scalars are numbers below q at the edges of windows, signs and halves, and some random ones.
func (r *reference) scalars(random *rand.Rand, size int) (out []*big.Int) {
	for i := int64(1); i <= 20; i++ {
		out = append(out, big.NewInt(i), new(big.Int).Sub(r.q, big.NewInt(i)))
		half := new(big.Int).Rsh(r.q, 1)
		out = append(out, half.Add(half, big.NewInt(i-10)))
	}
	for i := 4; i < r.q.BitLen()-1; i += 29 {
		power := new(big.Int).Lsh(big.NewInt(1), uint(i))
		out = append(out, power, new(big.Int).Sub(power, big.NewInt(1)), new(big.Int).Sub(r.q, power))
	}
	for range 20 {
		w := edgeWords(random, size)
		n := toBig(&w)
		if n.Mod(n, r.q).Sign() > 0 {
			out = append(out, n)
		}
	}
	return out
}

func TestMultiplyBase(t *testing.T) {
	t.Parallel()
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			r := newReference(c)
			if inf := r.multiply(r.q); inf.x != nil {
				t.Fatal("the reference is wrong: q·P is not O")
			}
			for _, k := range r.scalars(rand.New(rand.NewPCG(1, 1)), c.Size()) {
				w := fromBig(k)
				x, y := c.MultiplyBase(&w)
				want := r.multiply(k)
				if toBig(&x).Cmp(want.x) != 0 || toBig(&y).Cmp(want.y) != 0 {
					t.Fatalf("%x·P = %x, %x; want %x, %x", k, x, y, want.x, want.y)
				}
				if err := c.Check(&x, &y); err != nil || !c.IsCoordinate(&x) || !c.IsCoordinate(&y) {
					t.Fatalf("%x·P: %v", k, err)
				}
			}
		})
	}
}

// TestMultiplyPoint compares with multiples of P, which TestMultiplyBase holds against the definition.
func TestMultiplyPoint(t *testing.T) {
	t.Parallel()
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			q := c.Q()
			r := &reference{q: toBig(&q)}
			scalars := r.scalars(rand.New(rand.NewPCG(1, 3)), c.Size())
			for i, n := range scalars {
				k, d := fromBig(n), fromBig(scalars[(i*i+i+7)%len(scalars)])
				px, py := c.MultiplyBase(&d)
				x, y := c.MultiplyPoint(&k, &px, &py)
				product := c.Multiply(&k, &d)
				if wantX, wantY := c.MultiplyBase(&product); x != wantX || y != wantY {
					t.Fatalf("%x·%x·P = %x, %x; want %x, %x", k, d, x, y, wantX, wantY)
				}
			}
		})
	}
}

// TestSumMatches draws multipliers of both points so that partial sums meet each other, their opposites and O.
func TestSumMatches(t *testing.T) {
	t.Parallel()
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			q := c.Q()
			r := &reference{q: toBig(&q)}
			random := rand.New(rand.NewPCG(1, 2))
			scalars := r.scalars(random, c.Size())
			for range 50 + rounds/1000 {
				d := scalars[random.IntN(len(scalars))]
				z1, z2 := scalars[random.IntN(len(scalars))], scalars[random.IntN(len(scalars))]
				if random.IntN(10) == 0 { // z1·P = −z2·Q
					z1 = new(big.Int).Mul(z2, d)
					z1.Mod(z1.Neg(z1), r.q)
				}
				w, w1, w2 := fromBig(d), fromBig(z1), fromBig(z2)
				x, y := c.MultiplyBase(&w)
				prepared := c.Prepare(&x, &y)
				k := new(big.Int).Mul(z2, d)
				k.Mod(k.Add(k, z1), r.q)
				if k.Sign() == 0 {
					if c.SumMatches(&w1, &w2, &x, &y, &Words{}) || prepared(&w1, &w2, &Words{}) {
						t.Fatal("O matches")
					}
					continue
				}
				sum := fromBig(k)
				sum, _ = c.MultiplyBase(&sum) // which TestMultiplyBase holds against the definition
				abscissa := c.Reduce(&sum)
				if !c.SumMatches(&w1, &w2, &x, &y, &abscissa) || !prepared(&w1, &w2, &abscissa) {
					t.Fatalf("%x·P + %x·%x·P does not match %x", z1, z2, d, sum)
				}
				abscissa[0] ^= 1
				if c.SumMatches(&w1, &w2, &x, &y, &abscissa) || prepared(&w1, &w2, &abscissa) {
					t.Fatalf("%x·P + %x·%x·P matches %x", z1, z2, d, abscissa)
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range curves() {
		x, y := c.MultiplyBase(&Words{12345})
		for i := range 10 {
			bad := y
			bad[i%4] ^= 1 << (7 * i)
			if err := c.Check(&x, &bad); !errors.Is(err, ErrNotOnCurve) {
				t.Errorf("%s: another y gives %v", c.Name(), err)
			}
		}
		if err := c.Check(&Words{}, &Words{}); !errors.Is(err, ErrNotOnCurve) {
			t.Errorf("%s: (0, 0) gives %v", c.Name(), err)
		}
	}
}
