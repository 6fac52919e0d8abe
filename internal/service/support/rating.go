// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// Opinion is what a reader thinks of a help page.
type Opinion struct {
	Page   string
	Useful bool
	Words  string
	Mail   string // for an answer; never shown on the site
	At     time.Time
}

// RatePage takes an opinion. One with words and an address that wants an answer becomes a
// ticket as well; the address is not confirmed, so nothing is sent to it by itself.
func (s *Service) RatePage(ctx context.Context, o Opinion, from auth.Client) error {
	o.Words, o.Mail, o.Page = strings.TrimSpace(o.Words), strings.TrimSpace(o.Mail), cut(o.Page)
	if len(o.Words) > maxWords {
		return problem.New(problem.Invalid, "support.words.long").At("comment").With("Count", maxWords)
	}
	if o.Mail != "" && !identity.ValidMail(o.Mail) {
		return problem.New(problem.Invalid, "auth.mail.wrong").At("mail")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		most, err := s.policies.Number(ctx, tx, "support.ratings_per_day")
		if err != nil {
			return err
		}
		q := newQueries(tx)
		n, err := q.RatingsFrom(ctx, ratingsFromParams{Network: from.Network, CreatedAt: db.Micros(tx.Now().Add(-dayOfLimits))})
		if err != nil {
			return fmt.Errorf("count opinions: %w", err)
		}
		if n >= most {
			return problem.New(problem.Limited, "support.too_many").At("comment").After(dayOfLimits)
		}
		id := tx.NewID()
		words, err := s.ring.SealJSON(o.Words, []byte("help_rating/"+id))
		if err != nil {
			return err
		}
		mail, err := s.ring.SealJSON(o.Mail, []byte("help_rating_mail/"+id))
		if err != nil {
			return err
		}
		err = q.InsertRating(ctx, insertRatingParams{
			ID: id, Page: o.Page, Useful: o.Useful, Words: words, Mail: mail, Network: from.Network, CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store opinion: %w", err)
		}
		if o.Words != "" && o.Mail != "" {
			_, _, err := s.insert(ctx, tx, Ticket{Origin: "help", Details: Details{Mail: o.Mail}}, Question{Topic: "other", Words: o.Words, Page: o.Page}, o.Mail, nil)
			if err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "guest", Action: "support.help", Object: "help/" + o.Page, Origin: from.Network})
	})
}

// Opinions returns the latest ones, for staff; addresses stay out.
func (s *Service) Opinions(ctx context.Context, actor Actor) (list []Opinion, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.Operate(ctx, tx, actor); err != nil {
			return err
		}
		rows, err := newQueries(tx).Ratings(ctx)
		if err != nil {
			return fmt.Errorf("read opinions: %w", err)
		}
		for _, row := range rows {
			o := Opinion{Page: row.Page, Useful: row.Useful, At: db.Time(row.CreatedAt)}
			if err := s.ring.OpenJSON(row.Words, []byte("help_rating/"+row.ID), &o.Words); err != nil {
				return err
			}
			list = append(list, o)
		}
		return nil
	})
	return list, err
}
