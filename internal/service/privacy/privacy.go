// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package privacy is what a person may ask about their own data (152-ФЗ): consents with
// the versions they were given to, withdrawal, an answer in the term of the law, a copy
// of their own; and the register of breaches with its two terms.
//
// A consent is what the record says of the sign-up; here is only what came after it. A
// request is a ticket of support with a term of its own, so that whose turn it is and
// until when is said in one place.
//
// An account is closed by its owner's wish, after a while in which they may think better of it; what the law
// has us keep is sealed and found by nobody until it is erased.
package privacy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/draft"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
	"podpis/internal/service/support"
)

// Service answers people about their data.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Accounts *auth.Service
	Persons  *identity.Service
	Support  *support.Service
	Teller   *notify.Teller
	Drafts   *draft.Service
	Letters  *inbox.Service
	// LastEnd is when the last certificate of a person ends or ended; zero: there was none.
	LastEnd func(ctx context.Context, tx *db.Tx, personID string) (time.Time, error)
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// validVersion takes a short word: it stands in the address of a text and in each consent.
func validVersion(value string) error {
	if value == "" || len(value) > 20 || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' }) {
		return fmt.Errorf("%q is no version", value)
	}
	return nil
}

// Rules are the numbers of this package. The term of requests is support's.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "privacy.version", Kind: policy.Text, Default: "1", Valid: validVersion}, // of the terms and of the text on personal data
		{Key: "privacy.close.wait", Kind: policy.Duration, Default: "168h"},
		{Key: "privacy.keep.account", Kind: policy.Duration, Default: "720h", Law: "152-ФЗ, 21, 5"},
		{Key: "privacy.keep.certificate", Kind: policy.Duration, Default: "43800h", Law: "63-ФЗ, 15, 1"}, // UNSURE: docs/standards.md
		{Key: "privacy.breach.tell", Kind: policy.Duration, Default: "24h", Law: "152-ФЗ, 21, 3.1, 1"},
		{Key: "privacy.breach.results", Kind: policy.Duration, Default: "72h", Law: "152-ФЗ, 21, 3.1, 2"},
	}
}

// Consent is what a person agreed to.
type Consent struct {
	Kind        string // "terms", "data", "outlet"
	Outlet      string // the system outside that takes letters; its consent is the person's own switch
	Version     string // of the text; none of a switch
	GivenAt     time.Time
	WithdrawnAt time.Time // zero: in force
}

// Consents are those of an account, with the version of the text that was in force when
// it was given.
func (s *Service) Consents(ctx context.Context, a auth.Account) (list []Consent, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.consents(ctx, tx, a)
		return err
	})
	return list, err
}

func (s *Service) consents(ctx context.Context, tx *db.Tx, a auth.Account) ([]Consent, error) {
	switches, err := s.switches(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	entries, err := audit.List(ctx, tx, audit.Filter{Actor: "account/" + a.ID, Action: "auth.signup", Limit: 1})
	if err != nil || len(entries) == 0 {
		return switches, err
	}
	given := entries[0].At
	version, err := s.Policies.At(ctx, tx, "privacy.version", given)
	if err != nil {
		return nil, err
	}
	row, err := newQueries(tx).Withdrawal(ctx, a.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read withdrawal: %w", err)
	}
	return append([]Consent{
		{Kind: "terms", Version: version, GivenAt: given}, {Kind: "data", Version: version, GivenAt: given, WithdrawnAt: db.Time(row.At)},
	}, switches...), nil
}

// switches are the systems outside that the person lets have letters.
func (s *Service) switches(ctx context.Context, tx *db.Tx, a auth.Account) (list []Consent, err error) {
	given, err := s.Letters.Given(ctx, tx, a.ID)
	for _, outlet := range slices.Sorted(maps.Keys(given)) {
		list = append(list, Consent{Kind: "outlet", Outlet: outlet, GivenAt: given[outlet]})
	}
	return list, err
}

// Ask writes down a request of the subject and returns its ticket.
func (s *Service) Ask(ctx context.Context, actor support.Actor, words string) (t support.Ticket, err error) {
	if strings.TrimSpace(words) == "" {
		return t, problem.New(problem.Invalid, "support.words.missing").At("words")
	}
	return s.Support.Write(ctx, actor, support.Question{Topic: support.PrivacyTopic, Words: words})
}

// Withdraw takes the consent to the processing of data back, and with it what the person let systems outside
// have. What the law makes us keep, and until when, is answered in the ticket that it opens.
func (s *Service) Withdraw(ctx context.Context, actor support.Actor, agreed bool, words string) error {
	if !agreed {
		return problem.New(problem.Invalid, "privacy.withdraw.agree").At("agree")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.Support.WriteTx(ctx, tx, actor, support.Question{Topic: support.PrivacyTopic, Words: words})
		if err != nil {
			return err
		}
		n, err := newQueries(tx).InsertWithdrawal(ctx, insertWithdrawalParams{AccountID: actor.Account.ID, At: db.Micros(tx.Now()), TicketID: t.ID})
		if err != nil {
			return fmt.Errorf("store withdrawal: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "privacy.withdraw.done")
		}
		if err := s.Letters.TakeBack(ctx, tx, actor.Account.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + actor.Account.ID, Action: "privacy.withdraw", Object: "account/" + actor.Account.ID, Origin: actor.Client.Network})
	})
}

// Own is what is kept of a person, for their copy.
type Own struct {
	MadeAt   time.Time          `json:"made_at"`
	Account  map[string]any     `json:"account"`
	Person   identity.Person    `json:"person"`
	Profiles []identity.Profile `json:"profiles"`
	Proofs   []identity.Proof   `json:"proofs"`
	Consents []Consent          `json:"consents"`
	Drafts   []draft.Draft      `json:"drafts"` // typed and not sent
	Journal  []Line             `json:"journal"`
}

// maxJournal bounds the lines of the journal in a copy.
const maxJournal = 10000

// Export is a person's copy of their data, recorded.
func (s *Service) Export(ctx context.Context, a auth.Account, from auth.Client) (o Own, err error) {
	if o.Journal, err = s.Journal(ctx, a, JournalFilter{Limit: maxJournal}); err != nil {
		return o, err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o.MadeAt = tx.Now()
		o.Account = map[string]any{"title": a.Title, "phone": a.Phone, "mail": a.Mail, "mail_confirmed": a.MailConfirmed}
		if o.Person, err = s.Persons.Person(ctx, tx, a.PersonID); err != nil {
			return err
		}
		if o.Profiles, err = s.Persons.Profiles(ctx, tx, a.PersonID); err != nil {
			return err
		}
		if o.Proofs, err = s.Persons.Proofs(ctx, tx, a.PersonID); err != nil {
			return err
		}
		if o.Consents, err = s.consents(ctx, tx, a); err != nil {
			return err
		}
		if o.Drafts, err = s.Drafts.All(ctx, tx, draft.OfAccount(a.ID)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + a.ID, Action: "privacy.export", Object: "account/" + a.ID, Origin: from.Network})
	})
	return o, err
}
