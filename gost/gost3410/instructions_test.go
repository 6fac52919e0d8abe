// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package gost3410

import (
	"strconv"
	"testing"

	"podpis/gost/internal/contract"
)

// TestInstructions holds the bars of docs/gost.md: instructions of an operation are the same on every machine and under
// every load. They are the difference of a run with 3·N and one with N operations, divided by 2·N.
func TestInstructions(t *testing.T) {
	program := contract.NewProgram(t, "testdata/instructions")
	for _, bar := range []struct {
		set          string
		sign, verify int // at most, 0 for sets without a bar
	}{
		{"CryptoPro-A", 340_000, 850_000},
		{"CryptoPro-B", 0, 0},
		{"CryptoPro-C", 0, 0},
		{"TC26-A", 260_000, 680_000},
		{"512-A", 2_100_000, 5_200_000},
		{"512-B", 0, 0},
		{"512-C", 1_450_000, 4_100_000},
	} {
		const n = 8 // as many different signatures as the program verifies
		count := func(work string) int {
			many := program.Instructions(t, work, bar.set, strconv.Itoa(3*n))
			return (many - program.Instructions(t, work, bar.set, strconv.Itoa(n))) / (2 * n)
		}
		sign, verify := count("sign"), count("verify")
		t.Logf("counted: %s sign %d verify %d", bar.set, sign, verify)
		if bar.sign != 0 && sign > bar.sign {
			t.Errorf("%s: signing takes more than %d instructions", bar.set, bar.sign)
		}
		if bar.verify != 0 && verify > bar.verify {
			t.Errorf("%s: verifying takes more than %d instructions", bar.set, bar.verify)
		}
		if sign < 10_000 || verify < 10_000 {
			t.Errorf("%s: the counts are too small to be true", bar.set)
		}
	}
}
