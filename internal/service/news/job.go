// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package news

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
)

// Work registers what is told of news.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Work(r, s.tell)
	jobs.WorkTx(r, s.remind)
	jobs.Work(r, s.digest)
	jobs.Subscribe(r, "news.forget", s.forget)
	r.Every("news.mail", 10*time.Minute, s.due)
}

// forget drops what an account that was closed has here.
func (s *Service) forget(ctx context.Context, tx *db.Tx, e auth.Closed) error {
	q := newQueries(tx)
	if err := errors.Join(q.ForgetChoice(ctx, e.Account), q.ForgetAnswers(ctx, e.Account)); err != nil {
		return fmt.Errorf("forget choice: %w", err)
	}
	return nil
}

// tell puts an item into the inboxes of whom it concerns, some accounts at a time.
type tell struct{ Item, After string }

func (tell) Kind() string { return "news.tell" }

// atOnce is how many accounts one job tells.
const atOnce = 100

func (s *Service) tell(ctx context.Context, job jobs.Job[tell]) error {
	i, err := s.shown(ctx, job.Args.Item)
	if errors.Is(err, missing()) { // withdrawn meanwhile
		return nil
	} else if err != nil {
		return err
	}
	var holders []auth.Account
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		holders, err = s.Accounts.HoldersAfter(ctx, tx, job.Args.After, atOnce)
		return err
	})
	if err != nil || len(holders) == 0 {
		return err
	}
	type reader struct {
		account         auth.Account
		profile, letter string // the role of the address, and of the letter when it is the only one
	}
	var readers []reader
	for _, a := range holders {
		profiles, err := s.concerned(ctx, a, i)
		if err != nil {
			return err
		}
		switch len(profiles) {
		case 0:
		case 1:
			readers = append(readers, reader{a, profiles[0], profiles[0]})
		default:
			readers = append(readers, reader{a, profiles[0], ""})
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, r := range readers {
			c, err := s.choice(ctx, tx, r.account.ID)
			if err != nil {
				return err
			}
			if slices.Contains(c.Muted, i.Kind) {
				continue
			}
			settings, err := s.Teller.Settings(ctx, tx, r.account.ID)
			if err != nil {
				return err
			}
			text := i.In(settings.Language)
			values := map[string]any{"Title": text.Title, "Text": Plain(text.Body, 500), "Act": i.Act, "Day": day(i.InForce)}
			if i.Kind == Webinar {
				values["When"], values["Zone"] = i.When(), notify.Key(ZoneKey(i.Zone))
			}
			// No phone and no mail: news stand in the inbox, and letters are of the digest.
			err = s.Teller.Tell(ctx, tx, notify.Person{AccountID: r.account.ID, ProfileID: r.letter}, notify.Event{
				Kind: "news." + string(i.Kind), Class: notify.News, URL: "/c/" + r.profile + "/news/" + i.ID, Dedup: i.ID, Values: values,
			})
			if err != nil {
				return err
			}
		}
		if len(holders) < atOnce {
			return nil
		}
		next := tell{i.ID, holders[len(holders)-1].ID}
		return jobs.Insert(ctx, tx, next, jobs.Unique(next.Item+"/"+next.After))
	})
}

// day is a day as law names it, without an hour and a zone.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("02.01.2006")
}

// concerned are the roles of an account that an item is for.
func (s *Service) concerned(ctx context.Context, a auth.Account, i Item) (ids []string, err error) {
	roles, err := s.Accounts.Profiles(ctx, a)
	if err != nil {
		return nil, err
	}
	everybody := len(i.Kinds)+len(i.OKVED)+len(i.Regions) == 0
	for _, role := range roles {
		if !everybody {
			p, err := s.placeOf(ctx, a.ID, role)
			if err != nil {
				return nil, err
			}
			if !i.concerns(p) {
				continue
			}
		}
		ids = append(ids, role.ID)
	}
	return ids, nil
}

// remind is the word before a webinar to somebody who comes.
type remind struct {
	Item, Account string
	Starts        int64 // as it was when they said so
}

func (remind) Kind() string { return "news.remind" }

func (s *Service) remind(ctx context.Context, tx *db.Tx, job jobs.Job[remind]) error {
	i, err := s.item(ctx, tx, job.Args.Item)
	if errors.Is(err, missing()) {
		return nil
	} else if err != nil {
		return err
	}
	if i.State != Published || db.Micros(i.Starts) != job.Args.Starts || !i.Starts.After(tx.Now()) {
		return nil // another reminder tells of another hour
	}
	rows, err := newQueries(tx).GoesTo(ctx, job.Args.Account)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	n := slices.IndexFunc(rows, func(r newsAnswerRow) bool { return r.ItemID == i.ID })
	if n < 0 {
		return nil
	}
	a, err := s.Accounts.AccountByID(ctx, tx, job.Args.Account)
	if err != nil {
		return err
	}
	return s.toGoer(ctx, tx, "news.remind", notify.Reminder, i, a, rows[n])
}

// digest is a letter with what was published since the last one.
type digest struct {
	Account string
	Since   int64
}

func (digest) Kind() string { return "news.digest" }

// due finds whose letter it is time for.
func (s *Service) due(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	newest, err := q.PublishedItems(ctx, publishedItemsParams{db.Micros(tx.Now()), 1})
	if err != nil || len(newest) == 0 {
		return err
	}
	for _, mail := range Mails()[1:] {
		until := min(db.Micros(tx.Now().Add(-pause(mail))), newest[0].PublishedAt-1) // who has had the newest waits for the next
		rows, err := q.ChoicesDue(ctx, choicesDueParams{Mail: mail, SentAt: until, Limit: 1000})
		if err != nil {
			return fmt.Errorf("find choices: %w", err)
		}
		for _, row := range rows {
			settings, err := s.Teller.Settings(ctx, tx, row.AccountID)
			if err != nil {
				return err
			}
			if settings.Quiet.End(tx.Now()).After(tx.Now()) {
				continue // after their quiet hours
			}
			if err := q.Sent(ctx, sentParams{row.AccountID, db.Micros(tx.Now())}); err != nil {
				return fmt.Errorf("store choice: %w", err)
			}
			if err := jobs.Insert(ctx, tx, digest{row.AccountID, row.SentAt}, jobs.Unique(fmt.Sprint(row.AccountID, "/", row.SentAt))); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) digest(ctx context.Context, job jobs.Job[digest]) error {
	var a auth.Account
	var c Choice
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if a, err = s.Accounts.AccountByID(ctx, tx, job.Args.Account); err == nil {
			c, err = s.choice(ctx, tx, job.Args.Account)
		}
		return err
	})
	if err != nil || c.Mail == "" || !a.MailConfirmed {
		return err
	}
	all, err := s.published(ctx)
	if err != nil {
		return err
	}
	var mine []Item
	profile := ""
	for _, i := range all {
		if db.Micros(i.PublishedAt) <= job.Args.Since || slices.Contains(c.Muted, i.Kind) {
			continue
		}
		profiles, err := s.concerned(ctx, a, i)
		if err != nil {
			return err
		}
		if len(profiles) > 0 {
			mine, profile = append(mine, i), profiles[0]
		}
	}
	if len(mine) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		settings, err := s.Teller.Settings(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		var lines []string
		for _, i := range mine {
			text := i.In(settings.Language)
			lines = append(lines, text.Title+"\n"+Plain(text.Body, 300))
		}
		// Without an account no letter is kept: each item has its own.
		return s.Teller.Tell(ctx, tx, notify.Person{Mail: a.Mail, Language: settings.Language}, notify.Event{
			Kind: "news.digest", Class: notify.Case, URL: "/c/" + profile + "/news", Dedup: fmt.Sprint(a.ID, "/", job.Args.Since),
			Values: map[string]any{"Count": len(mine), "List": strings.Join(lines, "\n\n")},
		})
	})
}
