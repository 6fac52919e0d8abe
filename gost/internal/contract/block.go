// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"crypto/cipher"
	"math/rand/v2"
	"sync"
	"testing"
)

// Block checks a block cipher with keys of keySize bytes. If the cipher can encrypt or decrypt many blocks at once
// (EncryptBlocks, DecryptBlocks) it checks that as well.
func Block[B cipher.Block](t *testing.T, keySize int, newCipher func(key []byte) (B, error)) {
	t.Helper()
	t.Run("key", func(t *testing.T) { blockKey(t, keySize, newCipher) })
	r := source()
	b, err := newCipher(random(r, keySize))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("inverse", func(t *testing.T) { blockInverse(t, b) })
	t.Run("memory", func(t *testing.T) { blockMemory(t, b) })
	t.Run("short", func(t *testing.T) { blockShort(t, b) })
	t.Run("many", func(t *testing.T) { blockMany(t, b) })
	t.Run("concurrent", func(t *testing.T) { blockConcurrent(t, keySize, newCipher) })
}

func blockKey[B cipher.Block](t *testing.T, keySize int, newCipher func(key []byte) (B, error)) {
	for n := range 2*keySize + 2 {
		if _, err := newCipher(make([]byte, n)); (err == nil) != (n == keySize) {
			t.Errorf("key of %d bytes: %v", n, err)
		}
	}
	if _, err := newCipher(nil); err == nil {
		t.Error("no key at all is taken")
	}
	r := source()
	key := random(r, keySize)
	before := bytes.Clone(key)
	encrypt := func(key, src []byte) []byte {
		b, err := newCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]byte, b.BlockSize())
		b.Encrypt(dst, src)
		return dst
	}
	b, err := newCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	src := random(r, b.BlockSize())
	want := encrypt(key, src)
	if !bytes.Equal(key, before) {
		t.Error("the key was changed")
	}
	for i := range 8 * keySize {
		key[i/8] ^= 1 << (i % 8)
		if bytes.Equal(encrypt(key, src), want) {
			t.Errorf("bit %d of the key does not matter", i)
		}
		key[i/8] ^= 1 << (i % 8)
	}
	clear(key)
	got := make([]byte, b.BlockSize())
	if b.Encrypt(got, src); !bytes.Equal(got, want) {
		t.Error("the cipher shares memory with its key")
	}
}

func blockInverse(t *testing.T, b cipher.Block) {
	r := source()
	n := b.BlockSize()
	src := make([]byte, n)
	for i := range 300 {
		dst, back := make([]byte, n), make([]byte, n)
		if b.Encrypt(dst, src); bytes.Equal(dst, src) {
			t.Errorf("%x encrypts to itself", src)
		}
		if b.Decrypt(back, dst); !bytes.Equal(back, src) {
			t.Fatalf("decryption of the encrypted %x is %x", src, back)
		}
		b.Decrypt(back, src)
		if b.Encrypt(dst, back); !bytes.Equal(dst, src) {
			t.Fatalf("encryption of the decrypted %x is %x", src, dst)
		}
		if src = random(r, n); i%3 == 0 { // edges: few bits
			clear(src)
			src[below(r, n)] = 1 << below(r, 8)
		}
	}
}

// blockMemory checks that one block is read, one written, and that both may be the same.
func blockMemory(t *testing.T, b cipher.Block) {
	r := source()
	n := b.BlockSize()
	for name, do := range map[string]func(dst, src []byte){"Encrypt": b.Encrypt, "Decrypt": b.Decrypt} {
		src, want := random(r, n+3), make([]byte, n)
		do(want, src[:n])
		before := bytes.Clone(src)
		dst, intact := guarded(r, n)
		do(dst[:n+guard], src) // both longer than a block
		if !bytes.Equal(dst, want) {
			t.Errorf("%s depends on what is behind the block", name)
		}
		if !bytes.Equal(src, before) {
			t.Errorf("%s changes its source", name)
		}
		intact(t, name)
		place, intact := guarded(r, n)
		copy(place, src)
		if do(place, place); !bytes.Equal(place, want) {
			t.Errorf("%s in place differs", name)
		}
		intact(t, name+" in place")
	}
}

func blockShort(t *testing.T, b cipher.Block) {
	n := b.BlockSize()
	for short := range n {
		for name, do := range map[string]func(dst, src []byte){"Encrypt": b.Encrypt, "Decrypt": b.Decrypt} {
			if !panics(func() { do(make([]byte, n), make([]byte, short)) }) {
				t.Errorf("%s takes a source of %d bytes", name, short)
			}
			if !panics(func() { do(make([]byte, short), make([]byte, n)) }) {
				t.Errorf("%s takes a destination of %d bytes", name, short)
			}
		}
	}
}

func blockMany(t *testing.T, b cipher.Block) {
	r := source()
	if fast, ok := b.(interface{ EncryptBlocks(dst, src []byte) }); ok {
		manyBlocks(t, r, "EncryptBlocks", b.BlockSize(), fast.EncryptBlocks, b.Encrypt)
	}
	if fast, ok := b.(interface{ DecryptBlocks(dst, src []byte) }); ok {
		manyBlocks(t, r, "DecryptBlocks", b.BlockSize(), fast.DecryptBlocks, b.Decrypt)
	}
}

func manyBlocks(t *testing.T, r *rand.ChaCha8, name string, n int, many, one func(dst, src []byte)) {
	t.Helper()
	for count := range 70 {
		src, want := random(r, count*n), make([]byte, count*n)
		before := bytes.Clone(src)
		for i := 0; i < len(src); i += n {
			one(want[i:], src[i:])
		}
		dst, intact := guarded(r, len(src))
		if many(dst, src); !bytes.Equal(dst, want) || !bytes.Equal(src, before) {
			t.Errorf("%s of %d blocks differs from one by one", name, count)
		}
		intact(t, name)
		if many(src, src); !bytes.Equal(src, want) {
			t.Errorf("%s of %d blocks in place differs", name, count)
		}
	}
	if !panics(func() { many(make([]byte, 3*n), make([]byte, 4*n)) }) {
		t.Errorf("%s takes a short destination", name)
	}
}

// blockConcurrent uses one cipher from several goroutines; the race detector says more than the comparison.
func blockConcurrent[B cipher.Block](t *testing.T, keySize int, newCipher func(key []byte) (B, error)) {
	b, err := newCipher(random(source(), keySize))
	if err != nil {
		t.Fatal(err)
	}
	n := b.BlockSize()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			first := bytes.Repeat([]byte{byte(i)}, n)
			block := bytes.Clone(first)
			for range 500 {
				b.Encrypt(block, block)
			}
			for range 500 {
				b.Decrypt(block, block)
			}
			if !bytes.Equal(block, first) {
				t.Error("goroutines disturb each other")
			}
		})
	}
	wg.Wait()
}
