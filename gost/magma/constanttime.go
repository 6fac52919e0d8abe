// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package magma

import "math/bits"

// ConstantTimeCipher is Magma with one key, without an index or a branch that depends on the key or the data. It is
// immutable and safe for concurrent use, and implements crypto/cipher.Block.
type ConstantTimeCipher struct {
	key [8]uint32 // K_1 to K_8
}

// NewConstantTimeCipher returns the cipher with a key of 32 bytes.
func NewConstantTimeCipher(key []byte) (*ConstantTimeCipher, error) {
	if len(key) != KeySize {
		return nil, ErrKeySize
	}
	c := new(ConstantTimeCipher)
	for i := range c.key {
		c.key[i] = load(key[4*i:])
	}
	return c, nil
}

// BlockSize returns 8.
func (c *ConstantTimeCipher) BlockSize() int { return BlockSize }

// Encrypt encrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *ConstantTimeCipher) Encrypt(dst, src []byte) {
	_, _ = dst[BlockSize-1], src[BlockSize-1]
	a1, a0 := load(src), load(src[4:])
	k := &c.key
	for range 3 { // K_1 to K_8, three times
		for i := 0; i < 8; i += 2 {
			a1 ^= g(a0 + k[i])
			a0 ^= g(a1 + k[i+1])
		}
	}
	for i := 6; i >= 0; i -= 2 { // and once in reverse
		a1 ^= g(a0 + k[i+1])
		a0 ^= g(a1 + k[i])
	}
	store(dst, a0)
	store(dst[4:], a1)
}

// Decrypt decrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *ConstantTimeCipher) Decrypt(dst, src []byte) {
	_, _ = dst[BlockSize-1], src[BlockSize-1]
	a1, a0 := load(src), load(src[4:])
	k := &c.key
	for i := 0; i < 8; i += 2 {
		a1 ^= g(a0 + k[i])
		a0 ^= g(a1 + k[i+1])
	}
	for range 3 {
		for i := 6; i >= 0; i -= 2 {
			a1 ^= g(a0 + k[i+1])
			a0 ^= g(a1 + k[i])
		}
	}
	store(dst, a0)
	store(dst[4:], a1)
}

// g is t of RFC 8891, 4.2, and the rotation: x is a + k already. Each substitution of four bits is a number of sixteen
// digits, from which a shift chooses one. On machines of 64 bits, WebAssembly included, a shift takes the same time
// whatever its distance; on those of 32 bits it may not.
func g(x uint32) uint32 {
	const (
		p0 uint64 = 0x1f307d8e9b5a264c // Π'_0 of RFC 8891, 4.1, and so on
		p1 uint64 = 0xf0db74e1c5a93286
		p2 uint64 = 0x069c471edaf2853b
		p3 uint64 = 0xb9e35a076f4d128c
		p4 uint64 = 0xc24be390d618a5f7
		p5 uint64 = 0x0e34187bac296fd5
		p6 uint64 = 0x73ad0b4fc19652e8
		p7 uint64 = 0x2bc96af43850de71
	)
	y := uint32(p0>>(x<<2&60))&15 |
		uint32(p1>>(x>>2&60))&15<<4 |
		uint32(p2>>(x>>6&60))&15<<8 |
		uint32(p3>>(x>>10&60))&15<<12 |
		uint32(p4>>(x>>14&60))&15<<16 |
		uint32(p5>>(x>>18&60))&15<<20 |
		uint32(p6>>(x>>22&60))&15<<24 |
		uint32(p7>>(x>>26&60))<<28
	return bits.RotateLeft32(y, 11)
}

// EncryptBlocks encrypts the whole blocks of src into dst, which must be as long and may be the same.
func (c *ConstantTimeCipher) EncryptBlocks(dst, src []byte) {
	const few = 12 // blocks that are as fast one by one
	if len(src) > few*BlockSize {
		n := encryptPlanes(&c.key, dst, src, few)
		dst, src = dst[n:], src[n:]
	}
	for len(src) >= BlockSize {
		c.Encrypt(dst, src)
		dst, src = dst[BlockSize:], src[BlockSize:]
	}
}
