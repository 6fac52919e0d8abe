// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package habit

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
)

// fewCodes is how many recovery codes are too few to rest on.
const fewCodes = 2

// List tells how all habits of an account stand.
func (s *Service) List(ctx context.Context, a auth.Account) (list []State, err error) {
	has, err := s.Factors.Of(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	open, err := s.Accounts.Sessions(ctx, a)
	if err != nil {
		return nil, err
	}
	old, err := s.Accounts.PasswordOld(ctx, a)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		sessions, err := s.sessions(ctx, tx, a, len(open))
		if err != nil {
			return err
		}
		rest, err := s.termed(ctx, tx, a.ID)
		list = append([]State{{Name: Password, Known: true, At: a.PasswordAt, Kept: !old}, second(has), {Name: Codes, Known: true, At: has.CodesMade, Kept: has.CodesLeft > fewCodes}, sessions}, rest...)
		return err
	})
	return list, err
}

// second is when the newest method of the second step was added.
func second(has factor.Overview) State {
	state := State{Name: Second, Known: true, Kept: len(has.Methods) > 0}
	for _, m := range has.Methods {
		if m.AddedAt.After(state.At) {
			state.At = m.AddedAt
		}
	}
	return state
}

// sessions reads from the record when the person last ended one. One session alone is in
// order whenever that was.
func (s *Service) sessions(ctx context.Context, tx *db.Tx, a auth.Account, open int) (State, error) {
	state := State{Name: Sessions, Known: true, Kept: open <= 1}
	every, err := s.Policies.Duration(ctx, tx, "habit.every.sessions")
	if err != nil {
		return state, err
	}
	for _, action := range []string{"auth.session.end", "auth.session.end_others"} {
		lines, err := audit.List(ctx, tx, audit.Filter{Actor: "account/" + a.ID, Action: action, Limit: 1})
		if err != nil {
			return state, err
		}
		if len(lines) > 0 && lines[0].At.After(state.At) {
			state.At = lines[0].At
		}
	}
	if !state.Kept && !state.At.IsZero() {
		state.Due = state.At.Add(every)
		state.Kept = tx.Now().Before(state.Due)
	}
	return state, nil
}

// termed are the habits that the person tells of, and those of the copies.
func (s *Service) termed(ctx context.Context, tx *db.Tx, accountID string) (list []State, err error) {
	rows, err := newQueries(tx).DoneOf(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read habits: %w", err)
	}
	at := map[Name]time.Time{}
	for _, r := range rows {
		at[Name(r.Habit)] = db.Time(r.At)
	}
	copies, err := s.copies(ctx, tx, accountID)
	if err != nil {
		return nil, err
	}
	there := 0
	for _, c := range copies {
		if !c.EndedAt.IsZero() {
			continue
		}
		if there++; there == 1 || c.ConfirmedAt.Before(at[Copies]) { // the oldest word counts
			at[Copies] = c.ConfirmedAt
		}
		if !c.Unsafe() && c.MadeAt.After(at[Backup]) {
			at[Backup] = c.MadeAt
		}
	}
	for _, name := range []Name{Backup, Copies, Contacts, Updates} {
		every, err := s.Policies.Duration(ctx, tx, "habit.every."+string(name))
		if err != nil {
			return nil, err
		}
		state := State{Name: name, At: at[name]}
		if !state.At.IsZero() {
			state.Due = state.At.Add(every)
			state.Kept = tx.Now().Before(state.Due)
		}
		list = append(list, state)
	}
	return list, nil
}

// Done takes the person's word that a habit was kept today. Of copies it says that there are
// none: those there are have to be confirmed one by one.
func (s *Service) Done(ctx context.Context, actor Actor, name Name) error {
	if !spoken(name) {
		return problem.New(problem.Invalid, "habit.unknown")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if name == Copies {
			list, err := s.copies(ctx, tx, actor.Account.ID)
			if err != nil {
				return err
			}
			for _, c := range list {
				if c.EndedAt.IsZero() {
					return problem.New(problem.Conflict, "habit.copies.there")
				}
			}
		}
		if err := newQueries(tx).PutDone(ctx, putDoneParams{AccountID: actor.Account.ID, Habit: string(name), At: db.Micros(tx.Now())}); err != nil {
			return fmt.Errorf("store habit: %w", err)
		}
		return record(ctx, tx, actor, "habit.done", map[string]any{"habit": string(name)})
	})
}

func record(ctx context.Context, tx *db.Tx, actor Actor, action string, details map[string]any) error {
	account := "account/" + actor.Account.ID
	return audit.Record(ctx, tx, audit.Entry{Actor: account, Action: action, Object: account, Origin: actor.Origin, Details: details})
}

// Copies are the copies of an account, those that are there first.
func (s *Service) Copies(ctx context.Context, a auth.Account) (list []Copy, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.copies(ctx, tx, a.ID)
		return err
	})
	return list, err
}

func (s *Service) copies(ctx context.Context, tx *db.Tx, accountID string) (list []Copy, err error) {
	every, err := s.Policies.Duration(ctx, tx, "habit.every.copies")
	if err != nil {
		return nil, err
	}
	rows, err := newQueries(tx).CopiesOf(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read copies: %w", err)
	}
	for _, r := range rows {
		var w words
		if err := s.Ring.OpenJSON(r.Words, copyPlace(r.ID), &w); err != nil {
			return nil, fmt.Errorf("open copy: %w", err)
		}
		c := Copy{
			ID: r.ID, Key: w.Key, Medium: w.Medium, Place: w.Place, Conditions: w.Conditions, Encrypted: w.Encrypted,
			MadeAt: db.Time(r.MadeAt), ConfirmedAt: db.Time(r.ConfirmedAt), EndedAt: db.Time(r.EndedAt),
		}
		c.DueAt = c.ConfirmedAt.Add(every)
		c.Stale = c.EndedAt.IsZero() && !tx.Now().Before(c.DueAt)
		list = append(list, c)
	}
	return list, nil
}

// AddCopy writes down that there is a copy.
func (s *Service) AddCopy(ctx context.Context, actor Actor, c Copy) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := c.check(tx.Now()); err != nil {
			return err
		}
		q, id := newQueries(tx), tx.NewID()
		n, err := q.CountCopies(ctx, actor.Account.ID)
		if err != nil {
			return fmt.Errorf("count copies: %w", err)
		}
		if n >= maxCopies {
			return problem.New(problem.Limited, "habit.copy.many")
		}
		sealed, err := s.Ring.SealJSON(words{c.Key, c.Medium, c.Place, c.Conditions, c.Encrypted}, copyPlace(id))
		if err != nil {
			return fmt.Errorf("seal copy: %w", err)
		}
		err = q.InsertCopy(ctx, insertCopyParams{ID: id, AccountID: actor.Account.ID, Words: sealed, MadeAt: db.Micros(c.MadeAt), ConfirmedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store copy: %w", err)
		}
		return record(ctx, tx, actor, "habit.copy.add", map[string]any{"copy": id})
	})
}

// ConfirmCopy takes the person's word that a copy is there and as it was.
func (s *Service) ConfirmCopy(ctx context.Context, actor Actor, id string) error {
	return s.change(ctx, actor, id, "habit.copy.confirm", func(q *queries, now int64) (int64, error) {
		return q.ConfirmCopy(ctx, confirmCopyParams{ID: id, AccountID: actor.Account.ID, ConfirmedAt: now})
	})
}

// EndCopy writes down that a copy is no more.
func (s *Service) EndCopy(ctx context.Context, actor Actor, id string) error {
	return s.change(ctx, actor, id, "habit.copy.end", func(q *queries, now int64) (int64, error) {
		return q.EndCopy(ctx, endCopyParams{ID: id, AccountID: actor.Account.ID, EndedAt: now})
	})
}

func (s *Service) change(ctx context.Context, actor Actor, id, action string, do func(q *queries, now int64) (int64, error)) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := do(newQueries(tx), db.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("store copy: %w", err)
		}
		if n == 0 { // of another, or no more
			return problem.New(problem.NotFound, "habit.copy.missing")
		}
		return record(ctx, tx, actor, action, map[string]any{"copy": id})
	})
}
