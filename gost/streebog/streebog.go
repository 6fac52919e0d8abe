// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package streebog is the hash function of GOST R 34.11-2012 (Streebog), with digests of 256 and 512 bits,
// as RFC 6986 describes it.
//
// Byte order: messages and digests are in the order in which programs read and write them, the one that
// certificates and signatures carry. RFC 6986 prints the same values as integers, last byte first.
//
// The compression of [New256], [New512], [Sum256] and [Sum512] is driven by tables indexed with the data, so its time may
// depend on the data through the cache of the processor. For the messages of a signature this tells nothing. Secrets are
// for [NewConstantTime256] and [NewConstantTime512], which are several times slower and use neither an index nor a branch
// that depends on the data; their time tells the length alone.
//
// On amd64 with AVX-512 VBMI and GFNI all of them compress by vectors, several times faster than by tables and without an
// index or a branch of that kind. The build tag purego leaves that out.
//
// Streebog-256 is not a shortened Streebog-512: it starts from another value and returns the last half of the
// state. The old hash of GOST R 34.11-94 is not here.
package streebog

import (
	"hash"
	"math/bits"
)

//go:generate go run generate.go

const (
	// Size256 is the length of a Streebog-256 digest in bytes.
	Size256 = 32
	// Size512 is the length of a Streebog-512 digest in bytes.
	Size512 = 64
	// BlockSize is the length of a block of either hash in bytes.
	BlockSize = 64
)

// digest is the state of RFC 6986, 8. Words are little-endian: word 0 holds the first eight bytes.
type digest struct {
	h     [8]uint64       // h, the chaining value
	n     [2]uint64       // N, the number of hashed bits; the upper six words of it stay 0
	sigma [8]uint64       // Σ, the sum of all blocks mod 2^512
	buf   [BlockSize]byte // the block being filled
	used  int             // how much of buf is filled, always < BlockSize between calls
	size  int             // Size256 or Size512
	safe  bool            // compress without tables
}

// New256 returns a new Streebog-256 computation. The result is also a [hash.Cloner].
func New256() hash.Hash {
	d := &digest{size: Size256}
	d.Reset()
	return d
}

// New512 returns a new Streebog-512 computation. The result is also a [hash.Cloner].
func New512() hash.Hash {
	d := &digest{size: Size512}
	d.Reset()
	return d
}

// NewConstantTime256 returns a new Streebog-256 computation for secrets. The result is also a [hash.Cloner].
func NewConstantTime256() hash.Hash {
	d := &digest{size: Size256, safe: true}
	d.Reset()
	return d
}

// NewConstantTime512 returns a new Streebog-512 computation for secrets. The result is also a [hash.Cloner].
func NewConstantTime512() hash.Hash {
	d := &digest{size: Size512, safe: true}
	d.Reset()
	return d
}

// Sum256 returns the Streebog-256 digest of data.
func Sum256(data []byte) [Size256]byte {
	d := digest{size: Size256}
	d.Reset()
	d.write(data)
	var sum [Size512]byte
	d.finish(&sum)
	return [Size256]byte(sum[Size512-Size256:])
}

// Sum512 returns the Streebog-512 digest of data.
func Sum512(data []byte) [Size512]byte {
	d := digest{size: Size512}
	d.write(data)
	var sum [Size512]byte
	d.finish(&sum)
	return sum
}

func (d *digest) Size() int      { return d.size }
func (d *digest) BlockSize() int { return BlockSize }

// Reset sets the initial value of RFC 6986, 5: zeros for 512 bits, bytes 01 for 256.
func (d *digest) Reset() {
	var iv uint64
	if d.size == Size256 {
		iv = 0x0101010101010101
	}
	*d = digest{size: d.size, safe: d.safe}
	for i := range d.h {
		d.h[i] = iv
	}
}

// Clone returns an independent copy of the computation. The error is always nil.
func (d *digest) Clone() (hash.Cloner, error) {
	c := *d
	return &c, nil
}

// Write adds p to the message. The error is always nil.
func (d *digest) Write(p []byte) (int, error) {
	d.write(p)
	return len(p), nil
}

func (d *digest) write(p []byte) {
	if d.used > 0 {
		n := copy(d.buf[d.used:], p)
		d.used += n
		p = p[n:]
		if d.used < BlockSize {
			return
		}
		d.block(&d.buf, 8*BlockSize)
		d.used = 0
	}
	for len(p) >= BlockSize {
		d.block((*[BlockSize]byte)(p), 8*BlockSize)
		p = p[BlockSize:]
	}
	d.used = copy(d.buf[:], p)
}

// Sum appends the digest of what was written so far to b; writing may go on afterwards.
func (d *digest) Sum(b []byte) []byte {
	c := *d
	var sum [Size512]byte
	c.finish(&sum)
	return append(b, sum[Size512-d.size:]...)
}

// block is one step of RFC 6986, 8.2 (length is 512) or the first half of 8.3 (length is that of the rest).
func (d *digest) block(p *[BlockSize]byte, length uint64) {
	var m [8]uint64
	var carry uint64
	for i := range m {
		m[i] = load(p[8*i:])
		d.sigma[i], carry = bits.Add64(d.sigma[i], m[i], carry)
	}
	n := [8]uint64{d.n[0], d.n[1]}
	d.compress(&n, &m)
	d.n[0], carry = bits.Add64(d.n[0], length, 0)
	d.n[1] += carry
}

func (d *digest) compress(n, m *[8]uint64) {
	switch {
	case vectors:
		compressVector(&d.h, n, m)
	case d.safe:
		compressConstantTime(&d.h, n, m)
	default:
		compress(&d.h, n, m)
	}
}

// finish is RFC 6986, 8.3. It spoils d.
func (d *digest) finish(sum *[Size512]byte) {
	d.buf[d.used] = 1
	clear(d.buf[d.used+1:])
	d.block(&d.buf, 8*uint64(d.used))
	n := [8]uint64{d.n[0], d.n[1]}
	var zero [8]uint64
	d.compress(&zero, &n)
	d.compress(&zero, &d.sigma)
	for i, w := range d.h {
		store(sum[8*i:], w)
	}
}

// load and store are little-endian. They are not those of encoding/binary, which brings reflection into the program
// for the browser.
func load(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func store(b []byte, w uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
	b[4], b[5], b[6], b[7] = byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56)
}
