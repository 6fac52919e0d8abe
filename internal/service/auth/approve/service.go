// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package approve

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/factor"
)

// Service takes requests and answers.
type Service struct {
	db       *db.DB
	ring     *keys.Ring
	policies *policy.Book
	accounts *auth.Service
	factors  *factor.Service
}

// New returns the service.
func New(d *db.DB, ring *keys.Ring, policies *policy.Book, accounts *auth.Service, factors *factor.Service) *Service {
	return &Service{d, ring, policies, accounts, factors}
}

func place(id string) []byte { return []byte("approval/" + id) }

// Ask asks the devices of the account for the step of a session, and returns the request. A
// session that has one waiting keeps it: the devices are not told twice.
func (s *Service) Ask(ctx context.Context, token string, from auth.Client) (r Request, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err := s.accounts.MayStep(ctx, tx, token, factor.Device)
		if err != nil {
			return err
		}
		known, err := s.lately(ctx, tx, session.Account.ID)
		if err != nil {
			return err
		}
		for _, row := range known {
			if row.SessionID == session.ID && stateOf(row, tx.Now()) == Waiting {
				r, err = s.open(row, tx.Now())
				return err
			}
		}
		if err := s.bounded(ctx, tx, known); err != nil {
			return err
		}
		r, err = s.insert(ctx, tx, session, from)
		return err
	})
	return r, err
}

// lately are the requests of an account that count for [Service.bounded], the latest first.
func (s *Service) lately(ctx context.Context, tx *db.Tx, account string) ([]approvalRow, error) {
	since, err := s.remembered(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := newQueries(tx).ApprovalsOf(ctx, approvalsOfParams{AccountID: account, AskedAt: db.Micros(since)})
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	return rows, nil
}

// remembered is since when requests count: for the window, and for the pause where that is longer.
func (s *Service) remembered(ctx context.Context, tx *db.Tx) (time.Time, error) {
	window, err := s.policies.Duration(ctx, tx, "approve.window")
	if err != nil {
		return time.Time{}, err
	}
	pause, err := s.policies.Duration(ctx, tx, "approve.pause")
	return tx.Now().Add(-max(window, pause)), err
}

// bounded refuses what would be one question too many. A policy of none closes this way.
func (s *Service) bounded(ctx context.Context, tx *db.Tx, known []approvalRow) error {
	most, err := s.policies.Number(ctx, tx, "approve.asks")
	if err != nil {
		return err
	}
	pause, err := s.policies.Duration(ctx, tx, "approve.pause")
	if err != nil {
		return err
	}
	window, err := s.policies.Duration(ctx, tx, "approve.window")
	if err != nil {
		return err
	}
	asked, free := int64(0), tx.Now().Add(window)
	for _, row := range known {
		if left := db.Time(row.ChangedAt).Add(pause).Sub(tx.Now()); State(row.State) == Refused && left > 0 {
			return problem.New(problem.Limited, "approve.paused").After(left).With("Until", tx.Now().Add(left))
		}
		if over := db.Time(row.AskedAt).Add(window); over.After(tx.Now()) {
			asked, free = asked+1, over // of the earliest in the end
		}
	}
	if asked >= most {
		return problem.New(problem.Limited, "approve.too_many").After(free.Sub(tx.Now())).With("Until", free)
	}
	return nil
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, session auth.Session, from auth.Client) (Request, error) {
	life, err := s.policies.Duration(ctx, tx, "approve.life")
	if err != nil {
		return Request{}, err
	}
	tries, err := s.policies.Number(ctx, tx, "approve.tries")
	if err != nil {
		return Request{}, err
	}
	choices, number, err := draw()
	if err != nil {
		return Request{}, err
	}
	id, ends := tx.NewID(), tx.Now().Add(life)
	sealed, err := s.ring.SealJSON(details{session.Level == auth.Waiting, agent.Short(from.Device), from.Network, number, choices}, place(id))
	if err != nil {
		return Request{}, err
	}
	row := approvalRow{
		ID: id, AccountID: session.Account.ID, SessionID: session.ID, DeviceKey: session.DeviceKey, Sealed: sealed, State: string(Waiting),
		TriesLeft: max(tries, 1), AskedAt: db.Micros(tx.Now()), ExpiresAt: db.Micros(ends),
	}
	err = newQueries(tx).InsertApproval(ctx, insertApprovalParams{
		ID: row.ID, AccountID: row.AccountID, SessionID: row.SessionID, DeviceKey: row.DeviceKey, Sealed: row.Sealed, State: row.State,
		TriesLeft: row.TriesLeft, AskedAt: row.AskedAt, ExpiresAt: row.ExpiresAt,
	})
	if err != nil {
		return Request{}, fmt.Errorf("store approval: %w", err)
	}
	if err := s.record(ctx, tx, session, "approve.ask", id, from, ""); err != nil {
		return Request{}, err
	}
	if err := jobs.Publish(ctx, tx, Asked{ID: id, Account: row.AccountID, Expires: ends}); err != nil {
		return Request{}, err
	}
	return s.open(row, tx.Now())
}

// draw makes three numbers of two digits, in their order, and says which one is shown.
func draw() (choices []string, number string, err error) {
	for len(choices) < 3 {
		n, err := rand.Int(rand.Reader, big.NewInt(90))
		if err != nil {
			return nil, "", err
		}
		if text := strconv.FormatInt(n.Int64()+10, 10); !slices.Contains(choices, text) {
			choices = append(choices, text)
		}
	}
	number = choices[0] // drawn as the others: sorting tells nothing of it
	slices.Sort(choices)
	return choices, number, nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, session auth.Session, action, id string, from auth.Client, outcome string) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + session.Account.ID, Action: action, Object: "approval/" + id, Origin: from.Network, Outcome: outcome,
		Details: map[string]any{"account": session.Account.ID, "session": session.ID},
	})
}

func stateOf(row approvalRow, now time.Time) State {
	state := State(row.State)
	if (state == Waiting || state == Approved) && !now.Before(db.Time(row.ExpiresAt)) {
		return Expired
	}
	return state
}

func (s *Service) open(row approvalRow, now time.Time) (Request, error) {
	var d details
	if err := s.ring.OpenJSON(row.Sealed, place(row.ID), &d); err != nil {
		return Request{}, err
	}
	return Request{
		ID: row.ID, SignIn: d.SignIn, Device: d.Device, Network: d.Network, Number: d.Number, Choices: d.Choices, State: stateOf(row, now),
		TriesLeft: int(row.TriesLeft), AskedAt: db.Time(row.AskedAt), ExpiresAt: db.Time(row.ExpiresAt),
	}, nil
}

// Asking is the latest request of a session, for the browser that asks. ok is false when it
// has asked for nothing.
func (s *Service) Asking(ctx context.Context, session auth.Session) (r Request, ok bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, ok = Request{}, false
		known, err := s.lately(ctx, tx, session.Account.ID)
		i := slices.IndexFunc(known, func(row approvalRow) bool { return row.SessionID == session.ID })
		if err != nil || i < 0 {
			return err
		}
		ok = true
		r, err = s.open(known[i], tx.Now())
		return err
	})
	return r, ok, err
}

// Pending are the requests that wait for another browser than this, the latest first. The
// number is not told: it stands on the other screen.
func (s *Service) Pending(ctx context.Context, session auth.Session) (list []Request, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		known, err := s.lately(ctx, tx, session.Account.ID)
		if err != nil {
			return err
		}
		for _, row := range known {
			if row.SessionID == session.ID || stateOf(row, tx.Now()) != Waiting {
				continue
			}
			r, err := s.open(row, tx.Now())
			if err != nil {
				return err
			}
			r.Number = ""
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

// Request returns a request of the account of a session, without its number. One of another
// account is not found.
func (s *Service) Request(ctx context.Context, session auth.Session, id string) (r Request, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.of(ctx, tx, session, id)
		if err != nil {
			return err
		}
		r, err = s.open(row, tx.Now())
		r.Number = ""
		return err
	})
	return r, err
}

func (s *Service) of(ctx context.Context, tx *db.Tx, session auth.Session, id string) (approvalRow, error) {
	row, err := newQueries(tx).GetApproval(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.AccountID != session.Account.ID {
		return row, problem.New(problem.NotFound, "approve.missing")
	} else if err != nil {
		return row, fmt.Errorf("read approval: %w", err)
	}
	return row, nil
}

// Answer is what a device says: the number it chose, or a refusal. A wrong number and a
// refusal are acts that stay.
func (s *Service) Answer(ctx context.Context, token, id, number string, refuse bool, from auth.Client) error {
	var refusal error
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		session, err := s.accounts.MayStep(ctx, tx, token, factor.Device)
		if err != nil {
			return err
		}
		row, err := s.of(ctx, tx, session, id)
		if err != nil {
			return err
		}
		if err := mayAnswer(session, row, tx.Now(), from); err != nil {
			return err
		}
		switch {
		case refuse:
			return s.move(ctx, tx, session, row, Refused, from)
		default:
			r, err := s.open(row, tx.Now())
			if err != nil {
				return err
			}
			if err := s.factors.UseDevice(ctx, tx, row.AccountID, session.DeviceKey); err != nil {
				return err
			}
			if subtle.ConstantTimeCompare([]byte(number), []byte(r.Number)) == 1 {
				return s.move(ctx, tx, session, row, Approved, from)
			}
			refusal, err = s.wrong(ctx, tx, session, row, number, from)
			return err
		}
	})
	return errors.Join(err, refusal)
}

// mayAnswer refuses a session that may not answer: a device answers for others, in a full
// session of the browser that it was opened in.
func mayAnswer(session auth.Session, row approvalRow, now time.Time, from auth.Client) error {
	device := agent.ID(from.Key)
	switch {
	case session.Level != auth.Full:
		return problem.New(problem.Forbidden, "auth.session.needed")
	case session.ID == row.SessionID, device == "", device != session.DeviceKey, device == row.DeviceKey:
		return problem.New(problem.Forbidden, "approve.same").Then("approve.same.next")
	}
	switch stateOf(row, now) {
	case Waiting:
		return nil
	case Expired:
		return problem.New(problem.Conflict, "approve.expired").Then("approve.expired.next")
	}
	return problem.New(problem.Conflict, "approve.answered")
}

// wrong counts a number that was not the one. What is left is told, but not of nonsense.
func (s *Service) wrong(ctx context.Context, tx *db.Tx, session auth.Session, row approvalRow, number string, from auth.Client) (refusal, err error) {
	if number == "" {
		return problem.New(problem.Invalid, "approve.number.missing").At("number"), nil
	}
	if row.TriesLeft--; row.TriesLeft <= 0 {
		return problem.New(problem.Conflict, "approve.number.over").Then("approve.expired.next"), s.move(ctx, tx, session, row, Wrong, from)
	}
	return problem.New(problem.Invalid, "approve.number.wrong").At("number").With("Count", int(row.TriesLeft)), s.move(ctx, tx, session, row, Waiting, from)
}

// move changes the state. What was approved has its term anew, for the browser to go on.
func (s *Service) move(ctx context.Context, tx *db.Tx, session auth.Session, row approvalRow, to State, from auth.Client) error {
	ends, outcome, before := db.Time(row.ExpiresAt), "", Waiting
	switch to {
	case Approved:
		life, err := s.policies.Duration(ctx, tx, "approve.life")
		if err != nil {
			return err
		}
		ends = tx.Now().Add(life)
	case Used:
		before = Approved
	case Refused, Wrong, Waiting:
		outcome = "refused"
	case Expired:
	}
	if to != before && !slices.Contains(Moves()[before], to) {
		return fmt.Errorf("approval: no move from %s to %s", before, to)
	}
	n, err := newQueries(tx).MoveApproval(ctx, moveApprovalParams{
		ID: row.ID, State: string(to), TriesLeft: row.TriesLeft, ExpiresAt: db.Micros(ends), ChangedAt: db.Micros(tx.Now()), State_2: string(before),
	})
	if err != nil {
		return fmt.Errorf("store approval: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "approve.answered")
	}
	action := map[State]string{Approved: "approve.yes", Refused: "approve.no", Wrong: "approve.wrong", Waiting: "approve.wrong", Used: "approve.used"}[to]
	return s.record(ctx, tx, session, action, row.ID, from, outcome)
}

// Finish goes on in the browser that asked, once: it returns the token of the full session.
func (s *Service) Finish(ctx context.Context, token string, from auth.Client) (next string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err := s.accounts.MayStep(ctx, tx, token, factor.Device)
		if err != nil {
			return err
		}
		known, err := s.lately(ctx, tx, session.Account.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(known, func(row approvalRow) bool { return row.SessionID == session.ID })
		if i < 0 || stateOf(known[i], tx.Now()) != Approved {
			return problem.New(problem.Conflict, "approve.not_yet")
		}
		if err := s.move(ctx, tx, session, known[i], Used, from); err != nil {
			return err
		}
		next, err = s.accounts.Raise(ctx, tx, token, session, string(factor.Device), from)
		return err
	})
	return next, err
}
