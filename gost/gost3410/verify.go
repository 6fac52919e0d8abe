// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import "podpis/gost/internal/ec"

// Verify checks the signature s ‖ r of a digest of Curve().Size() bytes by RFC 7091, 6.2. It returns nil if the
// signature is right and otherwise [ErrDigestLength], [ErrSignatureLength], [ErrSignatureRange] or [ErrSignature].
// Its time depends on its arguments, which are public.
func (p *PublicKey) Verify(digest, sig []byte) error {
	c := p.curve.ec
	n := c.Size()
	if len(digest) != n {
		return ErrDigestLength
	}
	if len(sig) != 2*n {
		return ErrSignatureLength
	}
	s, r := ec.FromBigEndian(sig[:n]), ec.FromBigEndian(sig[n:])
	if !c.Contains(&r) || !c.Contains(&s) {
		return ErrSignatureRange
	}
	e := digestNumber(c, digest)
	v := c.InversePublic(&e)
	z1 := c.Multiply(&s, &v)
	z2 := c.Multiply(&r, &v)
	z2 = c.Negate(&z2)
	if !c.SumMatches(&z1, &z2, &p.x, &p.y, &r) {
		return ErrSignature
	}
	return nil
}
