// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package external lets people in by accounts of others (package federation).
//
// A link made before opens a session, at the level the policy gives that provider. Without
// a link nobody is let in: not by the same mail, not by the same phone, not by the same
// number of the state. Who came is kept for minutes; they sign in by what their cabinet
// already knows and the link is made, or they sign up and start with what the provider
// answers for. Left out: the steps of a sign-up (signup), how providers are spoken to.
package external

import (
	"context"
	"errors"
	"net/url"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// Service lets people in by accounts of others.
type Service struct {
	db       *db.DB
	policies *policy.Book
	persons  *identity.Service
	accounts *auth.Service
	signups  *signup.Service
	outside  *federation.Service // nil: nobody else says who people are
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Policies *policy.Book
	Persons  *identity.Service
	Accounts *auth.Service
	Signups  *signup.Service
	Outside  *federation.Service // nil: none
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{db: p.DB, policies: p.Policies, persons: p.Persons, accounts: p.Accounts, signups: p.Signups, outside: p.Outside}
}

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

// Providers are those that people can sign in by.
func (s *Service) Providers() []federation.Provider {
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
func (s *Service) Leave(ctx context.Context, provider string, purpose federation.Purpose, session *auth.Session, back string, from auth.Client) (federation.Departure, error) {
	if s.outside == nil {
		return federation.Departure{}, errNoProvider
	}
	a := federation.Attempt{Purpose: purpose, Return: back}
	if p, found := s.outside.Provider(provider); !found || p.Staff || (p.Kind == federation.Biometrics) != (purpose == federation.ForProof) {
		return federation.Departure{}, errNoProvider
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if session == nil {
			return s.accounts.CountAsked(ctx, tx, from)
		}
		a.AccountID = session.Account.ID
		if purpose != federation.ForProof {
			return nil
		}
		var err error
		a.Subject, err = s.outside.Recognised(ctx, tx, a.AccountID, session.Account.PersonID)
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
func (s *Service) Return(ctx context.Context, provider, browser string, query url.Values, session *auth.Session, from auth.Client) (Entrance, error) {
	if s.outside == nil {
		return Entrance{}, errNoProvider
	}
	if p, found := s.outside.Provider(provider); found && p.Staff {
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
	if session == nil || session.Account.ID != a.AccountID || session.Level != auth.Full {
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
func (s *Service) enter(ctx context.Context, tx *db.Tx, c federation.Claims, from auth.Client) (session, arrival string, err error) {
	link, linked, err := s.outside.Linked(ctx, tx, c)
	if err != nil {
		return "", "", err
	}
	if !linked {
		arrival, err = s.outside.Keep(ctx, tx, c)
		return "", arrival, err
	}
	account, err := s.accounts.AccountByID(ctx, tx, link.AccountID)
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
	if _, err := s.outside.Adopt(ctx, tx, account.ID, account.PersonID, c, from.Network); err != nil {
		return "", "", err
	}
	session, err = s.accounts.OpenSession(ctx, tx, account, level, auth.ByExternal, from)
	return session, "", err
}

// outsideLevel is how far a session goes that a provider's word opens.
func (s *Service) outsideLevel(ctx context.Context, tx *db.Tx, c federation.Claims) (auth.Level, error) {
	rule := "external.login.bank"
	if c.Kind == federation.ESIA {
		rule = "external.login.standard"
		if c.Level == identity.Confirmed {
			rule = "external.login.confirmed"
		}
	}
	value, err := s.policies.String(ctx, tx, rule)
	if err != nil || value != string(auth.Full) {
		return auth.Viewing, err
	}
	return auth.Full, nil
}

// take does for a signed-in account what it went to a provider for.
func (s *Service) take(ctx context.Context, tx *db.Tx, account auth.Account, purpose federation.Purpose, c federation.Claims, from auth.Client) (refusal, err error) {
	if purpose == federation.ForProof {
		return s.outside.AdoptMatch(ctx, tx, account.ID, account.PersonID, c, from.Network)
	}
	link, linked, err := s.outside.Linked(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	if purpose == federation.ForRefresh && (!linked || link.AccountID != account.ID) {
		return problem.New(problem.NotFound, "external.link.missing"), nil
	}
	differences, err := s.outside.Adopt(ctx, tx, account.ID, account.PersonID, c, from.Network)
	if err != nil || differences != nil {
		return differences, err
	}
	if err := s.outside.Bind(ctx, tx, c, account.ID, from.Network); err != nil || linked {
		return nil, err
	}
	return nil, s.tell(ctx, tx, account, c.Provider, true)
}

// tell tells of a way in that was added or taken away: whoever holds a session and a fresh step may not be the owner.
func (s *Service) tell(ctx context.Context, tx *db.Tx, account auth.Account, provider string, bound bool) error {
	name := provider // of a provider that the settings no longer know
	if p, known := s.outside.Provider(provider); known {
		name = p.Name
	}
	return s.accounts.TellOfLink(ctx, tx, account, name, bound)
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

// Attach puts who came into a sign-up: fields are filled in, the account will be linked.
func (s *Service) Attach(ctx context.Context, token, arrival string) error {
	if s.outside == nil {
		return errNoProvider
	}
	return s.signups.ChangeDraft(ctx, token, func(ctx context.Context, tx *db.Tx, d *signup.Draft) error {
		c, err := s.outside.Arrived(ctx, tx, arrival)
		if err != nil {
			return err
		}
		d.Outside, d.Person, d.Typed, d.Certified = &c, c.Person, nil, nil
		if d.Mail == "" && c.Mail != "" && identity.ValidMail(c.Mail) {
			d.Typed = map[string]string{"mail": c.Mail}
		}
		return s.outside.UseArrival(ctx, tx, arrival)
	})
}

// BindArrival links who came to the account that has signed in by its own means.
func (s *Service) BindArrival(ctx context.Context, token string, session auth.Session, from auth.Client) error {
	if s.outside == nil {
		return errNoProvider
	}
	if session.Level != auth.Full || session.Account.Role.Staff() {
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
func (s *Service) MyData(ctx context.Context, account auth.Account, open bool, from auth.Client) (m MyData, err error) {
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

// Level is how sure the installation is now of who an account's person is.
func (s *Service) Level(ctx context.Context, account auth.Account) (level identity.Level, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		proofs, err := s.persons.Proofs(ctx, tx, account.PersonID)
		level = identity.LevelAt(proofs, tx.Now())
		return err
	})
	return level, err
}

// Unlink takes a provider away from an account. What it stated goes with it; proofs stay:
// they say how the person was recognised then.
func (s *Service) Unlink(ctx context.Context, account auth.Account, provider string, from auth.Client) error {
	if s.outside == nil {
		return errNoProvider
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.persons.DropFacts(ctx, tx, account.PersonID, provider); err != nil {
			return err
		}
		if err := s.outside.Unbind(ctx, tx, account.ID, provider, from.Network); err != nil {
			return err
		}
		return s.tell(ctx, tx, account, provider, false)
	})
}
