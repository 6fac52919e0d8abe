// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package gost3410

import (
	"bytes"
	"testing"

	"podpis/gost/internal/contract"
	"podpis/gost/internal/ec"
)

// TestConstantTime has two controls, which show that the counts would betray a branch or an index.
func TestConstantTime(t *testing.T) {
	t.Parallel()
	program := contract.NewProgram(t, "testdata/constanttime")
	// One set for each arithmetic of fields and of points.
	for _, c := range []*Curve{CryptoProA(), CryptoProC(), TC26A256(), TC26A512(), TC26B512(), TC26C512()} {
		for _, work := range []string{"key", "key and signature", "agreement", "masked key"} {
			t.Run(c.Name()+"/"+work, func(t *testing.T) {
				program.ConstantTime(t, secrets(c), work, c.Name())
			})
		}
	}
	for _, work := range []string{"control with a branch", "control with an index"} {
		t.Run(work, func(t *testing.T) { program.Leaks(t, secrets(CryptoProA()), work, CryptoProA().Name()) })
	}
}

// secrets avoid 1 and q−1, as P of CryptoPro-C has the abscissa 0, which makes no signature. They are numbers with few
// and many bits, few and many zero windows, on either side of q/2.
func secrets(c *Curve) map[string][]byte {
	q := c.ec.Q()
	minusTwo := c.ec.Negate(&ec.Words{2})
	n := c.Size()
	list := map[string][]byte{
		"two":     append([]byte{2}, make([]byte, n-1)...),
		"q-2":     make([]byte, n),
		"0x11…":   bytes.Repeat([]byte{0x11}, n),
		"0xf0…":   append(bytes.Repeat([]byte{0xf0}, n-1), 0x20),
		"0x5a7c…": append(bytes.Repeat([]byte{0x5a, 0x7c}, n/2-1), 0x33, 0x2c),
	}
	minusTwo.PutLittleEndian(list["q-2"])
	mixed := make([]byte, n)
	for i := range mixed {
		mixed[i] = byte(37*i + 11)
	}
	mixed[n-1] = 0x1f
	list["mixed"] = mixed
	for label, k := range list {
		if w := ec.FromLittleEndian(k); !w.Less(&q) {
			panic(label)
		}
	}
	return list
}
