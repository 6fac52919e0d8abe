// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
)

// ByExternal is a sign-in by the account of a provider (package external).
const ByExternal Method = "external"

// ChangeDraft changes what is known of who signs up, for ways that begin with somebody's
// word: a provider's, a certificate's.
func (s *Service) ChangeDraft(ctx context.Context, signup string, change func(ctx context.Context, tx *db.Tx, d *Draft) error) error {
	return s.changeSignup(ctx, signup, func(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft) (refusal, err error) {
		if row.AccountID != "" {
			return nil, problem.New(problem.NotFound, "auth.signup.missing")
		}
		return nil, change(ctx, tx, d)
	})
}

// OpenSignup opens a sign-up that begins without a phone.
func (s *Service) OpenSignup(ctx context.Context) (token string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, err = s.insertSignup(ctx, tx, "", "")
		return err
	})
	return token, err
}

// enrol binds the certificate that a new account began with, and keeps what it proves.
func (s *Service) enrol(ctx context.Context, tx *db.Tx, account Account, c identity.Certified, from Client) error {
	cert, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return fmt.Errorf("certificate of sign-up: %w", err)
	}
	if err := s.factors.BindEntrance(ctx, tx, factor.Actor{Account: account.ID, Origin: from.Network}, cert); err != nil {
		return err
	}
	return s.persons.AddProof(ctx, tx, identity.Proof{PersonID: account.PersonID, Kind: identity.ByCertificate, Source: c.Source, Level: c.Level, Until: c.Until})
}

// settle links a new account with who came, when a sign-up began with that.
func (s *Service) settle(ctx context.Context, tx *db.Tx, accountID string, d *Draft, from Client) error {
	account, err := s.account(ctx, tx, accountID)
	if err != nil {
		return err
	}
	if d.Certified != nil {
		if err := s.enrol(ctx, tx, account, *d.Certified, from); err != nil {
			return err
		}
	}
	if d.Outside == nil || s.outside == nil {
		return nil
	}
	c := *d.Outside
	d.Outside = nil
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
		if d.Certified == nil && d.Person.Country.Of() != c.Of() {
			d.Person.Country = c.Of()
			d.Person.INN, d.Person.SNILS, d.Person.IIN, d.Person.Passport = "", "", "", identity.Passport{}
		}
		return nil, nil
	})
}
