// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package news

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
)

// place is what is known of a role for choosing its news.
type place struct {
	kind       identity.Kind
	activities []string // codes of ОКВЭД
	region     string   // two digits, may be empty
}

// concerns reports whether an item is for a role.
func (i Item) concerns(p place) bool {
	if len(i.Kinds) > 0 && !slices.Contains(i.Kinds, p.kind) {
		return false
	}
	if len(i.Regions) > 0 && !slices.Contains(i.Regions, p.region) {
		return false
	}
	if len(i.OKVED) == 0 {
		return true
	}
	return slices.ContainsFunc(i.OKVED, func(begin string) bool {
		return slices.ContainsFunc(p.activities, func(code string) bool { return code == begin || strings.HasPrefix(code, begin) })
	})
}

// placeOf finds out where a role stands: by the last answer of the register, and of a person by
// their ИНН, whose first digits are the region that gave it. Nobody is asked.
func (s *Service) placeOf(ctx context.Context, account string, role identity.Profile) (p place, err error) {
	p.kind = role.Kind
	register, has := egrip.RegisterOf(role.Kind)
	if !has {
		err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			inn, err := s.Accounts.INN(ctx, tx, account)
			p.region = first(inn)
			return err
		})
		return p, err
	}
	e, err := s.Registry.Current(ctx, register, role.RegisterNumber)
	if err != nil || e.Record == nil {
		return p, err
	}
	for _, code := range append(slices.Clone(e.Record.Additional), e.Record.Main) {
		if code.Code != "" {
			p.activities = append(p.activities, code.Code)
		}
	}
	for _, from := range []string{e.Record.Address.RegionCode, e.Record.TaxOffice.Code, e.Record.INN} {
		if p.region = first(from); p.region != "" {
			break
		}
	}
	return p, nil
}

func first(code string) string {
	if len(code) < 2 {
		return ""
	}
	return code[:2]
}

// role is the role in which an actor acts, and its place.
func (s *Service) role(ctx context.Context, actor Actor) (place, error) {
	list, err := s.Accounts.Profiles(ctx, actor.Account)
	if err != nil {
		return place{}, err
	}
	for _, r := range list {
		if r.ID == actor.Profile {
			return s.placeOf(ctx, actor.Account.ID, r)
		}
	}
	return place{}, missing()
}

// Concerning are the items that concern a role, of a kind; an empty kind is all.
func (s *Service) Concerning(ctx context.Context, actor Actor, kind Kind) (list []Item, err error) {
	published, err := s.published(ctx)
	if err != nil || len(published) == 0 {
		return nil, err
	}
	p, err := s.role(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, i := range published {
		if (kind == "" || i.Kind == kind) && i.concerns(p) {
			list = append(list, i)
		}
	}
	return list, nil
}

// Laws are the fresh changes of law that concern a role, and those not yet in force, for its first page.
func (s *Service) Laws(ctx context.Context, actor Actor, most int) (list []Item, err error) {
	all, err := s.Concerning(ctx, actor, Law)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var fresh time.Duration
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		fresh, err = s.Policies.Duration(ctx, tx, "news.fresh")
		return err
	})
	now := s.DB.Now()
	for _, i := range all {
		if len(list) < most && (i.InForce.After(now) || now.Sub(i.PublishedAt) < fresh) {
			list = append(list, i)
		}
	}
	return list, err
}

// Read is an item as a role reads it, with the answer to its invitation: nil is none.
func (s *Service) Read(ctx context.Context, actor Actor, id string) (i Item, goes *bool, err error) {
	if i, err = s.shown(ctx, id); err != nil {
		return Item{}, nil, err
	}
	p, err := s.role(ctx, actor)
	if err != nil {
		return Item{}, nil, err
	}
	if !i.Open && !i.concerns(p) {
		return Item{}, nil, missing()
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := newQueries(tx).GetAnswer(ctx, getAnswerParams{id, actor.Account.ID})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		goes = &a.Goes
		return nil
	})
	return i, goes, err
}

// Answer says whether somebody comes to a webinar. A reminder comes to who does.
func (s *Service) Answer(ctx context.Context, actor Actor, id string, goes bool) error {
	i, _, err := s.Read(ctx, actor, id)
	if err != nil {
		return err
	}
	if i.Kind != Webinar {
		return missing()
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if !i.Starts.After(tx.Now()) {
			return problem.New(problem.Conflict, "news.webinar.over")
		}
		err := newQueries(tx).PutAnswer(ctx, putAnswerParams{ItemID: id, AccountID: actor.Account.ID, ProfileID: actor.Profile, Goes: goes, AnsweredAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store answer: %w", err)
		}
		if goes {
			if err := s.remindLater(ctx, tx, i, actor.Account.ID); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor, "news.answer", "news/"+id, map[string]any{"goes": goes})
	})
}

func (s *Service) remindLater(ctx context.Context, tx *db.Tx, i Item, account string) error {
	before, err := s.Policies.Duration(ctx, tx, "news.remind")
	if err != nil {
		return err
	}
	at := i.Starts.Add(-before)
	if !at.After(tx.Now()) {
		return nil // they have just said it
	}
	return jobs.Insert(ctx, tx, remind{i.ID, account, db.Micros(i.Starts)}, jobs.Unique(fmt.Sprint(i.ID, "/", account, "/", i.Starts.Unix())), jobs.At(at))
}

// callAgain tells who came to an invitation that was withdrawn and stands again.
func (s *Service) callAgain(ctx context.Context, tx *db.Tx, i Item) error {
	return s.goers(ctx, tx, i, func(a auth.Account, answer newsAnswerRow) error {
		if err := s.remindLater(ctx, tx, i, a.ID); err != nil {
			return err
		}
		return s.toGoer(ctx, tx, "news.moved", notify.Case, i, a, answer)
	})
}

// callOff tells who comes that there will be nothing.
func (s *Service) callOff(ctx context.Context, tx *db.Tx, i Item) error {
	if !i.Starts.After(tx.Now()) {
		return nil
	}
	return s.goers(ctx, tx, i, func(a auth.Account, answer newsAnswerRow) error {
		return s.toGoer(ctx, tx, "news.off", notify.Case, i, a, answer)
	})
}

func (s *Service) goers(ctx context.Context, tx *db.Tx, i Item, do func(auth.Account, newsAnswerRow) error) error {
	if i.Kind != Webinar {
		return nil
	}
	rows, err := newQueries(tx).Goers(ctx, i.ID)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	for _, row := range rows {
		a, err := s.Accounts.AccountByID(ctx, tx, row.AccountID)
		if err != nil {
			return err
		}
		if err := do(a, row); err != nil {
			return err
		}
	}
	return nil
}

// toGoer tells somebody of a webinar they come to: by mail and inbox, never by SMS.
func (s *Service) toGoer(ctx context.Context, tx *db.Tx, kind string, class notify.Class, i Item, a auth.Account, answer newsAnswerRow) error {
	settings, err := s.Teller.Settings(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	url := "/c/" + answer.ProfileID + "/news/" + i.ID
	if kind == "news.off" {
		url = "/c/" + answer.ProfileID + "/news"
	}
	to := notify.Person{AccountID: a.ID, ProfileID: answer.ProfileID}
	if a.MailConfirmed {
		to.Mail = a.Mail
	}
	return s.Teller.Tell(ctx, tx, to, notify.Event{
		Kind: kind, Class: class, URL: url, Values: map[string]any{"Title": i.In(settings.Language).Title, "When": i.When(), "Zone": notify.Key(ZoneKey(i.Zone)), "Place": i.Place},
	})
}

// When is the day and hour of a webinar in its own zone: «14.12.2026, 10:00».
func (i Item) When() string {
	zone, err := time.LoadLocation(i.Zone)
	if err != nil {
		zone = time.UTC
	}
	return i.Starts.In(zone).Format("02.01.2006, 15:04")
}

// ZoneKey is the text that names a zone.
func ZoneKey(zone string) string { return "zone." + zone[strings.LastIndexByte(zone, '/')+1:] }

// Term is a webinar somebody comes to, for the calendar.
type Term struct {
	ID, Title    string
	Starts, Ends time.Time
}

// Terms are the webinars that an account comes to.
func (s *Service) Terms(ctx context.Context, tx *db.Tx, accountID string) (list []Term, err error) {
	rows, err := newQueries(tx).GoesTo(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	settings, err := s.Teller.Settings(ctx, tx, accountID)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		i, err := s.item(ctx, tx, row.ItemID)
		if errors.Is(err, missing()) {
			continue
		} else if err != nil {
			return nil, err
		}
		if i.State == Published {
			list = append(list, Term{i.ID, i.In(settings.Language).Title, i.Starts, i.Ends})
		}
	}
	return list, nil
}

// Choice is what an account wants.
func (s *Service) Choice(ctx context.Context, actor Actor) (c Choice, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err = s.choice(ctx, tx, actor.Account.ID)
		return err
	})
	return c, err
}

func (s *Service) choice(ctx context.Context, tx *db.Tx, account string) (Choice, error) {
	row, err := newQueries(tx).GetChoice(ctx, account)
	if errors.Is(err, sql.ErrNoRows) {
		return Choice{}, nil
	} else if err != nil {
		return Choice{}, fmt.Errorf("read choice: %w", err)
	}
	return choiceOf(row), nil
}

func choiceOf(row newsChoiceRow) Choice {
	c := Choice{Mail: row.Mail}
	for _, k := range strings.Fields(row.Muted) {
		c.Muted = append(c.Muted, Kind(k))
	}
	return c
}

// SetChoice stores it; what was published before is in no letter.
func (s *Service) SetChoice(ctx context.Context, actor Actor, c Choice) error {
	if !slices.Contains(Mails(), c.Mail) {
		return invalid("news.mail.wrong", "mail")
	}
	c.Muted = slices.DeleteFunc(slices.Clone(c.Muted), func(k Kind) bool { return !slices.Contains(Kinds(), k) })
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := newQueries(tx).PutChoice(ctx, putChoiceParams{AccountID: actor.Account.ID, Muted: joined(c.Muted), Mail: c.Mail, SentAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store choice: %w", err)
		}
		return s.record(ctx, tx, actor, "news.choice", "account/"+actor.Account.ID, map[string]any{"muted": c.Muted, "mail": c.Mail})
	})
}
