// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package gost3410

import (
	"crypto/rand"
	"errors"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"podpis/gost/internal/engine"
)

// engineRounds returns how many keys of each set sign in the comparison with the engine: with PODPIS_DRILL=1 so many
// that the signatures of all sets are more than 200,000.
func engineRounds() int {
	if os.Getenv("PODPIS_DRILL") != "" {
		return 3600
	}
	return 120
}

// engineSets are the sets in use by the names they have in the engine.
func engineSets() map[string]*Curve {
	return map[string]*Curve{
		"256 A": CryptoProA(), "256 B": CryptoProB(), "256 C": CryptoProC(), "256 TCA": TC26A256(),
		"512 A": TC26A512(), "512 B": TC26B512(), "512 C": TC26C512(),
	}
}

// perKey is how many digests each key signs on either side.
const perKey = 4

// TestAgainstEngine has the engine of OpenSSL verify our signatures and verifies its own, with keys and digests near the
// edges. Of each four signatures one is spoiled, which both must refuse.
func TestAgainstEngine(t *testing.T) {
	t.Parallel()
	var signatures, refused atomic.Int64
	start := time.Now()
	program := engine.Build(t)
	t.Cleanup(func() {
		t.Logf("%d signatures counted in %.1f s, %d spoiled ones refused", signatures.Load(), time.Since(start).Seconds(), refused.Load())
	})
	for set, c := range engineSets() {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			s := &engineTest{t: t, e: program.Start(t), set: set[4:], c: c}
			s.Rand = mathrand.New(mathrand.NewPCG(mathrand.Uint64(), 0)) // a failure prints its values
			const batch = 40
			for left := engineRounds(); left > 0; left -= batch {
				keys := make([]*PrivateKey, min(left, batch))
				for i := range keys {
					keys[i] = s.key()
				}
				s.ours(keys)
				s.theirs(keys)
			}
			signatures.Add(s.signatures)
			refused.Add(s.refused)
		})
	}
}

type engineTest struct {
	*mathrand.Rand
	t                   *testing.T
	e                   *engine.Engine
	set                 string
	c                   *Curve
	signatures, refused int64
}

// number returns little-endian bytes near an edge or random ones.
func (s *engineTest) number() []byte {
	n := s.c.Size()
	b := make([]byte, n)
	q := s.c.ec.Q()
	switch s.IntN(6) {
	case 0: // small
		b[0] = byte(s.Uint32())
	case 1: // about q
		q.PutLittleEndian(b)
		x := new(big.Int).SetBytes(reversed(b))
		x.Add(x, big.NewInt(int64(s.IntN(9)-4)))
		clear(b)
		if x.BitLen() <= 8*n {
			x.FillBytes(b)
			slices.Reverse(b)
		}
	case 2: // runs of ones
		for i := range b {
			b[i] = byte(-int(s.Uint32() >> 31))
		}
	default:
		for i := range b {
			b[i] = byte(s.Uint32())
		}
	}
	return b
}

func (s *engineTest) key() *PrivateKey {
	for {
		key, err := NewPrivateKey(s.c, s.number())
		if err == nil {
			return key
		}
		if !errors.Is(err, ErrScalarRange) {
			s.t.Fatal(err)
		}
	}
}

// spoil flips a bit of one of its arguments.
//
// Two digests may have one signature by the standard: e = 0 counts as 1, and e and −e give points with the same
// abscissa. Such pairs, which the edges bring about, are not taken.
func (s *engineTest) spoil(digest, sig []byte) (spoiledDigest, spoiledSig []byte) {
	for {
		spoiledDigest, spoiledSig = slices.Clone(digest), slices.Clone(sig)
		bit := s.IntN(8 * (len(digest) + len(sig)))
		if bit < 8*len(sig) {
			spoiledSig[bit/8] ^= 1 << (bit % 8)
			return spoiledDigest, spoiledSig
		}
		bit -= 8 * len(sig)
		spoiledDigest[bit/8] ^= 1 << (bit % 8)
		e, before := digestNumber(s.c.ec, spoiledDigest), digestNumber(s.c.ec, digest)
		if e != before && e != s.c.ec.Negate(&before) {
			return spoiledDigest, spoiledSig
		}
	}
}

// ours makes signatures that the engine verifies.
func (s *engineTest) ours(keys []*PrivateKey) {
	s.t.Helper()
	var questions []engine.Question
	var good []bool
	for _, key := range keys {
		for i := range perKey {
			digest := s.number()
			sig, err := key.Sign(rand.Reader, digest)
			if err != nil {
				s.t.Fatal(err)
			}
			s.signatures++
			public := key.PublicKey()
			questions, good = append(questions, engine.Verify(s.set, public.Bytes(), digest, sig)), append(good, true)
			if i == 0 {
				digest, sig := s.spoil(digest, sig)
				if public.Verify(digest, sig) == nil {
					s.t.Fatalf("a spoiled signature is taken: %x %x %x", public.Bytes(), digest, sig)
				}
				questions, good = append(questions, engine.Verify(s.set, public.Bytes(), digest, sig)), append(good, false)
				s.refused++
			}
		}
	}
	for i, answer := range s.e.Ask(questions) {
		if answer.OK != good[i] {
			s.t.Fatalf("the engine says %v of a signature of ours that is %v: %s", answer.OK, good[i], questions[i])
		}
	}
}

// theirs verifies signatures of the engine.
func (s *engineTest) theirs(keys []*PrivateKey) {
	s.t.Helper()
	var questions []engine.Question
	var digests [][]byte
	for _, key := range keys {
		for range perKey {
			digests = append(digests, s.number())
			questions = append(questions, engine.Sign(s.set, key.Bytes(), digests[len(digests)-1]))
		}
	}
	var spoiled []engine.Question
	for i, answer := range s.e.Ask(questions) {
		public, digest := keys[i/perKey].PublicKey(), digests[i]
		if !answer.OK {
			s.t.Fatalf("the engine does not sign: %s", questions[i])
		}
		if err := public.Verify(digest, answer.Data); err != nil {
			s.t.Fatalf("the engine's signature %x: %v\n%s", answer.Data, err, questions[i])
		}
		s.signatures++
		if i%perKey == 0 {
			digest, sig := s.spoil(digest, answer.Data)
			if public.Verify(digest, sig) == nil {
				s.t.Fatalf("a spoiled signature of the engine is taken: %x %x %x", public.Bytes(), digest, sig)
			}
			spoiled = append(spoiled, engine.Verify(s.set, public.Bytes(), digest, sig))
			s.refused++
		}
	}
	for i, answer := range s.e.Ask(spoiled) {
		if answer.OK {
			s.t.Fatalf("the engine takes a spoiled signature of its own: %s", spoiled[i])
		}
	}
}
