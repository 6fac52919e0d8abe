// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build slow

package kdf_test

import "testing"

// TestPBKDF2Long is the example of RFC 9337 with 16,777,216 iterations, two or three minutes.
func TestPBKDF2Long(t *testing.T) {
	t.Parallel()
	for _, c := range pbkdf2Cases(t) {
		if c.Iterations == long {
			c.check(t)
			return
		}
	}
	t.Error("no such example")
}
