// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"io"

	"podpis/gost/internal/ec"
	"podpis/gost/internal/sha512"
)

// freshSize is how many random bytes go into a nonce.
const freshSize = 32

// Sign returns the signature s ‖ r of a digest of Curve().Size() bytes by RFC 7091, 6.1.
//
// It reads 32 bytes from rand for the nonce. If rand is nil the signature is deterministic, which is
// safe but for attacks that disturb the processor. Errors of rand are returned as they are.
func (k *PrivateKey) Sign(rand io.Reader, digest []byte) ([]byte, error) {
	c := k.public.curve.ec
	n := c.Size()
	if len(digest) != n {
		return nil, ErrDigestLength
	}
	if k.d.IsZero() {
		return nil, ErrScalarRange
	}
	var fresh [freshSize]byte
	defer clear(fresh[:])
	if rand != nil {
		if _, err := io.ReadFull(rand, fresh[:]); err != nil {
			return nil, err
		}
	}
	e := digestNumber(c, digest)
	for counter := byte(0); ; counter += 2 {
		nonce := k.nonce(&fresh, digest, counter)
		if r, s, ok := k.signWith(&nonce, &e); ok {
			sig := make([]byte, 2*n)
			s.PutBigEndian(sig[:n])
			r.PutBigEndian(sig[n:])
			return sig, nil
		}
	}
}

// signWith is steps 3 to 6 of RFC 7091, 6.1, for one nonce. It reports false when another nonce is needed, which
// nobody will ever see.
func (k *PrivateKey) signWith(nonce, e *ec.Words) (r, s ec.Words, ok bool) {
	c := k.public.curve.ec
	defer clear(nonce[:])
	if nonce.IsZero() {
		return r, s, false
	}
	x, _ := c.MultiplyBase(nonce)
	r = c.Reduce(&x)
	rd, ke := c.Multiply(&r, &k.d), c.Multiply(nonce, e)
	s = c.Add(&rd, &ke)
	clear(rd[:])
	clear(ke[:])
	return r, s, !r.IsZero() && !s.IsZero()
}

// nonce returns a number below q that is uniform for whoever does not know d: HMAC-SHA-512 under d of
// fresh ‖ digest ‖ counter reduced modulo q, for curves of 512 bits with a second one for the next counter as its
// upper half. Being 256 bits longer than q at least, it leaves no bias. This is RFC 6979, 3.6, without the rejection.
//
// The hash is not Streebog, whose tables would be indexed with bytes of d: SHA-512 is constant in time. Nothing of
// this is seen from outside, and the standard leaves the choice of the nonce to the signer.
func (k *PrivateKey) nonce(fresh *[freshSize]byte, digest []byte, counter byte) ec.Words {
	c := k.public.curve.ec
	var key [64]byte
	defer clear(key[:])
	k.d.PutLittleEndian(key[:])
	keyed := func(counter byte) [sha512.Size]byte {
		return sha512.HMAC(key[:c.Size()], fresh[:], digest, []byte{counter})
	}
	h := keyed(counter)
	if c.Size() == 32 {
		low, high := ec.FromLittleEndian(h[:32]), ec.FromLittleEndian(h[32:])
		return c.ReduceWide(&low, &high)
	}
	low := ec.FromLittleEndian(h[:])
	h = keyed(counter + 1)
	high := ec.FromLittleEndian(h[:])
	return c.ReduceWide(&low, &high)
}

// digestNumber is e of RFC 7091, 6.1, step 2: the digest as a little-endian integer modulo q, or 1 instead of 0.
func digestNumber(c *ec.Curve, digest []byte) ec.Words {
	w := ec.FromLittleEndian(digest)
	e := c.Reduce(&w)
	if e.IsZero() {
		e[0] = 1
	}
	return e
}
