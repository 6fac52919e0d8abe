// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes

import (
	"crypto/subtle"
	"hash"
)

// omac is the message authentication code of GOST R 34.13-2015, 5.6, also known as CMAC.
type omac struct {
	b    Block
	x    [16]byte // C_(i−1) with the bytes of the present block added
	used int      // how many were added, at most a block
}

// NewOMAC returns the message authentication code of GOST R 34.13-2015, 5.6, under b, as a hash of a whole block.
// A shorter code is the beginning of it. It panics if the block of b is not of 8 or 16 bytes.
func NewOMAC(b Block) hash.Hash {
	if n := b.BlockSize(); n != 8 && n != 16 {
		panic(ErrBlockSize)
	}
	return &omac{b: b}
}

func (m *omac) Size() int      { return m.b.BlockSize() }
func (m *omac) BlockSize() int { return m.b.BlockSize() }

func (m *omac) Reset() { *m = omac{b: m.b} }

// Write adds p to the message. The error is always nil.
func (m *omac) Write(p []byte) (int, error) {
	m.write(p)
	return len(p), nil
}

func (m *omac) write(p []byte) {
	for n := m.b.BlockSize(); len(p) > 0; {
		if m.used == n { // the last block is kept, since it gets another treatment
			m.b.Encrypt(m.x[:], m.x[:])
			m.used = 0
		}
		k := subtle.XORBytes(m.x[m.used:n], m.x[m.used:n], p)
		m.used += k
		p = p[k:]
	}
}

// Sum appends the code of what was written so far to out; writing may go on afterwards.
func (m *omac) Sum(out []byte) []byte {
	n := m.b.BlockSize()
	var k [16]byte
	m.b.Encrypt(k[:], k[:]) // R
	double(k[:n])           // K_1
	return m.finish(out, &k)
}

// finish does the last block with K_1.
func (m *omac) finish(out []byte, k1 *[16]byte) []byte {
	n := m.b.BlockSize()
	x, k := m.x, *k1
	if m.used < n {
		double(k[:n]) // K_2
		x[m.used] ^= 0x80
	}
	subtle.XORBytes(x[:], x[:], k[:])
	m.b.Encrypt(x[:], x[:])
	return append(out, x[:n]...)
}

// double multiplies by x in GF(2^n), GOST R 34.13-2015, 5.6.1: B_128 = 0…010000111, B_64 = 0…011011.
func double(k []byte) {
	polynomial := byte(0x87)
	if len(k) == 8 {
		polynomial = 0x1b
	}
	var carry byte
	for i := len(k) - 1; i >= 0; i-- {
		k[i], carry = k[i]<<1|carry, k[i]>>7
	}
	k[len(k)-1] ^= polynomial & -carry
}
