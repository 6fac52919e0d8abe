// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
)

// Mark is what of a centre is compared from one version of a list to the next.
type Mark struct {
	ID      string // register number, or OGRN where there is none
	Name    string
	State   State
	Keys    []string // identifiers, sorted
	Content string   // digest of all that the list says of it
}

// ID is what names the centre from one version of a list to the next.
func (c *Centre) ID() string {
	switch {
	case c.Number != "":
		return c.Number
	case c.OGRN != "":
		return "ogrn-" + c.OGRN
	}
	return ""
}

// Mark makes the mark of a centre.
func (c *Centre) Mark() Mark {
	m := Mark{ID: c.ID(), Name: c.Name, State: c.Status.State}
	h := sha256.New()
	(&Writer{sum: h, out: bufio.NewWriterSize(io.Discard, 16)}).Add(c)
	m.Content = hex.EncodeToString(h.Sum(nil))
	for _, s := range c.Systems {
		for _, k := range s.Keys {
			if len(k.ID) > 0 {
				m.Keys = append(m.Keys, hex.EncodeToString(k.ID))
			}
		}
	}
	slices.Sort(m.Keys)
	m.Keys = slices.Compact(m.Keys)
	return m
}

// ChangeKind says what happened to a centre.
type ChangeKind string

// The kinds of changes, the gravest of several.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Stated  ChangeKind = "state"
	Rekeyed ChangeKind = "keys"
	Edited  ChangeKind = "details"
)

// Change is a difference between two versions of a list.
type Change struct {
	Kind     ChangeKind
	ID, Name string
	From, To State // with Stated
}

// Diff compares two versions, in the order of register numbers.
func Diff(older, newer []Mark) (list []Change) {
	was := map[string]Mark{}
	for _, m := range older {
		was[m.ID] = m
	}
	for _, m := range newer {
		old, known := was[m.ID]
		delete(was, m.ID)
		c := Change{ID: m.ID, Name: m.Name}
		switch {
		case !known:
			c.Kind = Added
		case old.State != m.State:
			c.Kind, c.From, c.To = Stated, old.State, m.State
		case !slices.Equal(old.Keys, m.Keys):
			c.Kind = Rekeyed
		case old.Content != m.Content:
			c.Kind = Edited
		default:
			continue
		}
		list = append(list, c)
	}
	for _, m := range was {
		list = append(list, Change{Kind: Removed, ID: m.ID, Name: m.Name})
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.ID, b.ID) })
	return list
}
