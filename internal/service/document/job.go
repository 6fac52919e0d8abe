// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/auth"
)

// Work registers the end of what was deleted, and of all that an account had.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("document.sweep", time.Hour, s.sweep)
	jobs.Subscribe(r, "document", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		rows, err := newQueries(tx).DocumentsOfAccount(ctx, e.Account)
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		ids := make([]string, 0, len(rows))
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		if err := newQueries(tx).DropRequisites(ctx, e.Account); err != nil {
			return fmt.Errorf("forget requisites: %w", err)
		}
		return s.drop(ctx, tx, ids)
	})
}

func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	undo, err := s.Policies.Duration(ctx, tx, policyUndo)
	if err != nil {
		return err
	}
	ids, err := newQueries(tx).DeletedBefore(ctx, db.Micros(tx.Now().Add(-undo)))
	if err != nil {
		return fmt.Errorf("read documents: %w", err)
	}
	return s.drop(ctx, tx, ids)
}

// drop removes documents for good: rows, then blobs, for a blob without a row is found by
// nobody.
func (s *Service) drop(ctx context.Context, tx *db.Tx, ids []string) error {
	for _, id := range ids {
		if err := newQueries(tx).DropDocument(ctx, id); err != nil {
			return fmt.Errorf("drop document: %w", err)
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "document.drop", Object: "document/" + id}); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := s.Blobs.Delete(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
