// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"hash"
	"math/rand/v2"
	"testing"
)

// Hash checks a hash or a message authentication code. Each call of newHash must begin the same computation.
func Hash(t *testing.T, newHash func() hash.Hash) {
	t.Helper()
	digest := func(message []byte) []byte {
		h := newHash()
		h.Write(message)
		return h.Sum(nil)
	}
	t.Run("pieces", func(t *testing.T) { hashPieces(t, newHash, digest) })
	t.Run("sum", func(t *testing.T) { hashSum(t, newHash, digest) })
	t.Run("reset", func(t *testing.T) { hashReset(t, newHash, digest) })
	t.Run("every bit", func(t *testing.T) { hashEveryBit(t, newHash, digest) })
	t.Run("large", func(t *testing.T) { hashLarge(t, newHash, digest) })
	t.Run("clone", func(t *testing.T) { hashClone(t, newHash, digest) })
}

// edges are lengths around whole blocks.
func edges(h hash.Hash) []int {
	n := h.BlockSize()
	lengths := []int{0, 1}
	for blocks := 1; blocks <= 3; blocks++ {
		lengths = append(lengths, blocks*n-1, blocks*n, blocks*n+1)
	}
	return lengths
}

func hashPieces(t *testing.T, newHash func() hash.Hash, digest func([]byte) []byte) {
	r := source()
	for _, length := range edges(newHash()) {
		message := random(r, length)
		before, want := bytes.Clone(message), digest(message)
		for cut := 0; cut <= length; cut++ {
			h := newHash()
			writePiece(t, h, message[:cut])
			writePiece(t, h, nil)
			writePiece(t, h, message[cut:])
			if !bytes.Equal(h.Sum(nil), want) {
				t.Fatalf("%d bytes cut at %d give another sum", length, cut)
			}
		}
		h := newHash()
		for i := range message {
			writePiece(t, h, message[i:i+1])
		}
		if !bytes.Equal(h.Sum(nil), want) {
			t.Fatalf("%d bytes written one by one give another sum", length)
		}
		if !bytes.Equal(message, before) {
			t.Fatal("Write changes the message")
		}
	}
}

func writePiece(t *testing.T, h hash.Hash, p []byte) {
	t.Helper()
	if n, err := h.Write(p); n != len(p) || err != nil {
		t.Fatalf("Write of %d bytes = %d, %v", len(p), n, err)
	}
}

func hashSum(t *testing.T, newHash func() hash.Hash, digest func([]byte) []byte) {
	r := source()
	for _, length := range edges(newHash()) {
		message := random(r, length)
		h, want := newHash(), digest(message)
		if h.Size() <= 0 || h.BlockSize() <= 0 || len(want) != h.Size() {
			t.Fatalf("sum of %d bytes, Size %d, BlockSize %d", len(want), h.Size(), h.BlockSize())
		}
		for i := range message { // a sum after each byte
			h.Write(message[i : i+1])
			if i%7 == 0 && !bytes.Equal(h.Sum(nil), digest(message[:i+1])) {
				t.Fatalf("sum after %d bytes is wrong: Sum changes the state", i+1)
			}
		}
		prefix, intact := guarded(r, 5+h.Size())
		before := bytes.Clone(prefix[:5])
		got := h.Sum(prefix[:5])
		if !bytes.Equal(got[:5], before) || !bytes.Equal(got[5:], want) {
			t.Errorf("Sum of %d bytes does not append", length)
		}
		if &got[0] != &prefix[0] {
			t.Error("Sum does not use the room of its argument")
		}
		intact(t, "Sum")
		if exact := h.Sum(make([]byte, 3)); len(exact) != 3+h.Size() || !bytes.Equal(exact[3:], want) {
			t.Error("Sum into a slice without room is wrong")
		}
		clear(got)
		if !bytes.Equal(h.Sum(nil), want) {
			t.Error("the sum shares memory with the state")
		}
	}
}

func hashReset(t *testing.T, newHash func() hash.Hash, digest func([]byte) []byte) {
	r := source()
	h := newHash()
	for _, length := range edges(h) {
		message := random(r, length)
		h.Write(random(r, below(r, 3*h.BlockSize())))
		if length%2 == 0 {
			h.Sum(nil)
		}
		h.Reset()
		if !bytes.Equal(h.Sum(nil), digest(nil)) {
			t.Fatal("Reset does not return to the beginning")
		}
		h.Write(message)
		if !bytes.Equal(h.Sum(nil), digest(message)) {
			t.Fatalf("sum of %d bytes after Reset is wrong", length)
		}
	}
}

// hashEveryBit flips each bit of messages and compares messages of zeros, which differ in length only.
func hashEveryBit(t *testing.T, newHash func() hash.Hash, digest func([]byte) []byte) {
	n := newHash().BlockSize()
	seen := map[string]int{}
	for length := range 3*n + 2 {
		sum := string(digest(make([]byte, length)))
		if other, ok := seen[sum]; ok {
			t.Fatalf("%d and %d zeros have one sum", other, length)
		}
		seen[sum] = length
	}
	message := random(source(), 2*n+1)
	want := digest(message)
	for i := range 8 * len(message) {
		message[i/8] ^= 1 << (i % 8)
		if bytes.Equal(digest(message), want) {
			t.Fatalf("bit %d does not matter", i)
		}
		message[i/8] ^= 1 << (i % 8)
	}
}

func hashLarge(t *testing.T, newHash func() hash.Hash, digest func([]byte) []byte) {
	r := source()
	message := random(r, 200_000)
	want := digest(message)
	for range 3 {
		h, rest := newHash(), message
		for _, n := range pieces(r, len(message)) {
			h.Write(rest[:n])
			rest = rest[n:]
		}
		if !bytes.Equal(h.Sum(nil), want) {
			t.Fatal("a large message in pieces gives another sum")
		}
	}
}

// hashClone checks that copies go on alone, if the hash can be copied at all.
func hashClone(t *testing.T, newHash func() hash.Hash, digest func([]byte) []byte) {
	if _, ok := newHash().(hash.Cloner); !ok {
		t.Log("the hash is no hash.Cloner")
		return
	}
	r := source()
	for _, length := range edges(newHash()) {
		cloneAt(t, r, newHash().(hash.Cloner), digest, random(r, length))
	}
}

func cloneAt(t *testing.T, r *rand.ChaCha8, h hash.Cloner, digest func([]byte) []byte, message []byte) {
	t.Helper()
	h.Write(message)
	c, err := h.Clone()
	if err != nil {
		t.Fatal(err)
	}
	if c.Size() != h.Size() || c.BlockSize() != h.BlockSize() {
		t.Error("the copy has other sizes")
	}
	a, b := random(r, 1+h.BlockSize()), random(r, 2*h.BlockSize())
	for i := range b {
		if i < len(a) {
			h.Write(a[i : i+1])
		}
		c.Write(b[i : i+1])
	}
	if !bytes.Equal(h.Sum(nil), digest(append(bytes.Clone(message), a...))) ||
		!bytes.Equal(c.Sum(nil), digest(append(bytes.Clone(message), b...))) {
		t.Errorf("copies made after %d bytes touch each other", len(message))
	}
	h.Reset()
	if !bytes.Equal(c.Sum(nil), digest(append(bytes.Clone(message), b...))) {
		t.Error("Reset of the first touches the copy")
	}
}
