// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package gost3410 is the digital signature of GOST R 34.10-2012 (RFC 7091) over all parameter sets of
// RFC 4357 and RFC 7836, with keys of 256 and 512 bits.
//
// Byte orders, as certificates and CMS have them (RFC 9215, 2 and 4.3):
//
//   - a public key is x ‖ y, each little-endian;
//   - a private key is little-endian;
//   - a signature is s ‖ r, each big-endian. RFC 7091 itself speaks of r ‖ s, and TLS has both halves
//     little-endian, which is the reversal of the whole;
//   - a digest is in the order in which the hash emits it. The number e of RFC 7091, 6.1, is that string read
//     as a little-endian integer.
//
// Generating keys, signing, agreeing on a key and removing masks take the same instructions and touch the same memory for every
// key and nonce: no branch, index or division depends on them, and math/big is not used. Verification works on
// public values and takes a time that depends on them.
//
// The nonce of a signature is hedged: it is a keyed hash of the digest and of fresh random bytes under the
// private key, so that neither a broken random generator nor a repeated digest gives the key away.
//
// The old signature of GOST R 34.10-2001 has the same mathematics; its hash is not here.
package gost3410

import (
	"crypto"
	"crypto/subtle"
	"errors"
	"io"

	"podpis/gost/internal/ec"
)

// Errors of this package; all are returned unwrapped.
var (
	// ErrKeyLength says that an encoded key is not of the length the parameter set asks for.
	ErrKeyLength = errors.New("gost3410: wrong length of key")
	// ErrNonCanonical says that a coordinate is not below the field's prime.
	ErrNonCanonical = errors.New("gost3410: coordinate of public key is not below the prime")
	// ErrNotOnCurve says that a public key is not a point of the curve.
	ErrNotOnCurve = errors.New("gost3410: public key is not on the curve")
	// ErrSmallSubgroup says that a public key is not of the prime order q.
	ErrSmallSubgroup = errors.New("gost3410: public key is not in the subgroup of prime order")
	// ErrScalarRange says that a private key or a mask is 0 or not below q.
	ErrScalarRange = errors.New("gost3410: private key is out of range")
	// ErrDigestLength says that a digest is not as long as the parameter set asks for.
	ErrDigestLength = errors.New("gost3410: wrong length of digest")
	// ErrSignatureLength says that a signature is not two numbers of the set's size.
	ErrSignatureLength = errors.New("gost3410: wrong length of signature")
	// ErrSignatureRange says that r or s is 0 or not below q (RFC 7091, 6.2, step 1).
	ErrSignatureRange = errors.New("gost3410: signature is out of range")
	// ErrSignature says that the signature is not that of the digest by the key.
	ErrSignature = errors.New("gost3410: signature does not match")
)

// PublicKey is a valid point Q of a curve. It is immutable.
type PublicKey struct {
	curve *Curve
	x, y  ec.Words
}

// NewPublicKey returns the key encoded in xy as x ‖ y, each little-endian in c.Size() bytes. It checks that the
// coordinates are below the prime, that the point is on the curve, and that q·Q = O.
func NewPublicKey(c *Curve, xy []byte) (*PublicKey, error) {
	n := c.Size()
	if len(xy) != 2*n {
		return nil, ErrKeyLength
	}
	p := &PublicKey{curve: c, x: ec.FromLittleEndian(xy[:n]), y: ec.FromLittleEndian(xy[n:])}
	if !c.ec.IsCoordinate(&p.x) || !c.ec.IsCoordinate(&p.y) {
		return nil, ErrNonCanonical
	}
	err := c.ec.Check(&p.x, &p.y)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, ec.ErrNotOnCurve):
		return nil, ErrNotOnCurve
	default:
		return nil, ErrSmallSubgroup
	}
}

// Curve returns the parameter set of the key.
func (p *PublicKey) Curve() *Curve { return p.curve }

// Bytes returns x ‖ y, each little-endian in Curve().Size() bytes.
func (p *PublicKey) Bytes() []byte {
	n := p.curve.Size()
	b := make([]byte, 2*n)
	p.x.PutLittleEndian(b[:n])
	p.y.PutLittleEndian(b[n:])
	return b
}

// Equal tells whether x is a *PublicKey with the same point of the same curve.
func (p *PublicKey) Equal(x crypto.PublicKey) bool {
	o, ok := x.(*PublicKey)
	return ok && o.curve == p.curve && o.x == p.x && o.y == p.y
}

// PrivateKey is a number d, 0 < d < q, with its public key Q = d·P. It is immutable but for [PrivateKey.Zero].
type PrivateKey struct {
	d      ec.Words
	public PublicKey
}

// NewPrivateKey returns the key encoded in d as a little-endian number of c.Size() bytes. A number that is 0 or
// not below q is refused with [ErrScalarRange].
func NewPrivateKey(c *Curve, d []byte) (*PrivateKey, error) {
	if len(d) != c.Size() {
		return nil, ErrKeyLength
	}
	w := ec.FromLittleEndian(d)
	if !c.ec.Contains(&w) {
		return nil, ErrScalarRange
	}
	k := &PrivateKey{d: w}
	k.public.curve = c
	k.public.x, k.public.y = c.ec.MultiplyBase(&w)
	return k, nil
}

// GenerateKey returns a new key from 2·c.Size() bytes of rand, which must be a cryptographic source. The bytes
// are reduced modulo q; being twice as long, they leave no bias.
func GenerateKey(c *Curve, rand io.Reader) (*PrivateKey, error) {
	n := c.Size()
	var buffer [128]byte
	seed := buffer[:2*n]
	defer clear(seed)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, err
	}
	low, high := ec.FromLittleEndian(seed[:n]), ec.FromLittleEndian(seed[n:])
	d := c.ec.ReduceWide(&low, &high)
	d.PutLittleEndian(seed[:n])
	return NewPrivateKey(c, seed[:n]) // ErrScalarRange for the one seed in 2^256 that gives 0
}

// Curve returns the parameter set of the key.
func (k *PrivateKey) Curve() *Curve { return k.public.curve }

// PublicKey returns Q = d·P.
func (k *PrivateKey) PublicKey() *PublicKey {
	p := k.public
	return &p
}

// Bytes returns d, little-endian in Curve().Size() bytes.
func (k *PrivateKey) Bytes() []byte {
	b := make([]byte, k.public.curve.Size())
	k.d.PutLittleEndian(b)
	return b
}

// Equal tells whether x is a *PrivateKey with the same number on the same curve, in constant time.
func (k *PrivateKey) Equal(x crypto.PrivateKey) bool {
	o, ok := x.(*PrivateKey)
	return ok && o.public.curve == k.public.curve && subtle.ConstantTimeCompare(o.Bytes(), k.Bytes()) == 1
}

// Zero overwrites the number d. The key must not be used afterwards: signing gives [ErrScalarRange].
func (k *PrivateKey) Zero() { clear(k.d[:]) }

// Unmask returns the little-endian private key of c.Size() bytes from the form K·M1^−1·M2^−1… ‖ M1 ‖ M2 ‖ …,
// in which some programs store keys in PKCS#8: each part is a little-endian number of c.Size() bytes, and the
// key is their product modulo q. Without masks it is the key itself.
func Unmask(c *Curve, raw []byte) ([]byte, error) {
	n := c.Size()
	if len(raw) == 0 || len(raw)%n != 0 {
		return nil, ErrKeyLength
	}
	product := ec.Words{1}
	for ; len(raw) > 0; raw = raw[n:] {
		part := ec.FromLittleEndian(raw[:n])
		if !c.ec.Contains(&part) {
			return nil, ErrScalarRange
		}
		product = c.ec.Multiply(&part, &product)
	}
	d := make([]byte, n)
	product.PutLittleEndian(d)
	return d, nil
}

// RemoveMask returns the private key d, little-endian, of a store that keeps d·mask mod q and the mask. Both are
// little-endian; one that is not below q or is 0 is ErrScalarRange. It is constant in time.
func RemoveMask(c *Curve, masked, mask []byte) ([]byte, error) {
	if len(masked) != c.Size() || len(mask) != c.Size() {
		return nil, ErrKeyLength
	}
	k, m := ec.FromLittleEndian(masked), ec.FromLittleEndian(mask)
	if !c.ec.Contains(&k) || !c.ec.Contains(&m) {
		return nil, ErrScalarRange
	}
	m = c.ec.Inverse(&m)
	k = c.ec.Multiply(&k, &m)
	d := make([]byte, c.Size())
	k.PutLittleEndian(d)
	return d, nil
}
