// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/pki/x509"
)

// Query chooses certificates of the register.
type Query struct {
	Text   string    // part of the subject, or a whole serial number in hex
	Kind   string    // "active", "expired", "revoked", "orders" (not issued), "" (all)
	Before time.Time // for the next page: CreatedAt of the last one of this
	Limit  int
}

// Search returns certificates of the register inside an act of a higher service, the
// newest first.
func (s *Service) Search(ctx context.Context, tx *db.Tx, q Query) (list []Record, err error) {
	before := q.Before
	if before.IsZero() {
		before = tx.Now().Add(time.Second)
	}
	rows, err := newQueries(tx).Search(ctx, searchParams{
		Before: db.Micros(before), Query: db.Fold(strings.TrimSpace(q.Text)), Number: number(q.Text), Kind: q.Kind, Now: db.Micros(tx.Now()), Most: int32(q.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("search register: %w", err)
	}
	for _, row := range rows {
		r, err := recordOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// number is a serial number as people copy it: with colons, in capitals.
func number(text string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(text))
}

// ListState is the list in force of one issuer.
type ListState struct {
	Issuer     Authority
	Number     int64
	ThisUpdate time.Time
	NextUpdate time.Time // of the law's term; a new one is published earlier
	Entries    int
}

// ListStates are the lists of the root and of the issuing CA.
func (s *Service) ListStates(ctx context.Context, tx *db.Tx) (list []ListState, err error) {
	for _, role := range []Role{Root, Issuing} {
		key, err := s.Key(role)
		if err != nil {
			return nil, err
		}
		row, err := latest(ctx, newQueries(tx), key)
		if err != nil {
			return nil, err
		}
		state := ListState{Issuer: key, Number: row.Number, ThisUpdate: db.Time(row.ThisUpdate), NextUpdate: db.Time(row.NextUpdate)}
		if row.Number > 0 {
			crl, err := x509.ParseCRL(row.Der)
			if err != nil {
				return nil, fmt.Errorf("read own list: %w", err)
			}
			state.Entries = crl.Len()
		}
		list = append(list, state)
	}
	return list, nil
}

// Profiles are the profiles of certificates, by name.
func (s *Service) Profiles() []Profile {
	return slices.SortedFunc(maps.Values(s.profiles), func(x, y Profile) int { return strings.Compare(x.Name, y.Name) })
}

// Keys are the certificates of all keys of the authority, root first. No signer goes out.
func (s *Service) Keys() (list []Authority) {
	for _, role := range roles() {
		if a, err := s.Key(role); err == nil {
			a.Signer = nil
			list = append(list, a)
		}
	}
	return list
}
