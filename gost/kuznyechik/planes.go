// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kuznyechik

import "podpis/gost/internal/substitution"

const (
	many = 64 // blocks that are encrypted at once
	few  = 8  // blocks that are as fast one by one
)

// EncryptBlocks encrypts the whole blocks of src into dst, which must be as long and may be the same.
func (c *ConstantTimeCipher) EncryptBlocks(dst, src []byte) {
	for len(src) > few*BlockSize {
		n := min(many*BlockSize, len(src)/BlockSize*BlockSize)
		c.encryptMany(dst[:n], src[:n])
		dst, src = dst[n:], src[n:]
	}
	for len(src) >= BlockSize {
		c.Encrypt(dst, src)
		dst, src = dst[BlockSize:], src[BlockSize:]
	}
}

// bytePlanes are a byte of each of 64 blocks: word i holds bit i of them.
type bytePlanes = [8]uint64

// encryptMany encrypts up to 64 blocks as planes.
func (c *ConstantTimeCipher) encryptMany(dst, src []byte) {
	// The first half is the state, byte 0 of the blocks first. R puts a new byte before the others and drops the last:
	// so L begins in the second half and arrives in the first.
	var p [2 * BlockSize]bytePlanes
	var a, b [64]uint64
	for i := 0; i < len(src); i += BlockSize {
		a[i/BlockSize], b[i/BlockSize] = loadWord(src[i:]), loadWord(src[i+8:])
	}
	substitution.Transpose64(&a)
	substitution.Transpose64(&b)
	for i := range 8 {
		p[i], p[i+8] = bytePlanes(a[8*i:]), bytePlanes(b[8*i:])
	}
	for r := range 9 {
		k := &c.keys[r]
		for i := range 8 {
			p[i+16], p[i+24] = p[i], p[i+8]
			addKey(&p[i+16], k.a>>(8*i))
			addKey(&p[i+24], k.b>>(8*i))
			substitution.Planes(&p[i+16])
			substitution.Planes(&p[i+24])
		}
		for i := BlockSize - 1; i >= 0; i-- {
			step((*[BlockSize + 1]bytePlanes)(p[i:]))
		}
	}
	k := &c.keys[9]
	for i := range 8 {
		addKey(&p[i], k.a>>(8*i))
		addKey(&p[i+8], k.b>>(8*i))
		copy(a[8*i:], p[i][:])
		copy(b[8*i:], p[i+8][:])
	}
	substitution.Transpose64(&a)
	substitution.Transpose64(&b)
	for i := 0; i < len(dst); i += BlockSize {
		storeWord(dst[i:], a[i/BlockSize])
		storeWord(dst[i+8:], b[i/BlockSize])
	}
}

// addKey adds the lowest byte of k to each of 64 bytes.
func addKey(p *bytePlanes, k uint64) {
	p[0] ^= -(k & 1)
	p[1] ^= -(k >> 1 & 1)
	p[2] ^= -(k >> 2 & 1)
	p[3] ^= -(k >> 3 & 1)
	p[4] ^= -(k >> 4 & 1)
	p[5] ^= -(k >> 5 & 1)
	p[6] ^= -(k >> 6 & 1)
	p[7] ^= -(k >> 7 & 1)
}

// step sets the first byte to l of the sixteen others, RFC 7801, 4.1.2, by Horner's rule over the bits of these bytes.
// To have few terms, 251 is taken as x^8 + x^5 + x^4 + x^3 and 194 as x^8 + 1.
func step(w *[BlockSize + 1]bytePlanes) {
	var r0, r1, r2, r3, r4, r5, r6, r7 uint64
	for i := 7; i >= 0; i-- {
		v148 := w[1][i] ^ w[15][i]
		v133 := w[3][i] ^ w[13][i]
		v194 := w[5][i] ^ w[11][i]
		v192 := w[6][i] ^ w[10][i]
		v251 := w[8][i]
		t := r7 ^ v194 ^ v251 // times x^8 = x^7 + x^6 + x + 1
		r7 = r6 ^ t ^ v192 ^ v148 ^ v133
		r6 = r5 ^ t ^ v192
		r5 = r4 ^ v251 ^ w[2][i] ^ w[14][i]
		r4 = r3 ^ v251 ^ v148 ^ w[4][i] ^ w[12][i]
		r3 = r2 ^ v251
		r2 = r1 ^ v148 ^ v133
		r1 = r0 ^ t
		r0 = t ^ v133 ^ v194 ^ w[7][i] ^ w[9][i] ^ w[16][i]
	}
	w[0] = bytePlanes{r0, r1, r2, r3, r4, r5, r6, r7}
}
