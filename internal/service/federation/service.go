// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/wire/esia"
)

// Service speaks to providers and keeps links.
type Service struct {
	db        *db.DB
	ring      *keys.Ring
	policies  *policy.Book
	now       func() time.Time
	publicURL string
	http      *http.Client
	persons   *identity.Service
	providers []provider
	open      func(ctx context.Context, provider string) error
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Persons   *identity.Service // nil: nothing is adopted
	PublicURL string
	ESIA      []ESIAConfig
	OIDC      []OIDCConfig
	EBS       []EBSConfig
	Open      func(ctx context.Context, provider string) error // refuses while one is switched off; nil: none ever is
}

// patience is how long a provider may take to answer.
const patience = 15 * time.Second

// bounded reads no more of an answer than any provider has to say: libraries would take all of it into memory.
type bounded struct{}

func (bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, esia.MaxAnswer+1)
	}
	return answer, err
}

// New returns the service.
func New(p Parts) (*Service, error) {
	s := &Service{db: p.DB, ring: p.Ring, policies: p.Policies, now: p.DB.Now, persons: p.Persons, publicURL: p.PublicURL, open: p.Open, http: &http.Client{
		Timeout: patience, Transport: bounded{},
		// A provider answers where it was asked: a redirect would carry our secret away.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, c := range p.ESIA {
		s.providers = append(s.providers, &esiaProvider{c, s})
	}
	for _, c := range p.OIDC {
		s.providers = append(s.providers, &oidcProvider{config: c, service: s})
	}
	for _, c := range p.EBS {
		s.providers = append(s.providers, &ebsProvider{c, s})
	}
	for i, one := range s.providers {
		id := one.about().ID
		if id == "" || url.PathEscape(id) != id || slices.ContainsFunc(s.providers[:i], func(o provider) bool { return o.about().ID == id }) {
			return nil, fmt.Errorf("provider %q: the id is empty, not part of an address, or of another", id)
		}
	}
	return s, nil
}

// Providers are those that people can sign in by.
func (s *Service) Providers() []Provider {
	return s.those(func(p Provider) bool { return p.Kind != Biometrics && !p.Staff })
}

// StaffProviders are those that staff can sign in by.
func (s *Service) StaffProviders() []Provider {
	return s.those(func(p Provider) bool { return p.Staff })
}

func (s *Service) those(wanted func(Provider) bool) (list []Provider) {
	for _, p := range s.providers {
		if wanted(p.about()) {
			list = append(list, p.about())
		}
	}
	return list
}

// Provider returns one, ЕБС too.
func (s *Service) Provider(id string) (Provider, bool) {
	p := s.find(id)
	if p == nil {
		return Provider{}, false
	}
	return p.about(), true
}

// OfKind returns the first provider of a kind.
func (s *Service) OfKind(k Kind) (Provider, bool) {
	for _, p := range s.providers {
		if p.about().Kind == k {
			return p.about(), true
		}
	}
	return Provider{}, false
}

func (s *Service) find(id string) provider {
	for _, p := range s.providers {
		if p.about().ID == id {
			return p
		}
	}
	return nil
}

// Callback is where a provider sends people back: an address of its own, so that an
// answer of one is never taken for an answer of another.
func (s *Service) Callback(id string) string { return s.publicURL + CallbackPath(id) }

// CallbackPath is its path.
func CallbackPath(id string) string { return "/login/external/" + id + "/callback" }

func attemptPlace(state []byte) []byte { return append([]byte("external/attempt/"), state...) }

// Departure is a person on the way.
type Departure struct {
	URL     string // where to
	Browser string // for the cookie: who comes back must have it
}

// Begin sends a person to a provider. origin is for the audit.
func (s *Service) Begin(ctx context.Context, id string, a Attempt, origin string) (Departure, error) {
	p := s.find(id)
	if p == nil {
		return Departure{}, problem.New(problem.NotFound, "external.provider.missing")
	}
	if s.open != nil {
		if err := s.open(ctx, id); err != nil {
			return Departure{}, err
		}
	}
	a.Provider, a.State, a.Nonce, a.Verifier, a.BeganAt = id, db.NewUUID(), newSecret(), newSecret(), s.now()
	to, err := p.begin(ctx, &a)
	if err != nil {
		return Departure{}, err
	}
	d := Departure{URL: to, Browser: newSecret()}
	return d, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "external.attempt.life")
		if err != nil {
			return err
		}
		plain, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode attempt: %w", err)
		}
		defer keys.Zero(plain)
		state := digest(a.State)
		err = newQueries(tx).InsertAttempt(ctx, insertAttemptParams{
			StateHash: state, BrowserHash: digest(d.Browser), Provider: id, Secret: s.ring.Seal(plain, attemptPlace(state)),
			ExpiresAt: db.Micros(tx.Now().Add(life)),
		})
		if err != nil {
			return fmt.Errorf("store attempt: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor(a.AccountID), Action: "external.begin", Object: "provider/" + id, Origin: origin, Details: map[string]any{"purpose": string(a.Purpose)},
		})
	})
}

func actor(accountID string) string {
	if accountID == "" {
		return "unknown"
	}
	return "account/" + accountID
}

// Finish takes a person who came back to the address of a provider. The attempt is used
// up before anybody outside is asked: what comes with it counts once, right or wrong.
func (s *Service) Finish(ctx context.Context, id, browser string, query url.Values, origin string) (Attempt, Claims, error) {
	p := s.find(id)
	if p == nil {
		return Attempt{}, Claims{}, problem.New(problem.NotFound, "external.provider.missing")
	}
	a, err := s.take(ctx, id, browser, query, origin)
	if err != nil {
		return a, Claims{}, err
	}
	claims, err := p.finish(ctx, a, query)
	if err != nil {
		return a, Claims{}, errors.Join(err, s.refused(ctx, a, err, origin))
	}
	claims.Provider, claims.Kind = id, p.about().Kind
	return a, claims, nil
}

// refused records that a provider, or what it sent, was of no use.
func (s *Service) refused(ctx context.Context, a Attempt, reason error, origin string) error {
	why := "internal"
	if e, ok := problem.Of(reason); ok {
		why = e.Key
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor(a.AccountID), Action: "external.finish", Object: "provider/" + a.Provider, Outcome: "refused:" + why, Origin: origin,
		})
	})
}

// take finds the attempt and uses it up.
func (s *Service) take(ctx context.Context, id, browser string, query url.Values, origin string) (Attempt, error) {
	var a Attempt
	foreign := problem.New(problem.Forbidden, "external.state.wrong")
	if len(query["state"]) != 1 || browser == "" {
		return a, foreign
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		row, err := q.GetAttempt(ctx, digest(query.Get("state")))
		if errors.Is(err, sql.ErrNoRows) {
			return foreign
		} else if err != nil {
			return fmt.Errorf("read attempt: %w", err)
		}
		switch {
		case subtle.ConstantTimeCompare(row.BrowserHash, digest(browser)) != 1, row.Provider != id:
			return foreign
		case row.UsedAt != 0 || !db.Time(row.ExpiresAt).After(tx.Now()):
			return problem.New(problem.Conflict, "external.attempt.over")
		}
		n, err := q.UseAttempt(ctx, useAttemptParams{StateHash: row.StateHash, UsedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("use attempt: %w", err)
		}
		if n != 1 {
			return problem.New(problem.Conflict, "external.attempt.over")
		}
		plain, err := s.ring.Open(row.Secret, attemptPlace(row.StateHash))
		if err != nil {
			return fmt.Errorf("open attempt: %w", err)
		}
		defer keys.Zero(plain)
		a = Attempt{}
		if err := json.Unmarshal(plain, &a); err != nil {
			return fmt.Errorf("decode attempt: %w", err)
		}
		return nil
	})
	if errors.Is(err, foreign) {
		return a, errors.Join(err, s.refused(ctx, Attempt{Provider: id}, err, origin))
	}
	return a, err
}

// Keep stores who came, for the steps before a session.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, c Claims) (token string, err error) {
	life, err := s.policies.Duration(ctx, tx, "external.arrival.life")
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode arrival: %w", err)
	}
	defer keys.Zero(plain)
	token = newSecret()
	hash := digest(token)
	err = newQueries(tx).InsertArrival(ctx, insertArrivalParams{TokenHash: hash, Secret: s.ring.Seal(plain, attemptPlace(hash)), ExpiresAt: db.Micros(tx.Now().Add(life))})
	if err != nil {
		return "", fmt.Errorf("store arrival: %w", err)
	}
	return token, nil
}

// Arrived returns who came by a token, until it is used.
func (s *Service) Arrived(ctx context.Context, tx *db.Tx, token string) (Claims, error) {
	row, err := newQueries(tx).GetArrival(ctx, digest(token))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Claims{}, fmt.Errorf("read arrival: %w", err)
	}
	if err != nil || row.UsedAt != 0 || !db.Time(row.ExpiresAt).After(tx.Now()) {
		return Claims{}, problem.New(problem.NotFound, "external.arrival.over")
	}
	plain, err := s.ring.Open(row.Secret, attemptPlace(row.TokenHash))
	if err != nil {
		return Claims{}, fmt.Errorf("open arrival: %w", err)
	}
	defer keys.Zero(plain)
	var c Claims
	if err := json.Unmarshal(plain, &c); err != nil {
		return Claims{}, fmt.Errorf("decode arrival: %w", err)
	}
	return c, nil
}

// UseArrival uses a token up.
func (s *Service) UseArrival(ctx context.Context, tx *db.Tx, token string) error {
	n, err := newQueries(tx).UseArrival(ctx, useArrivalParams{TokenHash: digest(token), UsedAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("use arrival: %w", err)
	}
	if n != 1 {
		return problem.New(problem.NotFound, "external.arrival.over")
	}
	return nil
}

// Work drops what is over.
func (s *Service) Work(r *jobs.Runner) { r.Every("external.sweep", time.Hour, s.sweep) }

func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	q, now := newQueries(tx), db.Micros(tx.Now())
	if _, err := q.DropAttempts(ctx, now); err != nil {
		return fmt.Errorf("sweep attempts: %w", err)
	}
	if _, err := q.DropArrivals(ctx, now); err != nil {
		return fmt.Errorf("sweep arrivals: %w", err)
	}
	return nil
}

func digest(s string) []byte {
	d := sha256.Sum256([]byte(s))
	return d[:]
}

// newSecret is 256 bits in base64url: a nonce, a verifier of PKCE, a cookie.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// challenge is code_challenge by S256 (RFC 7636, 4.2).
func challenge(verifier string) string {
	d := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(d[:])
}
