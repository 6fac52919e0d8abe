// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes

import "hash"

// omacACPKM is OMAC-ACPKM of R 1323565.1.017-2018 (RFC 8645, 6.3): each section of the message has a key and a K_1 of
// its own, which CTR-ACPKM makes from the first key.
type omacACPKM[B Block] struct {
	newCipher func(key []byte) (B, error)
	start     CTRACPKM[B] // ACPKM-Master before its first output
	master    CTRACPKM[B] // and after the keys of the present section
	section   int
	left      int // bytes of the section that are to come
	mac       omac
	k1        [16]byte
}

// NewOMACACPKM returns OMAC-ACPKM as a hash of a whole block; a shorter code is the beginning of it. Each
// sectionBytes of the message have a new key, and the key that makes them changes each masterSectionBytes of its output
// (N and T* of the standard, both multiples of the block). Errors of newCipher are returned as they are.
func NewOMACACPKM[B Block](newCipher func(key []byte) (B, error), key []byte, sectionBytes, masterSectionBytes int) (hash.Hash, error) {
	b, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	n := b.BlockSize()
	if n != 8 && n != 16 {
		return nil, ErrBlockSize
	}
	if sectionBytes <= 0 || sectionBytes%n != 0 {
		return nil, ErrSection
	}
	ones := [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff} // RFC 8645, 6.3.1: the counter begins with 1^(n/2)
	start, err := NewCTRACPKM(newCipher, key, ones[:n/2], masterSectionBytes)
	if err != nil {
		return nil, err
	}
	m := &omacACPKM[B]{newCipher: newCipher, start: *start, section: sectionBytes}
	m.Reset()
	return m, nil
}

func (m *omacACPKM[B]) Size() int      { return m.mac.Size() }
func (m *omacACPKM[B]) BlockSize() int { return m.mac.BlockSize() }

// Reset returns to the beginning of the message.
func (m *omacACPKM[B]) Reset() {
	m.master = m.start
	m.mac = omac{b: m.start.ctr.b}
	m.next()
}

// next takes the keys of the next section. The chaining goes on.
func (m *omacACPKM[B]) next() {
	n := m.mac.b.BlockSize()
	if m.mac.used == n {
		m.mac.b.Encrypt(m.mac.x[:], m.mac.x[:])
		m.mac.used = 0
	}
	key := make([]byte, m.start.keySize+n)
	m.master.XORKeyStream(key, key)
	b, err := m.newCipher(key[:m.start.keySize])
	if err != nil {
		panic("modes: cipher refuses a key of the length it took before: " + err.Error())
	}
	copy(m.k1[:], key[m.start.keySize:])
	clear(key)
	m.mac.b, m.left = b, m.section
}

// Write adds p to the message. The error is always nil.
func (m *omacACPKM[B]) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 {
		if m.left == 0 {
			m.next()
		}
		n := min(len(p), m.left)
		m.mac.write(p[:n])
		m.left -= n
		p = p[n:]
	}
	return written, nil
}

// Sum appends the code of what was written so far to out; writing may go on afterwards.
func (m *omacACPKM[B]) Sum(out []byte) []byte { return m.mac.finish(out, &m.k1) }
