// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// A sign-up is a row that whoever holds its token fills in step by step; nothing
// typed is lost between the steps. It becomes an account in one act at the end.

func signupPlace(id string) []byte { return []byte("signup/" + id) }

// StartSignup sends a code to a phone and opens a sign-up, or goes on with the
// one of the token when the number changes.
func (s *Service) StartSignup(ctx context.Context, token, phone string, from Client) (newToken string, err error) {
	phone, ok := identity.NormalPhone(phone)
	if !ok {
		return "", problem.New(problem.Invalid, "auth.phone.wrong").At("phone")
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.CountAsked(ctx, tx, from); err != nil {
			return err
		}
		row, draft, err := s.signup(ctx, tx, token)
		fresh := err != nil || row.AccountID != ""
		if _, refused := problem.Of(err); err != nil && !refused {
			return err
		}
		c, err := s.Ask(ctx, tx, ForSignup, phone, "")
		if err != nil {
			return err
		}
		if fresh {
			newToken, err = s.insertSignup(ctx, tx, phone, c.ID)
			return err
		}
		newToken = token
		row.Phone, row.PhoneConfirmed, row.ChallengeID = phone, false, c.ID
		return s.updateSignup(ctx, tx, row, draft)
	})
	return newToken, err
}

func (s *Service) insertSignup(ctx context.Context, tx *db.Tx, phone, challengeID string) (string, error) {
	life, err := s.policies.Duration(ctx, tx, "auth.draft.life")
	if err != nil {
		return "", err
	}
	token, digest := keys.NewToken()
	id := tx.NewID()
	err = newQueries(tx).InsertSignup(ctx, insertSignupParams{
		ID: id, TokenHash: digest, Phone: phone, ChallengeID: challengeID, Data: s.ring.Seal([]byte("{}"), signupPlace(id)),
		ChangedAt: db.Micros(tx.Now()), ExpiresAt: db.Micros(tx.Now().Add(life)),
	})
	if err != nil {
		return "", fmt.Errorf("store sign-up: %w", err)
	}
	return token, nil
}

// Signup returns the sign-up of a token, for its pages.
func (s *Service) Signup(ctx context.Context, token string) (Signup, error) {
	var out Signup
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, draft, err := s.signup(ctx, tx, token)
		if err != nil {
			return err
		}
		out = Signup{
			Phone: row.Phone, PhoneConfirmed: row.PhoneConfirmed, HasPassword: row.PasswordHash != "", Draft: draft,
			AccountID: row.AccountID, ChangedAt: db.Time(row.ChangedAt),
		}
		if row.PhoneConfirmed {
			out.Known, err = s.phoneKnown(ctx, tx, row.Phone)
			return err
		}
		c, err := newQueries(tx).GetChallenge(ctx, row.ChallengeID)
		if err == nil {
			out.Challenge = challengeOf(c)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read challenge: %w", err)
		}
		return nil
	})
	return out, err
}

func (s *Service) phoneKnown(ctx context.Context, tx *db.Tx, phone string) (bool, error) {
	_, err := newQueries(tx).AccountByPhone(ctx, phone)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("find account: %w", err)
	}
	return true, nil
}

// ConfirmPhone checks the code of a sign-up.
func (s *Service) ConfirmPhone(ctx context.Context, token, code string) error {
	return s.changeSignup(ctx, token, func(ctx context.Context, tx *db.Tx, row *signupRow, _ *Draft) (refusal, err error) {
		if row.PhoneConfirmed {
			return nil, nil
		}
		refusal, err = s.answer(ctx, tx, row.ChallengeID, ForSignup, "", identity.Clean(code))
		row.PhoneConfirmed = refusal == nil && err == nil
		return refusal, err
	})
}

// SetMailAndPassword takes the third step.
func (s *Service) SetMailAndPassword(ctx context.Context, token, address, password string) error {
	address = strings.TrimSpace(address)
	err := s.changeSignup(ctx, token, func(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft) (refusal, err error) {
		var wrong problem.List
		if !identity.ValidMail(address) {
			wrong = append(wrong, problem.New(problem.Invalid, "auth.mail.wrong").At("mail"))
		}
		local, _, _ := strings.Cut(address, "@")
		if err := s.checkPassword(ctx, tx, password, local, strings.TrimPrefix(row.Phone, "+7")); err != nil {
			wrong = append(wrong, problem.All(err)...)
		}
		if len(wrong) > 0 {
			d.keep("mail", address)
			return wrong.Err(), nil
		}
		d.Mail = address
		d.forget("mail")
		return nil, nil
	})
	if err != nil {
		return err
	}
	// Hashing is slow on purpose: it is done between the acts, which hold up
	// others, and only for a password that has been accepted.
	var hash string
	if err := s.slowly(ctx, func() { hash = s.cost.Hash(password) }); err != nil {
		return err
	}
	return s.changeSignup(ctx, token, func(_ context.Context, _ *db.Tx, row *signupRow, _ *Draft) (refusal, err error) {
		row.PasswordHash = hash
		return nil, nil
	})
}

// SetName takes the fourth step.
func (s *Service) SetName(ctx context.Context, token string, p identity.Person) error {
	return s.changeSignup(ctx, token, func(_ context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
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
	return s.changeSignup(ctx, token, func(_ context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		if d.Certified != nil { // stated, not typed
			return nil, nil
		}
		n := p.Normalise()
		n.Surname, n.GivenName, n.Patronymic, n.BirthDate = d.Person.Surname, d.Person.GivenName, d.Person.Patronymic, d.Person.BirthDate
		n.Country = d.Person.Country
		if names := s.departments.Names(n.Passport.Department); n.Passport.IssuedBy == "" && len(names) > 0 {
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

// keep remembers what stands in a field and was not accepted.
func (d *Draft) keep(name, value string) {
	if d.Typed == nil {
		d.Typed = map[string]string{}
	}
	d.Typed[name] = value
}

// forget drops what was typed into fields that have been accepted since.
func (d *Draft) forget(names ...string) {
	for _, name := range names {
		delete(d.Typed, name)
	}
}

// SaveTyped keeps what is in the fields of a form as it is, before it is
// accepted. maxTyped bounds it.
func (s *Service) SaveTyped(ctx context.Context, token string, typed map[string]string) (time.Time, error) {
	var at time.Time
	err := s.changeSignup(ctx, token, func(_ context.Context, tx *db.Tx, _ *signupRow, d *Draft) (refusal, err error) {
		size := 0
		for name, value := range typed {
			d.keep(name, value)
		}
		for name, value := range d.Typed {
			size += len(name) + len(value)
		}
		at = tx.Now()
		if size > maxTyped {
			return nil, problem.New(problem.Invalid, "form.too_large")
		}
		return nil, nil
	})
	return at, err
}

const maxTyped = 16 << 10

// signupEcho is how long a finished sign-up still answers a second submit of its
// last form. Its token opens a session without a password, so it must not live.
const signupEcho = 5 * time.Minute

// FinishSignup makes the account. Done twice, it answers the same: a second
// submit of the form makes nothing new.
func (s *Service) FinishSignup(ctx context.Context, token string, accepted bool, from Client) (sessionToken string, err error) {
	err = s.changeSignup(ctx, token, func(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft) (refusal, err error) {
		if row.AccountID == "" {
			if refusal := readyToFinish(row, d, accepted); refusal != nil {
				return refusal, nil
			}
			if err := s.createHolder(ctx, tx, row, d, from); err != nil {
				return nil, err
			}
		}
		account, err := s.account(ctx, tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		sessionToken, err = s.OpenSession(ctx, tx, account, Full, BySignup, from)
		return nil, err
	})
	return sessionToken, err
}

func readyToFinish(row *signupRow, d *Draft, accepted bool) error {
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

func (s *Service) createHolder(ctx context.Context, tx *db.Tx, row *signupRow, d *Draft, from Client) error {
	register := s.persons.Register
	if d.Certified != nil {
		register = s.persons.RegisterStated
	}
	profile, err := register(ctx, tx, d.Person)
	if err != nil {
		return err
	}
	row.AccountID = tx.NewID()
	err = s.insertAccount(ctx, tx, Account{
		ID: row.AccountID, PersonID: profile.PersonID, Role: Holder, Title: d.Person.ShortName(), Phone: row.Phone, Mail: d.Mail,
	}, d.Person.INN, row.PasswordHash)
	if err != nil {
		return err
	}
	d.AcceptedAt = tx.Now()
	if err := s.settle(ctx, tx, row.AccountID, d, from); err != nil {
		return err
	}
	if err := s.sendMailLink(ctx, tx, row.AccountID, d.Mail, "welcome"); err != nil {
		return err
	}
	row.PasswordHash, row.ExpiresAt = "", db.Micros(tx.Now().Add(signupEcho))
	err = audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + row.AccountID, Action: "auth.signup", Object: "person/" + profile.PersonID, Origin: from.Network,
		Details: map[string]any{"agreement": "terms, personal data"},
	})
	d.Person, d.Typed = identity.Person{}, nil // kept by identity from now on
	return err
}

// SendMailLink sends another link to confirm the address of an account, not more
// often than the policy says. A confirmed address needs none.
func (s *Service) SendMailLink(ctx context.Context, accountID string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		account, err := s.account(ctx, tx, accountID)
		if err != nil || account.MailConfirmed {
			return err
		}
		life, err := s.policies.Duration(ctx, tx, "auth.mail.life")
		if err != nil {
			return err
		}
		pause, err := s.policies.Duration(ctx, tx, "auth.mail.resend")
		if err != nil {
			return err
		}
		latest, err := newQueries(tx).LatestMailLink(ctx, account.ID)
		if err != nil {
			return fmt.Errorf("find mail link: %w", err)
		}
		if wait := db.Time(latest).Add(pause - life).Sub(tx.Now()); latest != 0 && wait > 0 {
			return problem.New(problem.Limited, "auth.mail.wait").After(wait).With("Seconds", int(wait.Seconds())+1)
		}
		if err := s.sendMailLink(ctx, tx, account.ID, account.Mail, "confirm"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + account.ID, Action: "auth.mail.link", Object: "account/" + account.ID, Origin: from.Network,
		})
	})
}

// sendMailLink sends the link: to a newcomer with what to do first, or alone.
func (s *Service) sendMailLink(ctx context.Context, tx *db.Tx, accountID, address, kind string) error {
	life, err := s.policies.Duration(ctx, tx, "auth.mail.life")
	if err != nil {
		return err
	}
	token, digest := keys.NewToken()
	expires := tx.Now().Add(life)
	err = newQueries(tx).InsertMailLink(ctx, insertMailLinkParams{
		TokenHash: digest, AccountID: accountID, Mail: address, ExpiresAt: db.Micros(expires),
	})
	if err != nil {
		return fmt.Errorf("store mail link: %w", err)
	}
	words := s.words.For(locale.Asked(ctx))
	return s.notices.Send(ctx, tx, notify.Notice{
		Channel: notify.Mail, Recipient: address, Secret: true, ExpiresAt: expires,
		Dedup:   "confirm/" + tx.NewID(),
		Subject: words.T("mail."+kind+".subject", nil),
		Body:    words.T("mail."+kind+".body", map[string]any{"URL": s.publicURL + "/confirm/" + token, "Site": s.publicURL}),
	})
}

// ConfirmMail uses a mail link up. Used twice by the same person it stays
// confirmed and says so.
func (s *Service) ConfirmMail(ctx context.Context, token string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		link, err := q.GetMailLink(ctx, keys.Digest(token))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "auth.mail.link_old")
		} else if err != nil {
			return fmt.Errorf("read mail link: %w", err)
		}
		if !db.Time(link.ExpiresAt).After(tx.Now()) {
			return problem.New(problem.NotFound, "auth.mail.link_old")
		}
		if link.UsedAt != 0 {
			return nil // the second press of the same button
		}
		now := db.Micros(tx.Now())
		if _, err := q.UseMailLink(ctx, useMailLinkParams{TokenHash: link.TokenHash, UsedAt: now}); err != nil {
			return fmt.Errorf("use mail link: %w", err)
		}
		if err := q.ConfirmMail(ctx, confirmMailParams{ID: link.AccountID, MailConfirmedAt: now, Mail: link.Mail}); err != nil {
			return fmt.Errorf("confirm mail: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + link.AccountID, Action: "auth.mail.confirm", Object: "account/" + link.AccountID, Origin: from.Network,
		})
	})
}

// changeSignup runs a step of a sign-up. What the step wrote into the draft is
// kept also when it refuses: nothing typed is lost.
func (s *Service) changeSignup(ctx context.Context, token string, step func(context.Context, *db.Tx, *signupRow, *Draft) (refusal, err error)) error {
	var refusal error
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		row, draft, err := s.signup(ctx, tx, token)
		if err != nil {
			return err
		}
		refusal, err = step(ctx, tx, &row, &draft)
		if err != nil {
			return err
		}
		return s.updateSignup(ctx, tx, row, draft)
	})
	return errors.Join(err, refusal)
}

func (s *Service) signup(ctx context.Context, tx *db.Tx, token string) (signupRow, Draft, error) {
	row, err := newQueries(tx).GetSignup(ctx, getSignupParams{TokenHash: keys.Digest(token), ExpiresAt: db.Micros(tx.Now())})
	if errors.Is(err, sql.ErrNoRows) {
		return row, Draft{}, problem.New(problem.NotFound, "auth.signup.missing")
	} else if err != nil {
		return row, Draft{}, fmt.Errorf("read sign-up: %w", err)
	}
	plain, err := s.ring.Open(row.Data, signupPlace(row.ID))
	if err != nil {
		return row, Draft{}, fmt.Errorf("open sign-up: %w", err)
	}
	defer keys.Zero(plain)
	var d Draft
	if err := json.Unmarshal(plain, &d); err != nil {
		return row, Draft{}, fmt.Errorf("decode sign-up: %w", err)
	}
	return row, d, nil
}

func (s *Service) updateSignup(ctx context.Context, tx *db.Tx, row signupRow, d Draft) error {
	plain, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode sign-up: %w", err)
	}
	defer keys.Zero(plain)
	err = newQueries(tx).UpdateSignup(ctx, updateSignupParams{
		ID: row.ID, Phone: row.Phone, PhoneConfirmed: row.PhoneConfirmed, ChallengeID: row.ChallengeID,
		PasswordHash: row.PasswordHash, Data: s.ring.Seal(plain, signupPlace(row.ID)), AccountID: row.AccountID,
		ChangedAt: db.Micros(tx.Now()), ExpiresAt: row.ExpiresAt,
	})
	if err != nil {
		return fmt.Errorf("store sign-up: %w", err)
	}
	return nil
}
