// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package streebog

import (
	"math/rand/v2"
	"testing"
)

// TestCompressionsAgree compares the three ways to compress: by tables, by planes and, where the
// processor has what they need, by vectors. The hashes themselves use one of the three each.
func TestCompressionsAgree(t *testing.T) {
	t.Parallel()
	if !vectors {
		t.Log("no vectors here: tables and planes alone")
	}
	random := rand.NewChaCha8([32]byte{2})
	edges := []uint64{0, 1, 1 << 63, 0x8080808080808080, 0x0101010101010101, ^uint64(0)}
	word := func() uint64 {
		if x := random.Uint64(); x%4 != 0 {
			return x
		}
		return edges[random.Uint64()%uint64(len(edges))]
	}
	var h [8]uint64
	for i := range 200_000 {
		var n, m [8]uint64
		for j := range m {
			n[j], m[j] = word(), word()
			if i%16 == 0 { // otherwise the last result is the next value
				h[j] = word()
			}
		}
		tables, planes, wide := h, h, h
		compress(&tables, &n, &m)
		compressConstantTime(&planes, &n, &m)
		if tables != planes {
			t.Fatalf("compress(%x, %x, %x): tables %x, planes %x", h, n, m, tables, planes)
		}
		if vectors {
			if compressVector(&wide, &n, &m); tables != wide {
				t.Fatalf("compress(%x, %x, %x): tables %x, vectors %x", h, n, m, tables, wide)
			}
		}
		h = tables
	}
}
