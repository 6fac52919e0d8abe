// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/identity"
)

// eraseFollows removes the threads of a person who is erased, with their files.
func (s *Service) eraseFollows(r *jobs.Runner) {
	jobs.Subscribe(r, "support.erase", func(ctx context.Context, tx *db.Tx, e identity.Erased) error {
		q := newQueries(tx)
		files, err := q.TicketFilesOfAccount(ctx, e.Account)
		if err != nil {
			return fmt.Errorf("read files: %w", err)
		}
		for _, erase := range []func(context.Context, string) error{q.EraseTicketFiles, q.EraseTicketMessages, q.EraseTickets} {
			if err := erase(ctx, e.Account); err != nil {
				return fmt.Errorf("erase tickets: %w", err)
			}
		}
		for _, id := range files { // after the rows: a file without a row is found by nobody
			if err := s.blobs.Delete(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// eraseOld removes what guests wrote when its term has passed: they have no account that could be closed. The number stays
// in the record, and is not given twice.
func (s *Service) eraseOld(ctx context.Context, tx *db.Tx) error {
	keep, err := s.policies.Duration(ctx, tx, "support.keep.opinions")
	if err != nil {
		return err
	}
	q := newQueries(tx)
	n, err := q.EraseOpinions(ctx, db.Micros(tx.Now().Add(-keep)))
	if err != nil {
		return fmt.Errorf("erase opinions: %w", err)
	}
	if n > 0 {
		err := audit.Record(ctx, tx, audit.Entry{Actor: system().Name(), Action: "support.erase", Object: "opinions", Details: map[string]any{"count": n}})
		if err != nil {
			return err
		}
	}
	if keep, err = s.policies.Duration(ctx, tx, "support.keep.guest"); err != nil {
		return err
	}
	old, err := q.StaleOfGuests(ctx, db.Micros(tx.Now().Add(-keep)))
	if err != nil {
		return fmt.Errorf("read tickets of guests: %w", err)
	}
	for _, id := range old {
		if err := s.eraseThread(ctx, tx, id); err != nil {
			return err
		}
		if err := s.record(ctx, tx, system(), "support.erase", id, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) eraseThread(ctx context.Context, tx *db.Tx, id string) error {
	q := newQueries(tx)
	for _, erase := range []func(context.Context, string) error{q.EraseMessagesOf, q.EraseTicket} {
		if err := erase(ctx, id); err != nil {
			return fmt.Errorf("erase ticket: %w", err)
		}
	}
	return s.EraseFiles(ctx, tx, id)
}

// EraseFiles removes the files that came with a ticket or a recovery.
func (s *Service) EraseFiles(ctx context.Context, tx *db.Tx, id string) error {
	files, err := newQueries(tx).EraseFilesOf(ctx, id)
	if err != nil {
		return fmt.Errorf("erase files: %w", err)
	}
	for _, id := range files { // after the rows: a file without a row is found by nobody
		if err := s.blobs.Delete(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// eraseAt is when a guest's ticket goes; the zero time: it is not closed.
func (s *Service) eraseAt(ctx context.Context, tx *db.Tx, t Ticket) (time.Time, error) {
	if t.AccountID != "" || t.State != Closed {
		return time.Time{}, nil
	}
	keep, err := s.policies.Duration(ctx, tx, "support.keep.guest")
	return t.ChangedAt.Add(keep), err
}
