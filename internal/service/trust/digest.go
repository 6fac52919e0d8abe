// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"hash"
	"io"

	"podpis/pki/alg"
)

// Digester hashes a document as it comes in with each function a signature may
// name: which of them it is stands in a file that may come later. The functions of
// before 2020 are too slow or too weak to be made of every document.
type Digester struct {
	io.Writer
	hashes map[alg.Hash]hash.Hash
}

// NewDigester begins a document.
func NewDigester() *Digester {
	d := &Digester{hashes: map[alg.Hash]hash.Hash{}}
	var writers []io.Writer
	for _, h := range []alg.Hash{alg.Streebog256, alg.Streebog512, alg.SHA256, alg.SHA384, alg.SHA512} {
		d.hashes[h] = h.New()
		writers = append(writers, d.hashes[h])
	}
	d.Writer = io.MultiWriter(writers...)
	return d
}

// Digests are the hash values of what was written so far, octets in the order each
// function's standard gives them.
func (d *Digester) Digests() map[alg.Hash][]byte {
	out := make(map[alg.Hash][]byte, len(d.hashes))
	for h, state := range d.hashes {
		out[h] = state.Sum(nil)
	}
	return out
}
