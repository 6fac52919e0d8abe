// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package gost28147_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podpis/gost/internal/engine"
)

var update = flag.Bool("update", false, "write testdata/engine.json anew")

// draw makes a computation of up to longest bytes; lengths about 1024 are more likely, as the key changes there.
func draw(r *rand.ChaCha8, i, longest int) vector {
	operations := []string{"cnt", "cfb", "mac"}
	names := slices.Sorted(maps.Keys(boxes()))
	n := int(r.Uint64() % uint64(longest))
	if r.Uint64()%4 == 0 {
		n = 1024*(1+int(r.Uint64()%2)) + int(r.Uint64()%18) - 9
	}
	v := vector{
		Operation: operations[i%3], Box: names[i/3%len(names)], Meshing: r.Uint64()%4 > 0,
		Key: random(r, 32), IV: random(r, 8), Data: random(r, 1+n),
	}
	if v.Operation == "mac" { // the engine always meshes
		v.Meshing, v.IV = true, ""
	}
	return v
}

func random(r *rand.ChaCha8, n int) string {
	b := make([]byte, n)
	r.Read(b) //nolint:errcheck // never fails
	return hex.EncodeToString(b)
}

// ask lets the engine compute all of them.
func ask(t *testing.T, e *engine.Engine, list []vector) []string {
	t.Helper()
	var questions []engine.Question
	for _, v := range list {
		switch v.Operation {
		case "cnt":
			questions = append(questions, engine.OldCipher("gost89-cnt", v.Box, v.Meshing, unhex(t, v.Key), unhex(t, v.IV), unhex(t, v.Data)))
		case "cfb":
			questions = append(questions, engine.OldCipher("gost89", v.Box, v.Meshing, unhex(t, v.Key), unhex(t, v.IV), unhex(t, v.Data)))
		case "mac":
			questions = append(questions, engine.OldMAC(v.Box, unhex(t, v.Key), unhex(t, v.Data)))
		}
	}
	var results []string
	for i, a := range e.Ask(questions) {
		if !a.OK {
			t.Fatalf("the engine refuses %+v", list[i])
		}
		results = append(results, hex.EncodeToString(a.Data))
	}
	return results
}

func TestEngine(t *testing.T) {
	t.Parallel()
	e, count := engine.Build(t).Start(t), 20_000
	if os.Getenv("PODPIS_DRILL") != "" {
		count = 300_000
	}
	r := rand.NewChaCha8([32]byte{'2', '8', '1', '4', '7'})
	for done := 0; done < count; done += 2000 {
		var list []vector
		for i := range 2000 {
			list = append(list, draw(r, i, 3000))
		}
		for i, want := range ask(t, e, list) {
			if got := compute(t, list[i]); got != want {
				t.Fatalf("%+v:\n%s, want %s", list[i], got, want)
			}
		}
	}
}

// TestVectorsAreOfTheEngine shows where testdata/engine.json comes from.
func TestVectorsAreOfTheEngine(t *testing.T) {
	t.Parallel()
	e, r := engine.Build(t).Start(t), rand.NewChaCha8([32]byte{'f', 'i', 'l', 'e'})
	var list []vector
	for i := range 36 {
		v := draw(r, i, 1)
		if v.Data = random(r, 1+i); i >= 18 {
			v.Data += random(r, 1024)
		}
		list = append(list, v)
	}
	for i, result := range ask(t, e, list) {
		list[i].Result = result
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
