// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
)

// Consent is whether an account asked for letters in a system outside.
type Consent struct {
	Outlet string
	Since  time.Time // zero: it did not
}

// Consents are the systems outside that one may ask for, with what the account said.
func (s *Service) Consents(ctx context.Context, actor Actor) (list []Consent, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		given, err := s.Given(ctx, tx, actor.Account.ID)
		for _, o := range s.outlets {
			if o.Asked {
				list = append(list, Consent{o.Name, given[o.Name]})
			}
		}
		return err
	})
	return list, err
}

// Given are the systems outside that an account asked for, with since when.
func (s *Service) Given(ctx context.Context, tx *db.Tx, accountID string) (map[string]time.Time, error) {
	rows, err := newQueries(tx).ConsentsOf(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	given := map[string]time.Time{}
	for _, row := range rows {
		given[row.Outlet] = db.Time(row.GivenAt)
	}
	return given, nil
}

// TakeBack ends what an account asked for inside the act of a higher service.
func (s *Service) TakeBack(ctx context.Context, tx *db.Tx, accountID string) error {
	if err := newQueries(tx).ForgetConsents(ctx, accountID); err != nil {
		return fmt.Errorf("forget consents: %w", err)
	}
	return nil
}

// SetConsent asks for letters in a system outside, or for none from now on. What was given counts from the
// first time; it can be taken back of a system that is connected no more.
func (s *Service) SetConsent(ctx context.Context, actor Actor, outlet string, given bool) error {
	if given && !slices.ContainsFunc(s.outlets, func(o Outlet) bool { return o.Asked && o.Name == outlet }) {
		return problem.New(problem.NotFound, "inbox.outlet.missing")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q, account := newQueries(tx), actor.Account.ID
		var err error
		if given {
			err = q.PutConsent(ctx, putConsentParams{account, outlet, db.Micros(tx.Now())})
		} else {
			err = q.DropConsent(ctx, dropConsentParams{account, outlet})
		}
		if err != nil {
			return fmt.Errorf("store consent: %w", err)
		}
		return s.record(ctx, tx, actor, "inbox.outlet", "account/"+account, map[string]any{"outlet": outlet, "given": given})
	})
}

// handOn gives a letter to the outlets that take its like and that the person asked for.
func (s *Service) handOn(ctx context.Context, tx *db.Tx, e notify.Told) error {
	given, err := s.Given(ctx, tx, e.Account)
	if err != nil {
		return err
	}
	tries, err := s.policies.Number(ctx, tx, "inbox.outlet.tries")
	if err != nil {
		return err
	}
	for _, o := range s.outlets {
		if !slices.Contains(o.Classes, e.Class) || len(o.Kinds) > 0 && !slices.Contains(o.Kinds, e.Kind) || o.Asked && given[o.Name].IsZero() {
			continue
		}
		if err := jobs.Insert(ctx, tx, handOver{o.Name, e.Account, e.Letter}, jobs.Unique(o.Name+"/"+e.Letter), jobs.MaxAttempts(int(max(tries, 1)))); err != nil {
			return err
		}
	}
	return nil
}

// lost tells who is responsible that an outlet did not take a letter, once a day: the person
// has it in the inbox here and can do nothing about it.
func (s *Service) lost(ctx context.Context, outlet string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		chief, err := s.policies.String(ctx, tx, "inbox.outlet.chief")
		if err != nil || chief == "" {
			return err
		}
		return s.teller.Tell(ctx, tx, notify.Person{Mail: chief}, notify.Event{
			Kind: "outlet.failed", Class: notify.Case, Values: map[string]any{"Outlet": notify.Key("outlet." + outlet)}, URL: "/admin/connectors",
			Dedup: outlet + "/" + tx.Now().Format(time.DateOnly),
		})
	})
}
