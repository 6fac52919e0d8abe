// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mgm

import "math/bits"

// product is a sum of products of polynomials over GF(2) of degree below n, not yet reduced: bit i of word j is the
// coefficient of x^(64j+i). For n = 64 the upper two words stay 0. As reduction is linear, a sum needs one only.
type product [4]uint64

// add adds the product of two blocks. A block is the polynomial whose highest coefficient is the top bit of the first
// byte (RFC 9058, 2). Both are 8 or both 16 bytes long.
func (p *product) add(x, y []byte) {
	if len(x) == 8 {
		hi, lo := multiply(load(x), load(y))
		p[0] ^= lo
		p[1] ^= hi
		return
	}
	x1, x0, y1, y0 := load(x), load(x[8:]), load(y), load(y[8:])
	// Karatsuba: three products instead of four.
	h1, h0 := multiply(x1, y1)
	l1, l0 := multiply(x0, y0)
	m1, m0 := multiply(x1^x0, y1^y0)
	p[0] ^= l0
	p[1] ^= l1 ^ m0 ^ h0 ^ l0
	p[2] ^= h0 ^ m1 ^ h1 ^ l1
	p[3] ^= h1
}

// reduce stores the remainder by x^64 + x^4 + x^3 + x + 1 or x^128 + x^7 + x^2 + x + 1 (RFC 9058, 2) in 8 or 16 bytes.
func (p *product) reduce(out []byte) {
	if len(out) == 8 {
		h := p[1]
		h ^= h>>63 ^ h>>61 ^ h>>60 // what x^4 + x^3 + x moves beyond x^64 comes in again
		store(out, p[0]^h^h<<1^h<<3^h<<4)
		return
	}
	h1, h0 := p[3], p[2]
	h0 ^= h1>>63 ^ h1>>62 ^ h1>>57
	store(out, p[1]^h1^(h1<<1|h0>>63)^(h1<<2|h0>>62)^(h1<<7|h0>>57))
	store(out[8:], p[0]^h0^h0<<1^h0<<2^h0<<7)
}

// multiply returns the product of two polynomials of degree below 64, in constant time.
//
// An integer product is a polynomial product whose coefficients are sums with carries. So each factor is cut into four
// numbers with three zeros after each bit: a sum of at most 15 ones stays within its four bits, the lowest of which is
// the coefficient. With 16 bits of a factor in each number sixteen ones could meet, therefore the top four bits of x are
// done apart. (The idea of holes is that of T. Pornin's GHASH for BearSSL.)
func multiply(x, y uint64) (hi, lo uint64) {
	const m0, m1, m2, m3 = 0x1111111111111111, 0x2222222222222222, 0x4444444444444444, 0x8888888888888888
	const top = 0x0fffffffffffffff
	x0, x1, x2, x3 := x&m0&top, x&m1&top, x&m2&top, x&m3&top
	y0, y1, y2, y3 := y&m0, y&m1, y&m2, y&m3

	a1, a0 := bits.Mul64(x0, y0)
	b1, b0 := bits.Mul64(x1, y3)
	c1, c0 := bits.Mul64(x2, y2)
	d1, d0 := bits.Mul64(x3, y1)
	hi, lo = (a1^b1^c1^d1)&m0, (a0^b0^c0^d0)&m0

	a1, a0 = bits.Mul64(x0, y1)
	b1, b0 = bits.Mul64(x1, y0)
	c1, c0 = bits.Mul64(x2, y3)
	d1, d0 = bits.Mul64(x3, y2)
	hi, lo = hi|(a1^b1^c1^d1)&m1, lo|(a0^b0^c0^d0)&m1

	a1, a0 = bits.Mul64(x0, y2)
	b1, b0 = bits.Mul64(x1, y1)
	c1, c0 = bits.Mul64(x2, y0)
	d1, d0 = bits.Mul64(x3, y3)
	hi, lo = hi|(a1^b1^c1^d1)&m2, lo|(a0^b0^c0^d0)&m2

	a1, a0 = bits.Mul64(x0, y3)
	b1, b0 = bits.Mul64(x1, y2)
	c1, c0 = bits.Mul64(x2, y1)
	d1, d0 = bits.Mul64(x3, y0)
	hi, lo = hi|(a1^b1^c1^d1)&m3, lo|(a0^b0^c0^d0)&m3

	t0, t1, t2, t3 := -(x >> 60 & 1), -(x >> 61 & 1), -(x >> 62 & 1), -(x >> 63)
	hi ^= y>>4&t0 ^ y>>3&t1 ^ y>>2&t2 ^ y>>1&t3
	lo ^= y<<60&t0 ^ y<<61&t1 ^ y<<62&t2 ^ y<<63&t3
	return hi, lo
}

// load and store are big-endian. They are not those of encoding/binary, which brings reflection into the program for
// the browser.
func load(b []byte) uint64 {
	_ = b[7]
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 |
		uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}

func store(b []byte, w uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(w>>56), byte(w>>48), byte(w>>40), byte(w>>32)
	b[4], b[5], b[6], b[7] = byte(w>>24), byte(w>>16), byte(w>>8), byte(w)
}
