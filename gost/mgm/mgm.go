// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package mgm is the Multilinear Galois Mode of R 1323565.1.026-2019, as RFC 9058 describes it: authenticated
// encryption with associated data over a block cipher with blocks of 8 or 16 bytes.
//
// Byte order: everything is a string in the order in which programs read and write it, as RFC 9058 prints it. The code
// of the message follows its ciphertext.
//
// Of the nonce, a whole block, the top bit must be clear: MGM uses the other half of the values itself. A nonce must not
// be used twice with one key; whoever sees that happen can forge messages.
//
// The code does not branch on data, keys or nonces and has no table: multiplication in the field is made of integer
// multiplications. How much time tells depends on the cipher, so a constant-time one makes the whole constant in time.
//
// The package does not import crypto/cipher, which is large in a program for the browser; [MGM] satisfies
// crypto/cipher.AEAD all the same.
package mgm

import (
	"crypto/subtle"
	"errors"

	"podpis/gost/modes"
)

// Errors of this package.
var (
	// ErrBlockSize says that a cipher has blocks other than 8 or 16 bytes.
	ErrBlockSize = errors.New("mgm: wrong block size of cipher")
	// ErrTagSize says that a code is to be shorter than 4 bytes or longer than a block (RFC 9058, 4).
	ErrTagSize = errors.New("mgm: wrong length of authentication code")
	// ErrNonce says that a nonce is not a block with a clear top bit.
	ErrNonce = errors.New("mgm: nonce is not a block with a clear top bit")
	// ErrLength says that message and associated data are both empty, or longer together than RFC 9058, 4, allows:
	// 512 MiB for blocks of 8 bytes.
	ErrLength = errors.New("mgm: wrong length of message and associated data")
	// ErrOpen says that the code is not that of the message, data and nonce under the key.
	ErrOpen = errors.New("mgm: message authentication failed")
)

const minTagSize = 4

// MGM is the mode with one key. It implements crypto/cipher.AEAD and, as the cipher, is safe for concurrent use.
type MGM struct {
	b       modes.Block
	tagSize int
}

// New returns the mode with codes of tagSize bytes, from 4 to a block.
func New(b modes.Block, tagSize int) (*MGM, error) {
	n := b.BlockSize()
	if n != 8 && n != 16 {
		return nil, ErrBlockSize
	}
	if tagSize < minTagSize || tagSize > n {
		return nil, ErrTagSize
	}
	return &MGM{b, tagSize}, nil
}

// NonceSize returns the length of a nonce: a block.
func (m *MGM) NonceSize() int { return m.b.BlockSize() }

// Overhead returns the length of the code.
func (m *MGM) Overhead() int { return m.tagSize }

// check returns ErrNonce or ErrLength. The lengths are those of message and associated data, in bytes.
func (m *MGM) check(nonce []byte, message, data int) error {
	n := m.b.BlockSize()
	if len(nonce) != n || nonce[0]&0x80 != 0 {
		return ErrNonce
	}
	// RFC 9058, 4: 0 < |A| + |P| < 2^(n/2) bits. Without anything to protect the code would not depend on the nonce.
	total, limit := uint64(message)+uint64(data), uint64(1)<<(4*n-3)
	if total == 0 || total >= limit {
		return ErrLength
	}
	return nil
}

// Seal encrypts the message, authenticates it with the data, and appends ciphertext and code to dst (RFC 9058, 4.1). The
// room behind dst may be the message itself, as in Seal(message[:0], nonce, message, data), but must not overlap it
// otherwise, nor the data: it panics then.
//
// As crypto/cipher.AEAD has no error here, it panics with [ErrNonce] for a nonce that is no block with a clear top bit,
// and with [ErrLength] for lengths outside of the standard.
func (m *MGM) Seal(dst, nonce, message, data []byte) []byte {
	if err := m.check(nonce, len(message), len(data)); err != nil {
		panic(err)
	}
	all, out := grow(dst, len(message)+m.tagSize)
	if overlapsInexactly(out, message) || overlaps(out, data) {
		panic("mgm: destination overlaps the message or the data")
	}
	w := &work{b: m.b, n: m.b.BlockSize()}
	w.crypt(out, message, nonce)
	copy(out[len(message):], w.tag(nonce, data, out[:len(message)])[:m.tagSize])
	w.clear()
	return all
}

// Open checks the code at the end of sealed, and only then decrypts the message and appends it to dst (RFC 9058, 4.2).
// The room behind dst may be sealed itself, as in Open(sealed[:0], nonce, sealed, data), but must not overlap it
// otherwise, nor the data: it panics then.
//
// Errors are [ErrNonce], [ErrLength] and [ErrOpen]; nothing is written to dst then.
func (m *MGM) Open(dst, nonce, sealed, data []byte) ([]byte, error) {
	length := len(sealed) - m.tagSize
	if length < 0 {
		return nil, ErrOpen
	}
	if err := m.check(nonce, length, len(data)); err != nil {
		return nil, err
	}
	all, out := grow(dst, length)
	if overlapsInexactly(out, sealed) || overlaps(out, data) {
		panic("mgm: destination overlaps the sealed message or the data")
	}
	w := &work{b: m.b, n: m.b.BlockSize()}
	defer w.clear()
	tag := w.tag(nonce, data, sealed[:length])
	if subtle.ConstantTimeCompare(tag[:m.tagSize], sealed[length:]) != 1 {
		return nil, ErrOpen
	}
	w.crypt(out, sealed[:length], nonce)
	return all, nil
}

// grow returns dst with n bytes more, and these bytes.
func grow(dst []byte, n int) (all, tail []byte) {
	if total := len(dst) + n; cap(dst) >= total {
		all = dst[:total]
	} else {
		all = make([]byte, total)
		copy(all, dst)
	}
	return all, all[len(dst):]
}

// overlaps tells whether a and b share memory. It sees that when both slices reach to the end of the same array, as all
// do whose capacity was not cut.
func overlaps(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 || &a[:cap(a)][cap(a)-1] != &b[:cap(b)][cap(b)-1] {
		return false
	}
	distance := cap(a) - cap(b) // how far b begins behind a
	return distance < len(a) && -distance < len(b)
}

// overlapsInexactly tells whether they do without beginning at the same place.
func overlapsInexactly(a, b []byte) bool { return overlaps(a, b) && &a[0] != &b[0] }

// batch is how many bytes go to the cipher at once.
const batch = 512

// work is the memory of one Seal or Open.
type work struct {
	b      modes.Block
	n      int
	count  [16]byte    // the counter block Y_i or Z_i
	buffer [batch]byte // E(Y_i), or H_i
	sum    product
	out    [16]byte
}

func (w *work) clear() { *w = work{} }

// fill makes the encryptions of as many counter blocks as size bytes need. The counter is count[from:to], half a block.
func (w *work) fill(size, from, to int) {
	size = (size + w.n - 1) / w.n * w.n
	for i := 0; i < size; i += w.n {
		copy(w.buffer[i:], w.count[:w.n])
		for j := to - 1; j >= from; j-- {
			w.count[j]++
			if w.count[j] != 0 {
				break
			}
		}
	}
	if fast, ok := w.b.(interface{ EncryptBlocks(dst, src []byte) }); ok {
		fast.EncryptBlocks(w.buffer[:size], w.buffer[:size])
		return
	}
	for i := 0; i < size; i += w.n {
		w.b.Encrypt(w.buffer[i:], w.buffer[i:])
	}
}

// crypt adds E(Y_1), E(Y_2) … to src, where Y_1 = E(0 ‖ ICN) and the right half counts (RFC 9058, 4.1, step 1).
func (w *work) crypt(dst, src, nonce []byte) {
	copy(w.count[:], nonce)
	w.b.Encrypt(w.count[:], w.count[:])
	for len(src) > 0 {
		size := min(len(src), batch)
		w.fill(size, w.n/2, w.n)
		subtle.XORBytes(dst, src[:size], w.buffer[:])
		dst, src = dst[size:], src[size:]
	}
}

// tag returns the whole code: E(Σ H_i ⊗ A_i ⊕ Σ H_j ⊗ C_j ⊕ H ⊗ (len A ‖ len C)), where H_i = E(Z_i), Z_1 = E(1 ‖ ICN)
// and the left half counts (RFC 9058, 4.1, steps 2 and 3).
func (w *work) tag(nonce, data, ciphertext []byte) []byte {
	copy(w.count[:], nonce)
	w.count[0] |= 0x80
	w.b.Encrypt(w.count[:], w.count[:])
	w.absorb(data)
	w.absorb(ciphertext)
	var lengths [16]byte
	half := w.n / 2
	for i := range half {
		shift := 8 * (half - 1 - i)
		lengths[i] = byte(8 * uint64(len(data)) >> shift)
		lengths[half+i] = byte(8 * uint64(len(ciphertext)) >> shift)
	}
	w.absorb(lengths[:w.n])
	w.sum.reduce(w.out[:w.n])
	w.b.Encrypt(w.out[:], w.out[:])
	return w.out[:]
}

// absorb adds the products of the blocks of data, the last one filled with zeros.
func (w *work) absorb(data []byte) {
	for len(data) > 0 {
		size := min(len(data), batch)
		w.fill(size, 0, w.n/2)
		i := 0
		for ; i+w.n <= size; i += w.n {
			w.sum.add(w.buffer[i:i+w.n], data[i:i+w.n])
		}
		if i < size {
			var last [16]byte
			copy(last[:], data[i:size])
			w.sum.add(w.buffer[i:i+w.n], last[:w.n])
		}
		data = data[size:]
	}
}
