// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kuznyechik

import "sync"

// pi is the substitution of RFC 7801, 4.1.1. It is constant.
var pi = [256]byte{
	252, 238, 221, 17, 207, 110, 49, 22, 251, 196, 250, 218, 35, 197, 4, 77,
	233, 119, 240, 219, 147, 46, 153, 186, 23, 54, 241, 187, 20, 205, 95, 193,
	249, 24, 101, 90, 226, 92, 239, 33, 129, 28, 60, 66, 139, 1, 142, 79,
	5, 132, 2, 174, 227, 106, 143, 160, 6, 11, 237, 152, 127, 212, 211, 31,
	235, 52, 44, 81, 234, 200, 72, 171, 242, 42, 104, 162, 253, 58, 206, 204,
	181, 112, 14, 86, 8, 12, 118, 18, 191, 114, 19, 71, 156, 183, 93, 135,
	21, 161, 150, 41, 16, 123, 154, 199, 243, 145, 120, 111, 157, 158, 178, 177,
	50, 117, 25, 61, 255, 53, 138, 126, 109, 84, 198, 128, 195, 189, 13, 87,
	223, 245, 36, 169, 62, 168, 67, 201, 215, 121, 214, 246, 124, 34, 185, 3,
	224, 15, 236, 222, 122, 148, 176, 188, 220, 232, 40, 80, 78, 51, 10, 74,
	167, 151, 96, 115, 30, 0, 98, 68, 26, 184, 56, 130, 100, 159, 38, 65,
	173, 69, 70, 146, 39, 94, 85, 47, 140, 163, 165, 125, 105, 213, 149, 59,
	7, 88, 179, 64, 134, 172, 29, 247, 48, 55, 107, 228, 136, 217, 231, 137,
	225, 27, 131, 73, 76, 63, 248, 254, 141, 83, 170, 144, 202, 216, 133, 97,
	32, 113, 103, 164, 45, 43, 9, 91, 203, 155, 37, 208, 190, 229, 108, 82,
	89, 166, 116, 210, 230, 244, 180, 192, 209, 102, 175, 194, 57, 75, 99, 182,
}

// coefficients are those of l, RFC 7801, 4.1.2, for a_15 to a_0. (Its text misprints the term of a_14.)
var coefficients = [BlockSize]byte{148, 32, 133, 16, 194, 192, 1, 251, 1, 192, 194, 16, 133, 32, 148, 1}

// table gives for each place of a byte in a block and each value what that byte adds to the result.
type table [BlockSize][256]block

// tables is what all keys share, 128 KiB. They are computed at the first use rather than stored, since the
// program for the browser would carry them.
type tables struct {
	forward   table     // L(S(x))
	inverse   table     // L^−1(S^−1(x))
	pi, ip    [256]byte // S and S^−1 of one byte
	constants [32]block // C_1 to C_32 of the key schedule
}

// sharedTables returns the only copy.
var sharedTables = sync.OnceValue(func() *tables {
	t := &tables{pi: pi}
	for i, v := range pi {
		t.ip[v] = byte(i)
	}
	m := sharedMatrices()
	t.constants = m.constants
	for place := range BlockSize {
		// The transforms are linear: eight images of single bits give those of all 256 values.
		forward, inverse := (*[8]block)(m.linear[8*place:]), (*[8]block)(m.inverse[8*place:])
		for v := range 256 {
			t.forward[place][v] = combine(forward, t.pi[v])
			t.inverse[place][v] = combine(inverse, t.ip[v])
		}
	}
	return t
})

func combine(images *[8]block, v byte) (x block) {
	for bit := range 8 {
		if v>>bit&1 == 1 {
			x.a ^= images[bit].a
			x.b ^= images[bit].b
		}
	}
	return x
}

// linear is L of RFC 7801, 4.2: sixteen times R. Byte 0 is a_15.
func linear(x *[BlockSize]byte) {
	for range BlockSize {
		var v byte
		for i, c := range coefficients {
			v ^= multiply(x[i], c)
		}
		copy(x[1:], x[:BlockSize-1])
		x[0] = v
	}
}

// linearInverse is L^−1: sixteen times R^−1.
func linearInverse(x *[BlockSize]byte) {
	for range BlockSize {
		first := x[0]
		copy(x[:], x[1:])
		x[BlockSize-1] = first
		var v byte
		for i, c := range coefficients {
			v ^= multiply(x[i], c)
		}
		x[BlockSize-1] = v
	}
}

// multiply is the product in GF(2)[x]/(x^8 + x^7 + x^6 + x + 1), RFC 7801, 4.1.2.
func multiply(x, y byte) (r byte) {
	for ; y > 0; y >>= 1 {
		r ^= x * (y & 1)
		x = x<<1 ^ 0xc3*(x>>7)
	}
	return r
}

// inverseLinear sets x = L^−1(x): the table of L^−1 S^−1 at the values of S.
func (t *tables) inverseLinear(x *block) {
	x.a, x.b = substitute(&t.pi, x.a), substitute(&t.pi, x.b)
	t.inverse.apply(x)
}

// inverseSubstitution sets x = S^−1(x).
func (t *tables) inverseSubstitution(x *block) {
	x.a, x.b = substitute(&t.ip, x.a), substitute(&t.ip, x.b)
}

func substitute(s *[256]byte, x uint64) (r uint64) {
	for shift := 0; shift < 64; shift += 8 {
		r |= uint64(s[uint8(x>>shift)]) << shift
	}
	return r
}

// apply sets x to the sum of what its bytes stand for in the table. One entry after another, both words at once, needs
// the fewest registers, and the processor looks ahead by itself.
func (t *table) apply(x *block) {
	v := *x
	p := &t[0][uint8(v.a)]
	a, b := p.a, p.b
	p = &t[1][uint8(v.a>>8)]
	a, b = a^p.a, b^p.b
	p = &t[2][uint8(v.a>>16)]
	a, b = a^p.a, b^p.b
	p = &t[3][uint8(v.a>>24)]
	a, b = a^p.a, b^p.b
	p = &t[4][uint8(v.a>>32)]
	a, b = a^p.a, b^p.b
	p = &t[5][uint8(v.a>>40)]
	a, b = a^p.a, b^p.b
	p = &t[6][uint8(v.a>>48)]
	a, b = a^p.a, b^p.b
	p = &t[7][uint8(v.a>>56)]
	a, b = a^p.a, b^p.b
	p = &t[8][uint8(v.b)]
	a, b = a^p.a, b^p.b
	p = &t[9][uint8(v.b>>8)]
	a, b = a^p.a, b^p.b
	p = &t[10][uint8(v.b>>16)]
	a, b = a^p.a, b^p.b
	p = &t[11][uint8(v.b>>24)]
	a, b = a^p.a, b^p.b
	p = &t[12][uint8(v.b>>32)]
	a, b = a^p.a, b^p.b
	p = &t[13][uint8(v.b>>40)]
	a, b = a^p.a, b^p.b
	p = &t[14][uint8(v.b>>48)]
	a, b = a^p.a, b^p.b
	p = &t[15][uint8(v.b>>56)]
	a, b = a^p.a, b^p.b
	x.a, x.b = a, b
}

// applyTwo is what apply makes of two blocks, whose reads do not wait for each other.
func (t *table) applyTwo(v, w block) (block, block) {
	p, q := &t[0][uint8(v.a)], &t[0][uint8(w.a)]
	a, b, c, d := p.a, p.b, q.a, q.b
	p, q = &t[1][uint8(v.a>>8)], &t[1][uint8(w.a>>8)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[2][uint8(v.a>>16)], &t[2][uint8(w.a>>16)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[3][uint8(v.a>>24)], &t[3][uint8(w.a>>24)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[4][uint8(v.a>>32)], &t[4][uint8(w.a>>32)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[5][uint8(v.a>>40)], &t[5][uint8(w.a>>40)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[6][uint8(v.a>>48)], &t[6][uint8(w.a>>48)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[7][uint8(v.a>>56)], &t[7][uint8(w.a>>56)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[8][uint8(v.b)], &t[8][uint8(w.b)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[9][uint8(v.b>>8)], &t[9][uint8(w.b>>8)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[10][uint8(v.b>>16)], &t[10][uint8(w.b>>16)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[11][uint8(v.b>>24)], &t[11][uint8(w.b>>24)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[12][uint8(v.b>>32)], &t[12][uint8(w.b>>32)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[13][uint8(v.b>>40)], &t[13][uint8(w.b>>40)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[14][uint8(v.b>>48)], &t[14][uint8(w.b>>48)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	p, q = &t[15][uint8(v.b>>56)], &t[15][uint8(w.b>>56)]
	a, b, c, d = a^p.a, b^p.b, c^q.a, d^q.b
	return block{a, b}, block{c, d}
}
