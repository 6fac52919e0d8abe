// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package stamp_test

import (
	"testing"

	"podpis/pki/pades/stamp"
)

func TestCorner(t *testing.T) {
	t.Parallel()
	a4, moved, small := [4]float64{0, 0, 595, 842}, [4]float64{100, 50, 695, 892}, [4]float64{0, 0, 200, 40}
	for _, c := range []struct {
		name string
		page [4]float64
		want [4]float64
	}{
		{"bottom-left", a4, [4]float64{28, 28, 258, 88}},
		{"bottom-right", a4, [4]float64{337, 28, 567, 88}},
		{"top-left", a4, [4]float64{28, 754, 258, 814}},
		{"top-right", a4, [4]float64{337, 754, 567, 814}},
		{"top-right", moved, [4]float64{437, 804, 667, 864}},
		{"top-right", small, [4]float64{0, 0, 200, 40}},
	} {
		place, ok := stamp.Corner(c.name)
		if !ok {
			t.Fatal(c.name)
		}
		if got := place(c.page); got != c.want {
			t.Errorf("%s of %v: %v, want %v", c.name, c.page, got, c.want)
		}
	}
	for _, name := range []string{"", "top", "left-top", "bottom-middle", "top-"} {
		if _, ok := stamp.Corner(name); ok {
			t.Errorf("%q is a corner", name)
		}
	}
}
