// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"io"

	"podpis/gost/internal/ec"
	"podpis/gost/streebog"
)

// Sign returns the signature s ‖ r of a digest of Curve().Size() bytes by RFC 7091, 6.1.
//
// It reads as many bytes from rand for the nonce. If rand is nil the signature is deterministic, which is
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
	var buffer [64]byte
	fresh := buffer[:n]
	defer clear(fresh)
	if rand != nil {
		if _, err := io.ReadFull(rand, fresh); err != nil {
			return nil, err
		}
	}
	e := digestNumber(c, digest)
	for counter := byte(0); ; counter += 2 {
		nonce := k.nonce(fresh, digest, counter)
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

// nonce returns a number below q that is uniform for whoever does not know d: the keyed hash
// Streebog-512(d padded to a block ‖ fresh ‖ digest ‖ counter) reduced modulo q, for curves of 512 bits with a
// second one for the next counter as its upper half. Being 256 bits longer than q at least, it leaves no bias.
//
// Streebog keyed in this way, unlike a hash of the SHA-2 family, is a pseudorandom function (Kiryukhin, "Keyed
// Streebog is a secure PRF and MAC", 2022); HMAC would double the work.
func (k *PrivateKey) nonce(fresh, digest []byte, counter byte) ec.Words {
	c := k.public.curve.ec
	var key [streebog.BlockSize]byte
	k.d.PutLittleEndian(key[:])
	var low, high ec.Words
	h := hashNonce(&key, fresh, digest, counter)
	if c.Size() == 32 {
		low, high = ec.FromLittleEndian(h[:32]), ec.FromLittleEndian(h[32:])
	} else {
		low = ec.FromLittleEndian(h[:])
		h = hashNonce(&key, fresh, digest, counter+1)
		high = ec.FromLittleEndian(h[:])
	}
	clear(key[:])
	clear(h[:])
	return c.ReduceWide(&low, &high)
}

func hashNonce(key *[streebog.BlockSize]byte, fresh, digest []byte, counter byte) [streebog.Size512]byte {
	var buffer [streebog.BlockSize + 64 + 64 + 1]byte
	message := append(buffer[:0], key[:]...)
	message = append(message, fresh...)
	message = append(message, digest...)
	message = append(message, counter)
	sum := streebog.Sum512(message)
	clear(message)
	return sum
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
