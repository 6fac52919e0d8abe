// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// The table has a figure of ours and of the peer in each row, or make bench would be silent about a row.
func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(&out, 1, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(out.String()) {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || strings.Contains(line, "operation") || strings.Contains(line, "---") {
			continue
		}
		rows++
		for _, cell := range cells[2:5] {
			if strings.TrimSpace(cell) == "–" || strings.HasPrefix(strings.TrimSpace(cell), "0") && !strings.HasPrefix(strings.TrimSpace(cell), "0.") {
				t.Errorf("no figure: %s", line)
			}
		}
	}
	if rows != 20 {
		t.Errorf("%d rows:\n%s", rows, out.String())
	}
}
