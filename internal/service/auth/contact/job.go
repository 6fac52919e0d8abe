// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contact

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
)

// Work registers what time does to changes, and the end of those of closed accounts and of accounts whose
// sessions were all ended: one of them may have been a thief's, who asked for the change.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("contact.pass", time.Minute, s.pass)
	jobs.Subscribe(r, "contact.left", func(ctx context.Context, tx *db.Tx, e agent.Left) error {
		if !e.All || e.But != "" { // who ends the others asked for it themselves
			return nil
		}
		return s.refuseAll(ctx, tx, e.Account)
	})
	jobs.Subscribe(r, "contact", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		if _, err := newQueries(tx).DropChanges(ctx, e.Account); err != nil {
			return fmt.Errorf("forget changes: %w", err)
		}
		return nil
	})
}

// course is a change inside an act.
type course struct {
	row  contactChangeRow
	data data
}

func (c *course) state() State { return State(c.row.State) }

// live is the state at a time: one whose term has passed has ended before the job says so.
func (c *course) live(now time.Time) State {
	if c.state() == Code && !db.Time(c.row.DueAt).After(now) {
		return Expired
	}
	return c.state()
}

func (c *course) view(now time.Time) Change {
	return Change{
		Kind: Kind(c.row.Kind), State: c.live(now), New: c.data.New, Challenge: auth.Challenge{ID: c.row.ChallengeID},
		DueAt: db.Time(c.row.DueAt), At: db.Time(c.row.ChangedAt),
	}
}

func place(id string) []byte { return []byte("contact_change/" + id) }

func (s *Service) open(row contactChangeRow) (*course, error) {
	c := &course{row: row}
	return c, s.Ring.OpenJSON(row.Data, place(row.ID), &c.data)
}

// latest is the latest change of a kind, nil when there was none.
func (s *Service) latest(ctx context.Context, tx *db.Tx, accountID string, kind Kind) (*course, error) {
	row, err := newQueries(tx).LatestChange(ctx, latestChangeParams{AccountID: accountID, Kind: string(kind)})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // there was none
	} else if err != nil {
		return nil, fmt.Errorf("read change: %w", err)
	}
	return s.open(row)
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, id, accountID string, kind Kind, challengeID string, d data) error {
	sealed, err := s.Ring.SealJSON(d, place(id))
	if err != nil {
		return err
	}
	life, err := s.Policies.Duration(ctx, tx, Turns()[Code].Term)
	if err != nil {
		return err
	}
	err = newQueries(tx).InsertChange(ctx, insertChangeParams{
		ID: id, AccountID: accountID, Kind: string(kind), State: string(Code), Data: sealed, ChallengeID: challengeID, StopHash: []byte{},
		DueAt: db.Micros(tx.Now().Add(life)), CreatedAt: db.Micros(tx.Now()),
	})
	if db.IsUnique(err) { // asked for in another window meanwhile
		return problem.New(problem.Conflict, "contact.pending").At(string(kind)).Because(err)
	} else if err != nil {
		return fmt.Errorf("store change: %w", err)
	}
	return nil
}

// move leads a change to another state by the table, with the term of that state.
func (s *Service) move(ctx context.Context, tx *db.Tx, c *course, to State) error {
	if !slices.Contains(Moves()[c.state()], to) {
		return problem.New(problem.Conflict, "contact.missing")
	}
	c.row.State, c.row.DueAt = string(to), 0
	if turn, waits := Turns()[to]; waits {
		term, err := s.Policies.Duration(ctx, tx, turn.Term)
		if err != nil {
			return err
		}
		c.row.DueAt = db.Micros(tx.Now().Add(term))
	}
	return s.save(ctx, tx, c)
}

func (s *Service) save(ctx context.Context, tx *db.Tx, c *course) error {
	if c.row.StopHash == nil { // an empty one is read back as nothing
		c.row.StopHash = []byte{}
	}
	err := newQueries(tx).UpdateChange(ctx, updateChangeParams{
		ID: c.row.ID, State: c.row.State, ChallengeID: c.row.ChallengeID, StopHash: c.row.StopHash, DueAt: c.row.DueAt, ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store change: %w", err)
	}
	return nil
}

// pass is what time does: codes expire, and what has cooled takes effect.
func (s *Service) pass(ctx context.Context, tx *db.Tx) error {
	for state, do := range map[State]func(context.Context, *db.Tx, *course) error{
		Code:    func(ctx context.Context, tx *db.Tx, c *course) error { return s.move(ctx, tx, c, Expired) },
		Cooling: s.ripe,
	} {
		rows, err := newQueries(tx).ChangesDue(ctx, changesDueParams{State: string(state), DueAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("read changes: %w", err)
		}
		for _, row := range rows {
			if err := s.bySystem(ctx, tx, row, do); err != nil {
				return err
			}
		}
	}
	keep, err := s.Policies.Duration(ctx, tx, policyKeep)
	if err != nil {
		return err
	}
	if _, err := newQueries(tx).DropEnded(ctx, db.Micros(tx.Now().Add(-keep))); err != nil {
		return fmt.Errorf("forget changes: %w", err)
	}
	return nil
}

// bySystem does something with a change that nobody asked for just now.
func (s *Service) bySystem(ctx context.Context, tx *db.Tx, row contactChangeRow, do func(context.Context, *db.Tx, *course) error) error {
	c, err := s.open(row)
	if err != nil {
		return err
	}
	if err := do(ctx, tx, c); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "system", Action: "contact." + c.row.State, Object: "account/" + row.AccountID, Details: map[string]any{"kind": row.Kind, "change": row.ID},
	})
}

// refuseAll ends the changes of an account that are under way.
func (s *Service) refuseAll(ctx context.Context, tx *db.Tx, accountID string) error {
	rows, err := newQueries(tx).PendingOf(ctx, accountID)
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	for _, row := range rows {
		if err := s.bySystem(ctx, tx, row, s.refuse); err != nil {
			return err
		}
	}
	return nil
}

// refuse ends a change. Contacts that were told of it are told.
func (s *Service) refuse(ctx context.Context, tx *db.Tx, c *course) error {
	told := c.state() == Cooling
	c.row.StopHash = []byte{}
	if err := s.move(ctx, tx, c, Refused); err != nil || !told {
		return err
	}
	return s.tell(ctx, tx, c, "contact.refused", "")
}

// ripe puts a change in force whose time has come, unless somebody has taken the contact
// meanwhile, the account has another one by now, or the way in was changed or closed since it was asked for.
func (s *Service) ripe(ctx context.Context, tx *db.Tx, c *course) error {
	taken, err := s.Accounts.Taken(ctx, tx, c.data.New, c.row.AccountID)
	if err != nil {
		return err
	}
	a, err := s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
	if err != nil {
		return err
	}
	_, blocked, err := s.Accounts.Closed(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if taken || blocked || a.PasswordAt.After(db.Time(c.row.CreatedAt)) || old(a, Kind(c.row.Kind)) != c.data.Old {
		return s.refuse(ctx, tx, c)
	}
	return s.apply(ctx, tx, c, "account/"+c.row.AccountID)
}

// tell sends what becomes of a change to the contacts of the account. stop is the link that
// stops it.
func (s *Service) tell(ctx context.Context, tx *db.Tx, c *course, kind, stop string) error {
	a, err := s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
	if err != nil {
		return err
	}
	return s.Teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, notify.Event{
		Kind: kind, Class: notify.Security, Link: stop, URL: "/recover", Dedup: c.row.ID,
		Values: map[string]any{"What": notify.Key("contact.kind." + c.row.Kind), "Due": db.Time(c.row.DueAt)},
	})
}

// tellNew greets the new contact.
func (s *Service) tellNew(ctx context.Context, tx *db.Tx, c *course) error {
	to := notify.Person{Phone: c.data.New, Language: c.data.Language}
	if Kind(c.row.Kind) == Mail {
		to.Phone, to.Mail = "", c.data.New
	}
	return s.Teller.Tell(ctx, tx, to, notify.Event{
		Kind: "contact.new", Class: notify.Security, URL: "/recover", Dedup: c.row.ID,
		Values: map[string]any{"What": notify.Key("contact.kind." + c.row.Kind)},
	})
}
