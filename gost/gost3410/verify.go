// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import "podpis/gost/internal/ec"

// Verify checks the signature s ‖ r of a digest of Curve().Size() bytes by RFC 7091, 6.2. It returns nil if the
// signature is right and otherwise [ErrDigestLength], [ErrSignatureLength], [ErrSignatureRange] or [ErrSignature].
// Its time depends on its arguments, which are public.
func (p *PublicKey) Verify(digest, sig []byte) error {
	t, err := p.read(digest, sig)
	if err != nil {
		return err
	}
	v := p.curve.ec.InversePublic(&t.e)
	return t.judge(&v, func(z1, z2, r *ec.Words) bool { return p.curve.ec.SumMatches(z1, z2, &p.x, &p.y, r) })
}

// Verifier verifies signatures under one key, each about twice as fast as [PublicKey.Verify]. It keeps multiples of the
// key in 8 to 24 KiB. It is immutable.
type Verifier struct {
	key     *PublicKey
	matches func(z1, z2, r *ec.Words) bool
}

// NewVerifier takes about the time of two verifications.
func NewVerifier(p *PublicKey) *Verifier { return &Verifier{p, p.curve.ec.Prepare(&p.x, &p.y)} }

// Verify answers as [PublicKey.Verify] does.
func (v *Verifier) Verify(digest, sig []byte) error {
	t, err := v.key.read(digest, sig)
	if err != nil {
		return err
	}
	inverse := v.key.curve.ec.InversePublic(&t.e)
	return t.judge(&inverse, v.matches)
}

// numbers are a signature and the digest it is said to be of: 0 < r, s, e < q.
type numbers struct {
	curve   *ec.Curve
	r, s, e ec.Words
}

// read is steps 1 to 3 of RFC 7091, 6.2.
func (p *PublicKey) read(digest, sig []byte) (t numbers, err error) {
	t.curve = p.curve.ec
	n := t.curve.Size()
	if len(digest) != n {
		return t, ErrDigestLength
	}
	if len(sig) != 2*n {
		return t, ErrSignatureLength
	}
	t.s, t.r = ec.FromBigEndian(sig[:n]), ec.FromBigEndian(sig[n:])
	if !t.curve.Contains(&t.r) || !t.curve.Contains(&t.s) {
		return t, ErrSignatureRange
	}
	t.e = digestNumber(t.curve, digest)
	return t, nil
}

// judge is steps 5 to 7 of RFC 7091, 6.2, with v = 1/e mod q, the result of step 4.
func (t *numbers) judge(v *ec.Words, matches func(z1, z2, r *ec.Words) bool) error {
	z1 := t.curve.Multiply(&t.s, v)
	z2 := t.curve.Multiply(&t.r, v)
	z2 = t.curve.Negate(&z2)
	if !matches(&z1, &z2, &t.r) {
		return ErrSignature
	}
	return nil
}
