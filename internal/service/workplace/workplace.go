// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package workplace says whether a person can work where they are: it reads what a
// browser tells of itself against a dated table of browsers, systems and crypto
// providers, and compares the clock of this computer with time servers (RFC 5905).
//
// The table is data: table.csv is the one of the program, an installation may give its
// own. What only the browser can see (storage, WebAssembly, its clock) is looked at by
// the page, not here.
package workplace

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Kind is what a row of the table is about.
type Kind string

// The kinds of rows.
const (
	Browser  Kind = "browser"
	System   Kind = "system"
	Provider Kind = "provider"
)

// State is what is known of a version.
type State string

// The states. Unknown is what no row says.
const (
	Works     State = "works"
	Update    State = "update"
	Withdrawn State = "withdrawn"
	Ended     State = "ended" // worked until a day that has passed
	Unknown   State = "unknown"
)

// Row is a line of the table: from a version on, in a time, something works.
type Row struct {
	Kind    Kind
	Name    string
	Version string // the oldest; of a provider the very one
	State   State
	From    time.Time
	To      time.Time // zero: still
	Source  string
}

// Table is a checked list of rows.
type Table []Row

//go:embed table.csv
var builtIn string

// BuiltIn is the table of the program.
func BuiltIn() (Table, error) { return ParseTable(strings.NewReader(builtIn)) }

// The bounds of a table that somebody gives.
const (
	maxTable = 1 << 20
	columns  = 7
)

// ErrTable says that a table cannot be read.
var ErrTable = errors.New("table of workplaces")

// ParseTable reads a table: kind, name, version, state, from, to, source, the first line
// naming them; days are 2006-01-02, an empty "to" is still in force.
func ParseTable(in io.Reader) (Table, error) {
	r := csv.NewReader(io.LimitReader(in, maxTable))
	r.FieldsPerRecord = columns
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	if len(lines) < 2 {
		return nil, fmt.Errorf("%w: no rows", ErrTable)
	}
	table := make(Table, 0, len(lines)-1)
	for i, l := range lines[1:] {
		row, err := parseRow(l)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrTable, i+2, err)
		}
		table = append(table, row)
	}
	return table, nil
}

func parseRow(l []string) (Row, error) {
	row := Row{Kind: Kind(l[0]), Name: l[1], Version: l[2], State: State(l[3]), Source: l[6]}
	switch row.Kind {
	case Browser, System, Provider:
	default:
		return row, fmt.Errorf("kind %q", l[0])
	}
	switch row.State {
	case Works, Update, Withdrawn:
	default:
		return row, fmt.Errorf("state %q", l[3])
	}
	if row.Name == "" || row.Source == "" {
		return row, errors.New("no name or no source")
	}
	if row.Kind != Provider {
		if _, ok := parseVersion(row.Version); !ok {
			return row, fmt.Errorf("version %q", row.Version)
		}
	}
	var err error
	if row.From, err = time.Parse(time.DateOnly, l[4]); err != nil {
		return row, errors.New("from is not a day")
	}
	if l[5] != "" {
		if row.To, err = time.Parse(time.DateOnly, l[5]); err != nil || row.To.Before(row.From) {
			return row, errors.New("to is not a day after from")
		}
	}
	return row, nil
}

// Providers are the rows of crypto providers that are in force at a time.
func (t Table) Providers(at time.Time) Table {
	var list Table
	for _, r := range t {
		if r.Kind == Provider && !r.From.After(at) && (r.To.IsZero() || at.Before(r.To)) {
			list = append(list, r)
		}
	}
	return list
}

// Finding is what the table says of a browser or a system.
type Finding struct {
	Name    string // as the table names it; empty: not recognised
	Version string // as the browser says it
	State   State
	Needed  string    // the oldest version that works, when that is the matter
	Ended   time.Time // the day its support ended, when that is the matter
}

// Judge looks a browser or a system up at a time. Of several rows in force the newest
// version that it reaches speaks.
func (t Table) Judge(kind Kind, seen Agent, at time.Time) Finding {
	f := Finding{Name: seen.Name, Version: seen.Version, State: Unknown}
	version, ok := parseVersion(seen.Version)
	if seen.Name == "" || !ok {
		return f
	}
	for _, r := range t {
		if r.Kind != kind || r.Name != seen.Name || r.From.After(at) {
			continue
		}
		if !r.To.IsZero() && !at.Before(r.To) {
			if f.State == Unknown {
				f.State, f.Ended = Ended, r.To
			}
			continue
		}
		oldest, _ := parseVersion(r.Version) // checked when the table was read
		if version.before(oldest) {
			if f.State != Works {
				f.State, f.Needed = Update, r.Version
			}
			continue
		}
		f.State, f.Needed, f.Ended = r.State, "", time.Time{}
	}
	return f
}

// release is a version: major, minor.
type release [2]int

func (v release) before(w release) bool { return v[0] < w[0] || v[0] == w[0] && v[1] < w[1] }

func parseVersion(text string) (release, bool) {
	var v release
	parts := strings.SplitN(text, ".", 3)
	for i := range min(len(parts), len(v)) {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 {
			return v, false
		}
		v[i] = n
	}
	return v, true
}
