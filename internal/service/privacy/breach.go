// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Breach is a leak of personal data. The authority for the rights of subjects is told of it
// in one term and of what was found out in another.
type Breach struct {
	ID                  string
	Words               string
	People              int64
	FoundAt             time.Time
	TellBy, ResultsBy   time.Time
	ToldAt, ResultsAt   time.Time // zero: not yet
	TellLate, EndedLate bool      // a term has passed with nothing done
}

func breachPlace(id string) []byte { return []byte("breach/" + id) }

func (s *Service) administrate(ctx context.Context, tx *db.Tx, a auth.Account) error {
	current, err := s.Accounts.AccountByID(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if current.Role != auth.Administrator {
		return problem.New(problem.Forbidden, "auth.role.other")
	}
	return nil
}

// Breaches is the register, the newest first.
func (s *Service) Breaches(ctx context.Context, a auth.Account) (list []Breach, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.administrate(ctx, tx, a); err != nil {
			return err
		}
		tell, err := s.Policies.Duration(ctx, tx, "privacy.breach.tell")
		if err != nil {
			return err
		}
		results, err := s.Policies.Duration(ctx, tx, "privacy.breach.results")
		if err != nil {
			return err
		}
		rows, err := newQueries(tx).Breaches(ctx)
		if err != nil {
			return fmt.Errorf("read breaches: %w", err)
		}
		for _, row := range rows {
			words, err := s.Ring.Open(row.Words, breachPlace(row.ID))
			if err != nil {
				return fmt.Errorf("open breach: %w", err)
			}
			b := Breach{ID: row.ID, Words: string(words), People: row.People, FoundAt: db.Time(row.FoundAt), ToldAt: db.Time(row.ToldAt), ResultsAt: db.Time(row.ResultsAt)}
			keys.Zero(words)
			b.TellBy, b.ResultsBy = b.FoundAt.Add(tell), b.FoundAt.Add(results)
			b.TellLate, b.EndedLate = b.ToldAt.IsZero() && tx.Now().After(b.TellBy), b.ResultsAt.IsZero() && tx.Now().After(b.ResultsBy)
			list = append(list, b)
		}
		return nil
	})
	return list, err
}

// Enter puts a breach into the register: its terms run from now.
func (s *Service) Enter(ctx context.Context, a auth.Account, from auth.Client, words string, people int64) error {
	if words = strings.TrimSpace(words); words == "" {
		return problem.New(problem.Invalid, "privacy.breach.words").At("words")
	}
	if people < 0 {
		return problem.New(problem.Invalid, "privacy.breach.people").At("people")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.administrate(ctx, tx, a); err != nil {
			return err
		}
		id := tx.NewID()
		err := newQueries(tx).InsertBreach(ctx, insertBreachParams{
			ID: id, FoundAt: db.Micros(tx.Now()), People: people, Words: s.Ring.Seal([]byte(words), breachPlace(id)), EnteredBy: a.ID,
		})
		if err != nil {
			return fmt.Errorf("store breach: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + a.ID, Action: "privacy.breach", Object: "breach/" + id, Origin: from.Network})
	})
}

// Done notes that the authority was told ("tell"), or given the results ("results").
func (s *Service) Done(ctx context.Context, a auth.Account, from auth.Client, id, what string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.administrate(ctx, tx, a); err != nil {
			return err
		}
		var n int64
		var err error
		if what == "tell" {
			n, err = newQueries(tx).TellBreach(ctx, tellBreachParams{ID: id, ToldAt: db.Micros(tx.Now())})
		} else {
			n, err = newQueries(tx).EndBreach(ctx, endBreachParams{ID: id, ResultsAt: db.Micros(tx.Now())})
		}
		if err != nil {
			return fmt.Errorf("store breach: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "privacy.breach.order")
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + a.ID, Action: "privacy.breach." + what, Object: "breach/" + id, Origin: from.Network})
	})
}
