// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package consult

import (
	"context"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// Work registers the ends of terms, and what goes with an account.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("consult.due", 10*time.Minute, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(s.lapseOrders(ctx, tx), s.lapseOffers(ctx, tx))
	})
	jobs.Subscribe(r, "consult", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		q := newQueries(tx)
		if _, err := q.DropOrdersOf(ctx, e.Account); err != nil {
			return fmt.Errorf("forget orders: %w", err)
		}
		if _, err := q.DropOffersOf(ctx, e.Account); err != nil {
			return fmt.Errorf("forget offers: %w", err)
		}
		return nil
	})
}

// system acts by itself.
func system() ra.Actor { return ra.Actor{Account: auth.Account{ID: "system"}} }

func (s *Service) lapseOrders(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	rows, err := q.OrdersDue(ctx, ordersDueParams{State: string(Waiting), DueAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	for _, row := range rows {
		if err := s.moveOrder(ctx, tx, row, Expired, "", ""); err != nil {
			return err
		}
		if err := s.record(ctx, tx, system(), "consult.expired", "order/"+row.ID, nil); err != nil {
			return err
		}
	}
	keep, err := s.Policies.Duration(ctx, tx, policyKeep)
	if err != nil {
		return err
	}
	if _, err := q.DropOrders(ctx, dropOrdersParams{State: string(Waiting), ChangedAt: db.Micros(tx.Now().Add(-keep))}); err != nil {
		return fmt.Errorf("forget orders: %w", err)
	}
	return nil
}

func (s *Service) lapseOffers(ctx context.Context, tx *db.Tx) error {
	rows, err := newQueries(tx).OffersDue(ctx, offersDueParams{State: string(Offered), DueAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("read offers: %w", err)
	}
	for _, row := range rows {
		if err := s.moveOffer(ctx, tx, row, Expired, ""); err != nil {
			return err
		}
		_, err := s.say(ctx, tx, row.TicketID, support.Said{Side: support.FromSystem, Words: "consult.said.expired"}, "")
		if err != nil && problem.KindOf(err) != problem.NotFound { // a ticket may have gone before its offer
			return err
		}
		if err := s.record(ctx, tx, system(), "consult.expired", "ticket/"+row.TicketID, nil); err != nil {
			return err
		}
	}
	return nil
}
