// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package vko is the key agreement VKO of RFC 7836, 4.3 (R 50.1.113-2016): two sides that know each other's public key
// of GOST R 34.10-2012 come to the same key.
//
// User keying material (UKM) is public, of at most the length of a private key, and counts as a little-endian number,
// 0 as 1; RFC 7836 wants it to be new for every agreement. Results are in the order in which programs write them.
//
// Everything is constant in time for the private key and for the result. What to do with the key is not here: see
// package keywrap.
package vko

import (
	"errors"
	"hash"

	"podpis/gost/gost3410"
	"podpis/gost/streebog"
)

// ErrKeySize says that the keys are of 256 bits where the algorithm needs 512.
var ErrKeySize = errors.New("vko: the algorithm needs keys of 512 bits")

// Agree256 is VKO_GOSTR3410_2012_256 of RFC 7836, 4.3.1: 32 bytes from the key of one side, the key of the other on the
// same curve, of 256 or 512 bits, and the UKM. Errors are those of [gost3410.PrivateKey.Agree].
func Agree256(k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	return agree(streebog.New256(), k, p, ukm)
}

// Agree512 is VKO_GOSTR3410_2012_512 of RFC 7836, 4.3.2: 64 bytes from keys of 512 bits. Errors are [ErrKeySize] and
// those of [gost3410.PrivateKey.Agree].
func Agree512(k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	if k.Curve().Size() != 64 {
		return nil, ErrKeySize
	}
	return agree(streebog.New512(), k, p, ukm)
}

func agree(h hash.Hash, k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	xy, err := k.Agree(p, ukm)
	if err != nil {
		return nil, err
	}
	h.Write(xy)
	clear(xy)
	return h.Sum(nil), nil
}
