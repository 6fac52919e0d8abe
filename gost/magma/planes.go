// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package magma

import "podpis/gost/internal/substitution"

//go:generate go run generate.go

// planes are the keys K_1 to K_8 as addRound wants them: each of their bits 64 times over.
type planes [8][32]uint64

func (k *planes) set(key *[8]uint32) {
	for i := range k {
		w := uint64(key[i])
		for bit := range k[i] {
			k[i][bit] = -(w & 1)
			w >>= 1
		}
	}
}

// encryptPlanes encrypts the blocks of src, 64 at once, until few or none are left. It returns how many bytes it did.
func encryptPlanes(key *[8]uint32, dst, src []byte, few int) (done int) {
	var k planes
	k.set(key)
	for left := len(src) / BlockSize; left > few; left -= 64 {
		n := BlockSize * min(left, 64)
		k.encrypt(dst[done:done+n], src[done:done+n])
		done += n
	}
	return done
}

// encrypt encrypts up to 64 blocks, one word for each bit of the block. It has no index or branch that depends on the
// key or the data.
func (k *planes) encrypt(dst, src []byte) {
	var p [64]uint64
	for i := 0; i < len(src); i += BlockSize {
		p[i/BlockSize] = uint64(load(src[i:]))<<32 | uint64(load(src[i+4:]))
	}
	substitution.Transpose64(&p)
	a0, a1 := (*[32]uint64)(p[:32]), (*[32]uint64)(p[32:])
	for range 3 { // K_1 to K_8, three times
		for i := 0; i < 8; i += 2 {
			addRound(a1, a0, &k[i])
			addRound(a0, a1, &k[i+1])
		}
	}
	for i := 6; i >= 0; i -= 2 { // and once in reverse
		addRound(a1, a0, &k[i+1])
		addRound(a0, a1, &k[i])
	}
	substitution.Transpose64(&p)
	for i := 0; i < len(dst); i += BlockSize {
		store(dst[i:], uint32(p[i/BlockSize]))
		store(dst[i+4:], uint32(p[i/BlockSize]>>32))
	}
}
