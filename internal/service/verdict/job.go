// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
)

// Work registers the sweep of links that have ended.
func (s *Service) Work(r *jobs.Runner) { r.Every("verdict.sweep", time.Hour, s.sweep) }

func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	if _, err := newQueries(tx).DropVerdicts(ctx, db.Micros(tx.Now())); err != nil {
		return fmt.Errorf("sweep judgements: %w", err)
	}
	return nil
}
