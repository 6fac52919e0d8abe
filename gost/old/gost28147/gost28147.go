// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package gost28147 is the block cipher GOST 28147-89 (RFC 5830) with the S-boxes and the key meshing of RFC 4357:
// blocks of 64 bits, keys of 256. It is here to read old documents and key files; nothing new may be protected with it.
//
// Byte order: keys and blocks are sequences of little-endian words. Magma of GOST R 34.12-2015 is the same cipher with
// the S-boxes of [ParamZ] and big-endian words.
//
// The modes that old documents use are decryption in the mode of gamma with feedback, [NewCFBDecrypter], the mode of
// gamma, [NewCNT], and the code of authenticity of 4 bytes, [NewMAC]. Simple substitution is the cipher itself.
// Encryption with feedback and CBC are left out.
//
// It is not constant in time: tables are indexed with bytes that depend on the key.
package gost28147

import "errors"

const (
	// BlockSize is the length of a block in bytes.
	BlockSize = 8
	// KeySize is the length of a key in bytes.
	KeySize = 32
)

// Errors of this package.
var (
	// ErrKeySize says that a key is not of 32 bytes.
	ErrKeySize = errors.New("gost28147: wrong length of key")
	// ErrIV says that an initialization vector is not of a block.
	ErrIV = errors.New("gost28147: wrong length of initialization vector")
	// ErrBox says that no S-boxes were named.
	ErrBox = errors.New("gost28147: no S-boxes")
)

// Cipher is GOST 28147-89 with one key and one set of S-boxes. It is immutable and safe for concurrent use, and
// implements crypto/cipher.Block.
type Cipher struct {
	key [8]uint32 // X_0 to X_7 of RFC 5830, 4
	t   *table
}

// NewCipher returns the cipher with a key of 32 bytes.
func NewCipher(key []byte, box Box) (*Cipher, error) {
	switch {
	case len(key) != KeySize:
		return nil, ErrKeySize
	case box.table == nil:
		return nil, ErrBox
	}
	c := &Cipher{t: box.table()}
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
	n1, n2 := c.encrypt(load(src), load(src[4:]))
	store(dst, n1)
	store(dst[4:], n2)
}

// EncryptWord encrypts a block that is a little-endian number with eight words of a key, X_0 first: the hash of 1994
// takes four keys a block. It panics on the zero Box.
func EncryptWord(box Box, key *[8]uint32, block uint64) uint64 {
	c := Cipher{*key, box.table()}
	n1, n2 := c.encrypt(uint32(block), uint32(block>>32))
	return uint64(n1) | uint64(n2)<<32
}

func (c *Cipher) encrypt(n1, n2 uint32) (uint32, uint32) {
	n1, n2 = c.rounds16(n1, n2)
	k, t := &c.key, c.t
	for i := 0; i < 8; i += 2 { // the third time in order, RFC 5830, 5.1
		n2 ^= t.f(n1 + k[i])
		n1 ^= t.f(n2 + k[i+1])
	}
	for i := 6; i >= 0; i -= 2 { // and once in reverse
		n2 ^= t.f(n1 + k[i+1])
		n1 ^= t.f(n2 + k[i])
	}
	return n2, n1
}

// Decrypt decrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *Cipher) Decrypt(dst, src []byte) {
	_, _ = dst[BlockSize-1], src[BlockSize-1]
	n1, n2 := load(src), load(src[4:])
	k, t := &c.key, c.t
	for i := 0; i < 8; i += 2 {
		n2 ^= t.f(n1 + k[i])
		n1 ^= t.f(n2 + k[i+1])
	}
	for range 3 {
		for i := 6; i >= 0; i -= 2 {
			n2 ^= t.f(n1 + k[i+1])
			n1 ^= t.f(n2 + k[i])
		}
	}
	store(dst, n2)
	store(dst[4:], n1)
}

// rounds16 is the first 16 rounds of encryption, which alone make the code of authenticity (RFC 5830, 8).
func (c *Cipher) rounds16(n1, n2 uint32) (uint32, uint32) {
	k, t := &c.key, c.t
	for range 2 {
		for i := 0; i < 8; i += 2 {
			n2 ^= t.f(n1 + k[i])
			n1 ^= t.f(n2 + k[i+1])
		}
	}
	return n1, n2
}

// mesh is the key that follows after 1024 bytes: the decryption of a constant (RFC 4357, 2.3.2).
func (c *Cipher) mesh() *Cipher {
	next := [KeySize]byte{
		0x69, 0x00, 0x72, 0x22, 0x64, 0xC9, 0x04, 0x23, 0x8D, 0x3A, 0xDB, 0x96, 0x46, 0xE9, 0x2A, 0xC4,
		0x18, 0xFE, 0xAC, 0x94, 0x00, 0xED, 0x07, 0x12, 0xC0, 0x86, 0xDC, 0xC2, 0xEF, 0x4C, 0xA9, 0x2B,
	}
	for i := 0; i < KeySize; i += BlockSize {
		c.Decrypt(next[i:], next[i:])
	}
	meshed := &Cipher{t: c.t}
	for i := range meshed.key {
		meshed.key[i] = load(next[4*i:])
	}
	clear(next[:])
	return meshed
}

// load and store are little-endian. They are not those of encoding/binary, which brings reflection into the program
// for the browser.
func load(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func store(b []byte, w uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
}
