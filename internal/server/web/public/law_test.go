// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the law says is rows with days: an act or a clause is shown from its first day to its last, and a table
// that says nothing clear is refused.
func TestLawTable(t *testing.T) {
	t.Parallel()
	if acts, err := actsAt(lawTable, time.Now()); err != nil || len(acts) < 7 {
		t.Fatalf("%d acts, %v", len(acts), err)
	}
	const table = lawColumns + `
old,1,2000-01-01,2000-02-01,2011-04-07,https://a.example,,
old,,,,,,3,/a
new,2,2011-04-06,2011-04-08,,https://a.example,,
new,,,,,,5,/b
new,,,2022-03-01,,,17.2,/c
new,,,,2020-12-31,,19,/d
`
	for day, want := range map[string]string{
		"2011-04-07": "old:3", "2011-04-08": "new:5,19", "2020-12-31": "new:5,19", "2021-01-01": "new:5", "2022-03-01": "new:5,17.2", "1999-01-01": "",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		acts, err := actsAt(table, at.Add(23*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range acts {
			var clauses []string
			for _, c := range a.Clauses {
				clauses = append(clauses, c.Number)
			}
			got = append(got, a.ID+":"+strings.Join(clauses, ","))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", day, diff)
		}
	}
	for _, broken := range []string{"", "x", lawColumns + "\na,1,06.04.2011,,,,,\n", lawColumns + "\na,1,,,,,,\nb,,,,,,1,/\n", lawColumns + "\nb,,,,,,1,/\n", lawColumns + "\na,1\n"} {
		if _, err := actsAt(broken, time.Now()); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
}
