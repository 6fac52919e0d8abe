// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // read only: keys that old programs exported
)

// blockModes says that AES and Triple DES are compiled in.
const blockModes = true

func newBlock(k CipherKind, key []byte) (cipher.Block, error) {
	if k == TripleDESCBC {
		return des.NewTripleDESCipher(key) //nolint:gosec // read only
	}
	return aes.NewCipher(key)
}

// encryptBlocks pads as RFC 8018, 6.1.1 has it and encrypts with CBC.
func encryptBlocks(k CipherKind, key, iv, plain []byte) ([]byte, error) {
	if k != AES256CBC {
		return nil, ErrUnsupported
	}
	b, err := newBlock(k, key)
	if err != nil {
		return nil, err
	}
	pad := b.BlockSize() - len(plain)%b.BlockSize()
	out := append(make([]byte, 0, len(plain)+pad), plain...)
	for range pad {
		out = append(out, byte(pad))
	}
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, out)
	return out, nil
}

func decryptBlocks(k CipherKind, key, iv, data []byte) ([]byte, error) {
	b, err := newBlock(k, key)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data)%b.BlockSize() != 0 {
		return nil, ErrDecrypt
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, data)
	return unpad(out, b.BlockSize())
}

// unpad takes off the padding of RFC 8018, 6.1.1.
func unpad(out []byte, block int) ([]byte, error) {
	pad := int(out[len(out)-1])
	if pad == 0 || pad > block {
		return nil, ErrDecrypt
	}
	for _, o := range out[len(out)-pad:] {
		if int(o) != pad {
			return nil, ErrDecrypt
		}
	}
	return out[: len(out)-pad : len(out)-pad], nil
}
