// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes

import "crypto/subtle"

// OFB is the mode of output feedback of GOST R 34.13-2015, 5.3, with s = n: the gamma is Y_i = E(Y_(i−z)), where the
// blocks before the first are those of the initialization vector. It implements crypto/cipher.Stream.
type OFB struct {
	b     Block
	gamma []byte // the last z blocks of gamma
	used  int    // how much of it is spent
}

// NewOFB returns the mode, which is the same for encryption and decryption. The initialization vector is of one block
// or several, and must not be used twice with one key.
func NewOFB(b Block, iv []byte) (*OFB, error) {
	gamma, err := register(b, iv)
	if err != nil {
		return nil, err
	}
	return &OFB{b, gamma, len(gamma)}, nil
}

// XORKeyStream adds the gamma to src into dst, which may be the same slice. It panics if dst is shorter.
func (s *OFB) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	for len(src) > 0 {
		if s.used == len(s.gamma) {
			encryptBlocks(s.b, s.gamma)
			s.used = 0
		}
		n := subtle.XORBytes(dst, src, s.gamma[s.used:])
		s.used += n
		dst, src = dst[n:], src[n:]
	}
}

// CFB is the mode of ciphertext feedback of GOST R 34.13-2015, 5.5, with s = n: C_i = P_i ⊕ E(C_(i−z)), where the
// blocks before the first are those of the initialization vector. It implements crypto/cipher.Stream.
type CFB struct {
	b       Block
	decrypt bool
	gamma   []byte // E of z blocks of ciphertext; gamma[used:] is not spent yet
	next    []byte // next[:used] is ciphertext made since, which will replace them
	used    int
}

// NewCFBEncrypter returns the mode for encryption. The initialization vector is of one block or several, and must not
// be used twice with one key.
func NewCFBEncrypter(b Block, iv []byte) (*CFB, error) { return newCFB(b, iv, false) }

// NewCFBDecrypter returns the mode for decryption.
func NewCFBDecrypter(b Block, iv []byte) (*CFB, error) { return newCFB(b, iv, true) }

func newCFB(b Block, iv []byte, decrypt bool) (*CFB, error) {
	next, err := register(b, iv)
	if err != nil {
		return nil, err
	}
	return &CFB{b: b, decrypt: decrypt, gamma: make([]byte, len(iv)), next: next, used: len(next)}, nil
}

// XORKeyStream encrypts or decrypts src into dst, which may be the same slice. It panics if dst is shorter.
func (s *CFB) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	for len(src) > 0 {
		if s.used == len(s.next) {
			if n := s.decryptBatch(dst, src); n > 0 {
				dst, src = dst[n:], src[n:]
				continue
			}
			copy(s.gamma, s.next)
			encryptBlocks(s.b, s.gamma)
			s.used = 0
		}
		n := min(len(src), len(s.gamma)-s.used)
		if s.decrypt {
			copy(s.next[s.used:], src[:n])
		}
		subtle.XORBytes(dst, src[:n], s.gamma[s.used:])
		if !s.decrypt {
			copy(s.next[s.used:], dst[:n])
		}
		s.used += n
		dst, src = dst[n:], src[n:]
	}
}

// decryptBatch decrypts as many whole blocks as fit a batch, more than the register has; all ciphertext is known.
func (s *CFB) decryptBatch(dst, src []byte) int {
	z, block := len(s.next), s.b.BlockSize()
	n := min(len(src), batch) / block * block
	if !s.decrypt || n <= z {
		return 0
	}
	var gamma [batch]byte
	copy(gamma[:], s.next)
	copy(gamma[z:n], src)
	copy(s.next, src[n-z:n])
	encryptBlocks(s.b, gamma[:n])
	subtle.XORBytes(dst, src, gamma[:n])
	return n
}
