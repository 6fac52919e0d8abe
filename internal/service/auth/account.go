// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// CreateStaff makes an account of a member of staff. by says who made it: an
// account or "installation".
func (s *Service) CreateStaff(ctx context.Context, tx *db.Tx, by string, a Account, password string) (Account, error) {
	phone, ok := identity.NormalPhone(a.Phone)
	if !ok {
		return Account{}, problem.New(problem.Invalid, "auth.phone.wrong").At("phone")
	}
	if err := s.checkPassword(ctx, tx, password); err != nil {
		return Account{}, err
	}
	if !identity.ValidMail(a.Mail) || !a.Role.Staff() {
		return Account{}, problem.New(problem.Invalid, "auth.mail.wrong").At("mail")
	}
	a.ID, a.Phone = tx.NewID(), phone
	if err := s.insertAccount(ctx, tx, a, "", s.cost.Hash(password)); err != nil {
		return Account{}, err
	}
	return a, audit.Record(ctx, tx, audit.Entry{
		Actor: by, Action: "auth.staff.create", Object: "account/" + a.ID, Details: map[string]any{"role": string(a.Role)},
	})
}

// CreateHolder makes the account of a person who joins, with a password that was judged
// and hashed before, and sends the letter that greets them and confirms the address.
func (s *Service) CreateHolder(ctx context.Context, tx *db.Tx, a Account, inn, hash string) (Account, error) {
	a.ID, a.Role = tx.NewID(), Holder
	if err := s.insertAccount(ctx, tx, a, inn, hash); err != nil {
		return Account{}, err
	}
	return a, s.sendMailLink(ctx, tx, a.ID, a.Mail, "welcome")
}

// HasStaff reports whether an account of a role exists.
func (s *Service) HasStaff(ctx context.Context, tx *db.Tx, role Role) (bool, error) {
	n, err := newQueries(tx).CountRole(ctx, string(role))
	if err != nil {
		return false, fmt.Errorf("count accounts: %w", err)
	}
	return n > 0, nil
}

// SetPassword replaces the password of a member of staff, as the training
// installation does at each start.
func (s *Service) SetPassword(ctx context.Context, tx *db.Tx, by, mail, password string) error {
	rows, err := s.find(ctx, tx, findAccountParams{MailFolded: db.Fold(mail)})
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return problem.New(problem.NotFound, "auth.account.missing")
	}
	if err := s.checkPassword(ctx, tx, password); err != nil {
		return err
	}
	err = newQueries(tx).SetPassword(ctx, setPasswordParams{
		ID: rows[0].ID, PasswordHash: s.cost.Hash(password), PasswordAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "auth.password.set", Object: "account/" + rows[0].ID})
}

// Rename follows a correction of the person inside an act of a higher service: the
// name on pages, and the ИНН that people sign in with.
func (s *Service) Rename(ctx context.Context, tx *db.Tx, accountID, title, inn string) error {
	n, err := newQueries(tx).Rename(ctx, renameParams{ID: accountID, Title: title, Inn: inn})
	if err != nil {
		return fmt.Errorf("rename account: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "auth.account.missing")
	}
	return nil
}

// HoldersAfter are accounts of holders in the order of their ids, for what all are told.
func (s *Service) HoldersAfter(ctx context.Context, tx *db.Tx, after string, most int32) (list []Account, err error) {
	rows, err := newQueries(tx).HoldersAfter(ctx, holdersAfterParams{ID: after, Limit: most})
	for _, row := range rows {
		list = append(list, accountOf(row))
	}
	return list, err
}

func (s *Service) insertAccount(ctx context.Context, tx *db.Tx, a Account, inn, hash string) error {
	now := db.Micros(tx.Now())
	err := newQueries(tx).InsertAccount(ctx, insertAccountParams{
		ID: a.ID, PersonID: a.PersonID, Role: string(a.Role), Title: a.Title, Phone: a.Phone, Mail: a.Mail, MailFolded: db.Fold(a.Mail),
		Inn: inn, PasswordHash: hash, MustChange: a.MustChange, CreatedAt: now, PasswordAt: now,
	})
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "auth.account.taken").Because(err)
	} else if err != nil {
		return fmt.Errorf("store account: %w", err)
	}
	if asked := locale.Asked(ctx); asked != "" && !a.Role.Staff() { // notices go on in the language of the sign-up
		return s.teller.SetSettings(ctx, tx, a.ID, notify.Settings{Language: asked})
	}
	return nil
}

// AccountByID returns an account.
func (s *Service) AccountByID(ctx context.Context, tx *db.Tx, id string) (Account, error) {
	row, err := newQueries(tx).GetAccount(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, problem.New(problem.NotFound, "auth.account.missing")
	} else if err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}
	return accountOf(row), nil
}

// find returns the accounts that one of the names is of, two at most: of more than one it
// is not known who is meant.
func (s *Service) find(ctx context.Context, tx *db.Tx, by findAccountParams) ([]accountRow, error) {
	rows, err := newQueries(tx).FindAccount(ctx, by)
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	return rows, nil
}

// findHolder finds the one holder's account of a name; false: there is none.
func (s *Service) findHolder(ctx context.Context, tx *db.Tx, by findAccountParams) (accountRow, bool, error) {
	rows, err := s.find(ctx, tx, by)
	if err != nil || len(rows) != 1 || Role(rows[0].Role).Staff() {
		return accountRow{}, false, err
	}
	return rows[0], true, nil
}

// byContact names an account by its phone or its address.
func byContact(contact string) findAccountParams {
	if strings.Contains(contact, "@") {
		return findAccountParams{MailFolded: db.Fold(contact)}
	}
	return findAccountParams{Phone: contact}
}

func accountOf(row accountRow) Account {
	return Account{
		ID: row.ID, PersonID: row.PersonID, Role: Role(row.Role), Title: row.Title, Phone: row.Phone, Mail: row.Mail,
		MailConfirmed: row.MailConfirmedAt != 0, MustChange: row.MustChange, PasswordAt: db.Time(row.PasswordAt),
	}
}

// Profiles are the roles of a holder, the oldest first.
func (s *Service) Profiles(ctx context.Context, a Account) (list []identity.Profile, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.persons.Profiles(ctx, tx, a.PersonID)
		return err
	})
	return list, err
}
