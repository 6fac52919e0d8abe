// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kuznyechik

import (
	"sync"

	"podpis/gost/internal/substitution"
)

// ConstantTimeCipher is Kuznyechik with one key, without an index or a branch that depends on the key or the data. It is
// immutable and safe for concurrent use, and implements crypto/cipher.Block. Many blocks at once are as fast as with
// [Cipher]; a single one takes several times as long.
type ConstantTimeCipher struct {
	keys [10]block // K_1 to K_10
	m    *matrices
}

// NewConstantTimeCipher returns the cipher with a key of 32 bytes.
func NewConstantTimeCipher(key []byte) (*ConstantTimeCipher, error) {
	if len(key) != KeySize {
		return nil, ErrKeySize
	}
	c := &ConstantTimeCipher{m: sharedMatrices()}
	k1, k2 := load(key), load(key[BlockSize:])
	c.keys[0], c.keys[1] = k1, k2
	for i := range c.m.constants { // RFC 7801, 4.3
		x := block{k1.a ^ c.m.constants[i].a, k1.b ^ c.m.constants[i].b}
		x.substitute()
		x.multiply(&c.m.linear)
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
	_ = dst[BlockSize-1]
	x := load(src)
	for i := range 9 {
		x.a ^= c.keys[i].a
		x.b ^= c.keys[i].b
		x.substitute()
		x.multiply(&c.m.linear)
	}
	x.a ^= c.keys[9].a
	x.b ^= c.keys[9].b
	x.store(dst)
}

// Decrypt decrypts the first block of src into dst. It panics if either is shorter than a block.
func (c *ConstantTimeCipher) Decrypt(dst, src []byte) {
	_ = dst[BlockSize-1]
	x := load(src)
	for i := 9; i > 0; i-- {
		x.a ^= c.keys[i].a
		x.b ^= c.keys[i].b
		x.multiply(&c.m.inverse)
		x.inverseSubstitute()
	}
	x.a ^= c.keys[0].a
	x.b ^= c.keys[0].b
	x.store(dst)
}

// substitute is S.
func (x *block) substitute() {
	w := [8]uint64{x.a, x.b}
	substitution.Transpose(&w)
	substitution.Planes(&w)
	substitution.Transpose(&w)
	x.a, x.b = w[0], w[1]
}

// inverseSubstitute is S^−1.
func (x *block) inverseSubstitute() {
	w := [8]uint64{x.a, x.b}
	substitution.Transpose(&w)
	substitution.InversePlanes(&w)
	substitution.Transpose(&w)
	x.a, x.b = w[0], w[1]
}

// matrix is a linear map: the images of blocks with a single bit, bit i of word a first.
type matrix [8 * BlockSize]block

// multiply sets x to the sum of the images of its bits.
func (x *block) multiply(m *matrix) {
	r := block{}
	a, b := x.a, x.b
	for i := 0; i < 64; i += 2 {
		a0, a1, b0, b1 := -(a & 1), -(a >> 1 & 1), -(b & 1), -(b >> 1 & 1)
		p, q := &m[i], &m[i+1]
		s, t := &m[i+64], &m[i+65]
		r.a ^= p.a&a0 ^ q.a&a1 ^ s.a&b0 ^ t.a&b1
		r.b ^= p.b&a0 ^ q.b&a1 ^ s.b&b0 ^ t.b&b1
		a, b = a>>2, b>>2
	}
	*x = r
}

// matrices is what all keys share.
type matrices struct {
	linear, inverse matrix    // L and L^−1
	constants       [32]block // C_1 to C_32 of the key schedule
}

// sharedMatrices returns the only copy.
var sharedMatrices = sync.OnceValue(func() *matrices {
	m := new(matrices)
	for i := 0; i < len(m.linear); i += 8 {
		var x [BlockSize]byte
		x[i/8] = 1
		y := x
		linear(&x)
		linearInverse(&y)
		m.linear[i], m.inverse[i] = load(x[:]), load(y[:])
		for j := i; j < i+7; j++ { // linear over the field: the image of x·v is x times that of v
			m.linear[j+1], m.inverse[j+1] = m.linear[j].double(), m.inverse[j].double()
		}
	}
	for i := range m.constants {
		x := [BlockSize]byte{BlockSize - 1: byte(i + 1)}
		linear(&x)
		m.constants[i] = load(x[:])
	}
	return m
})

// double multiplies each byte by x in the field of [multiply].
func (x block) double() block {
	const (
		one  = 0x0101010101010101
		keep = 0x7f * one // the bits that stay in their byte
	)
	return block{x.a&keep<<1 ^ x.a>>7&one*0xc3, x.b&keep<<1 ^ x.b>>7&one*0xc3}
}
