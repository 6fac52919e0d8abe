// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package recovery leads people who have lost a way in back into their account, by their
// own proofs, by the call centre or by a visit.
//
// A recovery is a case: a state with a turn, a term and a channel; the table of steps is
// the only place that says what may follow what. Nobody alone moves an account to another
// phone: it takes two channels of the holder's, or two operators; the old contacts are
// told and can stop it. Whoever asks learns nothing of whether an account exists.
//
// Left out: telephony (the operator calls by an ordinary phone and says so). Tickets, and
// files that are brought along, are those of [podpis/internal/service/support].
package recovery

import (
	"context"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/support"
)

// Service opens accounts again.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Teller    *notify.Teller
	Persons   *identity.Service
	Accounts  *auth.Service
	Tickets   *support.Service
	Factor    Factor // nil: nobody has one
	PublicURL string // https://host, without a slash at the end
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// Factor checks a one-time password or a recovery code of an account, and uses it up.
type Factor func(ctx context.Context, tx *db.Tx, accountID, code string) (bool, error)

// ByFactors is a Factor of the methods that people have: the application's one-time
// password, then the recovery codes.
func ByFactors(f *factor.Service) Factor {
	return func(ctx context.Context, tx *db.Tx, accountID, code string) (bool, error) {
		ok, err := f.CheckApp(ctx, tx, accountID, code)
		if ok || err != nil {
			return ok, err
		}
		return f.CheckCode(ctx, tx, factor.Actor{Account: accountID}, code)
	}
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "support.look", Kind: policy.Duration, Default: "30m"}, // how long a client found by three fields stays open to an operator
		{Key: "recover.code_life", Kind: policy.Duration, Default: "2h"},
		{Key: "recover.desk", Kind: policy.Duration, Default: "24h"},
		{Key: "recover.cooling", Kind: policy.Duration, Default: "24h"},
		{Key: "recover.visit", Kind: policy.Duration, Default: "720h"},
		{Key: "recover.issued", Kind: policy.Duration, Default: "72h"},
		{Key: "recover.block", Kind: policy.Duration, Default: "24h"},
		{Key: "recover.stop", Kind: policy.Duration, Default: "168h"}, // of the link that stops a recovery
		// Three years: the time in which a dispute about who was let in may come to a court.
		{Key: "recover.keep", Kind: policy.Duration, Default: "26280h", Valid: policy.Durations(720*time.Hour, 87600*time.Hour)},
	}
}

// Work registers what time does to recoveries, and their end with the account.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("recover.due", time.Minute, s.pass)
	jobs.Subscribe(r, "recover", s.leave)
	s.eraseByTerm(r)
}

// holder is whom notices about an account go to.
func (s *Service) holder(ctx context.Context, tx *db.Tx, accountID string) (notify.Person, error) {
	a, err := s.Accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return notify.Person{}, err
	}
	return notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor support.Actor, action string, c *course, more map[string]any) error {
	if more == nil {
		more = map[string]any{}
	}
	more["account"], more["path"] = c.row.AccountID, c.row.Path
	return audit.Record(ctx, tx, audit.Entry{
		Actor: actor.Name(), Action: action, Object: "recovery/" + c.row.ID, Origin: actor.Client.Network, Details: more,
	})
}

// system acts by itself.
func system() support.Actor {
	return support.Actor{Account: auth.Account{ID: "system"}}
}
