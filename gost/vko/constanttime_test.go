// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package vko

import (
	"bytes"
	"testing"

	"podpis/gost/internal/contract"
)

func TestConstantTime(t *testing.T) {
	program := contract.NewProgram(t, "testdata/constanttime")
	t.Run("256, keys of 256 bits", func(t *testing.T) { program.ConstantTime(t, secrets(32), "256") })
	t.Run("256, keys of 512 bits", func(t *testing.T) { program.ConstantTime(t, secrets(64), "256") })
	t.Run("512", func(t *testing.T) { program.ConstantTime(t, secrets(64), "512") })
	t.Run("control", func(t *testing.T) { program.Leaks(t, secrets(32), "control: the hash uses a table") })
}

// secrets are private keys of n bytes on any curve.
func secrets(n int) map[string][]byte {
	return map[string][]byte{
		"two":   append([]byte{2}, make([]byte, n-1)...),
		"0x11…": bytes.Repeat([]byte{0x11}, n),
		"0xf0…": append(bytes.Repeat([]byte{0xf0}, n-1), 0x20),
		"mixed": append(bytes.Repeat([]byte{0x5a, 0x7c}, n/2-1), 0x33, 0x2c),
	}
}
