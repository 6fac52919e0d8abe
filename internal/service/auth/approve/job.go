// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package approve

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/factor"
)

// Work registers the sweep, and the end of trust: a device that was thrown out of the account
// approves nothing more, also when somebody signs in on it again. One that signed out by
// itself stays trusted.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Subscribe(r, "approve", func(ctx context.Context, tx *db.Tx, e agent.Left) error {
		if e.Own {
			return nil
		}
		device := e.Device
		if e.All {
			device = e.But
		}
		return s.factors.DropDevices(ctx, tx, factor.Actor{Account: e.Account}, e.All, device)
	})
	jobs.Subscribe(r, "approve.forget", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		if err := newQueries(tx).ForgetApprovals(ctx, e.Account); err != nil {
			return fmt.Errorf("forget approvals: %w", err)
		}
		return nil
	})
	r.Every("approve.sweep", time.Hour, func(ctx context.Context, tx *db.Tx) error {
		since, err := s.remembered(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := newQueries(tx).DropApprovals(ctx, db.Micros(since)); err != nil {
			return fmt.Errorf("sweep approvals: %w", err)
		}
		return nil
	})
}
