// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package vko

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"podpis/gost/gost3410"
	"podpis/gost/internal/engine"
)

// TestAgainstEngine agrees on keys with the engine of OpenSSL on every set, with UKM of many lengths, a quarter of them
// near the edges.
func TestAgainstEngine(t *testing.T) {
	t.Parallel()
	count := 40
	if os.Getenv("PODPIS_DRILL") != "" {
		count = 1500
	}
	program, start := engine.Build(t), time.Now()
	sets := map[string]*gost3410.Curve{
		"256 A": gost3410.CryptoProA(), "256 B": gost3410.CryptoProB(), "256 C": gost3410.CryptoProC(), "256 TCA": gost3410.TC26A256(),
		"512 A": gost3410.TC26A512(), "512 B": gost3410.TC26B512(), "512 C": gost3410.TC26C512(),
	}
	t.Cleanup(func() { t.Logf("%d agreements counted in %.1f s", count*len(sets), time.Since(start).Seconds()) })
	for set, c := range sets {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			r := rand.NewChaCha8([32]byte(bytes.Repeat([]byte(set + "..")[:4], 8)))
			agreeWithEngine(t, program.Start(t), r, set[4:], c, count)
		})
	}
}

func agreeWithEngine(t *testing.T, e *engine.Engine, r *rand.ChaCha8, set string, c *gost3410.Curve, count int) {
	t.Helper()
	var questions []engine.Question
	var ours [][]byte
	for i := range count {
		k, err := gost3410.GenerateKey(c, r)
		if err != nil {
			t.Fatal(err)
		}
		other, err := gost3410.GenerateKey(c, r)
		if err != nil {
			t.Fatal(err)
		}
		ukm := make([]byte, 1+r.Uint64()%32) // the engine takes 32 bytes at most
		if i%4 != 0 {
			_, _ = r.Read(ukm) // which never fails
		}
		ukm[0] |= 1 // the engine has no rule for 0
		bits, agree := 256, Agree256
		if c.Size() == 64 && i%2 == 0 {
			bits, agree = 512, Agree512
		}
		key, err := agree(k, other.PublicKey(), ukm)
		if err != nil {
			t.Fatal(err)
		}
		questions = append(questions, engine.VKO(set, k.Bytes(), other.PublicKey().Bytes(), ukm, bits))
		ours = append(ours, key)
	}
	for i, answer := range e.Ask(questions) {
		if !answer.OK || !bytes.Equal(answer.Data, ours[i]) {
			t.Fatalf("ours %x, the engine's %x (%v)\n%s", ours[i], answer.Data, answer.OK, questions[i])
		}
	}
}
