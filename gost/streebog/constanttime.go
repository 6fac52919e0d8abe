// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package streebog

import "podpis/gost/internal/substitution"

// compressConstantTime is compress by Boolean operations and shifts alone.
func compressConstantTime(h, n, m *[8]uint64) {
	var k [8]uint64
	add(&k, h, n)
	lpsConstantTime(&k)
	s := *m
	for i := range iteration {
		add(&s, &s, &k)
		lpsConstantTime(&s)
		add(&k, &k, &iteration[i])
		lpsConstantTime(&k)
	}
	for i := range h {
		h[i] ^= s[i] ^ k[i] ^ m[i]
	}
}

func add(r, x, y *[8]uint64) {
	for i := range r {
		r[i] = x[i] ^ y[i]
	}
}

// lpsConstantTime sets w = L(P(S(w))).
func lpsConstantTime(w *[8]uint64) {
	substitution.Transpose(w)
	substitution.Planes(w)
	substitution.Transpose(w)
	linear(w)
	substitution.TransposeBytes(w)
}

const (
	polynomial = 0x1d               // x^8 = x^4 + x^3 + x^2 + 1
	one        = 0x0101010101010101 // in each byte
	keep       = 0x7f * one         // the bits that stay in their byte when it is doubled
)

// sums sets t[v] to the sum of those of the words that v has bits of, the first with the lowest.
func sums(t *[16]uint64, w0, w1, w2, w3 uint64) {
	t[1], t[2], t[3] = w0, w1, w0^w1
	t[4], t[5], t[6], t[7] = w2, w2^w0, w2^w1, w2^t[3]
	t[8], t[9], t[10], t[11] = w3, w3^w0, w3^w1, w3^t[3]
	t[12], t[13], t[14], t[15] = w3^w2, w3^t[5], w3^t[6], w3^t[7]
}
