// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package kuznyechik is the block cipher Kuznyechik of GOST R 34.12-2015, as RFC 7801 describes it: blocks of
// 128 bits, keys of 256.
//
// Byte order: keys and blocks are read as RFC 7801 prints them, leftmost byte first.
//
// [Cipher] is not constant in time: tables are indexed with bytes that depend on the key, which may tell something to
// a hostile process on the same machine through the cache. [ConstantTimeCipher] uses neither an index nor a branch
// that depends on the key or the data, key schedule included; it is for what wraps keys. Modes of operation are in
// package modes.
package kuznyechik

import "errors"

const (
	// BlockSize is the length of a block in bytes.
	BlockSize = 16
	// KeySize is the length of a key in bytes.
	KeySize = 32
)

// ErrKeySize says that a key is not of 32 bytes.
var ErrKeySize = errors.New("kuznyechik: wrong length of key")

// block is 128 bits as two little-endian words: a holds the first eight bytes.
type block struct{ a, b uint64 }

// Cipher is Kuznyechik with one key. It is immutable and safe for concurrent use, and implements
// crypto/cipher.Block.
type Cipher struct {
	encrypt [10]block // K_1 to K_10
	decrypt [10]block // K_1, then K_2 to K_10 under L^−1
	t       *tables
}

// NewCipher returns the cipher with a key of 32 bytes.
func NewCipher(key []byte) (*Cipher, error) {
	if len(key) != KeySize {
		return nil, ErrKeySize
	}
	c := &Cipher{t: sharedTables()}
	// RFC 7801, 4.3: eight steps of a Feistel network a pair of keys.
	k1, k2 := load(key), load(key[BlockSize:])
	c.encrypt[0], c.encrypt[1] = k1, k2
	for i := range c.t.constants {
		x := block{k1.a ^ c.t.constants[i].a, k1.b ^ c.t.constants[i].b}
		c.t.forward.apply(&x)
		k1, k2 = block{x.a ^ k2.a, x.b ^ k2.b}, k1
		if i%8 == 7 {
			c.encrypt[i/8*2+2], c.encrypt[i/8*2+3] = k1, k2
		}
	}
	c.decrypt[0] = c.encrypt[0]
	for i := 1; i < len(c.decrypt); i++ {
		c.decrypt[i] = c.encrypt[i]
		c.t.inverseLinear(&c.decrypt[i])
	}
	return c, nil
}

// BlockSize returns 16.
func (c *Cipher) BlockSize() int { return BlockSize }

// Encrypt encrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *Cipher) Encrypt(dst, src []byte) {
	_ = dst[BlockSize-1]
	x := load(src)
	t := &c.t.forward
	for i := range 9 {
		x.a ^= c.encrypt[i].a
		x.b ^= c.encrypt[i].b
		t.apply(&x)
	}
	x.a ^= c.encrypt[9].a
	x.b ^= c.encrypt[9].b
	x.store(dst)
}

// EncryptBlocks encrypts the whole blocks of src into dst, which must be as long and may be the same.
func (c *Cipher) EncryptBlocks(dst, src []byte) {
	t := &c.t.forward
	for len(src) >= 2*BlockSize {
		x, y := load(src), load(src[BlockSize:])
		_ = dst[2*BlockSize-1]
		for i := range 9 {
			k := &c.encrypt[i]
			x.a ^= k.a
			x.b ^= k.b
			y.a ^= k.a
			y.b ^= k.b
			x, y = t.applyTwo(x, y)
		}
		k := &c.encrypt[9]
		x.a ^= k.a
		x.b ^= k.b
		y.a ^= k.a
		y.b ^= k.b
		x.store(dst)
		y.store(dst[BlockSize:])
		dst, src = dst[2*BlockSize:], src[2*BlockSize:]
	}
	if len(src) >= BlockSize {
		c.Encrypt(dst, src)
	}
}

// Decrypt decrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *Cipher) Decrypt(dst, src []byte) {
	_ = dst[BlockSize-1]
	// With L^−1 drawn before each key addition, a round is a table read as in encryption.
	x := load(src)
	c.t.inverseLinear(&x)
	for i := 9; i > 0; i-- {
		x.a ^= c.decrypt[i].a
		x.b ^= c.decrypt[i].b
		if i > 1 {
			c.t.inverse.apply(&x)
		}
	}
	c.t.inverseSubstitution(&x)
	x.a ^= c.decrypt[0].a
	x.b ^= c.decrypt[0].b
	x.store(dst)
}

func load(b []byte) block {
	_ = b[BlockSize-1]
	return block{loadWord(b), loadWord(b[8:])}
}

func (x *block) store(b []byte) {
	_ = b[BlockSize-1]
	storeWord(b, x.a)
	storeWord(b[8:], x.b)
}

// loadWord and storeWord are little-endian. They are not those of encoding/binary, which brings reflection into the
// program for the browser.
func loadWord(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func storeWord(b []byte, w uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
	b[4], b[5], b[6], b[7] = byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56)
}
