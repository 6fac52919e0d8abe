// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ec is the arithmetic of the elliptic curves of GOST R 34.10-2012: prime fields, numbers modulo the
// order of a group, and points, for every parameter set of RFC 4357, RFC 7091 and RFC 7836.
//
// What depends on a secret takes the same instructions and touches the same memory for every secret: no
// branch, no index, no division. Functions for public values say so in their names or comments.
//
// Points cross the border of the package as affine coordinates of the Weierstrass form, in [Words]. Within,
// each kind of curve has the representation that suits it.
package ec

import (
	"errors"
	"sync"
)

//go:generate go run generate.go

// Errors of [Curve.Check].
var (
	ErrNotOnCurve    = errors.New("point is not on the curve")
	ErrSmallSubgroup = errors.New("point is not in the subgroup of prime order")
)

// Curve is a group of prime order q with a generator P. It is immutable and safe for concurrent use.
type Curve struct {
	Order
	name  string
	size  int
	p     Words
	h     uint64       // the cofactor
	group func() group // its tables are computed at the first use
}

// group is the arithmetic of points. Coordinates in and out are below p.
type group interface {
	secretArithmetic
	publicArithmetic
}

// secretArithmetic is what multipliers that are secret may go through: it is constant in time.
type secretArithmetic interface {
	// multiplyBase returns k·P for 0 < k < q.
	multiplyBase(k *Words) (x, y Words)
	// multiply returns k·(px, py) for 0 < k < q and a point of order q, which need not be secret.
	multiply(k, px, py *Words) (x, y Words)
}

// publicArithmetic takes a time that depends on its arguments.
type publicArithmetic interface {
	// check returns ErrNotOnCurve or ErrSmallSubgroup unless (x, y) is a point of order q.
	check(x, y *Words) error
	// sumMatches tells whether z1·P + z2·(x, y) is not O and the abscissa of the sum is r mod q, for a valid
	// point and r < q.
	sumMatches(z1, z2, x, y, r *Words) bool
	// prepare returns sumMatches for one point (x, y), of which it computes multiples.
	prepare(x, y *Words) func(z1, z2, r *Words) bool
}

// Name returns the short name of the parameter set, such as CryptoPro-A.
func (c *Curve) Name() string { return c.name }

// Cofactor returns m/q, the order of the whole group divided by that of the subgroup: 1 or 4.
func (c *Curve) Cofactor() uint64 { return c.h }

// Size returns the length of a coordinate or a scalar in bytes, 32 or 64.
func (c *Curve) Size() int { return c.size }

// IsCoordinate tells whether x < p.
func (c *Curve) IsCoordinate(x *Words) bool { return x.Less(&c.p) }

// Check returns [ErrNotOnCurve] or [ErrSmallSubgroup] unless (x, y) is a point of order q. Coordinates must be
// below p. The point is public.
func (c *Curve) Check(x, y *Words) error { return c.group().check(x, y) }

// MultiplyBase returns k·P for 0 < k < q, in constant time.
func (c *Curve) MultiplyBase(k *Words) (x, y Words) { return c.group().multiplyBase(k) }

// MultiplyPoint returns k·(px, py) for 0 < k < q and a valid point, in constant time.
func (c *Curve) MultiplyPoint(k, px, py *Words) (x, y Words) { return c.group().multiply(k, px, py) }

// SumMatches tells whether z1·P + z2·(x, y) is not O and has an abscissa that is r mod q, for a valid point
// and r < q. All arguments are public.
func (c *Curve) SumMatches(z1, z2, x, y, r *Words) bool {
	return c.group().sumMatches(z1, z2, x, y, r)
}

// Prepare returns [Curve.SumMatches] for the valid point (x, y). It takes the time of about two calls of that and makes
// each call about twice as fast. The function may be called by several goroutines.
func (c *Curve) Prepare(x, y *Words) func(z1, z2, r *Words) bool { return c.group().prepare(x, y) }

// parameters is a parameter set of RFC 7836, appendix A, and its like: y² = x³ + a·x + b mod p, the order q,
// the generator (x, y), and for curves that have one the d of the Edwards form u² + v² = 1 + d·u²·v².
type parameters struct {
	name                string
	size                int
	p, a, b, q, x, y, d Words
}

func newCurve(p *parameters, makeGroup func(*parameters) group) *Curve {
	h := uint64(1)
	if !p.d.IsZero() { // RFC 7836, A.2: just the sets with an Edwards form have a cofactor
		h = 4
	}
	return &Curve{
		Order: newOrder(&p.q, p.size),
		name:  p.name,
		size:  p.size,
		p:     p.p,
		h:     h,
		group: sync.OnceValue(func() group { return makeGroup(p) }),
	}
}

// hexadecimal returns the integer with the given digits.
func hexadecimal(s string) (w Words) {
	for i := range len(s) {
		c := s[len(s)-1-i]
		v := uint64(c - '0')
		if c >= 'a' {
			v = uint64(c-'a') + 10
		}
		w[i/16] |= v << (4 * (i % 16))
	}
	return w
}
