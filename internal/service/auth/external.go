// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// Sign-in by an account of somebody else. A link made before opens a session, at the
// level the policy gives that provider. Without a link nobody is let in: not by the
// same mail, not by the same phone, not by the same number of the state. Who came is
// kept for minutes; they sign in by what their cabinet already knows and the link is
// made, or they sign up and start with what the provider answers for.

// ByExternal is a sign-in by the account of a provider.
const ByExternal Method = "external"

// Entrance is how a person came back from a provider.
type Entrance struct {
	Session string // token of the session that was opened, when one was
	Arrival string // token of who came, when nobody here is linked to them
	Attempt federation.Attempt
}

// Arrival is who came, for the page that asks how to go on.
type Arrival struct {
	Claims   federation.Claims
	Provider federation.Provider
	Known    bool // somebody with their ИНН has a cabinet
}

// Outside are the providers that people can sign in by.
func (s *Service) Outside() []federation.Provider {
	if s.outside == nil {
		return nil
	}
	return s.outside.Providers()
}

// Biometrics is the provider that compares faces, when there is one.
func (s *Service) Biometrics() (federation.Provider, bool) {
	if s.outside == nil {
		return federation.Provider{}, false
	}
	return s.outside.OfKind(federation.Biometrics)
}

var errNoProvider = problem.New(problem.NotFound, "external.provider.missing")

// Leave sends a person to a provider. session is nil for one who signs in; the other
// purposes act on its account.
func (s *Service) Leave(ctx context.Context, provider string, purpose federation.Purpose, session *Session, back string, from Client) (federation.Departure, error) {
	if s.outside == nil {
		return federation.Departure{}, errNoProvider
	}
	a := federation.Attempt{Purpose: purpose, Return: back}
	if p, found := s.outside.Provider(provider); !found || (p.Kind == federation.Biometrics) != (purpose == federation.ForProof) {
		return federation.Departure{}, errNoProvider
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if session == nil {
			return s.countAsked(ctx, tx, from)
		}
		a.AccountID = session.Account.ID
		if purpose != federation.ForProof {
			return nil
		}
		links, err := s.outside.Links(ctx, tx, a.AccountID)
		for _, l := range links {
			if p, _ := s.outside.Provider(l.Provider); p.Kind == federation.ESIA && l.Level == identity.Confirmed {
				a.Subject = l.Subject
			}
		}
		return err
	})
	if err != nil {
		return federation.Departure{}, err
	}
	if (session == nil) != (purpose == federation.ForLogin) {
		return federation.Departure{}, problem.New(problem.Forbidden, "auth.session.needed")
	}
	return s.outside.Begin(ctx, provider, a, from.Network)
}

// Return takes a person who came back. session is who is signed in now, nil for nobody:
// what was begun by one account never ends in another.
func (s *Service) Return(ctx context.Context, provider, browser string, query url.Values, session *Session, from Client) (Entrance, error) {
	if s.outside == nil {
		return Entrance{}, errNoProvider
	}
	a, claims, err := s.outside.Finish(ctx, provider, browser, query, from.Network)
	if err != nil {
		return Entrance{Attempt: a}, err
	}
	e := Entrance{Attempt: a}
	if a.Purpose == federation.ForLogin {
		err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			e.Session, e.Arrival, err = s.enter(ctx, tx, claims, from)
			return err
		})
		return e, err
	}
	if session == nil || session.Account.ID != a.AccountID || session.Level != Full {
		return e, problem.New(problem.Forbidden, "auth.session.needed")
	}
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		refusal, err = s.take(ctx, tx, session.Account, a.Purpose, claims, from)
		return err
	})
	return e, errors.Join(err, refusal)
}

// enter opens a session for a linked account, or keeps who came.
func (s *Service) enter(ctx context.Context, tx *db.Tx, c federation.Claims, from Client) (session, arrival string, err error) {
	link, linked, err := s.outside.Linked(ctx, tx, c)
	if err != nil {
		return "", "", err
	}
	if !linked {
		arrival, err = s.outside.Keep(ctx, tx, c)
		return "", arrival, err
	}
	account, err := s.account(ctx, tx, link.AccountID)
	if err != nil {
		return "", "", err
	}
	if account.Role.Staff() { // consoles have ways in of their own
		return "", "", problem.New(problem.Forbidden, "auth.role.other")
	}
	level, err := s.outsideLevel(ctx, tx, c)
	if err != nil {
		return "", "", err
	}
	if err := s.outside.Use(ctx, tx, c); err != nil {
		return "", "", err
	}
	if _, err := s.adopt(ctx, tx, account, c, from); err != nil {
		return "", "", err
	}
	session, err = s.OpenSession(ctx, tx, account, level, ByExternal, from)
	return session, "", err
}

// outsideLevel is how far a session goes that a provider's word opens.
func (s *Service) outsideLevel(ctx context.Context, tx *db.Tx, c federation.Claims) (Level, error) {
	rule := "external.login.bank"
	if c.Kind == federation.ESIA {
		rule = "external.login.standard"
		if c.Level == identity.Confirmed {
			rule = "external.login.confirmed"
		}
	}
	value, err := s.policies.String(ctx, tx, rule)
	if err != nil || value != string(Full) {
		return Viewing, err
	}
	return Full, nil
}

// take does for a signed-in account what it went to a provider for.
func (s *Service) take(ctx context.Context, tx *db.Tx, account Account, purpose federation.Purpose, c federation.Claims, from Client) (refusal, err error) {
	if purpose == federation.ForProof {
		return s.takeBiometrics(ctx, tx, account, c, from)
	}
	link, linked, err := s.outside.Linked(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	if purpose == federation.ForRefresh && (!linked || link.AccountID != account.ID) {
		return problem.New(problem.NotFound, "external.link.missing"), nil
	}
	differences, err := s.adopt(ctx, tx, account, c, from)
	if err != nil || differences != nil {
		return differences, err
	}
	return nil, s.outside.Bind(ctx, tx, c, account.ID, from.Network)
}

// adopt takes over what a provider answers for, when it is about the same person: facts
// with their source and date, and a proof. What differs is not taken, and told field by
// field.
func (s *Service) adopt(ctx context.Context, tx *db.Tx, account Account, c federation.Claims, from Client) (refusal, err error) {
	person, err := s.persons.Person(ctx, tx, account.PersonID)
	if err != nil {
		return nil, err
	}
	if differences := identity.Compare(person, c.Person).Err(); differences != nil {
		return differences, audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + account.ID, Action: "identity.compare", Object: "person/" + person.ID, Outcome: "refused:" + problem.All(differences)[0].Key,
			Origin: from.Network, Details: map[string]any{"source": c.Provider},
		})
	}
	if err := s.persons.PutFacts(ctx, tx, person.ID, c.Provider, c.Facts); err != nil {
		return nil, err
	}
	proof := identity.Proof{PersonID: person.ID, Kind: identity.ByESIA, Source: c.Provider, Level: c.Level}
	if c.Kind == federation.OIDC {
		proof.Kind = identity.ByBank
		if proof.Level == identity.Standard { // the bank has seen the person: what that is worth is policy
			value, err := s.policies.String(ctx, tx, "external.bank.level")
			if err != nil {
				return nil, err
			}
			proof.Level = identity.Level(value)
		}
	}
	// A name is shared by many: a proof needs a number that both have.
	if !identity.SameNumber(person, c.Person) {
		proof.Level = identity.Simplified
	}
	if err := s.persons.AddProof(ctx, tx, proof); err != nil {
		return nil, err
	}
	return nil, audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + account.ID, Action: "identity.proof", Object: "person/" + person.ID, Origin: from.Network,
		Details: map[string]any{"kind": string(proof.Kind), "source": proof.Source, "level": string(proof.Level)},
	})
}

// takeBiometrics takes a comparison of ЕБС. The degree that is enough is policy, in
// hundredths of a per cent.
func (s *Service) takeBiometrics(ctx context.Context, tx *db.Tx, account Account, c federation.Claims, from Client) (refusal, err error) {
	enough, err := s.policies.Number(ctx, tx, "external.match")
	if err != nil {
		return nil, err
	}
	entry := audit.Entry{
		Actor: "account/" + account.ID, Action: "identity.proof", Object: "person/" + account.PersonID, Origin: from.Network,
		Details: map[string]any{"kind": string(identity.ByBiometrics), "source": c.Provider},
	}
	switch {
	case !c.Alive:
		refusal = problem.New(problem.Conflict, "external.ebs.picture").Coded("ID-208")
	case c.Match*10000 < float64(enough):
		refusal = problem.New(problem.Conflict, "external.ebs.other").Coded("ID-207")
	}
	if refusal != nil {
		entry.Outcome = "refused:" + problem.All(refusal)[0].Key
		return refusal, audit.Record(ctx, tx, entry)
	}
	err = s.persons.AddProof(ctx, tx, identity.Proof{PersonID: account.PersonID, Kind: identity.ByBiometrics, Source: c.Provider, Level: identity.Confirmed})
	if err != nil {
		return nil, err
	}
	return nil, audit.Record(ctx, tx, entry)
}

// Arrival returns who came by a token.
func (s *Service) Arrival(ctx context.Context, token string) (a Arrival, err error) {
	if s.outside == nil || token == "" {
		return a, problem.New(problem.NotFound, "external.arrival.over")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if a.Claims, err = s.outside.Arrived(ctx, tx, token); err != nil {
			return err
		}
		a.Provider, _ = s.outside.Provider(a.Claims.Provider)
		id, err := s.persons.PersonByINN(ctx, tx, a.Claims.Person.INN)
		// Only who answers for the number may be told that it has a cabinet.
		a.Known = id != "" && a.Claims.Level.Covers(identity.Standard)
		return err
	})
	return a, err
}

// BindArrival links who came to the account that has signed in by its own means.
func (s *Service) BindArrival(ctx context.Context, token string, session Session, from Client) error {
	if s.outside == nil {
		return errNoProvider
	}
	if session.Level != Full || session.Account.Role.Staff() {
		return problem.New(problem.Forbidden, "auth.session.needed")
	}
	var refusal error
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.outside.Arrived(ctx, tx, token)
		if err != nil {
			return err
		}
		if refusal, err = s.take(ctx, tx, session.Account, federation.ForLink, c, from); err != nil || refusal != nil {
			return err
		}
		return s.outside.UseArrival(ctx, tx, token)
	})
	return errors.Join(err, refusal)
}

// AttachArrival puts who came into a sign-up: fields are filled in, the account will be
// linked.
func (s *Service) AttachArrival(ctx context.Context, signup, arrival string) error {
	if s.outside == nil {
		return errNoProvider
	}
	return s.changeSignup(ctx, signup, func(ctx context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		c, err := s.outside.Arrived(ctx, tx, arrival)
		if err != nil {
			return nil, err
		}
		d.Outside, d.Person, d.Typed = &c, c.Person, nil
		if d.Mail == "" && c.Mail != "" && ValidMail(c.Mail) {
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
	if _, err := s.adopt(ctx, tx, account, c, from); err != nil {
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

// MyData is all that is known of the person of an account, with who says so.
type MyData struct {
	Person    identity.Person
	Level     identity.Level
	Proofs    []identity.Proof
	Dossiers  []identity.Dossier
	Links     []federation.Link
	Providers []federation.Provider
	Compare   bool // ЕБС can be asked
	At        time.Time
}

// MyData returns it. open is a look at what is masked: it is recorded.
func (s *Service) MyData(ctx context.Context, account Account, open bool, from Client) (m MyData, err error) {
	read := func(ctx context.Context, tx *db.Tx) error {
		if m.Person, err = s.persons.Person(ctx, tx, account.PersonID); err != nil {
			return err
		}
		if m.Proofs, err = s.persons.Proofs(ctx, tx, account.PersonID); err != nil {
			return err
		}
		if m.Dossiers, err = s.persons.Facts(ctx, tx, account.PersonID); err != nil {
			return err
		}
		m.At, m.Level = tx.Now(), identity.LevelAt(m.Proofs, tx.Now())
		if s.outside == nil {
			return nil
		}
		m.Providers = s.outside.Providers()
		_, m.Compare = s.outside.OfKind(federation.Biometrics)
		m.Links, err = s.outside.Links(ctx, tx, account.ID)
		return err
	}
	if !open {
		return m, s.db.Read(ctx, read)
	}
	return m, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := read(ctx, tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + account.ID, Action: "identity.reveal", Object: "person/" + account.PersonID, Origin: from.Network,
		})
	})
}

// Unlink takes a provider away from an account. What it stated goes with it; proofs stay:
// they say how the person was recognised then.
func (s *Service) Unlink(ctx context.Context, account Account, provider string, from Client) error {
	if s.outside == nil {
		return errNoProvider
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.persons.DropFacts(ctx, tx, account.PersonID, provider); err != nil {
			return err
		}
		return s.outside.Unbind(ctx, tx, account.ID, provider, from.Network)
	})
}
