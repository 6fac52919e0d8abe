// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
)

// Work subscribes to what the authority tells. The answer of an order usually
// comes first; the event makes good what a crash between the two left open.
func (s *Service) Work(r *jobs.Runner) {
	s.followRegister(r)
	s.followLeavers(r)
	jobs.Subscribe(r, "ra", func(ctx context.Context, tx *db.Tx, e ca.CertificateIssued) error {
		id, ok := applicationOf(e.OrderKey)
		if !ok {
			return nil
		}
		if err := s.issued(ctx, tx, id, e.OrderKey, e.Serial); problem.KindOf(err) != problem.NotFound {
			return err
		}
		return nil // ordered on the command line
	})
	jobs.Subscribe(r, "ra", func(ctx context.Context, tx *db.Tx, e ca.CertificateAbandoned) error {
		id, ok := applicationOf(e.OrderKey)
		if !ok {
			return nil
		}
		err := s.failed(ctx, tx, authorityActor(), id, e.OrderKey, "ca.order.abandoned")
		if problem.KindOf(err) == problem.NotFound {
			return nil // ordered on the command line
		}
		return err
	})
	r.Every("ra.reconcile", time.Minute, s.reconcile)
	s.workReminders(r)
	s.workPrepared(r)
}

// Reconcile finishes orders that nobody told the end of.
func (s *Service) Reconcile(ctx context.Context) error { return s.db.Write(ctx, s.reconcile) }

// reconcile looks after applications that wait for the authority for long: a
// crash between the order here and the plan there leaves no event behind.
func (s *Service) reconcile(ctx context.Context, tx *db.Tx) error {
	patience, err := s.policies.Duration(ctx, tx, "ra.issue.patience")
	if err != nil {
		return err
	}
	rows, err := newQueries(tx).Unfinished(ctx, unfinishedParams{
		State: string(Issuing), ChangedAt: db.Micros(tx.Now().Add(-patience)),
	})
	if err != nil {
		return fmt.Errorf("read unfinished: %w", err)
	}
	for _, row := range rows {
		r, err := s.open(row)
		if err != nil {
			return err
		}
		serial, state, err := s.authority.OrderTx(ctx, tx, r.data.Ordered)
		switch {
		case problem.KindOf(err) == problem.NotFound:
			err = s.failed(ctx, tx, authorityActor(), row.ID, r.data.Ordered, "ca.order.abandoned")
		case err == nil && state == ca.Issued:
			err = s.issued(ctx, tx, row.ID, r.data.Ordered, serial)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applicationOf is the application of an order key.
func applicationOf(orderKey string) (id string, ok bool) {
	id, _, ok = strings.Cut(orderKey, "/")
	return id, ok
}
