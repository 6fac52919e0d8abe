// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package habit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
)

// remindPage reminds those who have begun the list, a page of accounts at a time.
type remindPage struct {
	After string // the last account of the page before
}

// Kind names the job.
func (remindPage) Kind() string { return "habit.remind" }

// Work reminds once a day of what is due, and forgets who has left.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("habit.remind", 24*time.Hour, func(ctx context.Context, tx *db.Tx) error {
		return jobs.Insert(ctx, tx, remindPage{}, jobs.Unique("first"))
	})
	jobs.WorkTx(r, func(ctx context.Context, tx *db.Tx, job jobs.Job[remindPage]) error {
		return s.remind(ctx, tx, job.Args.After)
	})
	jobs.Subscribe(r, "habit", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		q := newQueries(tx)
		return errors.Join(q.DropDone(ctx, e.Account), q.DropCopies(ctx, e.Account), q.DropReminded(ctx, e.Account))
	})
}

func (s *Service) remind(ctx context.Context, tx *db.Tx, after string) error {
	on, err := s.Policies.Switch(ctx, tx, "habit.remind")
	if err != nil || !on {
		return err
	}
	every, err := s.Policies.Duration(ctx, tx, "habit.remind.every")
	if err != nil {
		return err
	}
	accounts, err := newQueries(tx).Beginners(ctx, after)
	if err != nil {
		return fmt.Errorf("read habits: %w", err)
	}
	for _, id := range accounts {
		if err := s.remindOf(ctx, tx, id, every); err != nil {
			return err
		}
		after = id
	}
	if len(accounts) < 200 {
		return nil
	}
	return jobs.Insert(ctx, tx, remindPage{after}, jobs.Unique(after))
}

// remindOf tells an account what is due, not oftener than every so long.
func (s *Service) remindOf(ctx context.Context, tx *db.Tx, accountID string, every time.Duration) error {
	q := newQueries(tx)
	last, err := q.RemindedAt(ctx, accountID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read reminder: %w", err)
	}
	if err == nil && tx.Now().Sub(db.Time(last)) < every {
		return nil
	}
	states, err := s.termed(ctx, tx, accountID)
	if err != nil {
		return err
	}
	due := 0
	for _, state := range states {
		if !state.Kept && !state.At.IsZero() {
			due++
		}
	}
	if due == 0 {
		return nil
	}
	a, err := s.Accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	profiles, err := s.Persons.Profiles(ctx, tx, a.PersonID)
	if err != nil || len(profiles) == 0 {
		return err
	}
	if err := q.PutReminded(ctx, putRemindedParams{AccountID: accountID, At: db.Micros(tx.Now())}); err != nil {
		return fmt.Errorf("store reminder: %w", err)
	}
	return s.Teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, notify.Event{
		Kind: "habit.due", Class: notify.Reminder, Action: true, Values: map[string]any{"Count": due}, URL: "/c/" + profiles[0].ID + "/security/habits", Dedup: tx.NewID(),
	})
}
