// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package gost94_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podpis/gost/old/gost28147"
)

var update = flag.Bool("update", false, "write testdata/engine.json anew")

// startPeer compiles the program that the tests of package gost28147 use too and returns a way to ask it.
func startPeer(t *testing.T) (ask func(data []byte) string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "peer")
	if out, err := exec.Command("gcc", "-O2", "-o", program, "../gost28147/testdata/peer.c", "-lcrypto").CombinedOutput(); err != nil {
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
	return func(data []byte) string {
		text := hex.EncodeToString(data)
		if text == "" {
			text = "-"
		}
		fmt.Fprintln(in, "hash", "-", 0, "-", "-", text)
		if !answers.Scan() {
			t.Fatal("the peer is gone: ", answers.Err())
		}
		return answers.Text()
	}
}

func random(r *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	r.Read(b) //nolint:errcheck // never fails
	return b
}

func TestEngine(t *testing.T) {
	t.Parallel()
	ask := startPeer(t)
	r := rand.NewChaCha8([32]byte{'9', '4'})
	for range 20_000 {
		data := random(r, int(r.Uint64()%300))
		if r.Uint64()%4 == 0 {
			for i := range data { // sums of such blocks carry
				data[i] |= 0xfe
			}
		}
		want := ask(data)
		if got := sum(gost28147.HashCryptoPro(), data); got != want {
			t.Fatalf("%x: %s, want %s", data, got, want)
		}
	}
}

// TestVectorsAreOfTheEngine shows where testdata/engine.json comes from.
func TestVectorsAreOfTheEngine(t *testing.T) {
	t.Parallel()
	ask := startPeer(t)
	r := rand.NewChaCha8([32]byte{'f', 'i', 'l', 'e'})
	var list []vector
	for n := range 130 {
		data := random(r, n)
		list = append(list, vector{hex.EncodeToString(data), ask(data)})
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
