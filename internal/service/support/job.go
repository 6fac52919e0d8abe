// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/support/hours"
)

// term is when an answer is due that is asked for now: a length by the clock, or one of
// working hours when the installation has them.
func (s *Service) term(ctx context.Context, tx *db.Tx, topic string) (time.Time, error) {
	if topic == PrivacyTopic { // days of the calendar, not hours of work
		length, err := s.policies.Duration(ctx, tx, "support.privacy")
		return tx.Now().Add(length), err
	}
	length, err := s.policies.Duration(ctx, tx, "support.term")
	if err != nil {
		return time.Time{}, err
	}
	text, err := s.policies.String(ctx, tx, "support.hours")
	if err != nil || text == "" {
		return tx.Now().Add(length), err
	}
	zone, err := s.policies.String(ctx, tx, "support.zone")
	if err != nil {
		return time.Time{}, err
	}
	h, err := hours.Parse(text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("policy support.hours: %w", err)
	}
	return h.Term(tx.Now(), length)
}

// Work registers what happens by itself: terms that pass, cases that nobody goes on with.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("support.late", time.Minute, s.escalate)
	r.Every("support.idle", time.Hour, s.expire)
	r.Every("support.erase", time.Hour, s.eraseOld)
	s.eraseFollows(r)
}

// escalate marks tickets whose term has passed: they go first, the person is told that
// we are late, and whoever is responsible gets a letter.
func (s *Service) escalate(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	rows, err := q.Late(ctx, lateParams{State: string(Open), DueAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("read late tickets: %w", err)
	}
	chief, err := s.policies.String(ctx, tx, "support.escalate_mail")
	if err != nil {
		return err
	}
	for _, row := range rows {
		t, err := s.ticketOf(row)
		if err != nil {
			return err
		}
		err = q.Update(ctx, updateParams{
			ID: row.ID, State: row.State, DueAt: row.DueAt, LateAt: db.Micros(tx.Now()), AskedAt: row.AskedAt, Rating: row.Rating,
			RatingWords: octets(row.RatingWords), ChangedAt: row.ChangedAt,
		})
		if err != nil {
			return fmt.Errorf("store ticket: %w", err)
		}
		if err := s.tell(ctx, tx, t, "support.late", "", nil); err != nil {
			return err
		}
		if chief != "" {
			err := s.teller.Tell(ctx, tx, notify.Person{Mail: chief}, notify.Event{
				Kind: "support.escalated", Class: notify.Case, Values: map[string]any{"Number": Number(t.Number), "Due": t.DueAt},
				URL: "/op/tickets/" + t.ID, Dedup: t.ID,
			})
			if err != nil {
				return err
			}
		}
		if err := s.record(ctx, tx, system(), "support.late", t.ID, nil); err != nil {
			return err
		}
	}
	return nil
}

// expire ends what waits for people for too long.
func (s *Service) expire(ctx context.Context, tx *db.Tx) error {
	for _, state := range []State{Waiting, Solved} {
		life, err := s.policies.Duration(ctx, tx, Turns()[state].Term)
		if err != nil {
			return err
		}
		rows, err := newQueries(tx).Idle(ctx, idleParams{State: string(state), ChangedAt: db.Micros(tx.Now().Add(-life))})
		if err != nil {
			return fmt.Errorf("read idle tickets: %w", err)
		}
		for _, row := range rows {
			t, err := s.ticketOf(row)
			if err != nil {
				return err
			}
			if err := s.move(ctx, tx, &t, Expire); err != nil {
				return err
			}
			if err := s.record(ctx, tx, system(), "support.expire", t.ID, map[string]any{"state": string(t.State)}); err != nil {
				return err
			}
		}
	}
	return s.dropDrafts(ctx, tx)
}

// dropDrafts forgets what guests wrote and did not confirm, with the files that came along.
func (s *Service) dropDrafts(ctx context.Context, tx *db.Tx) error {
	rows, err := newQueries(tx).DropDrafts(ctx, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("drop drafts: %w", err)
	}
	for _, row := range rows {
		var d guestDraft
		if err := s.ring.OpenJSON(row.Data, []byte("ticket_draft/"+row.ID), &d); err != nil {
			return err
		}
		for _, f := range d.Files { // after the rows: a file without a row is found by nobody
			if err := s.blobs.Delete(ctx, f.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// system acts by itself.
func system() Actor {
	var a Actor
	a.Account.ID = "system"
	return a
}
