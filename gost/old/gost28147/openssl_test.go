// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package gost28147_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// startPeer compiles testdata/peer.c and returns a way to ask it.
func startPeer(t *testing.T) (ask func(v vector) string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "peer")
	if out, err := exec.Command("gcc", "-O2", "-o", program, "testdata/peer.c", "-lcrypto").CombinedOutput(); err != nil {
		t.Fatalf("gcc (needs libssl-dev): %v: %s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 1<<20)
	return func(v vector) string {
		meshing := 0
		if v.Meshing {
			meshing = 1
		}
		iv := v.IV
		if iv == "" {
			iv = "-"
		}
		fmt.Fprintln(in, v.Operation, v.Box, meshing, v.Key, iv, v.Data)
		if !answers.Scan() {
			t.Fatal("the peer is gone: ", answers.Err())
		}
		return answers.Text()
	}
}

func TestEngine(t *testing.T) {
	t.Parallel()
	ask := startPeer(t)
	r := rand.NewChaCha8([32]byte{'2', '8', '1', '4', '7'})
	for i := range 20_000 {
		v := draw(r, i, 3000)
		want := ask(v)
		if got := compute(t, v); got != want {
			t.Fatalf("%+v:\n%s, want %s", v, got, want)
		}
	}
}

// TestVectorsAreOfTheEngine shows where testdata/engine.json comes from.
func TestVectorsAreOfTheEngine(t *testing.T) {
	t.Parallel()
	ask := startPeer(t)
	r := rand.NewChaCha8([32]byte{'f', 'i', 'l', 'e'})
	var list []vector
	for i := range 36 {
		v := draw(r, i, 1)
		if v.Data = random(r, 1+i); i >= 18 {
			v.Data += random(r, 1024)
		}
		v.Result = ask(v)
		list = append(list, v)
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
