// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package pkcs12

import (
	"crypto/subtle"
	"errors"
	"slices"
	"unicode/utf16"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
)

// What CryptoPro CSP exports keeps the key in a form of its own. It is not published; it was established from public
// descriptions and one file, whose codes and public key confirm every step for a key of 512 bits of GOST R 34.10-2012.

// blobHeader is the head of a PRIVATEKEYBLOB of CryptoAPI: type and version, the algorithm, "MAG1", the bits of the key.
const blobHeader = 16

// decryptCryptoPro opens a shrouded key bag.
func decryptCryptoPro(params *der.Reader, password, encrypted []byte, budget *pkcs5.Budget) (*alg.PrivateKey, error) {
	salt, iterations := params.OctetString(), params.Int()
	params.End()
	if err := params.Err(); err != nil {
		return nil, err
	}
	if len(salt) < 8 || len(salt) > 1024 || iterations > 0xffff {
		return nil, pkcs5.ErrIterations
	}
	if err := budget.Spend(iterations); err != nil {
		return nil, err
	}
	key := cryptoProKey(password, salt, iterations)
	defer clear(key)
	for _, box := range []der.OID{"1.2.643.2.2.31.1", "1.2.643.7.1.2.5.1.1"} { // CryptoPro-A; param Z
		cipher, err := alg.NewOldCipher(box, key)
		if err != nil {
			return nil, err
		}
		plain, err := cipher.DecryptCFB(salt[:8], encrypted)
		if err != nil {
			return nil, err
		}
		blob, ok := exportedBlob(plain)
		if !ok {
			continue // a wrong password leaves noise under any S-boxes
		}
		found, err := unwrapBlob(blob, key)
		clear(plain)
		return found, err
	}
	return nil, ErrPassword
}

// cryptoProKey hashes the password, in UTF-16 without an end, with the salt and the number of the round.
func cryptoProKey(password, salt []byte, iterations int) []byte {
	var key []byte
	for _, unit := range utf16.Encode([]rune(string(password))) {
		key = append(key, byte(unit), byte(unit>>8))
	}
	for i := 1; i <= iterations; i++ {
		h := alg.GOST94.New()
		h.Write(key)
		h.Write(salt)
		h.Write([]byte{byte(i >> 8), byte(i)})
		clear(key)
		key = h.Sum(nil)
	}
	return key
}

// exportedBlob takes the blob out of what looks like PKCS #8.
func exportedBlob(plain []byte) ([]byte, bool) {
	r := der.NewReader(plain)
	s := r.Sequence()
	s.Int()
	s.Raw(der.TagSequence)
	blob := s.OctetString()
	for !s.Empty() {
		s.Any()
	}
	if r.Close() != nil || len(blob) < blobHeader {
		return nil, false
	}
	return blob[blobHeader:], true
}

// unwrapBlob reads
//
//	SEQUENCE { inner SEQUENCE { ukm OCTET STRING, SEQUENCE { key OCTET STRING, mac OCTET STRING },
//	  [0] { attributes BIT STRING, [0] AlgorithmIdentifier } }, mac OCTET STRING }
//
// where the key is under one diversified by ukm, its code is over the key itself, and the last one over inner.
func unwrapBlob(blob, key []byte) (*alg.PrivateKey, error) {
	r := der.NewReader(blob)
	s := r.Sequence()
	inner := s.Raw(der.TagSequence)
	mac := s.OctetString()
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	r = der.NewReader(inner)
	s = r.Sequence()
	ukm := s.OctetString()
	wrapped := s.Sequence()
	encrypted, code := wrapped.OctetString(), wrapped.OctetString()
	wrapped.End()
	about := s.Enter(der.ContextConstructed(0))
	about.Bits()
	algorithm := about.Enter(der.ContextConstructed(0))
	oid, params := algorithm.OID(), algorithm.Raw(der.TagSequence)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(ukm) != 8 {
		return nil, ErrDamaged
	}
	identifier, err := signatureKey(oid, params)
	if err != nil {
		return nil, err
	}
	over := alg.DiversifyKey(key, ukm)
	defer clear(over)
	for _, box := range []der.OID{"1.2.643.2.2.31.1", "1.2.643.7.1.2.5.1.1"} {
		cipher, err := alg.NewOldCipher(box, over)
		if err != nil {
			return nil, err
		}
		plain := cipher.DecryptECB(encrypted)
		if subtle.ConstantTimeCompare(cipher.MAC(ukm, plain), code) != 1 || subtle.ConstantTimeCompare(cipher.MAC(nil, inner), mac) != 1 {
			clear(plain)
			continue
		}
		found, err := alg.ParsePrivateKey(identifier, plain)
		clear(plain)
		return found, err
	}
	return nil, ErrDamaged
}

// signatureKey turns the identifier of an agreement, which keys for exchange have, into that of the key.
func signatureKey(oid der.OID, params []byte) ([]byte, error) {
	switch oid {
	case "1.2.643.7.1.1.6.1", "1.2.643.7.1.1.1.1":
		oid = "1.2.643.7.1.1.1.1"
	case "1.2.643.7.1.1.6.2", "1.2.643.7.1.1.1.2":
		oid = "1.2.643.7.1.1.1.2"
	default:
		// Keys of 2001 are diversified in another way (RFC 4357, 6.5); no file of theirs was met.
		return nil, &pkcs5.AlgorithmError{OID: oid}
	}
	return der.Sequence(der.ObjectID(oid), params), nil
}

// decryptRC2 is pbeWithSHAAnd40BitRC2-CBC or its kind with 128 bits (RFC 7292, C).
func decryptRC2(oid der.OID, params *der.Reader, password, encrypted []byte, budget *pkcs5.Budget) ([]byte, error) {
	size := 5
	if oid == oidRC2128 {
		size = 16
	}
	key, iv, err := derivePair(params, password, size, budget)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	plain, err := alg.DecryptRC2(key, iv, encrypted)
	if errors.Is(err, alg.ErrDecrypt) {
		err = ErrPassword
	}
	return slices.Clip(plain), err
}
