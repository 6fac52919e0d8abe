// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kdf

import "hash"

// hmac is RFC 2104 with the state after each padded key kept, since PBKDF2 returns to it thousands of times.
type hmac struct {
	inner              hash.Cloner // at work
	keyInner, keyOuter hash.Cloner // just after the key
	sum                []byte      // room for the inner digest
}

// NewHMAC returns HMAC (RFC 2104; RFC 7836, 4.1) with the given hash, whose result must implement [hash.Cloner] as
// those of package streebog do; it panics otherwise.
func NewHMAC(newHash func() hash.Hash, key []byte) hash.Hash {
	keyInner, ok := newHash().(hash.Cloner)
	keyOuter, _ := newHash().(hash.Cloner)
	if !ok {
		panic("kdf: the hash cannot be cloned")
	}
	pad := make([]byte, keyInner.BlockSize())
	if len(key) > len(pad) {
		h := newHash()
		h.Write(key)
		key = h.Sum(nil)
	}
	copy(pad, key)
	for i := range pad {
		pad[i] ^= 0x36
	}
	keyInner.Write(pad)
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	keyOuter.Write(pad)
	clear(pad)
	m := &hmac{keyInner: keyInner, keyOuter: keyOuter}
	m.Reset()
	return m
}

func (m *hmac) Size() int      { return m.inner.Size() }
func (m *hmac) BlockSize() int { return m.inner.BlockSize() }

// Write adds p to the message. The error is always nil.
func (m *hmac) Write(p []byte) (int, error) { return m.inner.Write(p) }

// Reset returns to the beginning of the message.
func (m *hmac) Reset() { m.inner = clone(m.keyInner) }

// Sum appends the code of what was written so far to b; writing may go on afterwards.
func (m *hmac) Sum(b []byte) []byte {
	m.sum = m.inner.Sum(m.sum[:0])
	outer := clone(m.keyOuter)
	outer.Write(m.sum)
	return outer.Sum(b)
}

func clone(h hash.Cloner) hash.Cloner {
	c, err := h.Clone()
	if err != nil {
		panic("kdf: " + err.Error()) // hashes without hardware behind them have no reason to refuse
	}
	return c
}
