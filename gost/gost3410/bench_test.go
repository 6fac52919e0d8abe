// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
)

// benchmarkCurves are the sets in use, in the order of the tables of the documentation.
func benchmarkCurves() []*Curve {
	return []*Curve{CryptoProA(), CryptoProB(), CryptoProC(), TC26A256(), TC26A512(), TC26B512(), TC26C512()}
}

func benchmarkKey(b *testing.B, c *Curve) (key *PrivateKey, digest, sig []byte) {
	b.Helper()
	key, err := GenerateKey(c, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest = digestFor(c, []byte("message"))
	sig, err = key.Sign(rand.Reader, digest)
	if err != nil {
		b.Fatal(err)
	}
	return key, digest, sig
}

func BenchmarkSign(b *testing.B) {
	for _, c := range benchmarkCurves() {
		b.Run(c.Name(), func(b *testing.B) {
			key, digest, _ := benchmarkKey(b, c)
			for b.Loop() {
				if _, err := key.Sign(rand.Reader, digest); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, c := range benchmarkCurves() {
		b.Run(c.Name(), func(b *testing.B) {
			key, digest, sig := benchmarkKey(b, c)
			public := key.PublicKey()
			for b.Loop() {
				if err := public.Verify(digest, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkP256 is the yardstick: the standard library's ECDSA over P-256, whose field is in assembly.
func BenchmarkP256(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := digestFor(CryptoProA(), []byte("message"))
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Sign", func(b *testing.B) {
		for b.Loop() {
			if _, err := ecdsa.SignASN1(rand.Reader, key, digest); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Verify", func(b *testing.B) {
		for b.Loop() {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest, sig) {
				b.Fatal("not verified")
			}
		}
	})
}
