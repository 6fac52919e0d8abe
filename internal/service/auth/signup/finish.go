// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signup

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
)

// echo is how long a finished sign-up still answers a second submit of its last form. Its
// token opens a session without a password, so it must not live.
const echo = 5 * time.Minute

// Finish makes the account. Done twice, it answers the same: a second submit of the form
// makes nothing new.
func (s *Service) Finish(ctx context.Context, token string, accepted bool, from auth.Client) (session string, err error) {
	err = s.change(ctx, token, func(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft) (refusal, err error) {
		if row.AccountID == "" {
			if refusal := ready(row, d, accepted); refusal != nil {
				return refusal, nil
			}
			if err := s.join(ctx, tx, row, d, from); err != nil {
				return nil, err
			}
		}
		account, err := s.Accounts.AccountByID(ctx, tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		session, err = s.Accounts.OpenSession(ctx, tx, account, auth.Full, auth.BySignup, from)
		return nil, err
	})
	return session, err
}

func ready(row *signupRow, d *Draft, accepted bool) error {
	switch {
	case !row.PhoneConfirmed:
		return problem.New(problem.Conflict, "auth.signup.phone_first")
	case row.PasswordHash == "" || d.Mail == "":
		return problem.New(problem.Conflict, "auth.signup.password_first")
	case !accepted:
		return problem.New(problem.Invalid, "auth.signup.accept").At("accept")
	}
	return nil
}

// join makes the person and the account of a sign-up, and leaves in it no more than a
// second submit needs: identity keeps the rest from now on.
func (s *Service) join(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft, from auth.Client) error {
	register := s.Persons.Register
	if d.Certified != nil {
		register = s.Persons.RegisterStated
	}
	profile, err := register(ctx, tx, d.Person)
	if err != nil {
		return err
	}
	account, err := s.Accounts.CreateHolder(ctx, tx, auth.Account{
		PersonID: profile.PersonID, Title: d.Person.ShortName(), Phone: row.Phone, Mail: d.Mail,
	}, d.Person.INN, row.PasswordHash)
	if err != nil {
		return err
	}
	row.AccountID, d.AcceptedAt = account.ID, tx.Now()
	if d.Certified != nil {
		if err := s.enrol(ctx, tx, account, *d.Certified, from); err != nil {
			return err
		}
	}
	if err := s.link(ctx, tx, account, d, from); err != nil {
		return err
	}
	row.PasswordHash, row.ExpiresAt = "", db.Micros(tx.Now().Add(echo))
	d.Person, d.Typed = identity.Person{}, nil
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + account.ID, Action: "auth.signup", Object: "person/" + account.PersonID, Origin: from.Network,
		Details: map[string]any{"agreement": "terms, personal data"},
	})
}

// enrol binds the certificate that a new account began with, and keeps what it proves.
func (s *Service) enrol(ctx context.Context, tx *db.Tx, account auth.Account, c identity.Certified, from auth.Client) error {
	cert, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return fmt.Errorf("certificate of sign-up: %w", err)
	}
	if err := s.Factors.BindEntrance(ctx, tx, factor.Actor{Account: account.ID, Origin: from.Network}, cert); err != nil {
		return err
	}
	return s.Persons.AddProof(ctx, tx, identity.Proof{PersonID: account.PersonID, Kind: identity.ByCertificate, Source: c.Source, Level: c.Level, Until: c.Until})
}

// link links a new account with who came from a provider, when a sign-up began with that.
// What the person changed since is no longer what the provider answers for: the link is
// made, the proof is not.
func (s *Service) link(ctx context.Context, tx *db.Tx, account auth.Account, d *Draft, from auth.Client) error {
	if d.Outside == nil || s.Outside == nil {
		return nil
	}
	c := *d.Outside
	d.Outside = nil
	if _, err := s.Outside.Adopt(ctx, tx, account.ID, account.PersonID, c, from.Network); err != nil {
		return err
	}
	return s.Outside.Bind(ctx, tx, c, account.ID, from.Network)
}
