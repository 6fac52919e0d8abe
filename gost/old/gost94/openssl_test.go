// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package gost94_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podpis/gost/internal/engine"
	"podpis/gost/old/gost28147"
)

var update = flag.Bool("update", false, "write testdata/engine.json anew")

// ask lets the engine hash all of them.
func ask(t *testing.T, e *engine.Engine, messages [][]byte) []string {
	t.Helper()
	var questions []engine.Question
	for _, m := range messages {
		questions = append(questions, engine.Hash("md_gost94", m))
	}
	var digests []string
	for i, a := range e.Ask(questions) {
		if !a.OK {
			t.Fatalf("the engine refuses %x", messages[i])
		}
		digests = append(digests, hex.EncodeToString(a.Data))
	}
	return digests
}

func random(r *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	r.Read(b) //nolint:errcheck // never fails
	return b
}

func TestEngine(t *testing.T) {
	t.Parallel()
	e, count := engine.Build(t).Start(t), 20_000
	if os.Getenv("PODPIS_DRILL") != "" {
		count = 300_000
	}
	r := rand.NewChaCha8([32]byte{'9', '4'})
	for done := 0; done < count; done += 10_000 {
		var messages [][]byte
		for range 10_000 {
			data := random(r, int(r.Uint64()%300))
			if r.Uint64()%4 == 0 {
				for i := range data { // sums of such blocks carry
					data[i] |= 0xfe
				}
			}
			messages = append(messages, data)
		}
		for i, want := range ask(t, e, messages) {
			if got := sum(gost28147.HashCryptoPro(), messages[i]); got != want {
				t.Fatalf("%x: %s, want %s", messages[i], got, want)
			}
		}
	}
}

// TestVectorsAreOfTheEngine shows where testdata/engine.json comes from.
func TestVectorsAreOfTheEngine(t *testing.T) {
	t.Parallel()
	e, r := engine.Build(t).Start(t), rand.NewChaCha8([32]byte{'f', 'i', 'l', 'e'})
	var messages [][]byte
	for n := range 130 {
		messages = append(messages, random(r, n))
	}
	var list []vector
	for i, digest := range ask(t, e, messages) {
		list = append(list, vector{hex.EncodeToString(messages[i]), digest})
	}
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile("testdata/engine.json", text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile("testdata/engine.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), string(text)); diff != "" {
		t.Error(diff)
	}
}
