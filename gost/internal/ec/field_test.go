// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// arithmetic is what all fields have in common, for tests only.
type arithmetic interface {
	set(r *Words, w *Words)
	words(x *Words) Words
	add(r, x, y *Words)
	sub(r, x, y *Words)
	mul(r, x, y *Words)
	sqr(r, x *Words)
	inverse(r, x *Words)
	isZero(x *Words) uint64
}

func TestX(t *testing.T) { _ = big.NewInt; _ = rapid.Bool }

func BenchmarkField(b *testing.B) {
	x4, y4 := element256{1, 2, 3, 1 << 63}, element256{5, 6, 7, 1 << 62}
	x8, y8 := element512{1, 2, 3, 1 << 63, 7, 7, 8, 9}, element512{5, 6, 7, 1 << 62, 8, 8, 8, 8}
	var s4 special256
	var s8 special512
	q := CryptoProC().q
	var m4 mont256
	m4.init(&q)
	q8 := TC26B512().q
	var m8 mont512
	m8.init(&q8)
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
		{"special512/inverse", func() { s8.inverse(&x8, &x8) }},
		{"mont256/mul", func() { m4.mul(&x4, &x4, &y4) }},
		{"mont256/add", func() { m4.add(&x4, &x4, &y4) }},
		{"mont512/mul", func() { m8.mul(&x8, &x8, &y8) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.f()
			}
		})
	}
}
