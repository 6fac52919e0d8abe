// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// Query says which centres are looked for; empty fields ask for all.
type Query struct {
	Words  string // of name, INN, OGRN, number, region, city
	Region string
	State  QueryState
}

// QueryState says whether accreditation of today is asked for.
type QueryState string

// The states of a query. Lapsed is whatever is not accredited today.
const (
	Any        QueryState = ""
	Accredited QueryState = "active"
	Lapsed     QueryState = "over"
)

// Region is a region with the number of centres that were found in it.
type Region struct {
	Name  string
	Count int
}

// Found is what was found.
type Found struct {
	List    *List // nil when there is no list
	Stale   bool  // the list is older than the policy allows
	Fetch   Fetch
	Centres []*Centre // by name
	Regions []Region  // of all that fit but for the region
	Active  int       // accredited today, of Centres
}

// Find looks for centres in the list in force.
func (r *Register) Find(ctx context.Context, query Query) (*Found, error) {
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	f := &Found{List: s.list}
	now := r.db.Now()
	err = r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if f.Fetch, err = fetched(ctx, newQueries(tx)); err != nil {
			return err
		}
		limit, err := r.policies.Duration(ctx, tx, policyListStale)
		f.Stale = s.list != nil && s.list.Age(now) > limit
		return err
	})
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.Map(unquote, db.Fold(query.Words)))
	counts := map[string]int{}
	for _, c := range s.centres {
		if !c.fits(words, query.State, now) {
			continue
		}
		counts[c.Region]++
		if query.Region != "" && c.Region != query.Region {
			continue
		}
		f.Centres = append(f.Centres, c)
		if c.Now(now) {
			f.Active++
		}
	}
	for name, n := range counts {
		f.Regions = append(f.Regions, Region{name, n})
	}
	slices.SortFunc(f.Regions, func(a, b Region) int { return strings.Compare(db.Fold(a.Name), db.Fold(b.Name)) })
	return f, nil
}

func (c *Centre) fits(words []string, state QueryState, now time.Time) bool {
	for _, w := range words {
		if !strings.Contains(c.search, w) {
			return false
		}
	}
	switch state {
	case Accredited:
		return c.Now(now)
	case Lapsed:
		return !c.Now(now)
	}
	return true
}

// Centre returns one centre by its register number (or "ogrn-" and OGRN).
func (r *Register) Centre(ctx context.Context, id string) (*Centre, *List, error) {
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	c := s.byID[id]
	if c == nil {
		return nil, nil, problem.New(problem.NotFound, "accredited.missing")
	}
	return c, s.list, nil
}

// Successor returns the centre that took over, by its OGRN; nil when the list has none.
func (r *Register) Successor(ctx context.Context, c *Centre) (*Centre, error) {
	s, err := r.snapshot(ctx)
	if err != nil || c.Successor == "" {
		return nil, err
	}
	for _, other := range s.centres {
		if other.OGRN == c.Successor && other != c {
			return other, nil
		}
	}
	return nil, nil
}
