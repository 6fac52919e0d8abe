// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package vko is the key agreement VKO of RFC 7836, 4.3 (R 50.1.113-2016): two sides that know each other's public key
// of GOST R 34.10-2012 come to the same key.
//
// User keying material (UKM) is public, of at most the length of a private key, and counts as a little-endian number,
// 0 as 1; RFC 7836 wants it to be new for every agreement. Results are in the order in which programs write them.
//
// Everything but [Agree2001] is constant in time for the private key and for the result. What to do with the key is not
// here: see package keywrap.
package vko

import (
	"errors"
	"hash"

	"podpis/gost/gost3410"
	"podpis/gost/old/gost28147"
	"podpis/gost/old/gost94"
	"podpis/gost/streebog"
)

// ErrKeySize says that the keys are of 256 bits where the algorithm needs 512, or the other way round.
var ErrKeySize = errors.New("vko: keys are not of the length that the algorithm needs")

// Agree256 is VKO_GOSTR3410_2012_256 of RFC 7836, 4.3.1: 32 bytes from the key of one side, the key of the other on the
// same curve, of 256 or 512 bits, and the UKM. Errors are those of [gost3410.PrivateKey.Agree].
func Agree256(k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	return agree(streebog.NewConstantTime256(), k, p, ukm)
}

// Agree512 is VKO_GOSTR3410_2012_512 of RFC 7836, 4.3.2: 64 bytes from keys of 512 bits. Errors are [ErrKeySize] and
// those of [gost3410.PrivateKey.Agree].
func Agree512(k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	if k.Curve().Size() != 64 {
		return nil, ErrKeySize
	}
	return agree(streebog.NewConstantTime512(), k, p, ukm)
}

// Agree2001 is the agreement of RFC 4357, 5.2, between keys of GOST R 34.10-2001, which are keys of 256 bits here: 32
// bytes from UKM of 8. It is for reading old documents; its hash, that of 1994, leaks through its tables. Errors are
// [ErrKeySize] and those of [gost3410.PrivateKey.Agree].
func Agree2001(k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	if k.Curve().Size() != 32 {
		return nil, ErrKeySize
	}
	return agree(gost94.New(gost28147.HashCryptoPro()), k, p, ukm)
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
