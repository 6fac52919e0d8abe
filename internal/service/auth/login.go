// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// Login signs in by phone, mail or ИНН and password. Who has a second step waits for it;
// staff without methods of their own are sent a code at once, challengeID names it.
func (s *Service) Login(ctx context.Context, login, password string, from Client) (token, challengeID string, err error) {
	login = strings.TrimSpace(login)
	account, hash, subjects, err := s.findForLogin(ctx, login, from.Network)
	if err != nil {
		return "", "", err
	}
	// Slow on purpose, outside of an act; done for unknown logins too.
	var right bool
	if err := s.slowly(ctx, func() { right = s.cost.Verify(hash, password) }); err != nil {
		return "", "", err
	}
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, challengeID, refusal = "", "", nil
		if err := s.locked(ctx, tx, subjects); err != nil {
			return err
		}
		now, err := newQueries(tx).GetAccount(ctx, account.ID)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read account: %w", err)
		}
		if !right || now.PasswordHash != hash { // replaced while it was checked
			refusal, err = s.countFailure(ctx, tx, passwordTries(), subjects)
			return err
		}
		if err := newQueries(tx).ForgetFailure(ctx, subjectKey(subjects[0])); err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}
		if account.Role.Staff() {
			if challengeID, err = s.askStaff(ctx, tx, account); err != nil {
				return err
			}
		}
		token, err = s.OpenSession(ctx, tx, account, Full, ByPassword, from)
		return err
	})
	return token, challengeID, errors.Join(err, refusal)
}

// askStaff sends the code of a member of staff who has no other method.
func (s *Service) askStaff(ctx context.Context, tx *db.Tx, account Account) (challengeID string, err error) {
	methods, err := s.factors.Methods(ctx, tx, account.ID)
	if err != nil || len(methods) > 0 {
		return "", err
	}
	c, err := s.Ask(ctx, tx, ForStaff, account.Phone, account.ID)
	return c.ID, err
}

// findForLogin finds the account of a login and the hash of its password, both
// empty when there is none, and what failed tries are counted by: the account,
// however it was named, or else the login as it was typed.
func (s *Service) findForLogin(ctx context.Context, login, network string) (account Account, hash string, subjects []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		phone, known := identity.NormalPhone(login)
		inn := identity.Clean(login)
		if !identity.ValidPersonINN(inn) {
			inn = ""
		}
		name := db.Fold(login)
		if known {
			name = phone
		} else if inn != "" {
			name = inn
		}
		subjects = []string{"login/" + name, "network/" + network}
		rows, err := s.find(ctx, tx, findAccountParams{Phone: phone, MailFolded: db.Fold(login), Inn: inn})
		if err != nil {
			return err
		}
		if len(rows) == 1 {
			account, hash = accountOf(rows[0]), rows[0].PasswordHash
			subjects[0] = "account/" + account.ID
		}
		return s.locked(ctx, tx, subjects)
	})
	return account, hash, subjects, err
}

// locked refuses when a login or a network is closed after failed tries.
func (s *Service) locked(ctx context.Context, tx *db.Tx, subjects []string) error {
	return s.lockedBy(ctx, tx, passwordTries(), subjects)
}

func (s *Service) lockedBy(ctx context.Context, tx *db.Tx, t tries, subjects []string) error {
	for _, subject := range subjects {
		row, err := newQueries(tx).GetFailure(ctx, subjectKey(subject))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		} else if err != nil {
			return fmt.Errorf("read failures: %w", err)
		}
		if wait := db.Time(row.LockedUntil).Sub(tx.Now()); row.LockedUntil != 0 && wait > 0 {
			return problem.New(problem.Limited, t.locked).Coded("LOG-152").After(wait).With("Until", db.Time(row.LockedUntil))
		}
	}
	return nil
}

// tries are how wrong answers to one secret are counted: the policies of how many and of
// how long it is closed then, and what the person is told.
type tries struct{ limit, lock, wrong, locked string }

func passwordTries() tries {
	return tries{"auth.password.tries", "auth.password.lock", "auth.password.wrong", "auth.password.locked"}
}

// countFailure counts a failed try and says how many are left. The first subject is what
// was tried, the second the network.
func (s *Service) countFailure(ctx context.Context, tx *db.Tx, t tries, subjects []string) (refusal, err error) {
	lock, err := s.policies.Duration(ctx, tx, t.lock)
	if err != nil {
		return nil, err
	}
	left := int64(0)
	for i, rule := range []string{t.limit, "auth.network.tries"} {
		limit, err := s.policies.Number(ctx, tx, rule)
		if err != nil {
			return nil, err
		}
		tries, err := s.addFailure(ctx, tx, subjects[i], limit, lock)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			left = limit - tries
		}
	}
	err = audit.Record(ctx, tx, audit.Entry{
		Actor: "unknown", Action: "auth.login", Object: subjectKey(subjects[0]), Outcome: "refused", Origin: strings.TrimPrefix(subjects[1], "network/"),
	})
	if err != nil {
		return nil, err
	}
	if left <= 0 {
		return problem.New(problem.Limited, t.locked).Coded("LOG-152").After(lock).With("Until", tx.Now().Add(lock)), nil
	}
	return problem.New(problem.Invalid, t.wrong).Coded("LOG-151").With("Count", int(left)), nil
}

func (s *Service) addFailure(ctx context.Context, tx *db.Tx, subject string, limit int64, lock time.Duration) (int64, error) {
	q := newQueries(tx)
	row, err := q.GetFailure(ctx, subjectKey(subject))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read failures: %w", err)
	}
	// A lock that has ended, and tries older than a lock, start anew.
	if errors.Is(err, sql.ErrNoRows) || row.LockedUntil != 0 || tx.Now().Sub(db.Time(row.FirstAt)) > lock {
		row = failureRow{FirstAt: db.Micros(tx.Now())}
	}
	row.Tries++
	if row.Tries >= limit {
		row.LockedUntil = db.Micros(tx.Now().Add(lock))
	}
	err = q.PutFailure(ctx, putFailureParams{
		Subject: subjectKey(subject), Tries: row.Tries, FirstAt: row.FirstAt, LockedUntil: row.LockedUntil,
	})
	if err != nil {
		return 0, fmt.Errorf("store failure: %w", err)
	}
	return row.Tries, nil
}

// subjectKey keeps logins that people mistyped out of the database and the
// audit: they are often passwords.
func subjectKey(subject string) string {
	if strings.HasPrefix(subject, "login/") {
		return "login/" + hex.EncodeToString(keys.Digest(subject)[:12])
	}
	return subject
}

// AskLogin sends a code for a sign-in by phone. A number without an account gets
// no message and the same answer, with a challenge that nothing answers.
func (s *Service) AskLogin(ctx context.Context, phone string, from Client) (challengeID string, err error) {
	phone, ok := identity.NormalPhone(phone)
	if !ok {
		return "", problem.New(problem.Invalid, "auth.phone.wrong").At("phone")
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.CountAsked(ctx, tx, from); err != nil {
			return err
		}
		row, err := newQueries(tx).AccountByPhone(ctx, phone)
		ask, binding := s.Ask, row.ID
		if errors.Is(err, sql.ErrNoRows) || err == nil && Role(row.Role).Staff() {
			ask, binding = s.askNobody, ""
		} else if err != nil {
			return fmt.Errorf("find account: %w", err)
		}
		c, err := ask(ctx, tx, ForLogin, phone, binding)
		challengeID = c.ID
		return err
	})
	return challengeID, err
}

// LoginByCode signs in by the code of AskLogin, for looking only.
func (s *Service) LoginByCode(ctx context.Context, challengeID, code string, from Client) (token string, err error) {
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, refusal = "", nil
		row, err := newQueries(tx).GetChallenge(ctx, challengeID)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "auth.code.expired").At("code")
		} else if err != nil {
			return fmt.Errorf("read challenge: %w", err)
		}
		refusal, err = s.Answer(ctx, tx, challengeID, ForLogin, row.Binding, identity.Clean(code))
		if err != nil || refusal != nil {
			return err
		}
		account, err := s.AccountByID(ctx, tx, row.Binding)
		if err == nil && account.Phone != row.Subject { // another number by now, or none: the account is closed
			err = problem.New(problem.Invalid, "auth.code.expired").At("code")
		}
		if err != nil {
			return err
		}
		token, err = s.OpenSession(ctx, tx, account, Viewing, ByPhone, from)
		return err
	})
	return token, errors.Join(err, refusal)
}
