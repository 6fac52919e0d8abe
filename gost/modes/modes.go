// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package modes has modes of operation for the block ciphers of GOST R 34.12-2015: the counter mode and the
// message authentication code of GOST R 34.13-2015, and the counter mode with key meshing CTR-ACPKM of
// R 1323565.1.017-2018 (RFC 8645).
//
// ECB, OFB, CBC, CFB, OMAC-ACPKM and MGM are not here. The package does not import crypto/cipher, which is large in a
// program for the browser; its types satisfy the interfaces of that package all the same.
//
// The code itself does not branch on data or keys. How much time tells depends on the cipher.
package modes

import "errors"

// Block is a block cipher with a key, the same as crypto/cipher.Block.
type Block interface {
	BlockSize() int
	Encrypt(dst, src []byte)
	Decrypt(dst, src []byte)
}

// blocks is an optional ability of a [Block]: to encrypt the whole blocks of src into dst faster than one by
// one. The slices are equally long and may be the same.
type blocks interface {
	EncryptBlocks(dst, src []byte)
}

// Errors of this package.
var (
	// ErrIV says that an initialization vector is not of half a block (GOST R 34.13-2015, 5.2).
	ErrIV = errors.New("modes: wrong length of initialization vector")
	// ErrSection says that the section of CTR-ACPKM is not a positive number of whole blocks.
	ErrSection = errors.New("modes: wrong length of section")
	// ErrBlockSize says that a cipher has blocks other than 8 or 16 bytes.
	ErrBlockSize = errors.New("modes: wrong block size of cipher")
)
