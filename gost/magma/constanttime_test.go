// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package magma

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/modes"
)

var _ cipher.Block = (*ConstantTimeCipher)(nil)

func TestConstantTimeVectors(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	c, err := NewConstantTimeCipher(unhex(t, v.Key))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got []byte, want string) {
		t.Helper()
		if hex.EncodeToString(got) != want {
			t.Errorf("%s %x, want %s", what, got, want)
		}
	}
	for i := range c.key {
		var k [4]byte
		store(k[:], c.key[i])
		check("round key", k[:], v.RoundKeys[i])
	}
	x := unhex(t, v.Plaintext)
	c.Encrypt(x, x)
	check("encrypted", x, v.Ciphertext)
	c.Decrypt(x, x)
	check("decrypted", x, v.Plaintext)

	c, err = NewConstantTimeCipher(unhex(t, v.Iterated.Key))
	if err != nil {
		t.Fatal(err)
	}
	x = unhex(t, v.Iterated.Start)
	for range v.Iterated.Iterations {
		c.Encrypt(x, x)
	}
	check("encrypted", x, v.Iterated.Result)
	for range v.Iterated.Iterations {
		c.Decrypt(x, x)
	}
	check("decrypted", x, v.Iterated.Start)
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewConstantTimeCipher(make([]byte, n)); !errors.Is(err, ErrKeySize) {
			t.Errorf("key of %d bytes: %v", n, err)
		}
	}
}

// TestConstantTimeAgrees compares the cipher for secrets with the one by tables, block by block and many at once.
func TestConstantTimeAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), KeySize, KeySize).Draw(t, "key")
		table, err := NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		safe, err := NewConstantTimeCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(0, 200).Draw(t, "blocks") * BlockSize
		src := make([]byte, n)
		random := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "src")
		for i := range src {
			src[i] = random[i%len(random)] + byte(i/len(random))
		}
		got, want, one, back, fast := make([]byte, n), make([]byte, n), make([]byte, n), make([]byte, n), make([]byte, n)
		safe.EncryptBlocks(got, src)
		table.EncryptBlocks(fast, src)
		for i := 0; i < n; i += BlockSize {
			table.Encrypt(want[i:], src[i:])
			safe.Encrypt(one[i:], src[i:])
			safe.Decrypt(back[i:], want[i:])
		}
		if !bytes.Equal(got, want) || !bytes.Equal(fast, want) || !bytes.Equal(one, want) || !bytes.Equal(back, src) {
			t.Fatalf("blocks %x, one by one %x, want %x; decrypted %x, was %x", got, one, want, back, src)
		}
		safe.EncryptBlocks(src, src)
		if !bytes.Equal(src, want) {
			t.Fatalf("in place %x, want %x", src, want)
		}
	})
}

// TestConstantTimeManyInputs compares more than 100 000 random blocks under random keys.
func TestConstantTimeManyInputs(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	key, src := make([]byte, KeySize), make([]byte, 1000*BlockSize)
	want, got, back := make([]byte, len(src)), make([]byte, len(src)), make([]byte, BlockSize)
	for range 110 {
		random.Read(key) //nolint:errcheck // never fails
		random.Read(src) //nolint:errcheck // never fails
		table := newCipher(t, key)
		safe, err := NewConstantTimeCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(src); i += BlockSize {
			table.Encrypt(want[i:], src[i:])
		}
		safe.EncryptBlocks(got, src)
		if !bytes.Equal(got, want) {
			t.Fatalf("key %x: blocks %x, want %x", key, got, want)
		}
		for i := 0; i < len(src)/10; i += BlockSize {
			safe.Encrypt(got, src[i:])
			safe.Decrypt(back, want[i:])
			if !bytes.Equal(got[:BlockSize], want[i:i+BlockSize]) || !bytes.Equal(back, src[i:i+BlockSize]) {
				t.Fatalf("key %x: %x is encrypted to %x, want %x, and decrypted to %x", key, src[i:i+BlockSize], got[:BlockSize], want[i:i+BlockSize], back)
			}
		}
	}
}

func TestConstantTimeContract(t *testing.T) {
	t.Parallel()
	contract.Block(t, KeySize, NewConstantTimeCipher)
}

func BenchmarkConstantTimeCTR(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			c, err := NewConstantTimeCipher(make([]byte, KeySize))
			if err != nil {
				b.Fatal(err)
			}
			s, err := modes.NewCTR(c, make([]byte, BlockSize/2))
			if err != nil {
				b.Fatal(err)
			}
			benchmarkStream(b, s, size)
		})
	}
}

func BenchmarkConstantTimeACPKM(b *testing.B) {
	s, err := modes.NewCTRACPKM(NewConstantTimeCipher, make([]byte, KeySize), make([]byte, BlockSize/2), 1024)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkStream(b, s, 1<<20)
}

func BenchmarkConstantTimeBlock(b *testing.B) {
	c, err := NewConstantTimeCipher(make([]byte, KeySize))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkBlock(b, c)
}

func BenchmarkBlock(b *testing.B) {
	c, err := NewCipher(make([]byte, KeySize))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkBlock(b, c)
}

func benchmarkBlock(b *testing.B, c cipher.Block) {
	block := make([]byte, BlockSize)
	b.SetBytes(BlockSize)
	for b.Loop() {
		c.Encrypt(block, block)
	}
}
