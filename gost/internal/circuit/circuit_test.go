// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package circuit

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestSearch evaluates the programs for random substitutions.
func TestSearch(t *testing.T) {
	t.Parallel()
	longest := 0
	rapid.Check(t, func(t *rapid.T) {
		var table [16]byte
		for i := range table {
			table[i] = rapid.ByteRange(0, 15).Draw(t, "value")
		}
		functions := Outputs(table)
		p := Search(functions, 5, rapid.Uint64().Draw(t, "seed"))
		values := append([]uint16(nil), Variables[:]...)
		for _, g := range p.Gates {
			values = append(values, apply(g.Op, values[g.A], values[g.B]))
		}
		for i, n := range p.Outputs {
			if values[n] != functions[i] {
				t.Fatalf("bit %d of %v is %04x, want %04x", i, table, values[n], functions[i])
			}
		}
		longest = max(longest, len(p.Gates))
	})
	if longest > 40 {
		t.Errorf("a program of %d steps", longest)
	}
}

func ExampleProgram_Statements() {
	p := Program{Gates: []Gate{{Op: And, A: 0, B: 1}, {Op: Not, A: 4}}, Outputs: []int{5, 2}}
	fmt.Print(p.Statements([4]string{"a", "b", "c", "d"}, "y"))
	// Output:
	// yt0 := a & b
	// yt1 := ^yt0
	// y0 := yt1
	// y1 := c
}
