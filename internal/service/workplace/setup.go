// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Setup is what a service of others, or this cabinet, asks of a workplace in a time.
type Setup struct {
	ID    string
	Code  string            // the word of it in an address
	Names map[string]string // by language
	Needs map[Kind]string   // as Line reads them; a kind that is not there is not asked for
	Site  string            // where the service tells of its installation, empty: nowhere
	From  time.Time
	To    time.Time // the first day it is past; zero: still in force
	// Source says where it is known from, By who put it there or ended it.
	Source, By string
	At         time.Time
}

// Here is the code of this cabinet.
const Here = "here"

// Languages are those a setup has names in.
func Languages() []string { return []string{"ru", "kk", "en"} }

// Asked are the kinds a setup may ask for, in the order they are looked at.
func Asked() []Kind { return []Kind{Browser, System, Provider, Plugin, Token, Root} }

// Field is what the field of a form is called that asks for a kind: one called "token" would be
// taken for a secret wherever such are kept back.
func Field(kind Kind) string {
	if kind == Token {
		return "carrier"
	}
	return string(kind)
}

// Any in the needs of a kind is whatever the table finds good; of roots, that of this
// authority.
const Any = "*"

// InForce tells whether a setup is offered at a time.
func (s Setup) InForce(at time.Time) bool {
	return !s.From.After(at) && (s.To.IsZero() || at.Before(s.To))
}

// Line is what a setup asks of one kind.
type Line struct {
	Kind   Kind
	Any    bool
	Wanted []Agent // each alone will do; a version is the oldest, empty: whichever
}

// Line reads what is asked of a kind: names divided by commas, each with its oldest version
// behind it or none. ok is false when nothing is asked.
func (s Setup) Line(kind Kind) (l Line, ok bool) {
	l.Kind = kind
	for _, text := range strings.Split(s.Needs[kind], ",") {
		switch text = strings.Join(strings.Fields(text), " "); text {
		case "":
		case Any:
			l.Any = true
		default:
			l.Wanted = append(l.Wanted, need(text))
		}
	}
	return l, l.Any || len(l.Wanted) > 0
}

func need(text string) Agent {
	if i := strings.LastIndexByte(text, ' '); i > 0 {
		if _, ok := parseVersion(text[i+1:]); ok {
			return Agent{text[:i], text[i+1:]}
		}
	}
	return Agent{Name: text}
}

// Fits tells whether something of a name and a version is among what is wanted. Builds of a
// version ("4.0 R4") count as that version.
func (l Line) Fits(name, version string) bool {
	build, _, _ := strings.Cut(version, " ")
	have, known := parseVersion(build)
	return l.Any || slices.ContainsFunc(l.Wanted, func(w Agent) bool {
		oldest, asked := parseVersion(w.Version)
		return w.Name == name && (!asked || known && !have.before(oldest))
	})
}

// Named are the rows in force of what is wanted, of any version: what a person may have.
func (l Line) Named(t Table, at time.Time) Table {
	return slices.DeleteFunc(t.Of(l.Kind, at), func(r Row) bool {
		return !l.Any && !slices.ContainsFunc(l.Wanted, func(w Agent) bool { return w.Name == r.Name })
	})
}

var codePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// fault names the first field of a setup that cannot be, or nothing. What it asks for must
// stand in the table: the check would have nothing to say of it.
func (s Setup) fault(t Table) string {
	if !codePattern.MatchString(s.Code) {
		return "word"
	}
	for _, language := range Languages() {
		if name := s.Names[language]; name == "" || len(name) > maxText {
			return "name_" + language
		}
	}
	for _, kind := range Asked() {
		l, _ := s.Line(kind)
		known := func(w Agent) bool {
			return slices.ContainsFunc(t, func(r Row) bool { return r.Kind == kind && r.Name == w.Name })
		}
		if len(s.Needs[kind]) > 5*maxText || slices.ContainsFunc(l.Wanted, func(w Agent) bool { return !known(w) }) {
			return Field(kind)
		}
	}
	if u, err := url.Parse(s.Site); err != nil || s.Site != "" && (u.Scheme != "https" || u.Host == "" || u.User != nil) || len(s.Site) > 2*maxText {
		return "site"
	}
	switch {
	case !s.To.IsZero() && !s.To.After(s.From):
		return "to"
	case s.Source == "" || len(s.Source) > 2*maxText:
		return "source"
	}
	return ""
}

//go:embed setup.csv
var builtInSetups string

// BuiltInSetups are those of the program: code, names, needs by kind, site, from, to, source.
func BuiltInSetups() (list []Setup, err error) {
	lines, err := csv.NewReader(strings.NewReader(builtInSetups)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("setups: %w", err)
	}
	for _, l := range lines[1:] {
		s := Setup{Code: l[0], Names: map[string]string{}, Needs: map[Kind]string{}, Site: l[10], Source: l[13]}
		for i, language := range Languages() {
			s.Names[language] = l[1+i]
		}
		for i, kind := range Asked() {
			if l[4+i] != "" {
				s.Needs[kind] = l[4+i]
			}
		}
		var wrong error
		s.From, err = time.Parse(time.DateOnly, l[11])
		if l[12] != "" {
			s.To, wrong = time.Parse(time.DateOnly, l[12])
		}
		if err = errors.Join(err, wrong); err != nil {
			return nil, fmt.Errorf("setups: %s: %w", s.Code, err)
		}
		list = append(list, s)
	}
	return list, nil
}
