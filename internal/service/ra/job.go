// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"strings"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
)

// Work subscribes to what the authority tells. The answer of an order usually
// comes first; the event makes good what a crash between the two left open.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Subscribe(r, "ra", func(ctx context.Context, tx *db.Tx, e ca.CertificateIssued) error {
		id, ok := applicationOf(e.OrderKey)
		if !ok {
			return nil
		}
		if err := s.issued(ctx, tx, id, e.Serial); problem.KindOf(err) != problem.NotFound {
			return err
		}
		return nil // ordered on the command line
	})
	jobs.Subscribe(r, "ra", func(ctx context.Context, tx *db.Tx, e ca.CertificateAbandoned) error {
		id, ok := applicationOf(e.OrderKey)
		if !ok {
			return nil
		}
		rec, err := s.load(ctx, tx, id)
		if problem.KindOf(err) == problem.NotFound {
			return nil // ordered on the command line
		} else if err != nil || State(rec.row.State) != Issuing {
			return err
		}
		rec.data.Ordered = nil
		return s.move(ctx, tx, rec, authorityActor(), Fail, "ca.order.abandoned")
	})
}

// applicationOf is the application of an order key.
func applicationOf(orderKey string) (id string, ok bool) {
	id, _, ok = strings.Cut(orderKey, "/")
	return id, ok
}
