// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/identity"
)

// eraseByTerm removes ended cases when their time has come, and those of a person who is erased: a case holds names,
// numbers, contacts and what was brought along. The record of what was decided stays.
func (s *Service) eraseByTerm(r *jobs.Runner) {
	r.Every("recover.erase", time.Hour, s.eraseOld)
	jobs.Subscribe(r, "recover.erase", func(ctx context.Context, tx *db.Tx, e identity.Erased) error {
		ids, err := newQueries(tx).AllOf(ctx, e.Account)
		if err != nil {
			return fmt.Errorf("read recoveries: %w", err)
		}
		return s.erase(ctx, tx, ids)
	})
}

// eraseOld removes cases that ended long ago; one that was found to be of no account goes as other requests of guests do.
func (s *Service) eraseOld(ctx context.Context, tx *db.Tx) error {
	keep, err := s.Policies.Duration(ctx, tx, "recover.keep")
	if err != nil {
		return err
	}
	guests, err := s.Policies.Duration(ctx, tx, "support.keep.guest")
	if err != nil {
		return err
	}
	ids, err := newQueries(tx).Stale(ctx, staleParams{ChangedAt: db.Micros(tx.Now().Add(-keep)), ChangedAt_2: db.Micros(tx.Now().Add(-guests))})
	if err != nil {
		return fmt.Errorf("read recoveries: %w", err)
	}
	return s.erase(ctx, tx, ids)
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, ids []string) error {
	q := newQueries(tx)
	for _, id := range ids {
		for _, erase := range []func(context.Context, string) error{q.EraseEvents, q.Erase} {
			if err := erase(ctx, id); err != nil {
				return fmt.Errorf("erase recovery: %w", err)
			}
		}
		if err := s.Tickets.EraseFiles(ctx, tx, id); err != nil {
			return err
		}
		if err := s.record(ctx, tx, system(), "recover.erase", &course{row: recoveryRow{ID: id}}, nil); err != nil {
			return err
		}
	}
	return nil
}
