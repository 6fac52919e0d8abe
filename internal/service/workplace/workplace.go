// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package workplace says whether a person can work where they are: it reads what a
// browser tells of itself against a dated table of browsers, systems and crypto
// providers, and compares the clock of this computer with time servers (RFC 5905).
//
// The table is data in the database: table.csv is what the program puts there, an
// installation may give its own, an administrator adds rows and ends them. Nothing is
// taken out: a row that is past says what was so in its time. What only the browser can
// see (storage, WebAssembly, its clock) is looked at by the page, not here.
package workplace

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
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
	Provider Kind = "provider" // builds of crypto providers
	Tool     Kind = "tool"     // other tools of signature
	Token    Kind = "token"    // carriers of keys
	Plugin   Kind = "plugin"   // of browsers, which sites of others ask for
	Root     Kind = "root"     // root certificates, likewise
)

// Kinds are all of them, in the order people look for.
func Kinds() []Kind { return []Kind{Browser, System, Provider, Tool, Token, Plugin, Root} }

// versioned tells whether versions of the kind are compared; of the others a row is about
// the very one.
func (k Kind) versioned() bool { return k == Browser || k == System }

// Certified tells whether things of the kind have certificates of conformity.
func (k Kind) Certified() bool { return k == Provider || k == Tool || k == Token }

// State is what is known of a version.
type State string

// The states. Unknown is what no row says.
const (
	Works     State = "works"
	Update    State = "update"
	Withdrawn State = "withdrawn"
	Planned   State = "planned" // known, and does not work here yet
	Ended     State = "ended"   // worked until a day that has passed
	Lapsed    State = "lapsed"  // the certificate of the tool is past its day
	Unknown   State = "unknown"
)

// States are those a row may say; the others follow from days.
func States() []State { return []State{Works, Update, Withdrawn, Planned} }

// Row is a line of the table: from a version on, in a time, something works.
type Row struct {
	ID          string
	Kind        Kind
	Name        string
	Version     string // the oldest; of a provider, a tool and a token the very one
	State       State
	From        time.Time
	To          time.Time // the first day it is past; zero: still in force
	Certificate string    // number of the certificate of conformity, empty: not entered
	CertifiedTo time.Time // its last day, zero: not entered
	Source      string
	By          string // who put it there or ended it
	At          time.Time
}

// Standing is what the row says at a time; Unknown before its first day.
func (r Row) Standing(at time.Time) State {
	switch {
	case r.From.After(at):
		return Unknown
	case !r.To.IsZero() && !at.Before(r.To):
		return Ended
	case !r.CertifiedTo.IsZero() && !at.Before(r.CertifiedTo.AddDate(0, 0, 1)):
		return Lapsed
	}
	return r.State
}

// Table is a checked list of rows.
type Table []Row

//go:embed table.csv
var builtIn string

// BuiltIn is the table of the program.
func BuiltIn() (Table, error) { return ParseTable(strings.NewReader(builtIn)) }

// The bounds of a table that somebody gives and of a text in it.
const (
	maxTable = 1 << 20
	columns  = 9
	maxText  = 200
)

// ErrTable says that a table cannot be read.
var ErrTable = errors.New("table of workplaces")

// ParseTable reads a table: kind, name, version, state, from, to, source, certificate,
// certified_to, the first line naming them; the last two may be left out. Days are
// 2006-01-02, an empty "to" is still in force.
func ParseTable(in io.Reader) (Table, error) {
	lines, err := csv.NewReader(io.LimitReader(in, maxTable)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	if len(lines) < 2 {
		return nil, fmt.Errorf("%w: no rows", ErrTable)
	}
	if n := len(lines[0]); n != columns && n != columns-2 {
		return nil, fmt.Errorf("%w: %d columns", ErrTable, n)
	}
	table := make(Table, 0, len(lines)-1)
	for i, l := range lines[1:] {
		row, err := parseRow(append(l, "", "")[:columns])
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrTable, i+2, err)
		}
		table = append(table, row)
	}
	return table, nil
}

func parseRow(l []string) (Row, error) {
	row := Row{Kind: Kind(l[0]), Name: l[1], Version: l[2], State: State(l[3]), Source: l[6], Certificate: l[7]}
	var err error
	if row.From, err = time.Parse(time.DateOnly, l[4]); err != nil {
		return row, errors.New("from is not a day")
	}
	for _, day := range []struct {
		text, name string
		at         *time.Time
	}{{l[5], "to", &row.To}, {l[8], "certified_to", &row.CertifiedTo}} {
		if day.text == "" {
			continue
		}
		if *day.at, err = time.Parse(time.DateOnly, day.text); err != nil {
			return row, errors.New(day.name + " is not a day after from")
		}
	}
	if field := row.fault(); field != "" {
		return row, fmt.Errorf("%s %q", field, map[string]string{"kind": l[0], "name": l[1], "version": l[2], "state": l[3], "to": l[5], "source": l[6], "certificate": l[7], "certified_to": l[8]}[field])
	}
	return row, nil
}

// fault names the first column of a row that cannot be, or nothing.
func (r Row) fault() string {
	_, version := parseVersion(r.Version)
	switch {
	case !slices.Contains(Kinds(), r.Kind):
		return "kind"
	case r.Name == "" || len(r.Name) > maxText:
		return "name"
	case r.Kind.versioned() && !version || len(r.Version) > maxText:
		return "version"
	case !slices.Contains(States(), r.State):
		return "state"
	case !r.To.IsZero() && !r.To.After(r.From):
		return "to"
	case len(r.Certificate) > maxText || !r.Kind.Certified() && r.Certificate != "":
		return "certificate"
	case !r.CertifiedTo.IsZero() && r.Certificate == "":
		return "certified_to"
	case r.Source == "" || len(r.Source) > 2*maxText:
		return "source"
	}
	return ""
}

// Of are the rows of a kind whose days have come and are not past.
func (t Table) Of(kind Kind, at time.Time) Table {
	var list Table
	for _, r := range t {
		if s := r.Standing(at); r.Kind == kind && s != Unknown && s != Ended {
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

// Good tells whether nothing is known against it.
func (f Finding) Good() bool { return f.State == Works || f.State == Unknown }

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
