// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package inbox is what a person sees of the notices that package notify keeps: letters,
// channels and quiet hours; and the channels that follow a letter: webhooks of programs,
// the inbox of the state portal, push, the calendar feed (RFC 5545).
//
// A webhook is an address that a stranger gave: it is called only where the guard of
// package fetch allows, never with a redirect, and its body is signed with a secret of its
// own (HMAC-SHA-256, RFC 2104). The address of a calendar is a capability: stored hashed,
// made void by a new one, without names unless they were ticked.
//
// Left out: what a notice says (the services that send them), SMS and mail (notify).
package inbox

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Service is the inbox.
type Service struct {
	db       *db.DB
	ring     *keys.Ring
	policies *policy.Book
	teller   *notify.Teller
	words    *locale.Bundle
	accounts *auth.Service
	terms    Terms
	hooks    *http.Client
	outlets  []Outlet
}

// Term is a date of a person's: the end of a certificate, a term of a letter.
type Term struct {
	ID    string // stable
	At    time.Time
	End   time.Time // of what takes hours; zero: a whole day
	Kind  string    // "certificate", "letter", "webinar"
	Title string    // with names; the feed has them only when they were ticked
}

// Terms lists the dates of an account that other services know.
type Terms func(ctx context.Context, tx *db.Tx, accountID string) ([]Term, error)

// Outlet is a system outside that takes letters over HTTP: the state portal's inbox, a push
// service.
type Outlet struct {
	Name    string // "portal", "push"
	URL     string
	Token   string // Authorization: Bearer …
	Classes []notify.Class
	Kinds   []string // of letters; empty: all of the classes
	Asked   bool     // takes letters of those alone who asked for it
	Client  *http.Client
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Teller   *notify.Teller
	Words    *locale.Bundle
	Accounts *auth.Service
	Terms    Terms        // nil: letters only
	Hooks    *http.Client // that guards against addresses inside
	Outlets  []Outlet
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, teller: p.Teller, words: p.Words, accounts: p.Accounts, terms: p.Terms, hooks: p.Hooks,
		outlets: p.Outlets,
	}
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "inbox.later", Kind: policy.Duration, Default: "168h"},
		{Key: "inbox.hooks", Kind: policy.Number, Default: "10"}, // of one account
		{Key: "inbox.hook.tries", Kind: policy.Number, Default: "8", Valid: policy.Numbers(1, 100)},
		{Key: "inbox.outlet.tries", Kind: policy.Number, Default: "24", Valid: policy.Numbers(1, 100)},
		{Key: "inbox.outlet.chief", Kind: policy.Text, Default: "", Valid: policy.Mail}, // who is told that a system outside takes nothing
		{Key: "inbox.hook.keep", Kind: policy.Duration, Default: "720h"},
	}
}

// Actor is who acts.
type Actor struct {
	Account auth.Account
	Profile string
	Client  auth.Client
}

// Filters are the choices above the list (ux F19); news are seen only when asked for.
func Filters() []string { return []string{"", "action", "receipt", "demand", "news"} }

// Letters returns the letters of a role and those of the whole account.
func (s *Service) Letters(ctx context.Context, actor Actor, filter string) (list []notify.Letter, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		all, err := s.teller.Letters(ctx, tx, actor.Account.ID)
		if err != nil {
			return err
		}
		for _, l := range all {
			if (l.ProfileID == "" || l.ProfileID == actor.Profile) && chosen(l, filter) {
				list = append(list, l)
			}
		}
		return nil
	})
	return list, err
}

func chosen(l notify.Letter, filter string) bool {
	switch filter {
	case "":
		return l.Class != notify.News
	case "action":
		return l.Action
	}
	return string(l.Class) == filter
}

// Unread counts what nobody has read, for the header.
func (s *Service) Unread(ctx context.Context, accountID string) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = s.teller.Unread(ctx, tx, accountID)
		return err
	})
	return n, err
}

// Letter opens a letter and marks it as read.
func (s *Service) Letter(ctx context.Context, actor Actor, id string) (l notify.Letter, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if l, err = s.teller.Letter(ctx, tx, actor.Account.ID, id); err != nil || !l.ReadAt.IsZero() {
			return err
		}
		return s.teller.MarkRead(ctx, tx, id, false)
	})
	return l, err
}

// Done says that what a letter asks for is done, or need not be.
func (s *Service) Done(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.teller.Letter(ctx, tx, actor.Account.ID, id); err != nil {
			return err
		}
		if err := s.teller.MarkRead(ctx, tx, id, true); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "inbox.done", "letter/"+id, nil)
	})
}

// Later puts a reminder off, once for each (ux 8): it comes again after the time of the
// policy.
func (s *Service) Later(ctx context.Context, actor Actor, id string) (until time.Time, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		l, err := s.teller.Letter(ctx, tx, actor.Account.ID, id)
		if err != nil {
			return err
		}
		if l.Class != notify.Reminder {
			return problem.New(problem.Conflict, "inbox.later.not")
		}
		length, err := s.policies.Duration(ctx, tx, "inbox.later")
		if err != nil {
			return err
		}
		until = tx.Now().Add(length)
		n, err := newQueries(tx).PutLater(ctx, putLaterParams{AccountID: actor.Account.ID, Subject: subjectOf(l), Until: db.Micros(until)})
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "inbox.later.once")
		}
		if err := s.remindAgain(ctx, tx, l, until); err != nil {
			return err
		}
		if err := s.teller.MarkRead(ctx, tx, id, true); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "inbox.later", "letter/"+id, nil)
	})
	return until, err
}

// MayLater says for how long a letter may be put off; zero: it may not be, or was already.
func (s *Service) MayLater(ctx context.Context, l notify.Letter) (length time.Duration, err error) {
	if l.Class != notify.Reminder || !l.Action {
		return 0, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).CountLater(ctx, countLaterParams{AccountID: l.AccountID, Subject: subjectOf(l)})
		if err != nil {
			return fmt.Errorf("read what was put off: %w", err)
		}
		length = 0
		if n == 0 {
			length, err = s.policies.Duration(ctx, tx, "inbox.later")
		}
		return err
	})
	return length, err
}

// subjectOf is what a letter reminds of: letters of one kind about one thing.
func subjectOf(l notify.Letter) string { return l.Kind + l.URL }

// Settings returns what the account chose about notices.
func (s *Service) Settings(ctx context.Context, actor Actor) (settings notify.Settings, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		settings, err = s.teller.Settings(ctx, tx, actor.Account.ID)
		return err
	})
	return settings, err
}

// SetSettings stores it. Security notices are not among what can be switched off.
func (s *Service) SetSettings(ctx context.Context, actor Actor, settings notify.Settings) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.teller.SetSettings(ctx, tx, actor.Account.ID, settings); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "inbox.settings", "account/"+actor.Account.ID, map[string]any{"muted": settings.Muted})
	})
}

// SetLanguage remembers in which language the account wants its notices.
func (s *Service) SetLanguage(ctx context.Context, actor Actor, language string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		settings, err := s.teller.Settings(ctx, tx, actor.Account.ID)
		if err != nil || settings.Language == language {
			return err
		}
		settings.Language = language
		if err := s.teller.SetSettings(ctx, tx, actor.Account.ID, settings); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "inbox.language", "account/"+actor.Account.ID, map[string]any{"language": language})
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, object string, details map[string]any) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + actor.Account.ID, Action: action, Object: object, Origin: actor.Client.Network, Details: details,
	})
}
