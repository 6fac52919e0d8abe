// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// field is what all fields have in common, over the element of their width.
type field[E any] interface {
	set(r *E, w *Words)
	words(x *E) Words
	add(r, x, y *E)
	sub(r, x, y *E)
	mul(r, x, y *E)
	mulConstant(r, x, c *E)
	sqr(r, x *E)
	inverse(r, x *E)
	fermat(r, x *E)
	isZero(x *E) uint64
}

func toBig(w *Words) *big.Int {
	var b [64]byte
	w.PutBigEndian(b[:])
	return new(big.Int).SetBytes(b[:])
}

func fromBig(n *big.Int) Words {
	var b [64]byte
	return FromBigEndian(n.FillBytes(b[:]))
}

// edgeWords is a number of the given bytes whose limbs are often at an edge, where carries go wrong: all zeros, all
// ones, and near either by less than the folds.
func edgeWords(r *rand.Rand, size int) (w Words) {
	for i := range size / 8 {
		switch r.IntN(6) {
		case 0:
			w[i] = 0
		case 1:
			w[i] = ^uint64(0)
		case 2:
			w[i] = uint64(r.IntN(1500))
		case 3:
			w[i] = -uint64(r.IntN(1500))
		case 4:
			w[i] = 1 << r.IntN(64)
		default:
			w[i] = r.Uint64()
		}
	}
	return w
}

// checkField compares with math/big. Elements are below limit; those of special fields need not be below p.
func checkField[E any](t *testing.T, f field[E], p, limit *Words, size int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(size)))
	m := toBig(p)
	got := func(e *E) *big.Int {
		w := f.words(e)
		if !w.Less(p) {
			t.Fatalf("%x is not reduced", w)
		}
		return toBig(&w)
	}
	draw := func() (e E, n *big.Int) {
		w := edgeWords(r, size)
		if r.IntN(8) == 0 { // 0 and the modulus, or almost
			w = fromBig(new(big.Int).Add(new(big.Int).Mul(m, big.NewInt(r.Int64N(2))), big.NewInt(3)))
			w[0] -= uint64(r.IntN(6))
		}
		for !w.Less(limit) {
			w = edgeWords(r, size)
		}
		f.set(&e, &w)
		n = toBig(&w)
		return e, n.Mod(n, m)
	}
	operations := 0
	defer func() { t.Log("compared with math/big:", operations) }()
	for i := range rounds {
		x, a := draw()
		y, b := draw()
		var z E
		check := func(op string, want *big.Int) {
			t.Helper()
			operations++
			want.Mod(want, m)
			if got := got(&z); got.Cmp(want) != 0 {
				t.Fatalf("%s of %x and %x is %x, want %x", op, a, b, got, want)
			}
			if (f.isZero(&z) != 0) != (want.Sign() == 0) {
				t.Fatalf("isZero of %x is %x", want, f.isZero(&z))
			}
		}
		f.add(&z, &x, &y)
		check("add", new(big.Int).Add(a, b))
		f.sub(&z, &x, &y)
		check("sub", new(big.Int).Sub(a, b))
		f.mul(&z, &x, &y)
		check("mul", new(big.Int).Mul(a, b))
		f.mulConstant(&z, &x, &y)
		check("mulConstant", new(big.Int).Mul(a, b))
		f.sqr(&z, &x)
		check("sqr", new(big.Int).Mul(a, a))
		if i%10 == 0 {
			f.inverse(&z, &x)
			want := new(big.Int).ModInverse(a, m)
			if want == nil {
				want = new(big.Int)
			}
			check("inverse", want)
			f.fermat(&z, &x)
			check("fermat", want)
		}
		z = x
		f.sub(&z, &z, &z)
		check("sub of itself", new(big.Int))
		z = x
		f.mul(&z, &z, &z)
		check("mul of itself", new(big.Int).Mul(a, a))
		small, n := draw()
		f.set(&small, &Words{n.Uint64() & 0xffffffff})
		f.mulConstant(&z, &x, &small)
		check("mulConstant by half a word", new(big.Int).Mul(a, toBig(&Words{n.Uint64() & 0xffffffff})))
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	all := Words{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	all512 := Words{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	for _, c := range curves() {
		q := c.Q()
		for name, m := range map[string]Words{"p": c.p, "q": q} {
			t.Run(c.Name()+"/"+name, func(t *testing.T) {
				t.Parallel()
				if c.Size() == 32 {
					f := new(mont256)
					f.init(&m)
					checkField(t, field[element256](f), &m, &all, 32)
				} else {
					f := new(mont512)
					f.init(&m)
					checkField(t, field[element512](f), &m, &all512, 64)
				}
			})
		}
	}
	t.Run("special256", func(t *testing.T) {
		t.Parallel()
		f, p := new(special256), &CryptoProA().p
		f.init(p)
		checkField(t, field[element256](f), p, &all, 32)
	})
	t.Run("special512", func(t *testing.T) {
		t.Parallel()
		f, p := new(special512), &TC26A512().p
		f.init(p)
		checkField(t, field[element512](f), p, &all512, 64)
	})
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(2, 3))
			o, size := &c.Order, c.Size()
			q := o.Q()
			m := toBig(&q)
			operations := 0
			defer func() { t.Log("compared with math/big:", operations) }()
			check := func(op string, got Words, want *big.Int) {
				t.Helper()
				operations++
				want.Mod(want, m)
				if toBig(&got).Cmp(want) != 0 {
					t.Fatalf("%s = %x, want %x", op, got, want)
				}
			}
			for i := range rounds / 4 {
				wide, high := edgeWords(r, size), edgeWords(r, size)
				x, y := o.Reduce(&wide), o.Reduce(&high)
				a, b := toBig(&x), toBig(&y)
				check("Reduce", x, toBig(&wide))
				shifted := new(big.Int).Lsh(toBig(&high), uint(8*size))
				check("ReduceWide", o.ReduceWide(&wide, &high), shifted.Add(shifted, toBig(&wide)))
				check("Add", o.Add(&x, &y), new(big.Int).Add(a, b))
				check("Negate", o.Negate(&x), new(big.Int).Neg(a))
				check("Multiply", o.Multiply(&wide, &y), new(big.Int).Mul(toBig(&wide), b))
				if o.Contains(&x) != (a.Sign() > 0) || o.Contains(&wide) != (toBig(&wide).Sign() > 0 && toBig(&wide).Cmp(m) < 0) {
					t.Fatalf("Contains(%x)", wide)
				}
				if a.Sign() == 0 {
					continue
				}
				check("InversePublic", o.InversePublic(&x), new(big.Int).ModInverse(a, m))
				if i%50 == 0 {
					check("Inverse", o.Inverse(&x), new(big.Int).ModInverse(a, m))
				}
			}
			for _, n := range []int64{1, 2, 3, 4, -1, -2, -4} {
				x := fromBig(new(big.Int).Mod(big.NewInt(n), m))
				check("InversePublic of a small number", o.InversePublic(&x), new(big.Int).ModInverse(toBig(&x), m))
			}
			for i := range 8*size - 3 {
				x := fromBig(new(big.Int).Lsh(big.NewInt(1), uint(i)))
				check("InversePublic of a power", o.InversePublic(&x), new(big.Int).ModInverse(toBig(&x), m))
			}
		})
	}
}

func TestRecoding(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 5))
	for range rounds {
		for _, size := range []int{32, 64} {
			w := edgeWords(r, size)
			for _, width := range []int{5, 8} {
				var n wnaf
				length := n.set(&w, width)
				sum := new(big.Int)
				for i := length - 1; i >= 0; i-- {
					sum.Lsh(sum, 1)
					sum.Add(sum, big.NewInt(int64(n[i])))
					if d := int(n[i]); d != 0 && (d%2 == 0 || d >= 1<<(width-1) || -d >= 1<<(width-1)) {
						t.Fatalf("digit %d of width %d", d, width)
					}
				}
				if sum.Cmp(toBig(&w)) != 0 {
					t.Fatalf("wnaf of %x is %x", w, sum)
				}
			}
			w[size/8-1] >>= 1 // the top digit must be below 8
			digits := make([]int8, 2*size)
			w.windows(digits)
			sum := new(big.Int)
			for i := len(digits) - 1; i >= 0; i-- {
				sum.Lsh(sum, 4)
				sum.Add(sum, big.NewInt(int64(digits[i])))
				magnitude, negative := split(digits[i])
				if d := int64(digits[i]); d < -7 || d > 8 || int64(magnitude) != max(d, -d) || (negative != 0) != (d < 0) {
					t.Fatalf("digit %d splits into %d, %x", d, magnitude, negative)
				}
			}
			if sum.Cmp(toBig(&w)) != 0 {
				t.Fatalf("windows of %x are %x", w, sum)
			}
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 7))
	for range rounds {
		x, y := edgeWords(r, 64), edgeWords(r, 64)
		a, b := toBig(&x), toBig(&y)
		if x.Less(&y) != (a.Cmp(b) < 0) || x.compare(&y, 8) != a.Cmp(b) || x.IsZero() != (a.Sign() == 0) {
			t.Fatalf("comparison of %x and %x", x, y)
		}
		var little [64]byte
		x.PutLittleEndian(little[:])
		if FromLittleEndian(little[:]) != x {
			t.Fatalf("little-endian %x", x)
		}
		if x.IsZero() {
			continue
		}
		if z := x.trailingZeros(); z != int(a.TrailingZeroBits()) {
			t.Fatalf("%d trailing zeros of %x", z, x)
		}
		k := r.IntN(300)
		left, right := x, x
		left.shiftLeft(k, 8)
		right.shiftRight(k, 8)
		mask := new(big.Int).Lsh(big.NewInt(1), 512)
		wantLeft := new(big.Int).Lsh(a, uint(k))
		wantLeft.Mod(wantLeft, mask)
		if toBig(&left).Cmp(wantLeft) != 0 || toBig(&right).Cmp(new(big.Int).Rsh(a, uint(k))) != 0 {
			t.Fatalf("%x shifted by %d is %x and %x", x, k, left, right)
		}
	}
}

func BenchmarkField(b *testing.B) {
	x4, y4 := element256{1, 2, 3, 1 << 63}, element256{5, 6, 7, 1 << 62}
	x8, y8 := element512{1, 2, 3, 1 << 63, 7, 7, 8, 9}, element512{5, 6, 7, 1 << 62, 8, 8, 8, 8}
	var s4 special256
	var s8 special512
	s4.init(&CryptoProA().p)
	s8.init(&TC26A512().p)
	var m4 mont256
	m4.init(&CryptoProC().p)
	var m8 mont512
	m8.init(&TC26B512().p)
	order := CryptoProA()
	w := Words{1, 2, 3, 4}
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"special256/mul", func() { s4.mul(&x4, &x4, &y4) }},
		{"special256/sqr", func() { s4.sqr(&x4, &x4) }},
		{"special256/add", func() { s4.add(&x4, &x4, &y4) }},
		{"special256/sub", func() { s4.sub(&x4, &x4, &y4) }},
		{"special256/inverse", func() { s4.inverse(&x4, &x4) }},
		{"special512/mul", func() { s8.mul(&x8, &x8, &y8) }},
		{"special512/sqr", func() { s8.sqr(&x8, &x8) }},
		{"special512/add", func() { s8.add(&x8, &x8, &y8) }},
		{"special256/fermat", func() { s4.fermat(&x4, &x4) }},
		{"special512/inverse", func() { s8.inverse(&x8, &x8) }},
		{"special512/fermat", func() { s8.fermat(&x8, &x8) }},
		{"mont256/inverse", func() { m4.inverse(&x4, &x4) }},
		{"mont512/inverse", func() { m8.inverse(&x8, &x8) }},
		{"mont256/mul", func() { m4.mul(&x4, &x4, &y4) }},
		{"mont256/add", func() { m4.add(&x4, &x4, &y4) }},
		{"mont512/mul", func() { m8.mul(&x8, &x8, &y8) }},
		{"order/inversePublic", func() { w = order.InversePublic(&w) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.f()
			}
		})
	}
}
