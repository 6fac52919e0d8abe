// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Queue returns the tickets that wait for the operator, the nearest term first, and then
// those that wait for people.
func (s *Service) Queue(ctx context.Context, actor Actor) (list []Ticket, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.Operate(ctx, tx, actor); err != nil {
			return err
		}
		for _, state := range []State{Open, Waiting, Solved} {
			rows, err := newQueries(tx).Queue(ctx, string(state))
			if err != nil {
				return fmt.Errorf("read queue: %w", err)
			}
			for _, row := range rows {
				t, err := s.ticketOf(row)
				if err != nil {
					return err
				}
				list = append(list, t)
			}
		}
		return nil
	})
	return list, err
}

// Inspect opens a ticket to an operator: the look is recorded, and others see who looks.
func (s *Service) Inspect(ctx context.Context, actor Actor, id string) (t Ticket, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Operate(ctx, tx, actor); err != nil {
			return err
		}
		row, err := newQueries(tx).Get(ctx, id)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "support.ticket.missing")
		} else if err != nil {
			return fmt.Errorf("read ticket: %w", err)
		}
		if t, err = s.ticketOf(row); err != nil {
			return err
		}
		if row.SeenBy != "" && row.SeenBy != actor.Account.ID && tx.Now().Sub(db.Time(row.SeenAt)) < seenFor {
			other, err := s.accounts.AccountByID(ctx, tx, row.SeenBy)
			if err != nil {
				return err
			}
			t.SeenBy = other.Title
		} else if err := newQueries(tx).See(ctx, seeParams{ID: id, SeenBy: actor.Account.ID, SeenAt: db.Micros(tx.Now())}); err != nil {
			return fmt.Errorf("mark ticket: %w", err)
		}
		if err := s.thread(ctx, tx, &t, true); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "support.look", id, nil)
	})
	return t, err
}

// Decide is what an operator does with a ticket: Ask, Solve, Close, or a note (empty move).
func (s *Service) Decide(ctx context.Context, actor Actor, id string, m Move, words string) error {
	if err := (Question{Words: words}).Check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Operate(ctx, tx, actor); err != nil {
			return err
		}
		row, err := newQueries(tx).Get(ctx, id)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "support.ticket.missing")
		} else if err != nil {
			return fmt.Errorf("read ticket: %w", err)
		}
		t, err := s.ticketOf(row)
		if err != nil {
			return err
		}
		side, kind := FromOperator, ""
		switch m {
		case "":
			side = Note
		case Ask:
			kind = "support.asked"
		case Solve:
			kind = "support.answered"
		case Close:
			kind = "support.closed"
		default:
			return problem.New(problem.Invalid, "support.move.wrong")
		}
		if m != "" {
			if err := s.move(ctx, tx, &t, m); err != nil {
				return err
			}
		}
		if _, err := s.say(ctx, tx, id, side, actor.Account.Title, words, ""); err != nil {
			return err
		}
		if kind != "" {
			if err := s.tell(ctx, tx, t, kind, "", map[string]any{"Words": strings.TrimSpace(words)}); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor, "support.decide", id, map[string]any{"move": string(m)})
	})
}

// guestActor is who acts before anybody has signed in.
func guestActor(from auth.Client) Actor { return Actor{Client: from} }
