// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost28147

import (
	"crypto/subtle"
	"hash"
)

// section is how many bytes one key covers where keys are meshed (RFC 4357, 2.3.2).
const section = 1024

// CFBDecrypter undoes the mode of gamma with feedback (RFC 5830, 7). It implements crypto/cipher.Stream and is not
// safe for concurrent use.
type CFBDecrypter struct {
	c       *Cipher
	meshing bool
	last    [BlockSize]byte // the last block of ciphertext, as far as it has come
	gamma   [BlockSize]byte // gamma[used:] is not spent yet
	used    int
	count   int // bytes under this key
}

// NewCFBDecrypter returns the mode with an initialization vector of a block. With meshing the key changes after each
// 1024 bytes, as all parameter sets but that of tests have it (RFC 4357, 2.3.2).
func NewCFBDecrypter(c *Cipher, iv []byte, meshing bool) (*CFBDecrypter, error) {
	if len(iv) != BlockSize {
		return nil, ErrIV
	}
	s := &CFBDecrypter{c: c, meshing: meshing, used: BlockSize}
	copy(s.last[:], iv)
	return s, nil
}

// XORKeyStream decrypts src into dst, which may be the same slice. It panics if dst is shorter.
func (s *CFBDecrypter) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	for len(src) > 0 {
		if s.used == BlockSize {
			s.next()
		}
		n := copy(s.last[s.used:], src)
		subtle.XORBytes(dst, s.last[s.used:s.used+n], s.gamma[s.used:])
		s.used += n
		dst, src = dst[n:], src[n:]
	}
}

func (s *CFBDecrypter) next() {
	if s.meshing && s.count == section {
		s.c, s.count = s.c.mesh(), 0
		s.c.Encrypt(s.last[:], s.last[:])
	}
	s.c.Encrypt(s.gamma[:], s.last[:])
	s.count += BlockSize
	s.used = 0
}

// CNT is the mode of gamma (RFC 5830, 6), the same for encryption and decryption. It implements crypto/cipher.Stream
// and is not safe for concurrent use.
type CNT struct {
	c       *Cipher
	meshing bool
	counter [BlockSize]byte // N_3 ‖ N_4
	gamma   [BlockSize]byte // gamma[used:] is not spent yet
	used    int
	count   int // bytes under this key
}

// NewCNT returns the mode with an initialization vector of a block. With meshing the key changes after each 1024 bytes.
func NewCNT(c *Cipher, iv []byte, meshing bool) (*CNT, error) {
	if len(iv) != BlockSize {
		return nil, ErrIV
	}
	s := &CNT{c: c, meshing: meshing, used: BlockSize}
	c.Encrypt(s.counter[:], iv)
	return s, nil
}

// XORKeyStream adds the gamma to src into dst, which may be the same slice. It panics if dst is shorter.
func (s *CNT) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	for len(src) > 0 {
		if s.used == BlockSize {
			s.next()
		}
		n := subtle.XORBytes(dst, src, s.gamma[s.used:])
		s.used += n
		dst, src = dst[n:], src[n:]
	}
}

func (s *CNT) next() {
	if s.meshing && s.count == section {
		s.c, s.count = s.c.mesh(), 0
		s.c.Encrypt(s.counter[:], s.counter[:])
	}
	// RFC 5830, 6: N_3 grows by C_2 modulo 2^32, N_4 by C_1 modulo 2^32−1.
	store(s.counter[:], load(s.counter[:])+0x01010101)
	n4 := uint64(load(s.counter[4:])) + 0x01010104
	store(s.counter[4:], uint32(n4)+uint32(n4>>32))
	s.c.Encrypt(s.gamma[:], s.counter[:])
	s.count += BlockSize
	s.used = 0
}

// MACSize is the length of the code of authenticity in bytes.
const MACSize = 4

// mac is the code of authenticity, imitovstavka (RFC 5830, 8).
type mac struct {
	first   *Cipher
	iv      [BlockSize]byte
	meshing bool

	c      *Cipher
	n1, n2 uint32
	block  [BlockSize]byte // block[:filled] waits for more
	filled int
	count  int  // bytes under this key
	blocks uint // 2 stands for more
}

// NewMAC returns the code of authenticity of 4 bytes. The registers begin with iv, which is nil for zeros and the key
// material of the user where keys are wrapped (RFC 4357, 6.1). With meshing the key, and it alone, changes after each
// 1024 bytes. The last block is filled with zeros; a message of one block gets another one of zeros, as the code is
// made of no less than two. Sum may be called at any time.
func NewMAC(c *Cipher, iv []byte, meshing bool) (hash.Hash, error) {
	if iv != nil && len(iv) != BlockSize {
		return nil, ErrIV
	}
	m := &mac{first: c, meshing: meshing}
	copy(m.iv[:], iv)
	m.Reset()
	return m, nil
}

func (m *mac) Size() int      { return MACSize }
func (m *mac) BlockSize() int { return BlockSize }

// Reset returns to the beginning of the message and to the first key.
func (m *mac) Reset() {
	m.c, m.n1, m.n2 = m.first, load(m.iv[:]), load(m.iv[4:])
	m.filled, m.count, m.blocks = 0, 0, 0
}

// Write adds p to the message. The error is always nil.
func (m *mac) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 {
		n := copy(m.block[m.filled:], p)
		m.filled += n
		p = p[n:]
		if m.filled == BlockSize {
			m.add()
		}
	}
	return written, nil
}

func (m *mac) add() {
	if m.meshing && m.count == section {
		m.c, m.count = m.c.mesh(), 0
	}
	m.n1, m.n2 = m.c.rounds16(m.n1^load(m.block[:]), m.n2^load(m.block[4:]))
	m.count += BlockSize
	m.filled = 0
	m.blocks = min(m.blocks+1, 2)
}

// Sum appends the code of what was written so far to b; writing may go on afterwards.
func (m *mac) Sum(b []byte) []byte {
	end := *m
	if end.filled > 0 {
		clear(end.block[end.filled:])
		end.add()
	}
	if end.blocks == 1 {
		clear(end.block[:])
		end.add()
	}
	var out [MACSize]byte
	store(out[:], end.n1)
	return append(b, out[:]...)
}
