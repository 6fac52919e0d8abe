// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package certified is what a certificate does for a person beside letting them in: a
// sign-up begins with it, and an account is recognised by it.
//
// The key signs a text of ours, the certificate is judged, and what it states is taken as
// it stands: names and numbers are not typed. How sure that makes us of a person is
// policy: the issuer of a qualified certificate answers for the name (63-ФЗ, 17), that of
// another one may not. A sign-up for an entrepreneur or an organisation asks for the role
// at its end (package egrip).
//
// Left out: the other steps of a sign-up (signup), signing in by certificate (auth), documents
// compared by an operator (proof).
package certified

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

const (
	policyQualified = "certified.level.qualified"
	policyForeign   = "certified.level.foreign"
	policyOther     = "certified.level.other"
	policyLife      = "certified.life"
)

// Rules are the numbers of this package: what a certificate proves, by its kind, and for
// how long a sign-up may go on with one that was shown.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyQualified, Kind: policy.Text, Default: string(identity.Confirmed), Valid: policy.OneOf(identity.Levels()...)},
		{Key: policyForeign, Kind: policy.Text, Default: string(identity.Standard), Valid: policy.OneOf(identity.Levels()...)},
		{Key: policyOther, Kind: policy.Text, Default: string(identity.Simplified), Valid: policy.OneOf(identity.Levels()...)},
		{Key: policyLife, Kind: policy.Duration, Default: "1h"},
	}
}

// Service takes certificates.
type Service struct {
	db       *db.DB
	policies *policy.Book
	persons  *identity.Service
	accounts *auth.Service
	signups  *signup.Service
	factors  *factor.Service
	registry *egrip.Service
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Policies *policy.Book
	Persons  *identity.Service
	Accounts *auth.Service
	Signups  *signup.Service
	Factors  *factor.Service
	Registry *egrip.Service
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{db: p.DB, policies: p.Policies, persons: p.Persons, accounts: p.Accounts, signups: p.Signups, factors: p.Factors, registry: p.Registry}
}

// Wanted is what a person has chosen before they show a certificate.
type Wanted struct {
	Country identity.Country
	Kind    identity.Kind
}

// check refuses a certificate of another country or another kind of holder.
func (w Wanted) check(s identity.Stated) error {
	switch {
	case s.Person.Country.Of() != w.Country.Of():
		return problem.New(problem.Conflict, "certified.country."+string(s.Person.Country.Of())).Then("certified.country.next")
	case s.Kind != w.Kind:
		return problem.New(problem.Conflict, "certified.kind."+string(s.Kind)).Then("certified.kind.next")
	}
	return nil
}

// Begin takes a signature over a challenge and puts what its certificate states into a
// sign-up, a new one when token names none. One that opens a cabinet already is refused:
// its holder signs in.
func (s *Service) Begin(ctx context.Context, token, challenge string, want Wanted, signature []byte, from auth.Client) (string, error) {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.accounts.CountAsked(ctx, tx, from) })
	if err != nil {
		return "", err
	}
	shown, err := s.factors.CheckSignature(ctx, challenge, factor.ToEnrol, "", signature)
	if err != nil {
		return "", err
	}
	c, err := s.state(ctx, shown)
	if err != nil {
		return "", err
	}
	if err := errors.Join(want.check(c.Stated), number(c.Stated), c.Stated.Person.CheckStated().Err()); err != nil {
		return "", err
	}
	put := func(_ context.Context, _ *db.Tx, d *signup.Draft) error {
		d.Certified, d.Person, d.Typed, d.Outside = &c, c.Stated.Person, nil, nil
		if d.Mail == "" && identity.ValidMail(c.Stated.Mail) {
			d.Typed = map[string]string{"mail": c.Stated.Mail}
		}
		return nil
	}
	err = s.signups.ChangeDraft(ctx, token, put)
	if problem.KindOf(err) != problem.NotFound {
		return token, err
	}
	if token, err = s.signups.Open(ctx); err != nil {
		return "", err
	}
	return token, s.signups.ChangeDraft(ctx, token, put)
}

// Drop takes the certificate out of a sign-up, which goes on by typing.
func (s *Service) Drop(ctx context.Context, token string) error {
	return s.signups.ChangeDraft(ctx, token, func(_ context.Context, _ *db.Tx, d *signup.Draft) error {
		d.Certified, d.Person, d.Typed = nil, identity.Person{Country: d.Person.Country}, nil
		return nil
	})
}

// state is what a certificate that was shown says and proves. It is refused when an
// account has it.
func (s *Service) state(ctx context.Context, shown trust.Shown) (c identity.Certified, err error) {
	c = identity.Certified{DER: shown.Certificate.Raw, Source: source(shown.Certificate), Until: shown.Certificate.NotAfter, Stated: identity.StatedBy(shown.Certificate.Subject)}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		allowed, err := s.factors.Allowed(ctx, tx)
		if err != nil {
			return err
		}
		if !slices.Contains(allowed, factor.Certificate) {
			return problem.New(problem.Forbidden, "factor.not_allowed")
		}
		owner, err := s.accounts.OwnerOf(ctx, tx, shown)
		if err != nil {
			return err
		}
		if owner != "" {
			return problem.New(problem.Conflict, "certified.known").Then("certified.known.next")
		}
		c.At = tx.Now()
		c.Level, err = s.level(ctx, tx, shown, c.Stated)
		return err
	})
	return c, err
}

// level is what a certificate proves.
func (s *Service) level(ctx context.Context, tx *db.Tx, shown trust.Shown, stated identity.Stated) (identity.Level, error) {
	rule := policyOther
	switch {
	case shown.Names:
		rule = policyQualified
	case stated.Person.Country.Of() != identity.Russia:
		rule = policyForeign
	}
	level, err := s.policies.String(ctx, tx, rule)
	return identity.Level(level), err
}

// number checks what the state calls the role by.
func number(s identity.Stated) error {
	ok := true
	switch {
	case s.Kind == identity.Entrepreneur:
		ok = identity.ValidOGRNIP(s.Number)
	case s.Kind == identity.Organisation && s.Company.BIN != "":
		ok = identity.ValidBIN(s.Number)
	case s.Kind == identity.Organisation:
		ok = identity.ValidOGRN(s.Number)
	}
	if !ok {
		return problem.New(problem.Invalid, "certified.number")
	}
	return nil
}

// source names a certificate by its number and the fingerprint of its issuer's name.
func source(c *x509.Certificate) string {
	return fmt.Sprintf("%s/%.16x", c.Serial.Hex(), alg.Streebog256.Sum(c.Issuer.Raw))
}

// Ready tells whether a certificate in a sign-up may still be gone on with: what is revoked
// meanwhile must not open a cabinet.
func (s *Service) Ready(ctx context.Context, c *identity.Certified) (ready bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, policyLife)
		ready = c == nil || tx.Now().Sub(c.At) < life && tx.Now().Before(c.Until)
		return err
	})
	return ready, err
}

// Finished is the end of a sign-up.
type Finished struct {
	Session string
	Profile string         // the role of the person themselves
	Request *egrip.Request // for the role of the certificate
}

// Finish makes the account of a sign-up, and asks for the role that its certificate is
// for. Done twice, it answers the same.
func (s *Service) Finish(ctx context.Context, token string, accepted bool, from auth.Client) (f Finished, err error) {
	form, err := s.signups.Form(ctx, token)
	if err != nil {
		return f, err
	}
	c := form.Draft.Certified
	if form.AccountID == "" {
		ready, err := s.Ready(ctx, c)
		if err != nil {
			return f, err
		}
		if !ready {
			return f, problem.New(problem.Conflict, "certified.stale").Then("certified.stale.next")
		}
	}
	if f.Session, err = s.signups.Finish(ctx, token, accepted, from); err != nil || c == nil || c.Stated.Kind == identity.Individual {
		return f, err
	}
	return f, s.askRole(ctx, c.Stated, &f, from)
}

// askRole asks for the role of a new account.
func (s *Service) askRole(ctx context.Context, c identity.Stated, f *Finished, from auth.Client) error {
	session, err := s.accounts.Session(ctx, f.Session)
	if err != nil {
		return err
	}
	a := session.Account
	profiles, err := s.accounts.Profiles(ctx, a)
	if err != nil || len(profiles) == 0 {
		return err
	}
	f.Profile = profiles[0].ID
	r, err := s.registry.AskRole(ctx, egrip.Actor{Name: "account/" + a.ID, AccountID: a.ID, PersonID: a.PersonID, Origin: from.Network}, c.Kind, c.Number, a.Mail)
	if _, refused := problem.Of(err); refused {
		return nil // the account is there; the role is asked for by hand
	}
	f.Request = &r
	return err
}

// Prove recognises the person of an account by a certificate: the numbers it states must be
// theirs.
func (s *Service) Prove(ctx context.Context, own auth.Session, challenge string, signature []byte, from auth.Client) (identity.Level, error) {
	shown, err := s.factors.CheckSignature(ctx, challenge, factor.ToProve, own.Account.ID, signature)
	if err != nil {
		return "", err
	}
	var level identity.Level
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		entry := audit.Entry{
			Actor: "account/" + own.Account.ID, Action: "identity.proof", Object: "person/" + own.Account.PersonID, Origin: from.Network,
			Details: map[string]any{"kind": string(identity.ByCertificate), "source": source(shown.Certificate)},
		}
		if refusal, err = s.others(ctx, tx, own, shown); err != nil {
			return err
		}
		if refusal != nil {
			entry.Outcome = "refused:" + problem.All(refusal)[0].Key
			return audit.Record(ctx, tx, entry)
		}
		if level, err = s.level(ctx, tx, shown, identity.StatedBy(shown.Certificate.Subject)); err != nil {
			return err
		}
		err = s.persons.AddProof(ctx, tx, identity.Proof{
			PersonID: own.Account.PersonID, Kind: identity.ByCertificate, Source: source(shown.Certificate), Level: level, Until: shown.Certificate.NotAfter,
		})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, entry)
	})
	return level, errors.Join(err, refusal)
}

// others refuses a certificate of somebody else: what differs is named, with its code.
func (s *Service) others(ctx context.Context, tx *db.Tx, own auth.Session, shown trust.Shown) (refusal, err error) {
	p, err := s.persons.Person(ctx, tx, own.Account.PersonID)
	if err != nil {
		return nil, err
	}
	stated := identity.StatedBy(shown.Certificate.Subject).Person
	if owner, err := s.factors.Bound(ctx, tx, shown.Certificate); err != nil {
		return nil, err
	} else if owner != "" && owner != own.Account.ID {
		return problem.New(problem.Forbidden, "factor.certificate.owner").Then("factor.certificate.owner.next"), nil
	}
	if differ := identity.Compare(p, stated).Err(); differ != nil {
		return differ, nil
	}
	if !stated.Is(p) {
		return problem.New(problem.Forbidden, "factor.certificate.owner").Then("factor.certificate.owner.next"), nil
	}
	return nil, nil
}
