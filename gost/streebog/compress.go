// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package streebog

// compress is g_N of RFC 6986, 7: h = E(L(P(S(h ^ n))), m) ^ h ^ m, where E encrypts m in twelve rounds and
// a last addition of a key.
func compress(h, n, m *[8]uint64) {
	var k [8]uint64
	lps(&k, h, n)
	s := *m
	for i := range iteration {
		round(&s, &k, &iteration[i])
	}
	for i := range h {
		h[i] ^= s[i] ^ k[i] ^ m[i]
	}
}

// lps sets r = L(P(S(x ^ y))), the composition X, S, P, L of RFC 6986, 7. The byte permutation P transposes
// the 8×8 matrix of bytes, so word i of the result gathers byte i of each word.
func lps(r, x, y *[8]uint64) {
	t := &substituted
	var b [64]byte
	for i := range r {
		store(b[8*i:], x[i]^y[i])
	}
	for i := range r {
		r[i] = t[0][b[i]] ^ t[1][b[8+i]] ^ t[2][b[16+i]] ^ t[3][b[24+i]] ^
			t[4][b[32+i]] ^ t[5][b[40+i]] ^ t[6][b[48+i]] ^ t[7][b[56+i]]
	}
}

// round sets s = L(P(S(s ^ k))) and then k = L(P(S(k ^ c))), a step of E and of its key schedule.
//
// It is unrolled, since the compiler does not unroll, and does both at once, as neither waits for the other. Words
// go to memory and come back as bytes: that is less work than to shift them, and an index of eight bits into a table
// of 256 needs no check.
func round(s, k, c *[8]uint64) {
	t := &substituted
	var a, b [64]byte
	store(a[0:], s[0]^k[0])
	store(b[0:], k[0]^c[0])
	store(a[8:], s[1]^k[1])
	store(b[8:], k[1]^c[1])
	store(a[16:], s[2]^k[2])
	store(b[16:], k[2]^c[2])
	store(a[24:], s[3]^k[3])
	store(b[24:], k[3]^c[3])
	store(a[32:], s[4]^k[4])
	store(b[32:], k[4]^c[4])
	store(a[40:], s[5]^k[5])
	store(b[40:], k[5]^c[5])
	store(a[48:], s[6]^k[6])
	store(b[48:], k[6]^c[6])
	store(a[56:], s[7]^k[7])
	store(b[56:], k[7]^c[7])
	s[0] = t[0][a[0]] ^ t[1][a[8]] ^ t[2][a[16]] ^ t[3][a[24]] ^
		t[4][a[32]] ^ t[5][a[40]] ^ t[6][a[48]] ^ t[7][a[56]]
	k[0] = t[0][b[0]] ^ t[1][b[8]] ^ t[2][b[16]] ^ t[3][b[24]] ^
		t[4][b[32]] ^ t[5][b[40]] ^ t[6][b[48]] ^ t[7][b[56]]
	s[1] = t[0][a[1]] ^ t[1][a[9]] ^ t[2][a[17]] ^ t[3][a[25]] ^
		t[4][a[33]] ^ t[5][a[41]] ^ t[6][a[49]] ^ t[7][a[57]]
	k[1] = t[0][b[1]] ^ t[1][b[9]] ^ t[2][b[17]] ^ t[3][b[25]] ^
		t[4][b[33]] ^ t[5][b[41]] ^ t[6][b[49]] ^ t[7][b[57]]
	s[2] = t[0][a[2]] ^ t[1][a[10]] ^ t[2][a[18]] ^ t[3][a[26]] ^
		t[4][a[34]] ^ t[5][a[42]] ^ t[6][a[50]] ^ t[7][a[58]]
	k[2] = t[0][b[2]] ^ t[1][b[10]] ^ t[2][b[18]] ^ t[3][b[26]] ^
		t[4][b[34]] ^ t[5][b[42]] ^ t[6][b[50]] ^ t[7][b[58]]
	s[3] = t[0][a[3]] ^ t[1][a[11]] ^ t[2][a[19]] ^ t[3][a[27]] ^
		t[4][a[35]] ^ t[5][a[43]] ^ t[6][a[51]] ^ t[7][a[59]]
	k[3] = t[0][b[3]] ^ t[1][b[11]] ^ t[2][b[19]] ^ t[3][b[27]] ^
		t[4][b[35]] ^ t[5][b[43]] ^ t[6][b[51]] ^ t[7][b[59]]
	s[4] = t[0][a[4]] ^ t[1][a[12]] ^ t[2][a[20]] ^ t[3][a[28]] ^
		t[4][a[36]] ^ t[5][a[44]] ^ t[6][a[52]] ^ t[7][a[60]]
	k[4] = t[0][b[4]] ^ t[1][b[12]] ^ t[2][b[20]] ^ t[3][b[28]] ^
		t[4][b[36]] ^ t[5][b[44]] ^ t[6][b[52]] ^ t[7][b[60]]
	s[5] = t[0][a[5]] ^ t[1][a[13]] ^ t[2][a[21]] ^ t[3][a[29]] ^
		t[4][a[37]] ^ t[5][a[45]] ^ t[6][a[53]] ^ t[7][a[61]]
	k[5] = t[0][b[5]] ^ t[1][b[13]] ^ t[2][b[21]] ^ t[3][b[29]] ^
		t[4][b[37]] ^ t[5][b[45]] ^ t[6][b[53]] ^ t[7][b[61]]
	s[6] = t[0][a[6]] ^ t[1][a[14]] ^ t[2][a[22]] ^ t[3][a[30]] ^
		t[4][a[38]] ^ t[5][a[46]] ^ t[6][a[54]] ^ t[7][a[62]]
	k[6] = t[0][b[6]] ^ t[1][b[14]] ^ t[2][b[22]] ^ t[3][b[30]] ^
		t[4][b[38]] ^ t[5][b[46]] ^ t[6][b[54]] ^ t[7][b[62]]
	s[7] = t[0][a[7]] ^ t[1][a[15]] ^ t[2][a[23]] ^ t[3][a[31]] ^
		t[4][a[39]] ^ t[5][a[47]] ^ t[6][a[55]] ^ t[7][a[63]]
	k[7] = t[0][b[7]] ^ t[1][b[15]] ^ t[2][b[23]] ^ t[3][b[31]] ^
		t[4][b[39]] ^ t[5][b[47]] ^ t[6][b[55]] ^ t[7][b[63]]
}
