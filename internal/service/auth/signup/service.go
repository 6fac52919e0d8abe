// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// Service leads through sign-ups.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB          *db.DB
	Ring        *keys.Ring
	Policies    *policy.Book
	Persons     *identity.Service
	Factors     *factor.Service
	Accounts    *auth.Service
	Outside     *federation.Service   // nil: nobody else says who people are
	Departments *identity.Departments // tell who issued a passport; nil: people type it
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// Start sends a code to a phone and opens a sign-up, or goes on with the one of the
// token when the number changes.
func (s *Service) Start(ctx context.Context, token, phone string, from auth.Client) (newToken string, err error) {
	phone, ok := identity.NormalPhone(phone)
	if !ok {
		return "", problem.New(problem.Invalid, "auth.phone.wrong").At("phone")
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, draft, err := s.read(ctx, tx, token)
		if _, refused := problem.Of(err); err != nil && !refused {
			return err
		}
		fresh := err != nil || row.AccountID != ""
		c, err := s.Accounts.AskContact(ctx, tx, auth.ForSignup, phone, "", from)
		if err != nil {
			return err
		}
		if fresh {
			newToken, err = s.insert(ctx, tx, phone, c.ID)
			return err
		}
		newToken = token
		row.Phone, row.PhoneConfirmed, row.ChallengeID = phone, false, c.ID
		return s.update(ctx, tx, row, draft)
	})
	return newToken, err
}

// Open opens a sign-up that begins without a phone.
func (s *Service) Open(ctx context.Context) (token string, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, err = s.insert(ctx, tx, "", "")
		return err
	})
	return token, err
}

// Form returns the sign-up of a token, for its pages.
func (s *Service) Form(ctx context.Context, token string) (f Form, err error) {
	var challengeID string
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, draft, err := s.read(ctx, tx, token)
		if err != nil {
			return err
		}
		f = Form{
			Phone: row.Phone, PhoneConfirmed: row.PhoneConfirmed, HasPassword: row.PasswordHash != "", Draft: draft,
			AccountID: row.AccountID, ChangedAt: db.Time(row.ChangedAt),
		}
		if row.PhoneConfirmed {
			f.Known, err = s.Accounts.Taken(ctx, tx, row.Phone, "")
			return err
		}
		challengeID = row.ChallengeID
		return nil
	})
	if err != nil || challengeID == "" {
		return f, err
	}
	f.Challenge, err = s.Accounts.Challenge(ctx, challengeID)
	if _, over := problem.Of(err); over { // the page says so, and offers another
		err = nil
	}
	return f, err
}

// ConfirmPhone checks the code of a sign-up.
func (s *Service) ConfirmPhone(ctx context.Context, token, code string) error {
	return s.change(ctx, token, func(ctx context.Context, tx *db.Tx, row *signupRow, _ *Draft) (refusal, err error) {
		if row.PhoneConfirmed {
			return nil, nil
		}
		refusal, err = s.Accounts.Answer(ctx, tx, row.ChallengeID, auth.ForSignup, "", identity.Clean(code))
		row.PhoneConfirmed = refusal == nil && err == nil
		return refusal, err
	})
}

// SetMailAndPassword takes the third step. The password is hashed before the act: that is
// slow on purpose, and an act holds up others.
func (s *Service) SetMailAndPassword(ctx context.Context, token, address, password string) error {
	f, err := s.Form(ctx, token)
	if err != nil {
		return err
	}
	var wrong problem.List
	address = strings.TrimSpace(address)
	if !identity.ValidMail(address) {
		wrong = append(wrong, problem.New(problem.Invalid, "auth.mail.wrong").At("mail"))
	}
	hash, err := s.Accounts.HashPassword(ctx, password, auth.Account{Mail: address, Phone: f.Phone})
	refused := problem.All(err)
	if err != nil && len(refused) == 0 {
		return err
	}
	wrong = append(wrong, refused...)
	return s.change(ctx, token, func(_ context.Context, _ *db.Tx, row *signupRow, d *Draft) (refusal, err error) {
		if len(wrong) > 0 {
			d.keep("mail", address)
			return wrong, nil
		}
		d.Mail, row.PasswordHash = address, hash
		d.forget("mail")
		return nil, nil
	})
}

// SetCountry says where a person is from, which decides what is asked.
func (s *Service) SetCountry(ctx context.Context, token string, c identity.Country) error {
	return s.change(ctx, token, func(_ context.Context, _ *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		if d.Certified == nil && d.Person.Country.Of() != c.Of() {
			d.Person.Country = c.Of()
			d.Person.INN, d.Person.SNILS, d.Person.IIN, d.Person.Passport = "", "", "", identity.Passport{}
		}
		return nil, nil
	})
}

// SetName takes the fourth step.
func (s *Service) SetName(ctx context.Context, token string, p identity.Person) error {
	return s.change(ctx, token, func(_ context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		if d.Certified != nil { // stated, not typed
			return nil, nil
		}
		n := p.Normalise()
		if refusal := n.CheckName(tx.Now()).Err(); refusal != nil {
			return refusal, nil
		}
		d.Person.Surname, d.Person.GivenName, d.Person.Patronymic, d.Person.BirthDate = n.Surname, n.GivenName, n.Patronymic, n.BirthDate
		d.forget("surname", "given_name", "patronymic", "birth_date_d", "birth_date_m", "birth_date_y")
		return nil, nil
	})
}

// SetDocuments takes the fifth step.
func (s *Service) SetDocuments(ctx context.Context, token string, p identity.Person) error {
	return s.change(ctx, token, func(_ context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		if d.Certified != nil { // stated, not typed
			return nil, nil
		}
		n := p.Normalise()
		n.Surname, n.GivenName, n.Patronymic, n.BirthDate = d.Person.Surname, d.Person.GivenName, d.Person.Patronymic, d.Person.BirthDate
		n.Country = d.Person.Country
		if names := s.Departments.Names(n.Passport.Department); n.Passport.IssuedBy == "" && len(names) > 0 {
			n.Passport.IssuedBy = names[0]
		}
		if refusal := n.CheckDocuments(tx.Now()).Err(); refusal != nil {
			return refusal, nil
		}
		d.Person = n
		d.forget("inn", "snils", "iin", "document_kind", "passport_number", "passport_department", "passport_issued_by",
			"passport_issued_d", "passport_issued_m", "passport_issued_y")
		return nil, nil
	})
}

const maxTyped = 16 << 10

// SaveTyped keeps what is in the fields of a form as it is, before it is
// accepted. maxTyped bounds it.
func (s *Service) SaveTyped(ctx context.Context, token string, typed map[string]string) (at time.Time, err error) {
	err = s.change(ctx, token, func(_ context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		for name, value := range typed {
			d.keep(name, value)
		}
		if d.size() > maxTyped {
			return nil, problem.New(problem.Invalid, "form.too_large")
		}
		at = tx.Now()
		return nil, nil
	})
	return at, err
}

// ChangeDraft changes what is known of who signs up, for ways that begin with somebody's
// word: a provider's, a certificate's.
func (s *Service) ChangeDraft(ctx context.Context, token string, change func(ctx context.Context, tx *db.Tx, d *Draft) error) error {
	return s.change(ctx, token, func(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft) (refusal, err error) {
		if row.AccountID != "" {
			return nil, errMissing()
		}
		return nil, change(ctx, tx, d)
	})
}

// change runs a step of a sign-up. What the step wrote into the draft is
// kept also when it refuses: nothing typed is lost.
func (s *Service) change(ctx context.Context, token string, step func(context.Context, *db.Tx, *signupRow, *Draft) (refusal, err error)) error {
	var refusal error
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		row, draft, err := s.read(ctx, tx, token)
		if err != nil {
			return err
		}
		refusal, err = step(ctx, tx, &row, &draft)
		if err != nil {
			return err
		}
		return s.update(ctx, tx, row, draft)
	})
	return errors.Join(err, refusal)
}

func errMissing() error { return problem.New(problem.NotFound, "auth.signup.missing") }

func place(id string) []byte { return []byte("signup/" + id) }

func (s *Service) read(ctx context.Context, tx *db.Tx, token string) (row signupRow, d Draft, err error) {
	row, err = newQueries(tx).GetSignup(ctx, getSignupParams{TokenHash: keys.Digest(token), ExpiresAt: db.Micros(tx.Now())})
	if errors.Is(err, sql.ErrNoRows) {
		return row, d, errMissing()
	} else if err != nil {
		return row, d, fmt.Errorf("read sign-up: %w", err)
	}
	return row, d, s.Ring.OpenJSON(row.Data, place(row.ID), &d)
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, phone, challengeID string) (string, error) {
	life, err := s.Policies.Duration(ctx, tx, policyLife)
	if err != nil {
		return "", err
	}
	token, digest := keys.NewToken()
	id := tx.NewID()
	err = newQueries(tx).InsertSignup(ctx, insertSignupParams{
		ID: id, TokenHash: digest, Phone: phone, ChallengeID: challengeID, Data: s.Ring.Seal([]byte("{}"), place(id)),
		ChangedAt: db.Micros(tx.Now()), ExpiresAt: db.Micros(tx.Now().Add(life)),
	})
	if err != nil {
		return "", fmt.Errorf("store sign-up: %w", err)
	}
	return token, nil
}

func (s *Service) update(ctx context.Context, tx *db.Tx, row signupRow, d Draft) error {
	data, err := s.Ring.SealJSON(d, place(row.ID))
	if err != nil {
		return err
	}
	err = newQueries(tx).UpdateSignup(ctx, updateSignupParams{
		ID: row.ID, Phone: row.Phone, PhoneConfirmed: row.PhoneConfirmed, ChallengeID: row.ChallengeID,
		PasswordHash: row.PasswordHash, Data: data, AccountID: row.AccountID, ChangedAt: db.Micros(tx.Now()), ExpiresAt: row.ExpiresAt,
	})
	if err != nil {
		return fmt.Errorf("store sign-up: %w", err)
	}
	return nil
}
