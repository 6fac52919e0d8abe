// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/egrip"
)

// followRegister calls an account by the name its person took from the register.
func (s *Service) followRegister(r *jobs.Runner) {
	jobs.Subscribe(r, "auth", func(ctx context.Context, tx *db.Tx, e egrip.Renamed) error {
		return s.Rename(ctx, tx, e.AccountID, e.Title, e.INN)
	})
}
