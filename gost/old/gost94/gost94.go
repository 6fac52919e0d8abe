// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package gost94 is the hash GOST R 34.11-94 (RFC 5831), 256 bits long. It is here to read old documents and key files;
// nothing new may be made with it, since collisions cost 2^105 steps instead of 2^128 and the standard has ended.
//
// The standard leaves the S-boxes open. Documents use those of gost28147.HashCryptoPro (RFC 4357, 11.2), the examples
// of RFC 5831 those of gost28147.HashTest.
//
// Byte order: the digest is as programs emit it, which is the reverse of how RFC 5831 prints its numbers.
//
// The empty message is hashed as one block of zeros, as the standard and OpenSSL's engine have it; some programs of the
// field leave that block out and get another digest for nothing at all.
//
// It is not constant in time, since package gost28147 is not.
package gost94

import (
	"hash"
	"math/bits"

	"podpis/gost/old/gost28147"
)

const (
	// Size is the length of a digest in bytes.
	Size = 32
	// BlockSize is the length of a block in bytes.
	BlockSize = 32
)

// words is a string of 32 bytes as little-endian words, the lowest first: w[0] is the x_1 of RFC 5831.
type words [4]uint64

type digest struct {
	box    gost28147.Box
	h      words // H
	sum    words // Σ, the sum of the blocks modulo 2^256
	length uint64
	block  [BlockSize]byte // block[:filled] waits for more
	filled int
}

// New returns a fresh computation with the S-boxes given. The result implements [hash.Cloner]. It panics on the zero
// Box when something is hashed.
func New(box gost28147.Box) hash.Hash { return &digest{box: box} }

func (d *digest) Size() int      { return Size }
func (d *digest) BlockSize() int { return BlockSize }

// Reset returns to the beginning of the message.
func (d *digest) Reset() { *d = digest{box: d.box} }

// Clone returns an independent copy of the computation. The error is always nil.
func (d *digest) Clone() (hash.Cloner, error) {
	c := *d
	return &c, nil
}

// Write adds p to the message. The error is always nil.
func (d *digest) Write(p []byte) (int, error) {
	written := len(p)
	d.length += uint64(len(p))
	for len(p) > 0 {
		n := copy(d.block[d.filled:], p)
		d.filled += n
		p = p[n:]
		if d.filled == BlockSize {
			d.add()
		}
	}
	return written, nil
}

// add hashes a whole block and adds it to Σ (RFC 5831, 6, step 3).
func (d *digest) add() {
	m := load(&d.block)
	d.step(&m)
	var carry uint64
	for i := range d.sum {
		d.sum[i], carry = bits.Add64(d.sum[i], m[i], carry)
	}
	d.filled = 0
}

// Sum appends the digest of what was written so far to b; writing may go on afterwards.
func (d *digest) Sum(b []byte) []byte {
	end := *d
	if end.filled > 0 || end.length == 0 { // the empty message is one block of zeros, RFC 5831, 6, step 2
		clear(end.block[end.filled:])
		end.add()
	}
	end.step(&words{end.length << 3, end.length >> 61})
	sum := end.sum
	end.step(&sum)
	var out [Size]byte
	store(&out, &end.h)
	return append(b, out[:]...)
}

// step is H = χ(M, H) of RFC 5831, 5.
func (d *digest) step(m *words) {
	// 5.1: four keys, of which the third alone has a constant.
	u, v := d.h, *m
	var s words
	for i := range s {
		if i > 0 {
			u = a(u)
			v = a(a(v))
		}
		if i == 2 {
			u[0] ^= 0xff00ff00ff00ff00
			u[1] ^= 0x00ff00ff00ff00ff
			u[2] ^= 0xff0000ff00ffff00
			u[3] ^= 0xff00ffff000000ff
		}
		w := words{u[0] ^ v[0], u[1] ^ v[1], u[2] ^ v[2], u[3] ^ v[3]}
		key := w.key()
		s[i] = gost28147.EncryptWord(d.box, &key, d.h[i]) // 5.2
	}
	// 5.3: ψ^61(H ⊕ ψ(M ⊕ ψ^12(S))).
	psi(&s, 12)
	s.xor(m)
	psi(&s, 1)
	s.xor(&d.h)
	psi(&s, 61)
	d.h = s
}

func (w *words) xor(o *words) {
	for i := range w {
		w[i] ^= o[i]
	}
}

// a is A(x) = (x_1 ⊕ x_2) ‖ x_4 ‖ x_3 ‖ x_2 of RFC 5831, 5.1.
func a(x words) words { return words{x[1], x[2], x[3], x[0] ^ x[1]} }

// key makes a key with the permutation P of RFC 5831, 5.1.
func (w *words) key() (key [8]uint32) {
	for k := range key {
		n := 8 * k
		key[k] = uint32(byte(w[0]>>n)) | uint32(byte(w[1]>>n))<<8 | uint32(byte(w[2]>>n))<<16 | uint32(byte(w[3]>>n))<<24
	}
	return key
}

// psi is ψ of RFC 5831, 5.3, repeated: a shift register over words of 16 bits, y_1 lowest.
func psi(s *words, times int) {
	var y [16 + 61]uint16
	for i := range 16 {
		y[i] = uint16(s[i/4] >> (16 * (i % 4)))
	}
	for i := range times {
		v := y[i : i+17]
		v[16] = v[0] ^ v[1] ^ v[2] ^ v[3] ^ v[12] ^ v[15]
	}
	v := y[times : times+16]
	for i := range s {
		s[i] = uint64(v[4*i]) | uint64(v[4*i+1])<<16 | uint64(v[4*i+2])<<32 | uint64(v[4*i+3])<<48
	}
}

func load(b *[BlockSize]byte) (w words) {
	for i := range w {
		w[i] = load64(b[8*i:])
	}
	return w
}

func load64(b []byte) (w uint64) {
	for i := range 8 {
		w |= uint64(b[i]) << (8 * i)
	}
	return w
}

func store(b *[BlockSize]byte, w *words) {
	for i := range b {
		b[i] = byte(w[i/8] >> (8 * (i % 8)))
	}
}
