// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
)

// Erased is published when a person is erased: what others keep of them goes too.
type Erased struct {
	Account string `json:"account"`
	Person  string `json:"person"`
}

// Event names the event.
func (Erased) Event() string { return "identity.erased" }

// Retire takes a person who has left out of every search, so that the same human may come anew. What was
// recorded stays sealed until it is erased.
func (s *Service) Retire(ctx context.Context, tx *db.Tx, personID string) error {
	n, err := newQueries(tx).RetirePerson(ctx, retirePersonParams{ID: personID, ChangedAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("retire person: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "identity.person.missing")
	}
	return nil
}

// Erase removes what is known of a person. The row stays, empty: applications and the register of
// certificates point to it.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, e Erased) error {
	empty, err := s.seal(Person{ID: e.Person})
	if err != nil {
		return err
	}
	q := newQueries(tx)
	if err := q.ErasePerson(ctx, erasePersonParams{ID: e.Person, Secret: empty, ChangedAt: db.Micros(tx.Now())}); err != nil {
		return fmt.Errorf("erase person: %w", err)
	}
	for _, erase := range []func(context.Context, string) error{q.EraseProfiles, q.EraseFacts, q.EraseProofs} {
		if err := erase(ctx, e.Person); err != nil {
			return fmt.Errorf("erase person: %w", err)
		}
	}
	return jobs.Publish(ctx, tx, e)
}
