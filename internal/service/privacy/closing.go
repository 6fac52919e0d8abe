// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/draft"
	"podpis/internal/service/identity"
	"podpis/internal/service/support"
)

// Closing is the wish of a person to leave.
type Closing struct {
	AskedAt time.Time
	DueAt   time.Time // it closes then, unless the person thinks better of it
}

// Work closes what is due, and erases what the law no longer has us keep. A closing does not outlive the end of all
// sessions: one of them may have been a thief's, who asked for it.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("privacy.close", time.Minute, s.closeDue)
	r.Every("privacy.erase", time.Hour, s.eraseDue)
	jobs.Subscribe(r, "privacy.left", s.keepRobbed)
}

func (s *Service) keepRobbed(ctx context.Context, tx *db.Tx, e agent.Left) error {
	if !e.All || e.But != "" { // who ends the others asked for it themselves
		return nil
	}
	n, err := newQueries(tx).CancelClosing(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("cancel closing: %w", err)
	}
	if n == 0 {
		return nil
	}
	a, err := s.Accounts.AccountByID(ctx, tx, e.Account)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, tx, notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, "privacy.kept", nil); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "privacy.close.cancel", Object: "account/" + e.Account})
}

// ClosingOf tells whether an account is about to close.
func (s *Service) ClosingOf(ctx context.Context, a auth.Account) (c Closing, asked bool, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).GetClosing(ctx, a.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read closing: %w", err)
		}
		c, asked = Closing{AskedAt: db.Time(row.AskedAt), DueAt: db.Time(row.DueAt)}, true
		return nil
	})
	return c, asked, err
}

// AskClose asks for the account to be closed. It closes after a while: whoever got in by stealth must not be
// able to destroy at once what its owner has.
func (s *Service) AskClose(ctx context.Context, actor support.Actor, agreed bool) error {
	if !agreed {
		return problem.New(problem.Invalid, "privacy.close.agree").At("agree_close")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		wait, err := s.Policies.Duration(ctx, tx, "privacy.close.wait")
		if err != nil {
			return err
		}
		a, due := actor.Account, tx.Now().Add(wait)
		n, err := newQueries(tx).InsertClosing(ctx, insertClosingParams{AccountID: a.ID, PersonID: a.PersonID, AskedAt: db.Micros(tx.Now()), DueAt: db.Micros(due)})
		if err != nil {
			return fmt.Errorf("store closing: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "privacy.close.asked")
		}
		if err := s.tell(ctx, tx, notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, "privacy.closing", map[string]any{"Due": due}); err != nil {
			return err
		}
		return s.recordClosing(ctx, tx, "privacy.close.ask", actor)
	})
}

// CancelClose calls the closing off.
func (s *Service) CancelClose(ctx context.Context, actor support.Actor) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).CancelClosing(ctx, actor.Account.ID)
		if err != nil {
			return fmt.Errorf("cancel closing: %w", err)
		}
		if n == 0 {
			return nil // pressed twice
		}
		return s.recordClosing(ctx, tx, "privacy.close.cancel", actor)
	})
}

func (s *Service) recordClosing(ctx context.Context, tx *db.Tx, action string, actor support.Actor) error {
	account := "account/" + actor.Account.ID
	return audit.Record(ctx, tx, audit.Entry{Actor: account, Action: action, Object: account, Origin: actor.Client.Network})
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, to notify.Person, kind string, values map[string]any) error {
	return s.Teller.Tell(ctx, tx, to, notify.Event{Kind: kind, Class: notify.Security, Values: values, Dedup: tx.NewID()})
}

func (s *Service) closeDue(ctx context.Context, tx *db.Tx) error {
	due, err := newQueries(tx).DueClosings(ctx, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("read closings: %w", err)
	}
	for _, id := range due {
		if err := s.close(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// close ends an account. Its last message goes to contacts that are forgotten in the same act.
func (s *Service) close(ctx context.Context, tx *db.Tx, accountID string) error {
	a, err := s.Accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	until, err := s.keepUntil(ctx, tx, a.PersonID)
	if err != nil {
		return err
	}
	settings, err := s.Teller.Settings(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	to := notify.Person{Phone: a.Phone, Mail: a.Mail, Language: settings.Language}
	if err := s.tell(ctx, tx, to, "privacy.closed", map[string]any{"Until": until}); err != nil {
		return err
	}
	if err := s.Accounts.Close(ctx, tx, a); err != nil {
		return err
	}
	if err := s.Persons.Retire(ctx, tx, a.PersonID); err != nil {
		return err
	}
	if err := s.Drafts.Forget(ctx, tx, draft.OfAccount(a.ID)); err != nil {
		return err
	}
	if _, err := newQueries(tx).DoneClosing(ctx, doneClosingParams{AccountID: a.ID, DoneAt: db.Micros(tx.Now()), EraseAt: db.Micros(until)}); err != nil {
		return fmt.Errorf("store closing: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "system", Action: "privacy.close", Object: "account/" + a.ID, Details: map[string]any{"person": a.PersonID, "until": until.UTC().Format(time.DateOnly)},
	})
}

// keepUntil is when the data of a person may go: some days after the account is closed, or, where a
// certificate was made, the time that an authority keeps what it was made by.
func (s *Service) keepUntil(ctx context.Context, tx *db.Tx, personID string) (time.Time, error) {
	last, err := s.LastEnd(ctx, tx, personID)
	if err != nil {
		return last, err
	}
	key, from := "privacy.keep.account", tx.Now()
	if !last.IsZero() {
		key = "privacy.keep.certificate"
		if last.After(from) {
			from = last
		}
	}
	keep, err := s.Policies.Duration(ctx, tx, key)
	return from.Add(keep), err
}

func (s *Service) eraseDue(ctx context.Context, tx *db.Tx) error {
	due, err := newQueries(tx).DueErasures(ctx, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("read erasures: %w", err)
	}
	for _, row := range due {
		if err := s.Persons.Erase(ctx, tx, identity.Erased{Account: row.AccountID, Person: row.PersonID}); err != nil {
			return err
		}
		if _, err := newQueries(tx).ErasedClosing(ctx, erasedClosingParams{AccountID: row.AccountID, ErasedAt: db.Micros(tx.Now())}); err != nil {
			return fmt.Errorf("store erasure: %w", err)
		}
		err := audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "privacy.erase", Object: "person/" + row.PersonID})
		if err != nil {
			return err
		}
	}
	return nil
}
