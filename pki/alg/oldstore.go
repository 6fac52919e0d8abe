// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package alg

import (
	"podpis/gost/gost3410"
	"podpis/gost/kdf"
	"podpis/gost/old/gost28147"
	"podpis/pki/der"
)

// OldCipher is GOST 28147-89 as key stores of other programs use it, to open them. It is not constant in time.
type OldCipher struct{ cipher *gost28147.Cipher }

// NewOldCipher takes the identifier of the S-boxes (RFC 4357, 11.2) and a key of 32 octets.
func NewOldCipher(box der.OID, key []byte) (*OldCipher, error) {
	b, ok := box28147(box)
	if !ok {
		return nil, ErrUnsupported
	}
	c, err := gost28147.NewCipher(key, b)
	if err != nil {
		return nil, ErrKey
	}
	return &OldCipher{c}, nil
}

// DecryptECB decrypts whole blocks of 8 octets by simple substitution.
func (o *OldCipher) DecryptECB(data []byte) []byte {
	out := make([]byte, len(data))
	for i := 0; i+gost28147.BlockSize <= len(data); i += gost28147.BlockSize {
		o.cipher.Decrypt(out[i:], data[i:])
	}
	return out
}

// MAC is the code of 4 octets, without key meshing. It begins with a register of 8 octets, of zeros when nil.
func (o *OldCipher) MAC(register, data []byte) []byte {
	if register == nil {
		register = make([]byte, gost28147.BlockSize)
	}
	m, err := gost28147.NewMAC(o.cipher, register, false)
	if err != nil {
		return nil // a register of another length fits no code
	}
	m.Write(data)
	return m.Sum(nil)
}

// DiversifyKey is KDF_GOSTR3411_2012_256 with the label under which CryptoPro and RFC 7836, 4.6 make a key of 32 octets
// for wrapping out of one for many.
func DiversifyKey(key, ukm []byte) []byte {
	return kdf.KDF256(key, []byte{0x26, 0xbd, 0xb8, 0x78}, ukm)
}

// ParseMaskedKey takes a GOST key that a store keeps multiplied by a mask, both little-endian. The algorithm is that of
// PKCS #8.
func ParseMaskedKey(algorithm, masked, mask []byte) (*PrivateKey, error) {
	oid, params, err := identifier(algorithm)
	if err != nil {
		return nil, err
	}
	_, curve, err := parseGOSTParameters(oid, params)
	if err != nil {
		return nil, err
	}
	scalar, err := gost3410.RemoveMask(curve, masked, mask)
	if err != nil {
		return nil, ErrKey
	}
	defer clear(scalar)
	key, err := gost3410.NewPrivateKey(curve, scalar)
	if err != nil {
		return nil, ErrKey
	}
	return newGOSTPrivate(oid, params, key)
}

// DecryptCFB decrypts the mode of gamma with feedback, with key meshing (RFC 4357, 2.3.2). The initialization vector has
// 8 octets.
func (o *OldCipher) DecryptCFB(iv, data []byte) ([]byte, error) {
	stream, err := gost28147.NewCFBDecrypter(o.cipher, iv, true)
	if err != nil {
		return nil, ErrDecrypt
	}
	out := make([]byte, len(data))
	stream.XORKeyStream(out, data)
	return out, nil
}
