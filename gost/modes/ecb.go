// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes

// blocksEncrypter and blocksDecrypter are optional abilities of a [Block]: to process the whole blocks of src into dst
// faster than one by one. The slices are equally long and may be the same.
type (
	blocksEncrypter interface{ EncryptBlocks(dst, src []byte) }
	blocksDecrypter interface{ DecryptBlocks(dst, src []byte) }
)

func encryptBlocks(b Block, data []byte) {
	if fast, ok := b.(blocksEncrypter); ok {
		fast.EncryptBlocks(data, data)
		return
	}
	n := b.BlockSize()
	for i := 0; i < len(data); i += n {
		b.Encrypt(data[i:], data[i:])
	}
}

func decryptBlocks(b Block, data []byte) {
	if fast, ok := b.(blocksDecrypter); ok {
		fast.DecryptBlocks(data, data)
		return
	}
	n := b.BlockSize()
	for i := 0; i < len(data); i += n {
		b.Decrypt(data[i:], data[i:])
	}
}

// ECB is the mode of simple substitution of GOST R 34.13-2015, 5.1. Equal blocks give equal blocks: it is for keys and
// other protocols, not for messages. It implements crypto/cipher.BlockMode.
type ECB struct {
	b     Block
	crypt func(b Block, data []byte)
}

// NewECBEncrypter returns the mode for encryption.
func NewECBEncrypter(b Block) (*ECB, error) { return newECB(b, encryptBlocks) }

// NewECBDecrypter returns the mode for decryption.
func NewECBDecrypter(b Block) (*ECB, error) { return newECB(b, decryptBlocks) }

func newECB(b Block, crypt func(b Block, data []byte)) (*ECB, error) {
	if n := b.BlockSize(); n != 8 && n != 16 {
		return nil, ErrBlockSize
	}
	return &ECB{b, crypt}, nil
}

// BlockSize returns the block size of the cipher.
func (m *ECB) BlockSize() int { return m.b.BlockSize() }

// CryptBlocks processes the whole blocks of src into dst, which may be the same slice. It panics if src is not of whole
// blocks or dst is shorter.
func (m *ECB) CryptBlocks(dst, src []byte) {
	checkBlocks(m.b, dst, src)
	copy(dst, src)
	m.crypt(m.b, dst[:len(src)])
}
