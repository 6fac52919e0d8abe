// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/auth/password"
	"podpis/internal/service/identity"
)

// What the ways back (package recovery) need of accounts. Each method runs inside an act of
// theirs; who may do what is decided there.

// The purposes of codes for those who cannot sign in.
const (
	ForRecover Purpose = "recover" // the account's own phone or mail
	ForContact Purpose = "contact" // a new phone or mail of it
	ForGuest   Purpose = "guest"   // of somebody who writes to support
)

// Contact reads a phone number or an address of mail.
func Contact(text string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "@") {
		if !identity.ValidMail(text) {
			return "", problem.New(problem.Invalid, "auth.mail.wrong").At("contact")
		}
		return text, nil
	}
	phone, ok := identity.NormalPhone(text)
	if !ok {
		return "", problem.New(problem.Invalid, "auth.contact.wrong").At("contact")
	}
	return phone, nil
}

// AskContact sends a code to a phone or an address, counted by network like every code that
// strangers ask for.
func (s *Service) AskContact(ctx context.Context, tx *db.Tx, purpose Purpose, contact, binding string, from Client) (Challenge, error) {
	if err := s.CountAsked(ctx, tx, from); err != nil {
		return Challenge{}, err
	}
	return s.Ask(ctx, tx, purpose, contact, binding)
}

// AskRecovery sends a code to the account that a contact belongs to. Without one nothing
// is sent, the answer is the same, and no code answers it.
func (s *Service) AskRecovery(ctx context.Context, tx *db.Tx, contact, binding string, from Client) (c Challenge, accountID string, err error) {
	if err := s.CountAsked(ctx, tx, from); err != nil {
		return c, "", err
	}
	by := byContact(contact)
	row, found, err := s.findHolder(ctx, tx, by)
	if err != nil {
		return c, "", err
	}
	if !found || by.MailFolded != "" && row.MailConfirmedAt == 0 {
		c, err = s.askNobody(ctx, tx, ForRecover, contact, binding)
		return c, "", err
	}
	c, err = s.Ask(ctx, tx, ForRecover, contact, binding)
	return c, row.ID, err
}

// HolderByINN finds the holder's account of a number; false: there is none.
func (s *Service) HolderByINN(ctx context.Context, tx *db.Tx, inn string) (Account, bool, error) {
	if !identity.ValidPersonINN(inn) {
		return Account{}, false, nil
	}
	row, found, err := s.findHolder(ctx, tx, findAccountParams{Inn: inn})
	return accountOf(row), found, err
}

// HashPassword judges a new password of an account and hashes it, outside of any act.
func (s *Service) HashPassword(ctx context.Context, password string, a Account) (hash string, err error) {
	if err := s.checkNew(ctx, a, password); err != nil {
		return "", err
	}
	err = s.slowly(ctx, func() { hash = s.cost.Hash(password) })
	return hash, err
}

// DrawPassword makes a one-time password, with its hash.
func (s *Service) DrawPassword(ctx context.Context) (drawn, hash string, err error) {
	drawn = password.Draw()
	err = s.slowly(ctx, func() { hash = s.cost.Hash(drawn) })
	return drawn, hash, err
}

// ResetPassword puts a new password in force and ends every session. issued: somebody
// else knows it, and it is changed at the first entry.
func (s *Service) ResetPassword(ctx context.Context, tx *db.Tx, by, accountID, hash string, issued bool) error {
	q := newQueries(tx)
	err := q.SetPassword(ctx, setPasswordParams{ID: accountID, PasswordHash: hash, PasswordAt: db.Micros(tx.Now()), MustChange: issued})
	if err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	if err := s.Unlock(ctx, tx, accountID); err != nil {
		return err
	}
	if _, err := s.EndSessions(ctx, tx, accountID); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: by, Action: "auth.password.set", Object: "account/" + accountID, Details: map[string]any{"issued": issued},
	})
}

// EndSessions ends all sessions of an account.
func (s *Service) EndSessions(ctx context.Context, tx *db.Tx, accountID string) (int64, error) {
	n, err := newQueries(tx).EndSessionsOf(ctx, accountID)
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return n, s.left(ctx, tx, agent.Left{Account: accountID, All: true})
}

// Unlock forgets the failed tries of an account.
func (s *Service) Unlock(ctx context.Context, tx *db.Tx, accountID string) error {
	if err := newQueries(tx).ForgetFailure(ctx, subjectKey("account/"+accountID)); err != nil {
		return fmt.Errorf("forget failures: %w", err)
	}
	return nil
}

// Block closes every way into an account until a time and ends its sessions.
func (s *Service) Block(ctx context.Context, tx *db.Tx, accountID, why string, until time.Time) error {
	err := newQueries(tx).PutBlock(ctx, putBlockParams{
		AccountID: accountID, Until: db.Micros(until), Why: why, CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("block account: %w", err)
	}
	_, err = s.EndSessions(ctx, tx, accountID)
	return err
}

// Unblock opens an account again.
func (s *Service) Unblock(ctx context.Context, tx *db.Tx, accountID string) error {
	if err := newQueries(tx).DropBlock(ctx, accountID); err != nil {
		return fmt.Errorf("open account: %w", err)
	}
	return s.Unlock(ctx, tx, accountID)
}

// Closed is until when the sign-in of an account is closed, by a block or by failed tries;
// the zero time: it is open.
func (s *Service) Closed(ctx context.Context, tx *db.Tx, accountID string) (until time.Time, blocked bool, err error) {
	if until, err = s.blockedUntil(ctx, tx, accountID); err != nil || !until.IsZero() {
		return until, true, err
	}
	row, err := newQueries(tx).GetFailure(ctx, subjectKey("account/"+accountID))
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	} else if err != nil {
		return time.Time{}, false, fmt.Errorf("read failures: %w", err)
	}
	if at := db.Time(row.LockedUntil); row.LockedUntil != 0 && at.After(tx.Now()) {
		return at, false, nil
	}
	return time.Time{}, false, nil
}

func (s *Service) blockedUntil(ctx context.Context, tx *db.Tx, accountID string) (time.Time, error) {
	row, err := newQueries(tx).GetBlock(ctx, accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	} else if err != nil {
		return time.Time{}, fmt.Errorf("read block: %w", err)
	}
	if until := db.Time(row.Until); until.After(tx.Now()) {
		return until, nil
	}
	return time.Time{}, nil
}

// BlockedSince reports that an account was closed after a time, and that nobody has opened it by hand.
func (s *Service) BlockedSince(ctx context.Context, tx *db.Tx, accountID string, since time.Time) (bool, error) {
	row, err := newQueries(tx).GetBlock(ctx, accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("read block: %w", err)
	}
	return db.Time(row.CreatedAt).After(since), nil
}

// refuseBlocked stands before every session that is opened.
func (s *Service) refuseBlocked(ctx context.Context, tx *db.Tx, accountID string) error {
	until, err := s.blockedUntil(ctx, tx, accountID)
	if err != nil || until.IsZero() {
		return err
	}
	return problem.New(problem.Limited, "auth.account.blocked").After(until.Sub(tx.Now())).With("Until", until)
}

// ChangeContact puts a new phone or address of an account in force; both were proved
// before.
func (s *Service) ChangeContact(ctx context.Context, tx *db.Tx, by, accountID, contact string) error {
	a, err := s.AccountByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	field, old := "phone", a.Phone
	confirmed := int64(0)
	if a.MailConfirmed {
		confirmed = db.Micros(tx.Now())
	}
	if strings.Contains(contact, "@") {
		field, old, a.Mail, confirmed = "mail", a.Mail, contact, db.Micros(tx.Now())
	} else {
		a.Phone = contact
	}
	n, err := newQueries(tx).SetContact(ctx, setContactParams{
		ID: accountID, Phone: a.Phone, Mail: a.Mail, MailFolded: db.Fold(a.Mail), MailConfirmedAt: confirmed,
	})
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "auth.account.taken").Because(err)
	} else if err != nil {
		return fmt.Errorf("store contact: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "auth.account.missing")
	}
	if err := newQueries(tx).EndChallenges(ctx, endChallengesParams{Subject: old, UsedAt: db.Micros(tx.Now())}); err != nil {
		return fmt.Errorf("end codes: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: by, Action: "auth.contact.change", Object: "account/" + accountID, Details: map[string]any{"field": field},
	})
}

// Prove checks the password of an account outside of a sign-in. Failed tries count like
// those of sign-ins.
func (s *Service) Prove(ctx context.Context, accountID, password string, from Client) error {
	var hash string
	subjects := []string{"account/" + accountID, "network/" + from.Network}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).GetAccount(ctx, accountID)
		if err != nil {
			return fmt.Errorf("read account: %w", err)
		}
		hash = row.PasswordHash
		return s.locked(ctx, tx, subjects)
	})
	if err != nil {
		return err
	}
	var right bool
	if err := s.slowly(ctx, func() { right = s.cost.Verify(hash, password) }); err != nil {
		return err
	}
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		if err := s.locked(ctx, tx, subjects); err != nil {
			return err
		}
		if !right {
			refusal, err = s.countFailure(ctx, tx, passwordTries(), subjects)
			return err
		}
		return s.Unlock(ctx, tx, accountID)
	})
	return errors.Join(err, refusal)
}

// ProveSecond checks a second proof of somebody who cannot sign in. Wrong ones count with
// those of second steps, by account and network: a new case gives no new tries.
func (s *Service) ProveSecond(ctx context.Context, tx *db.Tx, accountID string, from Client, check func() (bool, error)) (right bool, err error) {
	subjects := []string{"second/" + accountID, "network/" + from.Network}
	if err := s.lockedBy(ctx, tx, secondTries(), subjects); err != nil {
		return false, err
	}
	if right, err = check(); err != nil {
		return false, err
	}
	if !right {
		_, err := s.countFailure(ctx, tx, secondTries(), subjects) // what is told is the case's to say
		return false, err
	}
	if err := newQueries(tx).ForgetFailure(ctx, subjectKey(subjects[0])); err != nil {
		return false, fmt.Errorf("forget failures: %w", err)
	}
	return true, nil
}

// SecondLocked refuses while wrong proofs keep an account or a network closed.
func (s *Service) SecondLocked(ctx context.Context, tx *db.Tx, accountID string, from Client) error {
	return s.lockedBy(ctx, tx, secondTries(), []string{"second/" + accountID, "network/" + from.Network})
}

// Taken reports whether a phone or an address is of another account.
func (s *Service) Taken(ctx context.Context, tx *db.Tx, contact, accountID string) (bool, error) {
	rows, err := s.find(ctx, tx, byContact(contact))
	return slices.ContainsFunc(rows, func(row accountRow) bool { return row.ID != accountID }), err
}

// INN is the number that an account signs in with, for systems outside that know people by
// it; empty for staff.
func (s *Service) INN(ctx context.Context, tx *db.Tx, accountID string) (string, error) {
	row, err := newQueries(tx).GetAccount(ctx, accountID)
	if err != nil {
		return "", fmt.Errorf("read account: %w", err)
	}
	return row.Inn, nil
}
