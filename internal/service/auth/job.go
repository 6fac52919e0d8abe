// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/egrip"
)

// Work registers the sweep of what has run out, the notices of what package factor changes,
// and what follows the register.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("auth.sweep", time.Hour, s.sweep)
	s.tellOfFactors(r)
	s.followRegister(r)
}

// keepDevices is how long a browser is remembered that does not come back.
const keepDevices = 400 * 24 * time.Hour

// keepFailures is how long a counter of tries is kept after its last use.
const keepFailures = 24 * time.Hour

func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	now := db.Micros(tx.Now())
	old := db.Micros(tx.Now().Add(-keepFailures))
	for what, drop := range map[string]func() (int64, error){
		"challenges": func() (int64, error) { return q.DropChallenges(ctx, old) },
		"failures":   func() (int64, error) { return q.DropFailures(ctx, dropFailuresParams{FirstAt: old, LockedUntil: now}) },
		"sessions":   func() (int64, error) { return q.DropSessions(ctx, now) },
		"alarms":     func() (int64, error) { return q.DropAlarms(ctx, now) },
		"devices":    func() (int64, error) { return q.DropOldDevices(ctx, db.Micros(tx.Now().Add(-keepDevices))) },
		"mail links": func() (int64, error) { return q.DropMailLinks(ctx, now) },
	} {
		if _, err := drop(); err != nil {
			return fmt.Errorf("sweep %s: %w", what, err)
		}
	}
	return nil
}

// followRegister calls an account by the name its person took from the register.
func (s *Service) followRegister(r *jobs.Runner) {
	jobs.Subscribe(r, "auth", func(ctx context.Context, tx *db.Tx, e egrip.Renamed) error {
		return s.Rename(ctx, tx, e.AccountID, e.Title, e.INN)
	})
}
