// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package modes has modes of operation for block ciphers with blocks of 8 or 16 bytes: those of GOST R 34.13-2015
// (ECB, CTR, OFB, CBC, CFB and the message authentication code OMAC), and CTR-ACPKM and OMAC-ACPKM of
// R 1323565.1.017-2018 (RFC 8645), which change their key as they go.
//
// Byte order: everything is a string in the order in which programs read and write it, as the standard prints it.
//
// OFB, CBC and CFB work with the standard's register of z blocks: the initialization vector is of one block or of
// several, and the block z before the present one is fed back. One block makes them the modes known everywhere else.
// The parameter s of CTR, OFB and CFB is the whole block. A message may end within a block in the modes that make a
// gamma; ECB and CBC take whole blocks, and the padding of GOST R 34.13-2015, 4.1, is left to the format that needs it.
//
// None of the encrypting modes notices a changed message: package mgm has one that does.
//
// The package does not import crypto/cipher, which is large in a program for the browser; its types satisfy the
// interfaces of that package all the same, and panic as they do when a destination is too short or a source not of
// whole blocks. They are not safe for concurrent use.
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

// Errors of this package.
var (
	// ErrIV says that an initialization vector is not of half a block for CTR (GOST R 34.13-2015, 5.2), or not of
	// whole blocks for OFB, CBC and CFB (5.3 to 5.5).
	ErrIV = errors.New("modes: wrong length of initialization vector")
	// ErrSection says that a section of CTR-ACPKM or OMAC-ACPKM is not a positive number of whole blocks.
	ErrSection = errors.New("modes: wrong length of section")
	// ErrBlockSize says that a cipher has blocks other than 8 or 16 bytes.
	ErrBlockSize = errors.New("modes: wrong block size of cipher")
)

// register returns the first register of OFB, CBC and CFB: the initialization vector of z = len(iv)/n blocks.
func register(b Block, iv []byte) ([]byte, error) {
	n := b.BlockSize()
	if n != 8 && n != 16 {
		return nil, ErrBlockSize
	}
	if len(iv) == 0 || len(iv)%n != 0 {
		return nil, ErrIV
	}
	return append([]byte(nil), iv...), nil
}

// checkBlocks panics as crypto/cipher.BlockMode does.
func checkBlocks(b Block, dst, src []byte) {
	if len(src)%b.BlockSize() != 0 {
		panic("modes: source is not of whole blocks")
	}
	_ = dst[:len(src)]
}
