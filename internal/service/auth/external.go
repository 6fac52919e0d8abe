// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// ByExternal is a sign-in by the account of a provider (package external).
const ByExternal Method = "external"

// CountAsked bounds what strangers of one network begin; see [Service.AskLogin].
func (s *Service) CountAsked(ctx context.Context, tx *db.Tx, from Client) error {
	return s.countAsked(ctx, tx, from)
}

// AttachArrival puts who came into a sign-up: fields are filled in, the account will be
// linked.
func (s *Service) AttachArrival(ctx context.Context, signup, arrival string) error {
	if s.outside == nil {
		return problem.New(problem.NotFound, "external.provider.missing")
	}
	return s.changeSignup(ctx, signup, func(ctx context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		c, err := s.outside.Arrived(ctx, tx, arrival)
		if err != nil {
			return nil, err
		}
		d.Outside, d.Person, d.Typed = &c, c.Person, nil
		if d.Mail == "" && c.Mail != "" && identity.ValidMail(c.Mail) {
			d.keep("mail", c.Mail)
		}
		return nil, s.outside.UseArrival(ctx, tx, arrival)
	})
}

// settle links a new account with who came, when a sign-up began with that.
func (s *Service) settle(ctx context.Context, tx *db.Tx, accountID string, d *Draft, from Client) error {
	if d.Outside == nil || s.outside == nil {
		return nil
	}
	c := *d.Outside
	d.Outside = nil
	account, err := s.account(ctx, tx, accountID)
	if err != nil {
		return err
	}
	// What the person changed since is no longer what the provider answers for: the
	// link is made, the proof is not.
	if _, err := s.outside.Adopt(ctx, tx, accountID, account.PersonID, c, from.Network); err != nil {
		return err
	}
	return s.outside.Bind(ctx, tx, c, accountID, from.Network)
}

// SetCountry says where a person is from, which decides what is asked.
func (s *Service) SetCountry(ctx context.Context, token string, c identity.Country) error {
	return s.changeSignup(ctx, token, func(_ context.Context, _ *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		if d.Person.Country.Of() != c.Of() {
			d.Person.Country = c.Of()
			d.Person.INN, d.Person.SNILS, d.Person.IIN, d.Person.Passport = "", "", "", identity.Passport{}
		}
		return nil, nil
	})
}
