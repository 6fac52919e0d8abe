// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package magma is the block cipher Magma of GOST R 34.12-2015, as RFC 8891 describes it: blocks of 64 bits,
// keys of 256.
//
// Byte order: keys and blocks are big-endian, as RFC 8891 prints them. The older GOST 28147-89 with the same
// substitution reads both little-endian.
//
// [Cipher] is not constant in time: tables are indexed with bytes that depend on the key, which may tell something to
// a hostile process on the same machine through the cache. [ConstantTimeCipher] uses neither an index nor a branch
// that depends on the key or the data, key schedule included; it is for what wraps keys. Modes of operation are in
// package modes; one key must not encrypt many gigabytes, as blocks of 64 bits begin to collide.
package magma

import (
	"errors"
	"math/bits"
	"sync"
)

const (
	// BlockSize is the length of a block in bytes.
	BlockSize = 8
	// KeySize is the length of a key in bytes.
	KeySize = 32
)

// ErrKeySize says that a key is not of 32 bytes.
var ErrKeySize = errors.New("magma: wrong length of key")

// Cipher is Magma with one key. It is immutable and safe for concurrent use, and implements
// crypto/cipher.Block.
type Cipher struct {
	key [8]uint32 // K_1 to K_8
	t   *table
}

// NewCipher returns the cipher with a key of 32 bytes.
func NewCipher(key []byte) (*Cipher, error) {
	if len(key) != KeySize {
		return nil, ErrKeySize
	}
	c := &Cipher{t: sharedTable()}
	for i := range c.key {
		c.key[i] = load(key[4*i:])
	}
	return c, nil
}

// BlockSize returns 8.
func (c *Cipher) BlockSize() int { return BlockSize }

// Encrypt encrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *Cipher) Encrypt(dst, src []byte) {
	_, _ = dst[BlockSize-1], src[BlockSize-1]
	a1, a0 := load(src), load(src[4:])
	k, t := &c.key, c.t
	for range 3 { // K_1 to K_8, three times
		for i := 0; i < 8; i += 2 {
			a1 ^= t.g(a0 + k[i])
			a0 ^= t.g(a1 + k[i+1])
		}
	}
	for i := 6; i >= 0; i -= 2 { // and once in reverse
		a1 ^= t.g(a0 + k[i+1])
		a0 ^= t.g(a1 + k[i])
	}
	store(dst, a0)
	store(dst[4:], a1)
}

// EncryptBlocks encrypts the whole blocks of src into dst, which must be as long and may be the same.
func (c *Cipher) EncryptBlocks(dst, src []byte) {
	const few = 28 // blocks that are as fast by tables
	if len(src) > few*BlockSize {
		n := encryptPlanes(&c.key, dst, src, few)
		dst, src = dst[n:], src[n:]
	}
	k, t := &c.key, c.t
	// Two blocks at a time: their table reads do not wait for each other.
	for len(src) >= 2*BlockSize {
		_ = dst[2*BlockSize-1]
		a1, a0 := load(src), load(src[4:])
		b1, b0 := load(src[8:]), load(src[12:])
		for range 3 {
			for i := 0; i < 8; i += 2 {
				a1 ^= t.g(a0 + k[i])
				b1 ^= t.g(b0 + k[i])
				a0 ^= t.g(a1 + k[i+1])
				b0 ^= t.g(b1 + k[i+1])
			}
		}
		for i := 6; i >= 0; i -= 2 {
			a1 ^= t.g(a0 + k[i+1])
			b1 ^= t.g(b0 + k[i+1])
			a0 ^= t.g(a1 + k[i])
			b0 ^= t.g(b1 + k[i])
		}
		store(dst, a0)
		store(dst[4:], a1)
		store(dst[8:], b0)
		store(dst[12:], b1)
		dst, src = dst[2*BlockSize:], src[2*BlockSize:]
	}
	if len(src) >= BlockSize {
		c.Encrypt(dst, src)
	}
}

// Decrypt decrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *Cipher) Decrypt(dst, src []byte) {
	_, _ = dst[BlockSize-1], src[BlockSize-1]
	a1, a0 := load(src), load(src[4:])
	k, t := &c.key, c.t
	for i := 0; i < 8; i += 2 {
		a1 ^= t.g(a0 + k[i])
		a0 ^= t.g(a1 + k[i+1])
	}
	for range 3 {
		for i := 6; i >= 0; i -= 2 {
			a1 ^= t.g(a0 + k[i+1])
			a0 ^= t.g(a1 + k[i])
		}
	}
	store(dst, a0)
	store(dst[4:], a1)
}

// load and store are big-endian. They are not those of encoding/binary, which brings reflection into the program for
// the browser.
func load(b []byte) uint32 {
	_ = b[3]
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}

func store(b []byte, w uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(w>>24), byte(w>>16), byte(w>>8), byte(w)
}

// table joins two substitutions of four bits, their place in the word and the rotation by 11.
type table [4][256]uint32

// g is t of RFC 8891, 4.2, and the rotation: x is a + k already.
func (t *table) g(x uint32) uint32 {
	return t[0][uint8(x)] ^ t[1][uint8(x>>8)] ^ t[2][uint8(x>>16)] ^ t[3][uint8(x>>24)]
}

// sharedTable returns the only copy.
var sharedTable = sync.OnceValue(func() *table {
	// RFC 8891, 4.1: Pi'_0 to Pi'_7, the first for the lowest four bits.
	pi := [8][16]byte{
		{12, 4, 6, 2, 10, 5, 11, 9, 14, 8, 13, 7, 0, 3, 15, 1},
		{6, 8, 2, 3, 9, 10, 5, 12, 1, 14, 4, 7, 11, 13, 0, 15},
		{11, 3, 5, 8, 2, 15, 10, 13, 14, 1, 7, 4, 12, 9, 6, 0},
		{12, 8, 2, 1, 13, 4, 15, 6, 7, 0, 10, 5, 3, 14, 9, 11},
		{7, 15, 5, 10, 8, 1, 6, 13, 0, 9, 3, 14, 11, 4, 2, 12},
		{5, 13, 15, 6, 9, 2, 12, 10, 11, 7, 8, 1, 4, 3, 14, 0},
		{8, 14, 2, 5, 6, 9, 1, 12, 15, 4, 11, 0, 13, 10, 3, 7},
		{1, 7, 14, 13, 0, 5, 8, 3, 4, 15, 10, 6, 9, 12, 11, 2},
	}
	t := new(table)
	for place := range t {
		for v := range t[place] {
			x := pi[2*place+1][v>>4]<<4 | pi[2*place][v&15]
			t[place][v] = bits.RotateLeft32(uint32(x)<<(8*place), 11)
		}
	}
	return t
})
