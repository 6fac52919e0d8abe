// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/trust"
)

// Service keeps factors.
type Service struct {
	db       *db.DB
	ring     *keys.Ring
	policies *policy.Book
	keys     *webauthn.WebAuthn // nil: passkeys cannot work at this address
	judge    *trust.Service     // nil: no certificates
	issuer   string             // how the application calls us
	origin   string             // of the site: what challenges are bound to
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Judge     *trust.Service
	PublicURL string // https://host, without a slash at the end
	Name      string // of the site, shown by applications and authenticators
}

// New returns the service.
func New(p Parts) (*Service, error) {
	s := &Service{db: p.DB, ring: p.Ring, policies: p.Policies, judge: p.Judge, issuer: p.Name, origin: p.PublicURL}
	u, err := url.Parse(p.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("address of the site: %w", err)
	}
	if net.ParseIP(u.Hostname()) != nil {
		return s, nil // WebAuthn wants a name (Level 3, 5.1.3): an address has none
	}
	s.keys, err = webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: p.Name, RPOrigins: []string{p.PublicURL}})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return s, nil
}

// Passkeys reports whether passkeys work at the address of the site.
func (s *Service) Passkeys() bool { return s.keys != nil }

// Methods returns the methods of an account that policy factor.methods lets count.
func (s *Service) Methods(ctx context.Context, tx *db.Tx, account string) ([]Method, error) {
	allowed, err := s.Allowed(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := newQueries(tx).FactorsOf(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read factors: %w", err)
	}
	var list []Method
	for _, r := range rows {
		if r.Active && slices.Contains(allowed, Kind(r.Kind)) {
			list = append(list, Method{r.ID, Kind(r.Kind), r.Name, db.Time(r.AddedAt), db.Time(r.UsedAt)})
		}
	}
	return list, nil
}

// Allowed are the kinds that the policy lets people use here.
func (s *Service) Allowed(ctx context.Context, tx *db.Tx) ([]Kind, error) {
	text, err := s.policies.String(ctx, tx, "factor.methods")
	if err != nil {
		return nil, err
	}
	var list []Kind
	for _, k := range Kinds() {
		if slices.Contains(strings.Fields(text), string(k)) && (k != Passkey || s.keys != nil) && (k != Certificate || s.judge != nil) {
			list = append(list, k)
		}
	}
	return list, nil
}

// Asks is how many challenges a network, or once signed in an account, may ask for in a minute: each is a row, and most cost
// nothing to ask for.
func (s *Service) Asks(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = s.policies.Number(ctx, tx, "factor.asks")
		return err
	})
	return n, err
}

// Of returns what an account has.
func (s *Service) Of(ctx context.Context, account string) (o Overview, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if o.Methods, err = s.Methods(ctx, tx, account); err != nil {
			return err
		}
		set, err := s.set(ctx, tx, account)
		if err != nil {
			return err
		}
		o.CodesLeft, o.CodesMade, o.Pending = len(set.codes), set.madeAt, set.pending
		return nil
	})
	return o, err
}

// Remove takes a method away. The last one stays: an account that had a second step keeps
// one.
func (s *Service) Remove(ctx context.Context, a Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		methods, err := s.Methods(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(methods, func(m Method) bool { return m.ID == id })
		if i < 0 {
			return problem.New(problem.NotFound, "factor.missing")
		}
		if withoutDevices(methods, id) == 0 {
			return problem.New(problem.Conflict, "factor.last").Then("factor.last.next")
		}
		if _, err := newQueries(tx).DropFactor(ctx, dropFactorParams{AccountID: a.Account, ID: id}); err != nil {
			return fmt.Errorf("remove factor: %w", err)
		}
		return s.changed(ctx, tx, a, Changed{What: Removed, Method: methods[i].Kind, Name: methods[i].Name}, "factor/"+id)
	})
}

// AddSMS makes codes to the phone a method. That the phone is the account's was shown by
// a code just now.
func (s *Service) AddSMS(ctx context.Context, tx *db.Tx, a Actor) error {
	return s.add(ctx, tx, a, SMS, factorRow{ID: tx.NewID(), Lookup: a.Account, Secret: []byte{}})
}

// add stores an active method.
func (s *Service) add(ctx context.Context, tx *db.Tx, a Actor, kind Kind, row factorRow) error {
	if err := s.mayAdd(ctx, tx, a.Account, kind); err != nil {
		return err
	}
	return s.insert(ctx, tx, a, kind, row)
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, a Actor, kind Kind, row factorRow) error {
	err := newQueries(tx).InsertFactor(ctx, insertFactorParams{
		ID: row.ID, AccountID: a.Account, Kind: string(kind), Name: row.Name, Lookup: row.Lookup, Secret: row.Secret,
		Counter: row.Counter, Active: true, AddedAt: db.Micros(tx.Now()),
	})
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "factor.taken."+string(kind)).Because(err)
	} else if err != nil {
		return fmt.Errorf("store factor: %w", err)
	}
	if kind == entrance { // no second step: the letter of the new account tells of it
		return audit.Record(ctx, tx, audit.Entry{
			Actor: a.name(), Action: "factor." + Added, Object: "factor/" + row.ID, Origin: a.Origin,
			Details: map[string]any{"account": a.Account, "method": string(kind), "name": row.Name},
		})
	}
	return s.changed(ctx, tx, a, Changed{What: Added, Method: kind, Name: row.Name}, "factor/"+row.ID)
}

// mayAdd refuses what the policy does not want, and a method before recovery codes:
// whoever loses the only method would be locked out.
func (s *Service) mayAdd(ctx context.Context, tx *db.Tx, account string, kind Kind) error {
	allowed, err := s.Allowed(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, kind) {
		return problem.New(problem.Forbidden, "factor.not_allowed")
	}
	set, err := s.set(ctx, tx, account)
	if err != nil {
		return err
	}
	if len(set.codes) == 0 {
		return problem.New(problem.Conflict, "factor.codes.first")
	}
	limit, err := s.policies.Number(ctx, tx, "factor.per_account")
	if err != nil {
		return err
	}
	rows, err := newQueries(tx).FactorsOf(ctx, account)
	if err != nil {
		return fmt.Errorf("read factors: %w", err)
	}
	if int64(len(rows)) >= limit {
		return problem.New(problem.Conflict, "factor.too_many")
	}
	return nil
}

// changed records a change and tells those above.
func (s *Service) changed(ctx context.Context, tx *db.Tx, a Actor, e Changed, object string) error {
	e.Account, e.Origin, e.At = a.Account, a.Origin, tx.Now()
	err := audit.Record(ctx, tx, audit.Entry{
		Actor: a.name(), Action: "factor." + e.What, Object: object, Origin: a.Origin,
		Details: map[string]any{"account": a.Account, "method": string(e.Method), "name": e.Name},
	})
	if err != nil {
		return err
	}
	return jobs.Publish(ctx, tx, e)
}

// used notes the use of a method and, where it counts, how far it has counted.
func used(ctx context.Context, tx *db.Tx, row factorRow) error {
	if row.Secret == nil { // SQLite reads nothing as no value
		row.Secret = []byte{}
	}
	n, err := newQueries(tx).UseFactor(ctx, useFactorParams{ID: row.ID, Secret: row.Secret, Counter: row.Counter, UsedAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("note use of factor: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "factor.missing")
	}
	return nil
}

// Work registers the sweep of what has run out.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("factor.sweep", time.Hour, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "factor.setup.life")
		if err != nil {
			return err
		}
		q := newQueries(tx)
		if _, err := q.DropCeremonies(ctx, db.Micros(tx.Now())); err != nil {
			return fmt.Errorf("sweep ceremonies: %w", err)
		}
		if _, err := q.DropSignChallenges(ctx, db.Micros(tx.Now())); err != nil {
			return fmt.Errorf("sweep challenges: %w", err)
		}
		if _, err := q.DropWaiting(ctx, db.Micros(tx.Now().Add(-life))); err != nil {
			return fmt.Errorf("sweep factors: %w", err)
		}
		return nil
	})
}

func place(id string) []byte { return []byte("factor/" + id) }

// missing reports that there is no such row.
func missing(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Forget drops all that an account could show: it is closed.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, account string) error {
	q := newQueries(tx)
	if err := q.ForgetFactors(ctx, account); err != nil {
		return fmt.Errorf("forget second steps: %w", err)
	}
	if err := q.ForgetSet(ctx, account); err != nil {
		return fmt.Errorf("forget recovery codes: %w", err)
	}
	return nil
}
