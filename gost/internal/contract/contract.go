// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package contract holds what every hash, block cipher, mode of operation, key stream and AEAD of gost promises beside
// its standard: what the interfaces of hash and crypto/cipher say, and what package documentation here adds. A test
// calls the function of the interface; vectors stay with the primitive, since the contract does not know its values.
//
// It follows golang/go crypto/internal/cryptotest. Programs must not import it.
package contract

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// source returns random numbers that are the same in each run.
func source() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{'c', 'o', 'n', 't', 'r', 'a', 'c', 't'}) }

// random returns n bytes.
func random(r *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	r.Read(b) //nolint:errcheck // never fails
	return b
}

// below returns a number from 0 to n−1.
func below(r *rand.ChaCha8, n int) int { return int(r.Uint64() % uint64(n)) }

// pieces cuts n into random positive parts, small ones more often.
func pieces(r *rand.ChaCha8, n int) []int {
	var parts []int
	for n > 0 {
		part := 1 + below(r, min(n, 1<<below(r, 11)))
		parts = append(parts, part)
		n -= part
	}
	return parts
}

// guard is around a slice that a primitive may write to.
const guard = 40

// guarded returns a slice of n bytes with room behind it, and a check that nothing around it was written.
func guarded(r *rand.ChaCha8, n int) (inside []byte, intact func(t *testing.T, what string)) {
	all := random(r, n+2*guard)
	before := bytes.Clone(all)
	return all[guard : guard+n], func(t *testing.T, what string) {
		t.Helper()
		if !bytes.Equal(all[:guard], before[:guard]) || !bytes.Equal(all[guard+n:], before[guard+n:]) {
			t.Errorf("%s writes outside of its destination", what)
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}
