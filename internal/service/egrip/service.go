// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
	"podpis/wire/egr"
)

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Notices   *notify.Service
	Words     *locale.Bundle // of letters
	Persons   *identity.Service
	Client    *Client        // nil: the register gives files only
	Judge     *trust.Service // of signatures of agreements; nil: none are asked for
	PublicURL string
	Open      func(ctx context.Context) error // refuses while the connection is switched off; nil: it never is
}

// Service knows what the registers say.
type Service struct {
	db        *db.DB
	ring      *keys.Ring
	policies  *policy.Book
	notices   *notify.Service
	words     *locale.Bundle
	persons   *identity.Service
	client    *Client
	judge     *trust.Service
	publicURL string
	open      func(ctx context.Context) error
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, notices: p.Notices, words: p.Words, persons: p.Persons, client: p.Client, judge: p.Judge, publicURL: p.PublicURL, open: p.Open,
	}
}

// Fetch asks the register and keeps what it said. A register that does not answer is
// no error: the entry says so, and is asked again by a job.
func (s *Service) Fetch(ctx context.Context, by, origin string, register egr.Register, number string) (e Entry, err error) {
	answer, why := s.ask(ctx, register, number)
	if why != nil && ctx.Err() != nil {
		return Entry{}, ctx.Err() // the asker has gone; the register may be well
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if e, err = s.answered(ctx, tx, register, number, answer, why); err != nil {
			return err
		}
		outcome := "ok"
		if why != nil {
			outcome = "refused:egrip.silent"
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: by, Action: "egrip.fetch", Object: string(register) + "/" + number, Origin: origin, Outcome: outcome,
		})
	})
	return e, err
}

func (s *Service) ask(ctx context.Context, register egr.Register, number string) (egr.Answer, error) {
	if s.client == nil {
		return egr.Answer{}, errNoInterface
	}
	if s.open != nil {
		if err := s.open(ctx); err != nil {
			return egr.Answer{}, err
		}
	}
	var patience time.Duration
	var id string
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		id = tx.NewID()
		patience, err = s.policies.Duration(ctx, tx, policyTimeout)
		return err
	})
	if err != nil {
		return egr.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.client.Ask(ctx, egr.Request{ID: id, Register: register, Number: number})
}

var errNoInterface = fmt.Errorf("no interface of the register is set")

// answered keeps an answer, or that there was none.
func (s *Service) answered(ctx context.Context, tx *db.Tx, register egr.Register, number string, answer egr.Answer, why error) (Entry, error) {
	q := newQueries(tx)
	row := putQueryParams{Register: string(register), Number: number, AskedAt: db.Micros(tx.Now())}
	switch {
	case why != nil:
		pause, err := s.policies.Duration(ctx, tx, policyRetry)
		if err != nil {
			return Entry{}, err
		}
		retry := tx.Now().Add(pause)
		row.Outcome, row.Failure, row.RetryAt = silent, problem.Short(why), db.Micros(retry)
		if s.client != nil {
			if err := jobs.Insert(ctx, tx, fetchEntry{register, number}, jobs.At(retry), jobs.Unique(string(register)+"/"+number), jobs.MaxAttempts(1)); err != nil {
				return Entry{}, err
			}
		}
	case !answer.Found:
		row.Outcome = missing
	default:
		row.Outcome = found
		if err := s.keep(ctx, tx, answer.Record, "interface"); err != nil {
			return Entry{}, err
		}
	}
	if err := q.PutQuery(ctx, row); err != nil {
		return Entry{}, fmt.Errorf("store question: %w", err)
	}
	if why == nil {
		if err := s.follow(ctx, tx, register, number); err != nil {
			return Entry{}, err
		}
	}
	return s.entry(ctx, tx, register, number)
}

// Current is what is known of an entry without asking.
func (s *Service) Current(ctx context.Context, register egr.Register, number string) (e Entry, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		e, err = s.entry(ctx, tx, register, number)
		return err
	})
	return e, err
}

// Check is what is known of an entry, asked anew when the last answer is older than
// the policy says: what depends on the status looks here in real time.
func (s *Service) Check(ctx context.Context, actor Actor, register egr.Register, number string) (Entry, error) {
	return s.check(ctx, actor, register, number, policyFresh)
}

// check asks when the last question is as old as a policy says.
func (s *Service) check(ctx context.Context, actor Actor, register egr.Register, number, age string) (Entry, error) {
	if identity.ValidBIN(number) { // of Kazakhstan: no register here knows it
		return Entry{}, nil
	}
	var e Entry
	var due bool
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if e, err = s.entry(ctx, tx, register, number); err != nil {
			return err
		}
		fresh, err := s.policies.Duration(ctx, tx, age)
		due = !tx.Now().Before(e.AskedAt.Add(fresh))
		if age == policyFresh && e.Silent { // left alone until it is time to try again
			due = due && !tx.Now().Before(e.RetryAt)
		}
		return err
	})
	if err != nil || !due || s.client == nil {
		return e, err
	}
	return s.Fetch(ctx, actor.Name, actor.Origin, register, number)
}

// Standing tells whether a role may do what needs an acting entrepreneur or
// organisation, now.
func (s *Service) Standing(ctx context.Context, actor Actor, p identity.Profile) (Standing, error) {
	register, ok := RegisterOf(p.Kind)
	if !ok {
		return Standing{}, nil
	}
	if _, err := s.Check(ctx, actor, register, p.RegisterNumber); err != nil {
		return Standing{}, err
	}
	var st Standing
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		st, err = s.StandingIn(ctx, tx, p.Kind, p.RegisterNumber)
		return err
	})
	return st, err
}

// StandingIn is Standing by what is known, inside an act of a higher service.
func (s *Service) StandingIn(ctx context.Context, tx *db.Tx, kind identity.Kind, number string) (Standing, error) {
	register, ok := RegisterOf(kind)
	if !ok || identity.ValidBIN(number) {
		return Standing{}, nil
	}
	e, err := s.entry(ctx, tx, register, number)
	if err != nil {
		return Standing{}, err
	}
	patience, err := s.policies.Duration(ctx, tx, policyPatience)
	if err != nil {
		return Standing{}, err
	}
	return standing(e, patience, tx.Now()), nil
}

func standing(e Entry, patience time.Duration, now time.Time) Standing {
	st := Standing{Group: e.Group(), AsOf: e.AsOf, Silent: e.Silent, RetryAt: e.RetryAt}
	if e.Record != nil {
		st.Notes = e.Record.Statuses
		if e.Record.Ceased != nil {
			st.Status = *e.Record.Ceased
		}
	}
	st.stale = e.Silent && now.After(e.TakenAt.Add(patience))
	return st
}

// Admit refuses what a role of a kind and number may not have: the entry has ended, is not
// there, or is another's than the given ИНН. What was never asked about is let through:
// people look at it. field is where the number was typed.
func (s *Service) Admit(ctx context.Context, tx *db.Tx, kind identity.Kind, number, inn, field string) error {
	st, err := s.StandingIn(ctx, tx, kind, number)
	if err != nil {
		return err
	}
	if why, ok := problem.Of(st.Refusal()); ok && (st.Group != Unknown || st.Silent) {
		return why.At(field)
	}
	register, _ := RegisterOf(kind)
	e, err := s.entry(ctx, tx, register, number)
	if err != nil {
		return err
	}
	if e.Record != nil && e.Record.INN != "" && e.Record.INN != inn {
		return problem.New(problem.Conflict, "egrip.role.other_person").At(field)
	}
	return nil
}

// Own returns what a role says of itself.
func (s *Service) Own(ctx context.Context, p identity.Profile) (o Own, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err = s.OwnIn(ctx, tx, p.ID)
		return err
	})
	return o, err
}

// SetOwn takes what the holder says of the role: the address and the tax regime.
func (s *Service) SetOwn(ctx context.Context, actor Actor, profileID, address, regime string) error {
	address = identity.OneLine(address)
	if address != "" && !identity.PlainText(address, 300) {
		return problem.New(problem.Invalid, "egrip.address.wrong").At("address")
	}
	if regime != "" && !contains(Regimes(), regime) {
		return problem.New(problem.Invalid, "egrip.regime.wrong").At("regime")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.persons.Profile(ctx, tx, actor.PersonID, profileID)
		if err != nil {
			return err
		}
		if _, ok := RegisterOf(p.Kind); !ok {
			return problem.New(problem.NotFound, "egrip.no_register")
		}
		o, err := s.OwnIn(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		o.Address, o.Regime = address, regime
		if err := s.putRole(ctx, tx, actor.AccountID, p, o, time.Time{}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor.Name, Action: "egrip.own", Object: "profile/" + p.ID, Origin: actor.Origin})
	})
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
