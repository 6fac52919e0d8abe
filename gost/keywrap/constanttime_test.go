// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package keywrap

import (
	"bytes"
	"testing"

	"podpis/gost/internal/contract"
)

func TestConstantTime(t *testing.T) {
	program := contract.NewProgram(t, "testdata/constanttime")
	secrets := map[string][]byte{
		"two":   append([]byte{2}, make([]byte, 31)...),
		"0x11…": bytes.Repeat([]byte{0x11}, 32),
		"0xf0…": append(bytes.Repeat([]byte{0xf0}, 31), 0x20),
		"mixed": append(bytes.Repeat([]byte{0x5a, 0x7c}, 15), 0x33, 0x2c),
	}
	for _, work := range []string{
		"wrap with Kuznyechik", "wrap with Magma", "unwrap with Kuznyechik", "unwrap with Magma", "agree",
	} {
		t.Run(work, func(t *testing.T) { program.ConstantTime(t, secrets, work) })
	}
	t.Run("control", func(t *testing.T) { program.Leaks(t, secrets, "control: a cipher by tables") })
}
