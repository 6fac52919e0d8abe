// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kdf

import (
	"hash"

	"podpis/gost/streebog"
)

// PRFTLS is PRF_TLS_GOSTR3411_2012_256 or _512 of RFC 7836, 4.2, by the hash given: outLen bytes from a secret, a label
// and a seed, as P_hash of TLS 1.2 makes them. It panics if outLen is not positive.
func PRFTLS(newHash func() hash.Hash, secret, label, seed []byte, outLen int) []byte {
	if outLen <= 0 {
		panic(ErrArgument)
	}
	h := NewHMAC(newHash, secret)
	sum := func(out []byte, parts ...[]byte) []byte {
		h.Reset()
		for _, part := range parts {
			h.Write(part)
		}
		return h.Sum(out)
	}
	out := make([]byte, 0, outLen+h.Size())
	a := sum(nil, label, seed) // A(1)
	for len(out) < outLen {
		out = sum(out, a, label, seed)
		a = sum(a[:0], a)
	}
	return out[:outLen]
}

// PRFPlus is PRF_IPSEC_PRFPLUS_GOSTR3411_2012_256 or _512 of RFC 7836, 4.2, by the hash given: outLen bytes from a key
// and a seed, as prf+ of IKEv2 makes them. Its counter is one byte: it returns [ErrArgument] for no output or for more
// than 255 digests.
func PRFPlus(newHash func() hash.Hash, key, seed []byte, outLen int) ([]byte, error) {
	h := NewHMAC(newHash, key)
	size := h.Size()
	if outLen <= 0 || outLen > 255*size {
		return nil, ErrArgument
	}
	out := make([]byte, 0, outLen+size)
	for i := byte(1); len(out) < outLen; i++ {
		h.Reset()
		if i > 1 {
			h.Write(out[len(out)-size:])
		}
		h.Write(seed)
		h.Write([]byte{i})
		out = h.Sum(out)
	}
	return out[:outLen], nil
}

// TLSTreeMasks are the constants C_1, C_2, C_3 of TLSTREE: which bits of the number of a record choose the key of a level.
type TLSTreeMasks [3]uint64

// TLSTreeMagma returns the constants for TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC (RFC 9189, 8.1.1).
func TLSTreeMagma() TLSTreeMasks {
	return TLSTreeMasks{0xffffffc000000000, 0xfffffffffe000000, 0xfffffffffffff000}
}

// TLSTreeKuznyechik returns the constants for TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC (RFC 9189, 8.1.1).
func TLSTreeKuznyechik() TLSTreeMasks {
	return TLSTreeMasks{0xffffffff00000000, 0xfffffffffff80000, 0xffffffffffffffc0}
}

// TLSTree is TLSTREE of RFC 9189, 8.1 (R 1323565.1.020): the key of 32 bytes for record number i from a root key of 32
// bytes. Constant in time for the root.
func TLSTree(root []byte, masks TLSTreeMasks, i uint64) []byte {
	key := root
	for level, mask := range masks {
		var seed [8]byte
		for j := range seed {
			seed[j] = byte((i & mask) >> (56 - 8*j))
		}
		next := KDF256(key, []byte{'l', 'e', 'v', 'e', 'l', '1' + byte(level)}, seed[:])
		if level > 0 {
			clear(key)
		}
		key = next
	}
	return key
}

// newSecretHash is the hash of the derivations that have no choice of it. Keys go in and out and messages are short, so
// the slower one is taken.
func newSecretHash() hash.Hash { return streebog.NewConstantTime256() }
