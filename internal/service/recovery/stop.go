// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"fmt"
	"slices"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/support"
)

// Stopping tells whether a link still stops something, without doing it.
func (s *Service) Stopping(ctx context.Context, stop string) (r Case, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byStop(ctx, tx, stop)
		if err == nil {
			r = c.view()
		}
		return err
	})
	return r, err
}

// byStop reads the recovery that a link stops. It does so for a while only: numbers change hands.
func (s *Service) byStop(ctx context.Context, tx *db.Tx, stop string) (*course, error) {
	life, err := s.Policies.Duration(ctx, tx, "recover.stop")
	if err != nil {
		return nil, err
	}
	row, err := newQueries(tx).ByStop(ctx, keys.Digest(stop))
	if err != nil || stop == "" || tx.Now().Sub(db.Time(row.CreatedAt)) > life {
		return nil, problem.New(problem.NotFound, "recover.stop.missing").Because(err)
	}
	return s.open(row)
}

// Stop is what the holder of an old contact does: the recovery ends. One that has given
// access already is undone by closing the sign-in until an operator has called.
func (s *Service) Stop(ctx context.Context, stop string, from auth.Client) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byStop(ctx, tx, stop)
		if err != nil {
			return err
		}
		c.row.StopHash = []byte{} // once
		actor := support.Actor{Client: from}
		was := Step(c.row.State)
		if _, waits := Turns()[was]; waits {
			if err := s.step(ctx, tx, actor, c, StepStopped); err != nil {
				return err
			}
		} else if err := s.save(ctx, tx, c); err != nil {
			return err
		}
		if was == StepIssued { // the one-time password is worth nothing any more
			if err := s.Accounts.ResetPassword(ctx, tx, "recovery/"+c.row.ID, c.row.AccountID, "", true); err != nil {
				return err
			}
		}
		if was == StepDone || was == StepIssued {
			if err := s.closeSignIn(ctx, tx, c, actor, "stopped"); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, c, "stopped"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "guest", Action: "recover.stop", Object: "recovery/" + c.row.ID, Origin: from.Network, Details: map[string]any{"was": string(was)},
		})
	})
}

// pass is what time does: terms of people end, late cases are marked, and what has cooled
// takes effect.
func (s *Service) pass(ctx context.Context, tx *db.Tx) error {
	if err := s.finishIssued(ctx, tx); err != nil {
		return err
	}
	for step, turn := range Turns() {
		rows, err := newQueries(tx).Due(ctx, dueParams{State: string(step), DueAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("read recoveries: %w", err)
		}
		for _, row := range rows {
			c, err := s.open(row)
			if err != nil {
				return err
			}
			switch turn.Whose {
			case "system":
				err = s.applyContact(ctx, tx, c)
			case "yours":
				err = s.expire(ctx, tx, c)
			default:
				c.row.LateAt = db.Micros(tx.Now())
				if err = s.save(ctx, tx, c); err == nil {
					err = s.record(ctx, tx, system(), "recover.late", c, nil)
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// finishIssued ends visits whose one-time password was changed.
func (s *Service) finishIssued(ctx context.Context, tx *db.Tx) error {
	rows, err := newQueries(tx).In(ctx, string(StepIssued))
	if err != nil {
		return fmt.Errorf("read recoveries: %w", err)
	}
	for _, row := range rows {
		a, err := s.Accounts.AccountByID(ctx, tx, row.AccountID)
		if err != nil {
			return err
		}
		if a.MustChange {
			continue
		}
		c, err := s.open(row)
		if err != nil {
			return err
		}
		if err := s.step(ctx, tx, system(), c, StepDone); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) expire(ctx context.Context, tx *db.Tx, c *course) error {
	issued := Step(c.row.State) == StepIssued
	if err := s.step(ctx, tx, system(), c, StepExpired); err != nil {
		return err
	}
	if !issued {
		return nil
	}
	a, err := s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
	if err != nil || !a.MustChange {
		return err
	}
	return s.Accounts.ResetPassword(ctx, tx, "system", c.row.AccountID, "", true)
}

// applyContact puts the new contact in force. One that somebody else has taken meanwhile
// ends the case with words, and so does what people do who were robbed.
func (s *Service) applyContact(ctx context.Context, tx *db.Tx, c *course) error {
	taken, err := s.Accounts.Taken(ctx, tx, c.data.New, c.row.AccountID)
	if err != nil {
		return err
	}
	robbed, err := s.robbed(ctx, tx, c)
	if err != nil {
		return err
	}
	if taken || robbed {
		c.data.Reason = "recover.taken"
		if robbed {
			c.data.Reason = "recover.meanwhile"
		}
		if err := s.step(ctx, tx, system(), c, StepRefused); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, "refused")
	}
	if err := s.tell(ctx, tx, c, "done"); err != nil { // the old contacts
		return err
	}
	if err := s.Accounts.ChangeContact(ctx, tx, "recovery/"+c.row.ID, c.row.AccountID, c.data.New); err != nil {
		return err
	}
	// Who has the old contact may sit in a session.
	if _, err := s.Accounts.EndSessions(ctx, tx, c.row.AccountID); err != nil {
		return err
	}
	if err := s.Accounts.Unblock(ctx, tx, c.row.AccountID); err != nil {
		return err
	}
	if err := s.step(ctx, tx, system(), c, StepDone); err != nil {
		return err
	}
	return s.tellNew(ctx, tx, c, "done")
}

// robbed reports that the sign-in was closed since a case began, or the password that proved it was replaced: it may
// have been begun by a thief. Where two operators answer for the person it goes on.
func (s *Service) robbed(ctx context.Context, tx *db.Tx, c *course) (bool, error) {
	path := Path(c.row.Path)
	if path == PhoneByDesk {
		return false, nil
	}
	begun := db.Time(c.row.CreatedAt)
	if closed, err := s.Accounts.BlockedSince(ctx, tx, c.row.AccountID, begun); err != nil || closed {
		return closed, err
	}
	a, err := s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
	return path == LostMail && a.PasswordAt.After(begun), err
}

// leave ends the cases of an account that is closed: a new contact would come to somebody who is no more.
func (s *Service) leave(ctx context.Context, tx *db.Tx, e auth.Closed) error {
	rows, err := newQueries(tx).OfAccount(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("read recoveries: %w", err)
	}
	for _, row := range rows {
		if !slices.Contains(Steps()[Step(row.State)], StepStopped) {
			continue
		}
		c, err := s.open(row)
		if err != nil {
			return err
		}
		c.row.StopHash = []byte{}
		if err := s.step(ctx, tx, system(), c, StepStopped); err != nil {
			return err
		}
	}
	return nil
}
