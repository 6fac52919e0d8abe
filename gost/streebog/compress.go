// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package streebog

// compress is g_N of RFC 6986, 7: h = E(L(P(S(h ^ n))), m) ^ h ^ m, where E encrypts m in twelve rounds and
// a last addition of a key.
func compress(h, n, m *[8]uint64) {
	var k, s [8]uint64
	lps(&k, h, n)
	s = *m
	for i := range iteration {
		lps(&s, &s, &k)
		lps(&k, &k, &iteration[i])
	}
	for i := range h {
		h[i] ^= s[i] ^ k[i] ^ m[i]
	}
}

// lps sets r = L(P(S(x ^ y))), the composition X, S, P, L of RFC 6986, 7. The byte permutation P transposes
// the 8×8 matrix of bytes, so word i of the result gathers byte i of each word. All arguments may alias.
//
// It is unrolled by hand since the compiler does not unroll: each word is shifted down in its register, and
// an index of eight bits into a table of 256 needs no bounds check.
func lps(r, x, y *[8]uint64) {
	t := &substituted
	a, b, c, d := x[0]^y[0], x[1]^y[1], x[2]^y[2], x[3]^y[3]
	e, f, g, h := x[4]^y[4], x[5]^y[5], x[6]^y[6], x[7]^y[7]
	r[0] = t[0][uint8(a)] ^ t[1][uint8(b)] ^ t[2][uint8(c)] ^ t[3][uint8(d)] ^
		t[4][uint8(e)] ^ t[5][uint8(f)] ^ t[6][uint8(g)] ^ t[7][uint8(h)]
	r[1] = t[0][uint8(a>>8)] ^ t[1][uint8(b>>8)] ^ t[2][uint8(c>>8)] ^ t[3][uint8(d>>8)] ^
		t[4][uint8(e>>8)] ^ t[5][uint8(f>>8)] ^ t[6][uint8(g>>8)] ^ t[7][uint8(h>>8)]
	r[2] = t[0][uint8(a>>16)] ^ t[1][uint8(b>>16)] ^ t[2][uint8(c>>16)] ^ t[3][uint8(d>>16)] ^
		t[4][uint8(e>>16)] ^ t[5][uint8(f>>16)] ^ t[6][uint8(g>>16)] ^ t[7][uint8(h>>16)]
	r[3] = t[0][uint8(a>>24)] ^ t[1][uint8(b>>24)] ^ t[2][uint8(c>>24)] ^ t[3][uint8(d>>24)] ^
		t[4][uint8(e>>24)] ^ t[5][uint8(f>>24)] ^ t[6][uint8(g>>24)] ^ t[7][uint8(h>>24)]
	r[4] = t[0][uint8(a>>32)] ^ t[1][uint8(b>>32)] ^ t[2][uint8(c>>32)] ^ t[3][uint8(d>>32)] ^
		t[4][uint8(e>>32)] ^ t[5][uint8(f>>32)] ^ t[6][uint8(g>>32)] ^ t[7][uint8(h>>32)]
	r[5] = t[0][uint8(a>>40)] ^ t[1][uint8(b>>40)] ^ t[2][uint8(c>>40)] ^ t[3][uint8(d>>40)] ^
		t[4][uint8(e>>40)] ^ t[5][uint8(f>>40)] ^ t[6][uint8(g>>40)] ^ t[7][uint8(h>>40)]
	r[6] = t[0][uint8(a>>48)] ^ t[1][uint8(b>>48)] ^ t[2][uint8(c>>48)] ^ t[3][uint8(d>>48)] ^
		t[4][uint8(e>>48)] ^ t[5][uint8(f>>48)] ^ t[6][uint8(g>>48)] ^ t[7][uint8(h>>48)]
	r[7] = t[0][uint8(a>>56)] ^ t[1][uint8(b>>56)] ^ t[2][uint8(c>>56)] ^ t[3][uint8(d>>56)] ^
		t[4][uint8(e>>56)] ^ t[5][uint8(f>>56)] ^ t[6][uint8(g>>56)] ^ t[7][uint8(h>>56)]
}
