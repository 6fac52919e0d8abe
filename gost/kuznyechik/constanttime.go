// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kuznyechik

import "podpis/gost/internal/substitution"

// ConstantTimeCipher is Kuznyechik with one key, without an index or a branch that depends on the key or the data. It is
// immutable and safe for concurrent use, and implements crypto/cipher.Block.
type ConstantTimeCipher struct {
	keys [10]block // K_1 to K_10
}

// NewConstantTimeCipher returns the cipher with a key of 32 bytes.
func NewConstantTimeCipher(key []byte) (*ConstantTimeCipher, error) {
	if len(key) != KeySize {
		return nil, ErrKeySize
	}
	c := new(ConstantTimeCipher)
	k1, k2 := load(key), load(key[BlockSize:])
	c.keys[0], c.keys[1] = k1, k2
	// RFC 7801, 4.3: eight steps of a Feistel network a pair of keys.
	for i := range 32 {
		var l lanes // C_i, to which L was not applied yet; the sum goes through S, so L first
		l[BlockSize-1] = uint64(i + 1)
		l.linear()
		l.addKey(&k1)
		l.substitute()
		l.linear()
		x := l.first()
		k1, k2 = block{x.a ^ k2.a, x.b ^ k2.b}, k1
		if i%8 == 7 {
			c.keys[i/8*2+2], c.keys[i/8*2+3] = k1, k2
		}
	}
	return c, nil
}

// BlockSize returns 16.
func (c *ConstantTimeCipher) BlockSize() int { return BlockSize }

// Encrypt encrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *ConstantTimeCipher) Encrypt(dst, src []byte) {
	c.EncryptBlocks(dst[:BlockSize], src[:BlockSize])
}

// EncryptBlocks encrypts the whole blocks of src into dst, which must be as long and may be the same.
func (c *ConstantTimeCipher) EncryptBlocks(dst, src []byte) {
	for len(src) >= BlockSize {
		n := min(laneCount*BlockSize, len(src)/BlockSize*BlockSize)
		var l lanes
		l.load(src[:n])
		for i := range 9 {
			l.addKey(&c.keys[i])
			l.substitute()
			l.linear()
		}
		l.addKey(&c.keys[9])
		l.store(dst[:n])
		dst, src = dst[n:], src[n:]
	}
}

// Decrypt decrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *ConstantTimeCipher) Decrypt(dst, src []byte) {
	_ = dst[BlockSize-1]
	var l lanes
	l.load(src[:BlockSize])
	for i := 9; i > 0; i-- {
		l.addKey(&c.keys[i])
		l.inverseLinear()
		l.inverseSubstitute()
	}
	l.addKey(&c.keys[0])
	l.store(dst[:BlockSize])
}

// laneCount is how many blocks are encrypted at once.
const laneCount = 8

// lanes are eight blocks: byte j of word i is byte i of block j.
type lanes [BlockSize]uint64

func (l *lanes) lower() *[8]uint64 { return (*[8]uint64)(l[:8]) }
func (l *lanes) upper() *[8]uint64 { return (*[8]uint64)(l[8:]) }

// load reads up to eight blocks.
func (l *lanes) load(src []byte) {
	for i := 0; i < len(src); i += BlockSize {
		l[i/BlockSize], l[i/BlockSize+8] = loadWord(src[i:]), loadWord(src[i+8:])
	}
	substitution.TransposeBytes(l.lower())
	substitution.TransposeBytes(l.upper())
}

// store writes up to eight blocks and spoils l.
func (l *lanes) store(dst []byte) {
	substitution.TransposeBytes(l.lower())
	substitution.TransposeBytes(l.upper())
	for i := 0; i < len(dst); i += BlockSize {
		storeWord(dst[i:], l[i/BlockSize])
		storeWord(dst[i+8:], l[i/BlockSize+8])
	}
}

// first returns the first block.
func (l *lanes) first() (x block) {
	for i := range 8 {
		x.a |= l[i] & 0xff << (8 * i)
		x.b |= l[i+8] & 0xff << (8 * i)
	}
	return x
}

func (l *lanes) addKey(k *block) {
	for i := range 8 {
		l[i] ^= k.a >> (8 * i) & 0xff * one
		l[i+8] ^= k.b >> (8 * i) & 0xff * one
	}
}

func (l *lanes) substitute() {
	for _, w := range []*[8]uint64{l.lower(), l.upper()} {
		substitution.Transpose(w)
		substitution.Planes(w)
		substitution.Transpose(w)
	}
}

func (l *lanes) inverseSubstitute() {
	for _, w := range []*[8]uint64{l.lower(), l.upper()} {
		substitution.Transpose(w)
		substitution.InversePlanes(w)
		substitution.Transpose(w)
	}
}

const (
	one  = 0x0101010101010101 // in each byte
	keep = 0x7f * one         // the bits that stay in their byte when it is doubled
)

// double multiplies each byte by x.
func double(v uint64) uint64 { return v&keep<<1 ^ v>>7&one*0xc3 }

// linear is L of RFC 7801, 4.2: sixteen times R.
func (l *lanes) linear() {
	// R puts l(a_15, …, a_0) before the others. Rather than to move them, begin one place before the last time.
	for i := BlockSize - 1; i >= 0; i-- {
		l[i] = l.sum(i + 1)
	}
}

// inverseLinear is L^−1: sixteen times R^−1, which are the steps of linear backwards.
func (l *lanes) inverseLinear() {
	for i := range BlockSize {
		l[i] = l.sum(i + 1)
	}
}

// sum is l of RFC 7801, 4.1.2, where a_15 stands at first. Equal coefficients come together, and then Horner's rule
// goes from their highest bit to the lowest.
func (l *lanes) sum(first int) uint64 {
	const last = BlockSize - 1
	at := func(i int) uint64 { return l[(first+i)&last] }
	v148 := at(0) ^ at(14)
	v32 := at(1) ^ at(13)
	v133 := at(2) ^ at(12)
	v16 := at(3) ^ at(11)
	v194 := at(4) ^ at(10)
	v192 := at(5) ^ at(9)
	v1 := at(6) ^ at(8) ^ at(15)
	v251 := at(7)
	r := v148 ^ v133 ^ v194 ^ v192 ^ v251
	r = double(r) ^ v194 ^ v192 ^ v251
	r = double(r) ^ v32 ^ v251
	r = double(r) ^ v148 ^ v16 ^ v251
	r = double(r) ^ v251
	r = double(r) ^ v148 ^ v133
	r = double(r) ^ v194 ^ v251
	return double(r) ^ v133 ^ v1 ^ v251
}
