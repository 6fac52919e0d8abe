// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"syscall/js"

	"podpis/cmd/browser"
	"podpis/pki/alg"
)

// random is the generator of the module: the browser's own, with what a person
// added mixed in. Octets of the browser are always part of the output, so that
// mixing can only help.
type random struct {
	pool    []byte // Streebog-512 of everything mixed in
	counter uint64
}

func newRandom() *random { return &random{pool: make([]byte, 64)} }

// mix adds octets to the pool.
func (r *random) mix(b []byte) {
	r.pool = alg.Streebog512.Sum(append(append([]byte{'m'}, r.pool...), b...))
}

// Read fills p with Streebog-512(pool ‖ counter ‖ octets of the browser), block
// by block.
func (r *random) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		fresh := js.Global().Get("Uint8Array").New(64)
		js.Global().Get("crypto").Call("getRandomValues", fresh)
		r.counter++
		block := append([]byte{'r'}, r.pool...)
		for i := range 8 {
			block = append(block, byte(r.counter>>(8*i)))
		}
		block = append(block, browser.Octets(fresh)...)
		n += copy(p[n:], alg.Streebog512.Sum(block))
	}
	return len(p), nil
}
