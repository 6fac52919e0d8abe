// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes

import "crypto/subtle"

// CBC is the mode of simple substitution with chaining of GOST R 34.13-2015, 5.4: C_i = E(P_i ⊕ C_(i−z)), where the
// blocks before the first are those of the initialization vector. It implements crypto/cipher.BlockMode.
type CBC struct {
	b     Block
	last  []byte // the last z blocks of ciphertext, the oldest first
	crypt func(m *CBC, dst, src []byte) int
}

// NewCBCEncrypter returns the mode for encryption. The initialization vector is of one block or several, and nobody
// must foresee it.
func NewCBCEncrypter(b Block, iv []byte) (*CBC, error) { return newCBC(b, iv, (*CBC).encrypt) }

// NewCBCDecrypter returns the mode for decryption.
func NewCBCDecrypter(b Block, iv []byte) (*CBC, error) { return newCBC(b, iv, (*CBC).decrypt) }

func newCBC(b Block, iv []byte, crypt func(m *CBC, dst, src []byte) int) (*CBC, error) {
	last, err := register(b, iv)
	if err != nil {
		return nil, err
	}
	return &CBC{b, last, crypt}, nil
}

// BlockSize returns the block size of the cipher.
func (m *CBC) BlockSize() int { return m.b.BlockSize() }

// CryptBlocks processes the whole blocks of src into dst, which may be the same slice. It panics if src is not of whole
// blocks or dst is shorter.
func (m *CBC) CryptBlocks(dst, src []byte) {
	checkBlocks(m.b, dst, src)
	for len(src) > 0 {
		n := m.crypt(m, dst, src)
		dst, src = dst[n:], src[n:]
	}
}

// encrypt does at most z blocks: they do not depend on each other.
func (m *CBC) encrypt(dst, src []byte) int {
	n := min(len(src), len(m.last))
	next := m.last[:n]
	subtle.XORBytes(next, next, src)
	encryptBlocks(m.b, next)
	copy(dst, next)
	rotate(m.last, n)
	return n
}

// decrypt does a batch: all ciphertext is known.
func (m *CBC) decrypt(dst, src []byte) int {
	var buffer, saved [batch]byte
	n := min(len(src), batch)
	plain, z := buffer[:n], len(m.last)
	copy(plain, src)
	copy(saved[:], src)
	decryptBlocks(m.b, plain)
	before := subtle.XORBytes(plain, plain, m.last) // C_(i−z) of earlier calls
	subtle.XORBytes(plain[before:], plain[before:], saved[:])
	copy(dst, plain)
	if n < z {
		copy(m.last, m.last[n:])
		copy(m.last[z-n:], saved[:n])
	} else {
		copy(m.last, saved[n-z:n])
	}
	clear(plain)
	return n
}

// rotate moves the first n bytes of b to its end.
func rotate(b []byte, n int) {
	if n == len(b) {
		return
	}
	first := append([]byte(nil), b[:n]...)
	copy(b, b[n:])
	copy(b[len(b)-n:], first)
}
