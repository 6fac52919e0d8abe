// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth/agent"
)

// Closed is published when an account is closed: what others keep going for it ends.
type Closed struct {
	Account string `json:"account"`
	Person  string `json:"person"`
}

// Event names the event.
func (Closed) Event() string { return "auth.closed" }

// Gone reports that an account was closed: it has no contacts, and nothing is told to it or done for it any more.
func (a Account) Gone() bool { return a.Phone == "closed/"+a.ID } // as CloseAccount in store.sql has it

// left publishes that a browser was left, unless it has another session.
func (s *Service) left(ctx context.Context, tx *db.Tx, e agent.Left) error {
	if !e.All {
		n, err := newQueries(tx).CountOnDevice(ctx, countOnDeviceParams{AccountID: e.Account, DeviceKey: e.Device, ExpiresAt: db.Micros(tx.Now())})
		if err != nil || n > 0 || e.Device == "" {
			return err
		}
	}
	return jobs.Publish(ctx, tx, e)
}

// Close ends an account inside the act of a higher service: its sessions, its ways in and its contacts, so
// that the phone and the address are free for another. Staff are dismissed, not closed.
func (s *Service) Close(ctx context.Context, tx *db.Tx, a Account) error {
	if _, err := s.EndSessions(ctx, tx, a.ID); err != nil {
		return err
	}
	q := newQueries(tx)
	if err := q.DropDevices(ctx, a.ID); err != nil {
		return fmt.Errorf("forget devices: %w", err)
	}
	if err := s.factors.Forget(ctx, tx, a.ID); err != nil {
		return err
	}
	if s.outside != nil {
		if err := s.outside.Forget(ctx, tx, a.ID); err != nil {
			return err
		}
	}
	n, err := q.CloseAccount(ctx, a.ID)
	if err != nil {
		return fmt.Errorf("close account: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "auth.account.missing")
	}
	return jobs.Publish(ctx, tx, Closed{Account: a.ID, Person: a.PersonID})
}
