// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package magma

import (
	"bytes"
	"crypto/cipher"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/modes"
)

var _ cipher.Block = (*ConstantTimeCipher)(nil)

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
