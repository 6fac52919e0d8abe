// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"errors"

	"podpis/gost/internal/ec"
)

// Errors of [PrivateKey.Agree], returned unwrapped.
var (
	// ErrCurves says that the keys of the two sides are points of different curves.
	ErrCurves = errors.New("gost3410: keys are on different curves")
	// ErrFactor says that the factor of an agreement is longer than a private key or a multiple of q.
	ErrFactor = errors.New("gost3410: wrong factor of key agreement")
)

// Agree returns the point K = (m/q·factor·d mod q)·Q of RFC 7836, 4.3, and of RFC 4357, 5.2, as x ‖ y, each
// little-endian in Curve().Size() bytes, where Q is the key of the other side and m/q the cofactor. The factor, which
// both call UKM, is a little-endian number of at most Curve().Size() bytes and public; 0 counts as 1.
//
// The point is to be hashed, as package vko does, and never used as a key itself.
func (k *PrivateKey) Agree(p *PublicKey, factor []byte) (xy []byte, err error) {
	curve := k.public.curve
	c, n := curve.ec, curve.Size()
	if p.curve != curve {
		return nil, ErrCurves
	}
	if len(factor) > n {
		return nil, ErrFactor
	}
	if k.d.IsZero() {
		return nil, ErrScalarRange
	}
	ukm := ec.FromLittleEndian(factor)
	if ukm.IsZero() {
		ukm[0] = 1
	}
	// RFC 7836 has the cofactor within the number reduced modulo q, which is the same for a point of order q.
	ukm = c.Reduce(&ukm)
	ukm = c.Multiply(&ec.Words{c.Cofactor()}, &ukm)
	if ukm.IsZero() {
		return nil, ErrFactor
	}
	// A product of two numbers that the prime q does not divide is not 0, so that K is not O.
	s := c.Multiply(&k.d, &ukm)
	x, y := c.MultiplyPoint(&s, &p.x, &p.y)
	xy = make([]byte, 2*n)
	x.PutLittleEndian(xy[:n])
	y.PutLittleEndian(xy[n:])
	clear(s[:])
	clear(x[:])
	clear(y[:])
	return xy, nil
}
