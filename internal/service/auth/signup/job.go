// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signup

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
)

// Work registers the sweep of sign-ups whose time is over.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("signup.sweep", time.Hour, func(ctx context.Context, tx *db.Tx) error {
		if _, err := newQueries(tx).DropSignups(ctx, db.Micros(tx.Now())); err != nil {
			return fmt.Errorf("sweep sign-ups: %w", err)
		}
		return nil
	})
}
