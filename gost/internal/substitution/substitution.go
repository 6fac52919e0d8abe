// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package substitution is the substitution π that Streebog (GOST R 34.11-2012; RFC 6986, 6.2) and Kuznyechik
// (GOST R 34.12-2015; RFC 7801, 4.1.1) share, for secrets: 64 bytes at once, by Boolean operations on whole words and
// without an index, so that neither time nor addresses depend on the bytes.
//
// The bytes may stand as eight words of eight bytes, or as eight planes, where plane i holds bit i of each byte.
// [Transpose] goes from one to the other.
package substitution

//go:generate go run generate.go

// Transpose exchanges the number of a word with the number of a bit in a byte: bit j of byte k of word i goes to bit i
// of byte k of word j. It is its own inverse. Of eight words with bytes it makes planes.
func Transpose(w *[8]uint64) {
	const m1, m2, m4 = 0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f
	w0, w1, w2, w3, w4, w5, w6, w7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]

	t := (w0>>1 ^ w1) & m1
	w0, w1 = w0^t<<1, w1^t
	t = (w2>>1 ^ w3) & m1
	w2, w3 = w2^t<<1, w3^t
	t = (w4>>1 ^ w5) & m1
	w4, w5 = w4^t<<1, w5^t
	t = (w6>>1 ^ w7) & m1
	w6, w7 = w6^t<<1, w7^t

	t = (w0>>2 ^ w2) & m2
	w0, w2 = w0^t<<2, w2^t
	t = (w1>>2 ^ w3) & m2
	w1, w3 = w1^t<<2, w3^t
	t = (w4>>2 ^ w6) & m2
	w4, w6 = w4^t<<2, w6^t
	t = (w5>>2 ^ w7) & m2
	w5, w7 = w5^t<<2, w7^t

	t = (w0>>4 ^ w4) & m4
	w[0], w[4] = w0^t<<4, w4^t
	t = (w1>>4 ^ w5) & m4
	w[1], w[5] = w1^t<<4, w5^t
	t = (w2>>4 ^ w6) & m4
	w[2], w[6] = w2^t<<4, w6^t
	t = (w3>>4 ^ w7) & m4
	w[3], w[7] = w3^t<<4, w7^t
}

// TransposeBytes exchanges the number of a word with the number of a byte: byte j of word i goes to byte i of word j.
// It is its own inverse.
func TransposeBytes(w *[8]uint64) {
	const m8, m16, m32 = 0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff
	w0, w1, w2, w3, w4, w5, w6, w7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]

	w0, w4 = w0&m32|w4<<32, w0>>32|w4&^m32
	w1, w5 = w1&m32|w5<<32, w1>>32|w5&^m32
	w2, w6 = w2&m32|w6<<32, w2>>32|w6&^m32
	w3, w7 = w3&m32|w7<<32, w3>>32|w7&^m32

	t := (w0>>16 ^ w2) & m16
	w0, w2 = w0^t<<16, w2^t
	t = (w1>>16 ^ w3) & m16
	w1, w3 = w1^t<<16, w3^t
	t = (w4>>16 ^ w6) & m16
	w4, w6 = w4^t<<16, w6^t
	t = (w5>>16 ^ w7) & m16
	w5, w7 = w5^t<<16, w7^t

	t = (w0>>8 ^ w1) & m8
	w[0], w[1] = w0^t<<8, w1^t
	t = (w2>>8 ^ w3) & m8
	w[2], w[3] = w2^t<<8, w3^t
	t = (w4>>8 ^ w5) & m8
	w[4], w[5] = w4^t<<8, w5^t
	t = (w6>>8 ^ w7) & m8
	w[6], w[7] = w6^t<<8, w7^t
}

// Transpose64 exchanges the number of a word with the number of a bit. It is its own inverse.
func Transpose64(w *[64]uint64) {
	for i := 0; i < 64; i += 8 {
		Transpose((*[8]uint64)(w[i:]))
	}
	var x [8]uint64
	for i := range 8 {
		for j := range 8 {
			x[j] = w[8*j+i]
		}
		TransposeBytes(&x)
		for j := range 8 {
			w[8*j+i] = x[j]
		}
	}
}
