// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/wire/egr"
)

// fetchEntry is the job that asks about an entry.
type fetchEntry struct {
	Register egr.Register
	Number   string
}

// Kind names the job.
func (fetchEntry) Kind() string { return "egrip.fetch" }

// byItself is the actor of what nobody asked for.
const byItself = "system"

// most is how many entries one look asks about.
const most = 200

// Work registers the background work: questions to be asked again, and a look every so
// often for roles that were not checked for as long as the policy says.
func (s *Service) Work(runner *jobs.Runner, every time.Duration) {
	jobs.Work(runner, func(ctx context.Context, job jobs.Job[fetchEntry]) error {
		_, err := s.Fetch(ctx, byItself, "", job.Args.Register, job.Args.Number)
		return err
	})
	if s.client == nil {
		return
	}
	runner.Every("egrip.recheck", every, s.recheck)
}

func (s *Service) recheck(ctx context.Context, tx *db.Tx) error {
	age, err := s.policies.Duration(ctx, tx, policyRecheck)
	if err != nil {
		return err
	}
	q := newQueries(tx)
	rows, err := q.RolesDue(ctx, rolesDueParams{CheckedAt: db.Micros(tx.Now().Add(-age)), Limit: most})
	if err != nil {
		return fmt.Errorf("find roles: %w", err)
	}
	for _, r := range rows {
		job := fetchEntry{egr.Register(r.Register), r.Number}
		if err := jobs.Insert(ctx, tx, job, jobs.Unique(r.Register+"/"+r.Number), jobs.MaxAttempts(1)); err != nil {
			return err
		}
		// Asked about once, answered or not: the next look goes on to others.
		if err := q.Checked(ctx, checkedParams{r.Register, r.Number, db.Micros(tx.Now())}); err != nil {
			return fmt.Errorf("mark role: %w", err)
		}
	}
	return nil
}

// follow tells those whose role an answer is about when its state is another than they
// were told, and goes on with requests that waited for the register.
func (s *Service) follow(ctx context.Context, tx *db.Tx, register egr.Register, number string) error {
	q := newQueries(tx)
	rows, err := q.RolesOf(ctx, rolesOfParams{string(register), number})
	if err != nil {
		return fmt.Errorf("find roles: %w", err)
	}
	e, err := s.entry(ctx, tx, register, number)
	if err != nil {
		return err
	}
	for _, row := range rows {
		before, now := Group(row.Standing), e.Group()
		p, err := s.persons.Profile(ctx, tx, row.PersonID, row.ProfileID)
		if err != nil {
			return err
		}
		if err := s.followHead(ctx, tx, row.AccountID, p, e); err != nil {
			return err
		}
		if before != now && before != "" {
			event := Changed{AccountID: row.AccountID, ProfileID: p.ID, Title: p.Title, Number: number, From: before, To: now, AsOf: e.AsOf}
			if e.Record != nil && e.Record.Ceased != nil {
				event.Status = e.Record.Ceased.Name
			}
			if err := jobs.Publish(ctx, tx, event); err != nil {
				return err
			}
		}
		err = q.PutRole(ctx, putRoleParams{
			ProfileID: row.ProfileID, AccountID: row.AccountID, PersonID: row.PersonID, Register: row.Register, Number: row.Number,
			Data: row.Data, Standing: string(now), CheckedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store role: %w", err)
		}
	}
	return s.resume(ctx, tx, register, number, e)
}
