// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package streebog

import "podpis/gost/internal/substitution"

// compressConstantTime is compress by Boolean operations and shifts alone. State and keys are planes: bit r of byte c of
// word b is bit b of the byte in row r and column c.
func compressConstantTime(h, n, m *[8]uint64) {
	var k [8]uint64
	s := *m
	for i := range k {
		k[i] = h[i] ^ n[i]
	}
	substitution.Transpose(&k)
	substitution.Transpose(&s)
	lpsPlanes(&k)
	for i := range iterationPlanes {
		for j := range s {
			s[j] ^= k[j]
			k[j] ^= iterationPlanes[i][j]
		}
		lpsPlanes(&s)
		lpsPlanes(&k)
	}
	for i := range s {
		s[i] ^= k[i]
	}
	substitution.Transpose(&s)
	for i := range h {
		h[i] ^= s[i] ^ m[i]
	}
}

// lpsPlanes sets w = L(P(S(w))).
func lpsPlanes(w *[8]uint64) {
	substitution.Planes(w)
	substitution.TransposeBytes(w) // bit r of byte b of word c
	substitution.Transpose(w)      // bit c of byte b of word r
	linear(w)                      // bit r of byte b of word c
	substitution.TransposeBytes(w) // bit r of byte c of word b
}

// polynomial is x^8 = x^4 + x^3 + x^2 + 1, where each bit has a byte of its own: the product of it and the highest byte
// reduces eight elements at once.
const polynomial = 1 | 1<<16 | 1<<24 | 1<<32

// sums sets t[v] to the sum of those of the words that v has bits of, the first with the lowest.
func sums(t *[16]uint64, w0, w1, w2, w3 uint64) {
	t[1], t[2], t[3] = w0, w1, w0^w1
	t[4], t[5], t[6], t[7] = w2, w2^w0, w2^w1, w2^t[3]
	t[8], t[9], t[10], t[11] = w3, w3^w0, w3^w1, w3^t[3]
	t[12], t[13], t[14], t[15] = w3^w2, w3^t[5], w3^t[6], w3^t[7]
}
