// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"hash"

	"podpis/gost/gost3410"
	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
	"podpis/gost/streebog"
)

const bufferSize = 1 << 20 // as the peer's

func tableRows() ([]row, error) {
	signP256, verifyP256, err := p256()
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, set := range []struct {
		curve *gost3410.Curve
		peer  string // the engine's name of the set
	}{
		{gost3410.CryptoProA(), "256:A"}, {gost3410.TC26A256(), "256:TCA"},
		{gost3410.TC26A512(), "512:A"}, {gost3410.TC26C512(), "512:C"},
		{gost3410.CryptoProB(), "256:B"}, {gost3410.CryptoProC(), "256:C"}, {gost3410.TC26B512(), "512:B"},
	} {
		sign, verify, err := signatures(set.curve)
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			row{name: set.curve.Name() + " sign", unit: "/s", scale: 1, ours: sign, peer: "sign " + set.peer, yardstick: signP256},
			row{name: set.curve.Name() + " verify", unit: "/s", scale: 1, ours: verify, peer: "verify " + set.peer, yardstick: verifyP256})
	}
	more, err := streams()
	return append(rows, more...), err
}

func signatures(c *gost3410.Curve) (sign, verify func() error, err error) {
	key, err := gost3410.GenerateKey(c, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	digest := make([]byte, c.Size())
	for i := range digest {
		digest[i] = 0x5a
	}
	sig, err := key.Sign(rand.Reader, digest)
	if err != nil {
		return nil, nil, err
	}
	public := key.PublicKey()
	sign = func() error {
		_, err := key.Sign(rand.Reader, digest)
		return err
	}
	return sign, func() error { return public.Verify(digest, sig) }, nil
}

func p256() (sign, verify func() error, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	digest := make([]byte, 32)
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest)
	if err != nil {
		return nil, nil, err
	}
	sign = func() error {
		_, err := ecdsa.SignASN1(rand.Reader, key, digest)
		return err
	}
	verify = func() error {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest, sig) {
			return errors.New("p-256 does not verify")
		}
		return nil
	}
	return sign, verify, nil
}

// streams are the rows in octets a second.
func streams() ([]row, error) {
	key, buffer := make([]byte, 32), make([]byte, bufferSize)
	k, err := kuznyechik.NewCipher(key)
	if err != nil {
		return nil, err
	}
	m, err := magma.NewCipher(key)
	if err != nil {
		return nil, err
	}
	kuznyechikCTR, err1 := modes.NewCTR(k, make([]byte, 8))
	magmaCTR, err2 := modes.NewCTR(m, make([]byte, 4))
	// The sections of the engine are those of CMS (R 1323565.1.025-2019).
	kuznyechikACPKM, err3 := modes.NewCTRACPKM(kuznyechik.NewCipher, key, make([]byte, 8), 4096)
	magmaACPKM, err4 := modes.NewCTRACPKM(magma.NewCipher, key, make([]byte, 4), 1024)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	digest := func(h hash.Hash) func() error {
		return func() error {
			h.Reset()
			h.Write(buffer)
			h.Sum(nil)
			return nil
		}
	}
	stream := func(s interface{ XORKeyStream(dst, src []byte) }) func() error {
		return func() error { s.XORKeyStream(buffer, buffer); return nil }
	}
	octets := func(name, peer string, op func() error) row {
		return row{name: name, unit: "MB/s", scale: bufferSize, ours: op, peer: peer}
	}
	return []row{
		octets("Streebog-256", "digest md_gost12_256", digest(streebog.New256())),
		octets("Streebog-512", "digest md_gost12_512", digest(streebog.New512())),
		octets("Kuznyechik CTR", "cipher kuznyechik-ctr", stream(kuznyechikCTR)),
		octets("Kuznyechik CTR-ACPKM", "cipher kuznyechik-ctr-acpkm", stream(kuznyechikACPKM)),
		octets("Magma CTR", "cipher magma-ctr", stream(magmaCTR)),
		octets("Magma CTR-ACPKM", "cipher magma-ctr-acpkm", stream(magmaACPKM)),
	}, nil
}
