// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// edgeBatch is every edge case whose key is valid, all curves in one batch.
func edgeBatch(t *testing.T) (batch []Signed) {
	t.Helper()
	var file edgeCases
	readVectors(t, "signature-edge-cases.json", &file)
	for _, set := range file.Sets {
		c := curveNamed(t, set.Curve)
		for _, v := range set.Cases {
			if key, err := NewPublicKey(c, unhex(t, v.PublicKeyLE)); err == nil {
				batch = append(batch, Signed{key, unhex(t, v.Digest), unhex(t, v.Signature)})
			}
		}
	}
	if len(batch) < 100 {
		t.Fatalf("%d cases", len(batch))
	}
	return batch
}

func checkBatch(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, batch []Signed,
) {
	t.Helper()
	got := VerifyBatch(batch)
	if len(got) != len(batch) {
		t.Fatalf("%d answers to %d signatures", len(got), len(batch))
	}
	for i, b := range batch {
		if want := b.Key.Verify(b.Digest, b.Signature); !errors.Is(got[i], want) || !errors.Is(want, got[i]) {
			t.Fatalf("signature %d (%s): %v, want %v", i, b.Key.Curve().Name(), got[i], want)
		}
	}
}

func TestEdgeCasesInBatch(t *testing.T) {
	t.Parallel()
	batch := edgeBatch(t)
	checkBatch(t, batch)
	slices.Reverse(batch)
	checkBatch(t, batch)
	for i := range batch {
		if i%16 == 0 {
			checkBatch(t, batch[i:i+1])
		}
	}
	checkBatch(t, nil)
}

func TestEdgeCasesByVerifier(t *testing.T) {
	t.Parallel()
	verifiers := map[PublicKey]*Verifier{}
	for i, b := range edgeBatch(t) {
		if verifiers[*b.Key] == nil {
			verifiers[*b.Key] = NewVerifier(b.Key)
		}
		want := b.Key.Verify(b.Digest, b.Signature)
		if got := verifiers[*b.Key].Verify(b.Digest, b.Signature); !errors.Is(got, want) || !errors.Is(want, got) {
			t.Errorf("case %d (%s): %v, want %v", i, b.Key.Curve().Name(), got, want)
		}
	}
}

// TestBatches mixes few and many signatures of several keys and curves, right and wrong, with edge cases.
func TestBatches(t *testing.T) {
	t.Parallel()
	edges := edgeBatch(t)
	var keys []*PrivateKey
	for _, c := range []*Curve{CryptoProA(), CryptoProC(), TC26A256(), TC26C512(), TC26A512()} {
		for _, d := range []byte{0x11, 0x22} {
			key, err := NewPrivateKey(c, bytes.Repeat([]byte{d}, c.Size()))
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var batch []Signed
		for range rapid.IntRange(0, 12).Draw(t, "signatures") {
			if rapid.IntRange(0, 4).Draw(t, "edge") == 0 {
				batch = append(batch, rapid.SampledFrom(edges).Draw(t, "case"))
				continue
			}
			key := keys[rapid.IntRange(0, len(keys)-1).Draw(t, "key")]
			digest := bytes.Repeat([]byte{rapid.Byte().Draw(t, "digest")}, key.Curve().Size())
			sig, err := key.Sign(nil, digest)
			if err != nil {
				t.Fatal(err)
			}
			switch rapid.IntRange(0, 5).Draw(t, "fault") {
			case 0:
				sig[rapid.IntRange(0, len(sig)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			case 1:
				digest[0] ^= 1
			case 2:
				sig = sig[:len(sig)-1]
			}
			batch = append(batch, Signed{key.PublicKey(), digest, sig})
		}
		checkBatch(t, batch)
	})
}

func BenchmarkVerifyCached(b *testing.B) {
	for _, c := range benchmarkCurves() {
		b.Run(c.Name(), func(b *testing.B) {
			key, digest, sig := benchmarkKey(b, c)
			v := NewVerifier(key.PublicKey())
			for b.Loop() {
				if err := v.Verify(digest, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewVerifier(b *testing.B) {
	for _, c := range benchmarkCurves() {
		b.Run(c.Name(), func(b *testing.B) {
			key, _, _ := benchmarkKey(b, c)
			for b.Loop() {
				NewVerifier(key.PublicKey())
			}
		})
	}
}

// BenchmarkVerifyBatch gives the time of a signature in a batch of 64 by as many keys.
func BenchmarkVerifyBatch(b *testing.B) {
	for _, c := range benchmarkCurves() {
		b.Run(c.Name(), func(b *testing.B) {
			batch := make([]Signed, 64)
			for i := range batch {
				key, err := GenerateKey(c, rand.Reader)
				if err != nil {
					b.Fatal(err)
				}
				digest := digestFor(c, []byte{byte(i)})
				sig, err := key.Sign(nil, digest)
				if err != nil {
					b.Fatal(err)
				}
				batch[i] = Signed{key.PublicKey(), digest, sig}
			}
			for b.Loop() {
				for _, err := range VerifyBatch(batch) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/signature")
		})
	}
}
