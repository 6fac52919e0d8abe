// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"slices"

	"podpis/gost/magma"
	"podpis/pki/der"
)

// oidParamZ names the S-boxes that GOST 28147-89 shares with Magma (RFC 7836,
// appendix C).
const oidParamZ der.OID = "1.2.643.7.1.2.5.1.1"

// meshing is how many octets one key of CFB with CryptoPro key meshing covers
// (RFC 4357, 2.3.2).
const meshing = 1024

// decrypt28147 reads CFB of GOST 28147-89 with CryptoPro key meshing (RFC 4357,
// 2.3): containers of programs older than RFC 9548. With the S-boxes of Magma it
// is Magma whose key words and blocks are little-endian.
func decrypt28147(key, iv, data []byte) ([]byte, error) {
	// RFC 4357, 2.3.2
	constant := [32]byte{
		0x69, 0x00, 0x72, 0x22, 0x64, 0xC9, 0x04, 0x23, 0x8D, 0x3A, 0xDB, 0x96, 0x46, 0xE9, 0x2A, 0xC4,
		0x18, 0xFE, 0xAC, 0x94, 0x00, 0xED, 0x07, 0x12, 0xC0, 0x86, 0xDC, 0xC2, 0xEF, 0x4C, 0xA9, 0x2B,
	}
	b, err := magma.NewCipher(swapWords(key))
	if err != nil {
		return nil, err
	}
	var last [8]byte
	copy(last[:], iv)
	out := make([]byte, len(data))
	for at := 0; at < len(data); at += len(last) {
		if at > 0 && at%meshing == 0 {
			next := make([]byte, len(constant))
			for i := 0; i < len(constant); i += 8 {
				reversed(b.Decrypt, next[i:i+8], constant[i:i+8])
			}
			if b, err = magma.NewCipher(swapWords(next)); err != nil {
				return nil, err
			}
			clear(next)
			reversed(b.Encrypt, last[:], last[:])
		}
		var gamma [8]byte
		reversed(b.Encrypt, gamma[:], last[:])
		n := copy(last[:], data[at:])
		for i := range n {
			out[at+i] = data[at+i] ^ gamma[i]
		}
	}
	return out, nil
}

func swapWords(key []byte) []byte {
	out := slices.Clone(key)
	for i := 0; i+4 <= len(out); i += 4 {
		slices.Reverse(out[i : i+4])
	}
	return out
}

// reversed applies Magma to a little-endian block.
func reversed(f func(dst, src []byte), dst, src []byte) {
	var t [8]byte
	copy(t[:], src)
	slices.Reverse(t[:])
	f(t[:], t[:])
	slices.Reverse(t[:])
	copy(dst, t[:])
}
