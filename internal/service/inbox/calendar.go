// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/wire/ical"
)

// ResetFeed makes a new address of the calendar; the one before is void. The token is shown
// once: nobody can read it again. named puts titles with names into the feed.
func (s *Service) ResetFeed(ctx context.Context, actor Actor, named bool) (token string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var digest []byte
		token, digest = keys.NewToken()
		err := newQueries(tx).PutFeed(ctx, putFeedParams{AccountID: actor.Account.ID, TokenHash: digest, Named: named, CreatedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store calendar: %w", err)
		}
		return s.record(ctx, tx, actor, "inbox.calendar", "account/"+actor.Account.ID, map[string]any{"named": named})
	})
	return token, err
}

// DropFeed takes the calendar's address back.
func (s *Service) DropFeed(ctx context.Context, actor Actor) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := newQueries(tx).DropFeed(ctx, actor.Account.ID); err != nil {
			return fmt.Errorf("drop calendar: %w", err)
		}
		return s.record(ctx, tx, actor, "inbox.calendar.drop", "account/"+actor.Account.ID, nil)
	})
}

// Feed tells since when the account has a calendar; the zero time: it has none.
func (s *Service) Feed(ctx context.Context, actor Actor) (since time.Time, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).FeedOf(ctx, actor.Account.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read calendar: %w", err)
		}
		since = db.Time(row.CreatedAt)
		return nil
	})
	return since, err
}

// Calendar is the feed of a token (RFC 5545): dates, and titles when they were ticked.
func (s *Service) Calendar(ctx context.Context, token string) (ics string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).FeedByToken(ctx, keys.Digest(token))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "inbox.calendar.missing")
		} else if err != nil {
			return fmt.Errorf("read calendar: %w", err)
		}
		terms, err := s.termsOf(ctx, tx, row.AccountID)
		if err != nil {
			return err
		}
		settings, err := s.teller.Settings(ctx, tx, row.AccountID)
		if err != nil {
			return err
		}
		w := s.words.For(settings.Language)
		ics = calendar(terms, row.Named, func(key string) string { return w.T(key, nil) }, tx.Now())
		return nil
	})
	return ics, err
}

func (s *Service) termsOf(ctx context.Context, tx *db.Tx, accountID string) (list []Term, err error) {
	if s.terms != nil {
		if list, err = s.terms(ctx, tx, accountID); err != nil {
			return nil, err
		}
	}
	letters, err := s.teller.Letters(ctx, tx, accountID)
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		if l.Action && !l.DueAt.IsZero() {
			list = append(list, Term{ID: l.ID, At: l.DueAt, Kind: "letter", Title: l.Subject})
		}
	}
	return list, nil
}

// calendar writes an iCalendar object: whole days, and the hours of what has an end.
func calendar(terms []Term, named bool, word func(key string) string, now time.Time) string {
	var events []ical.Event
	for _, t := range terms {
		e := ical.Event{UID: t.Kind + "-" + t.ID + "@podpis", Start: t.At, End: t.End, Summary: word("calendar." + t.Kind)}
		if named {
			e.Summary += ": " + t.Title
		}
		events = append(events, e)
	}
	return ical.Calendar(word("calendar.name"), now, events)
}
