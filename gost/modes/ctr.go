// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes

import "crypto/subtle"

// batch is how many bytes of gamma are made at once.
const batch = 1024

// CTR is the counter mode of GOST R 34.13-2015, 5.2, with s = n: whole blocks of gamma are used. It implements
// crypto/cipher.Stream and is not safe for concurrent use.
type CTR struct {
	b       Block
	counter [16]byte    // the next counter block, big-endian, in the first BlockSize bytes
	gamma   [batch]byte // gamma[used:made] is not spent yet
	used    int
	made    int
}

// NewCTR returns the counter mode of b. The initialization vector is half a block and makes the upper half of
// the first counter, whose lower half is 0. It must not be used twice with one key.
func NewCTR(b Block, iv []byte) (*CTR, error) {
	n := b.BlockSize()
	if n != 8 && n != 16 {
		return nil, ErrBlockSize
	}
	if len(iv) != n/2 {
		return nil, ErrIV
	}
	s := &CTR{b: b}
	copy(s.counter[:], iv)
	return s, nil
}

// XORKeyStream adds the gamma to src into dst, which may be the same slice. It panics if dst is shorter.
func (s *CTR) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	for len(src) > 0 {
		if s.used == s.made {
			s.refill(len(src))
		}
		n := subtle.XORBytes(dst, src, s.gamma[s.used:s.made])
		s.used += n
		dst, src = dst[n:], src[n:]
	}
}

// refill makes gamma for at least one block, and for want bytes if they fit.
func (s *CTR) refill(want int) {
	n := s.b.BlockSize()
	s.used, s.made = 0, min(batch, (want+n-1)/n*n)
	if n == 8 {
		c := load(s.counter[:8])
		for i := 0; i < s.made; i += 8 {
			store(s.gamma[i:], c)
			c++
		}
		store(s.counter[:8], c)
	} else {
		a, b := load(s.counter[:8]), load(s.counter[8:])
		for i := 0; i < s.made; i += 16 {
			store(s.gamma[i:], a)
			store(s.gamma[i+8:], b)
			b++
			if b == 0 {
				a++
			}
		}
		store(s.counter[:8], a)
		store(s.counter[8:], b)
	}
	encryptBlocks(s.b, s.gamma[:s.made])
}

// load and store are big-endian. They are not those of encoding/binary, which brings reflection into the program for
// the browser.
func load(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
		uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
}

func store(b []byte, w uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(w>>56), byte(w>>48), byte(w>>40), byte(w>>32)
	b[4], b[5], b[6], b[7] = byte(w>>24), byte(w>>16), byte(w>>8), byte(w)
}

// CTRACPKM is the counter mode with key meshing of R 1323565.1.017-2018 (RFC 8645, 6.2.2): after each section
// of the message the key is replaced by its own encryption of a constant, while the counter goes on. It implements
// crypto/cipher.Stream and is not safe for concurrent use.
type CTRACPKM[B Block] struct {
	newCipher func(key []byte) (B, error)
	ctr       CTR
	section   int
	left      int // bytes before the next key
	keySize   int
}

// NewCTRACPKM returns CTR-ACPKM under a first key of a multiple of the block size. The initialization vector is
// half a block, and sectionBytes a multiple of it: 4096 for Kuznyechik and 1024 for Magma in CMS and PKCS#12
// (R 1323565.1.025-2019). Errors of newCipher are returned as they are.
func NewCTRACPKM[B Block](newCipher func(key []byte) (B, error), key, iv []byte, sectionBytes int) (*CTRACPKM[B], error) {
	b, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	ctr, err := NewCTR(b, iv)
	if err != nil {
		return nil, err
	}
	if sectionBytes <= 0 || sectionBytes%b.BlockSize() != 0 || len(key)%b.BlockSize() != 0 {
		return nil, ErrSection
	}
	return &CTRACPKM[B]{newCipher: newCipher, ctr: *ctr, section: sectionBytes, left: sectionBytes, keySize: len(key)}, nil
}

// XORKeyStream adds the gamma to src into dst, which may be the same slice. It panics if dst is shorter.
func (s *CTRACPKM[B]) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	for len(src) > 0 {
		if s.left == 0 {
			s.mesh()
		}
		n := min(len(src), s.left)
		s.ctr.XORKeyStream(dst[:n], src[:n])
		s.left -= n
		dst, src = dst[n:], src[n:]
	}
}

// mesh is ACPKM(K) = MSB_k(E_K(D_1) ‖ … ‖ E_K(D_J)), where D is the string 80 81 82 … (RFC 8645, 6.2.1).
func (s *CTRACPKM[B]) mesh() {
	key := make([]byte, s.keySize)
	for i := range key {
		key[i] = 0x80 + byte(i)
	}
	encryptBlocks(s.ctr.b, key)
	b, err := s.newCipher(key)
	if err != nil {
		panic("modes: cipher refuses a key of the length it took before: " + err.Error())
	}
	clear(key)
	s.ctr.b = b
	s.left = s.section
}
