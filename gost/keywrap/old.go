// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keywrap

import (
	"crypto/subtle"

	"podpis/gost/old/gost28147"
)

const (
	oldUKMSize     = gost28147.BlockSize
	oldWrappedSize = gost28147.KeySize + gost28147.MACSize
)

// UnwrapGOST unwraps a key of GOST 28147-89 by RFC 4357, 6.2: kek is of 32 bytes, UKM of 8, and wrapped is the encrypted
// key and its code, CEK_ENC ‖ CEK_MAC, 36 bytes. What RFC 7836, 4.6 wraps is the same under the key that
// KDF_GOSTR3411_2012_256 makes of the seed, which is the UKM here. If the wrapped key or an argument is another, the
// error is [ErrIntegrity]. Tables of the cipher are indexed with bytes that depend on the keys.
func UnwrapGOST(box gost28147.Box, kek, ukm, wrapped []byte) ([]byte, error) {
	if len(ukm) != oldUKMSize || len(wrapped) != oldWrappedSize {
		return nil, ErrArgument
	}
	c, err := gost28147.NewCipher(kek, box)
	if err != nil {
		return nil, ErrArgument
	}
	mac, err := gost28147.NewMAC(c, ukm, false)
	if err != nil {
		return nil, ErrArgument
	}
	key := make([]byte, gost28147.KeySize)
	for i := 0; i < len(key); i += gost28147.BlockSize {
		c.Decrypt(key[i:], wrapped[i:])
	}
	mac.Write(key)
	if subtle.ConstantTimeCompare(mac.Sum(nil), wrapped[len(key):]) != 1 {
		clear(key)
		return nil, ErrIntegrity
	}
	return key, nil
}

// UnwrapCryptoPro unwraps a key of GOST 28147-89 by RFC 4357, 6.4: as [UnwrapGOST], under a key that is diversified with
// the UKM first.
func UnwrapCryptoPro(box gost28147.Box, kek, ukm, wrapped []byte) ([]byte, error) {
	diversified, err := diversify(box, kek, ukm)
	if err != nil {
		return nil, err
	}
	defer clear(diversified)
	return UnwrapGOST(box, diversified, ukm, wrapped)
}

// diversify is RFC 4357, 6.5: eight times the key encrypts itself in the mode of gamma with feedback, with a vector of
// two sums: of the words of the key whose bit of UKM is 1, and of the others.
func diversify(box gost28147.Box, kek, ukm []byte) ([]byte, error) {
	if len(kek) != gost28147.KeySize || len(ukm) != oldUKMSize {
		return nil, ErrArgument
	}
	key := append([]byte(nil), kek...)
	for _, u := range ukm {
		var sums [2]uint32
		for j := range 8 {
			word := uint32(key[4*j]) | uint32(key[4*j+1])<<8 | uint32(key[4*j+2])<<16 | uint32(key[4*j+3])<<24
			sums[1-u>>j&1] += word // UKM is public
		}
		var last [gost28147.BlockSize]byte
		for i := range last {
			last[i] = byte(sums[i/4] >> (8 * (i % 4)))
		}
		c, err := gost28147.NewCipher(key, box)
		if err != nil {
			return nil, ErrArgument
		}
		for i := 0; i < len(key); i += len(last) {
			c.Encrypt(last[:], last[:])
			subtle.XORBytes(last[:], last[:], key[i:])
			copy(key[i:], last[:])
		}
	}
	return key, nil
}
