// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package kdf derives keys with Streebog: HMAC, KDF_GOSTR3411_2012_256, KDF_TREE_GOSTR3411_2012_256 and the PRFs of TLS
// and IPsec of RFC 7836 (R 50.1.113-2016), TLSTREE of RFC 9189, and PBKDF2 of RFC 9337 (R 50.1.111-2016).
//
// All strings are in the order in which programs write them. VKO is in package vko, the wrapping of keys in keywrap.
//
// The code does not branch on keys. KDF256, KDFTree256 and TLSTree take the constant-time Streebog; what takes a hash is
// as constant in time as that.
//
// HMAC is not taken from crypto/hmac, since that repeats the work on the key for each message when the hash is not of
// the standard library, and PBKDF2 is made of thousands of messages under one key.
package kdf

import (
	"errors"
	"hash"

	"podpis/gost/streebog"
)

// ErrArgument says that a length or a counter is outside what RFC 7836 allows.
var ErrArgument = errors.New("kdf: wrong length of counter or output")

// KDF256 is KDF_GOSTR3411_2012_256 of RFC 7836, 4.5: a key of 32 bytes from a key, a label and a seed.
func KDF256(key, label, seed []byte) []byte {
	h := NewHMAC(newSecretHash, key)
	h.Write([]byte{1})
	h.Write(label)
	h.Write([]byte{0})
	h.Write(seed)
	h.Write([]byte{1, 0})
	return h.Sum(nil)
}

// KDFTree256 is KDF_TREE_GOSTR3411_2012_256 of RFC 7836, 4.4: outLen bytes, a multiple of 32, from a key, a label
// and a seed, with counters of r bytes, 1 to 4.
//
//nolint:revive // the name the standard gives; without KDF it says nothing
func KDFTree256(key, label, seed []byte, r, outLen int) ([]byte, error) {
	if r < 1 || r > 4 || outLen <= 0 || outLen%streebog.Size256 != 0 {
		return nil, ErrArgument
	}
	count := uint64(outLen / streebog.Size256)
	if count >= 1<<(8*r) {
		return nil, ErrArgument
	}
	h := NewHMAC(newSecretHash, key)
	out := make([]byte, 0, outLen)
	length := minimal(8 * uint64(outLen))
	for i := uint64(1); i <= count; i++ {
		h.Reset()
		counter := [4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
		h.Write(counter[4-r:])
		h.Write(label)
		h.Write([]byte{0})
		h.Write(seed)
		h.Write(length)
		out = h.Sum(out)
	}
	return out, nil
}

// minimal is the big-endian string of x without leading zeros, the [L]_b of RFC 7836, 4.4.
func minimal(x uint64) []byte {
	var b []byte
	for ; x > 0; x >>= 8 {
		b = append([]byte{byte(x)}, b...)
	}
	return b
}

// PBKDF2 derives keyLen bytes from a password and a salt by RFC 8018, 5.2, with HMAC over newHash, which RFC 9337, 4,
// wants to be Streebog-512. It panics if iterations or keyLen is not positive; callers bound both, as the time
// grows with them.
func PBKDF2(newHash func() hash.Hash, password, salt []byte, iterations, keyLen int) []byte {
	if iterations <= 0 || keyLen <= 0 {
		panic(ErrArgument)
	}
	prf := NewHMAC(newHash, password)
	size := prf.Size()
	out := make([]byte, 0, (keyLen+size-1)/size*size)
	u := make([]byte, 0, size)
	for block := uint32(1); len(out) < keyLen; block++ {
		prf.Reset()
		prf.Write(salt)
		prf.Write([]byte{byte(block >> 24), byte(block >> 16), byte(block >> 8), byte(block)})
		out = prf.Sum(out)
		t := out[len(out)-size:]
		u = append(u[:0], t...)
		for range iterations - 1 {
			prf.Reset()
			prf.Write(u)
			u = prf.Sum(u[:0])
			for i := range t {
				t[i] ^= u[i]
			}
		}
	}
	return out[:keyLen]
}
