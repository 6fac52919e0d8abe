// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// Change is a new password.
type Change struct {
	Old        string // not asked for when the password was set by somebody else
	New        string
	KeepOthers bool // other sessions go on
}

// ChangePassword replaces the password of a session's account. Other sessions end unless
// the person wants them kept; both channels are told.
func (s *Service) ChangePassword(ctx context.Context, own Session, c Change, from Client) error {
	if own.Level != Full {
		return problem.New(problem.Forbidden, "auth.second.needed")
	}
	subjects := []string{"account/" + own.Account.ID, "network/" + from.Network}
	before, err := s.beforeChange(ctx, own, subjects)
	if err != nil {
		return err
	}
	if err := s.checkNew(ctx, own.Account, c.New); err != nil {
		return err
	}
	right, same, hash := before.MustChange, false, ""
	err = s.slowly(ctx, func() {
		right = right || s.cost.Verify(before.PasswordHash, c.Old)
		same = s.cost.Verify(before.PasswordHash, c.New)
		hash = s.cost.Hash(c.New)
	})
	if err != nil {
		return err
	}
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		if err := s.locked(ctx, tx, subjects); err != nil {
			return err
		}
		switch {
		case !right:
			t := passwordTries()
			t.wrong = "auth.password.old"
			counted, err := s.countFailure(ctx, tx, t, subjects)
			if p, ok := problem.Of(counted); ok && p.Kind == problem.Invalid {
				counted = p.At("old_password")
			}
			refusal = counted
			return err
		case same:
			return problem.New(problem.Invalid, "auth.password.same").At("password")
		}
		return s.putPassword(ctx, tx, own, before, hash, c.KeepOthers, from)
	})
	return errors.Join(err, refusal)
}

// Renew gives a session another token, as after a new password: the one before is worth nothing.
func (s *Service) Renew(ctx context.Context, own Session, old string, from Client) (token string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, err = s.Raise(ctx, tx, old, own, "", from)
		return err
	})
	return token, err
}

// beforeChange reads the account as it is.
func (s *Service) beforeChange(ctx context.Context, own Session, subjects []string) (row accountRow, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if row, err = newQueries(tx).GetAccount(ctx, own.Account.ID); err != nil {
			return fmt.Errorf("read account: %w", err)
		}
		return s.locked(ctx, tx, subjects)
	})
	return row, err
}

// checkNew judges a new password by all rules.
func (s *Service) checkNew(ctx context.Context, a Account, password string) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		local, _, _ := strings.Cut(a.Mail, "@")
		return s.checkPassword(ctx, tx, password, local, strings.TrimPrefix(a.Phone, "+7"))
	})
}

func (s *Service) putPassword(ctx context.Context, tx *db.Tx, own Session, before accountRow, hash string, keep bool, from Client) error {
	n, err := newQueries(tx).ReplacePassword(ctx, replacePasswordParams{
		ID: own.Account.ID, PasswordHash: hash, PasswordAt: db.Micros(tx.Now()), PasswordHash_2: before.PasswordHash,
	})
	if err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	if n == 0 { // changed in another window meanwhile
		return problem.New(problem.Conflict, "auth.password.changed")
	}
	if err := s.Unlock(ctx, tx, own.Account.ID); err != nil {
		return err
	}
	err = audit.Record(ctx, tx, audit.Entry{Actor: "account/" + own.Account.ID, Action: "auth.password.change", Object: "account/" + own.Account.ID, Origin: from.Network})
	if err != nil {
		return err
	}
	if !keep {
		if err := s.endOthers(ctx, tx, own, from); err != nil {
			return err
		}
	}
	return s.tell(ctx, tx, own.Account, own.ID, "password", map[string]any{"Time": tx.Now()})
}

// PasswordOld tells whether the password of an account is older than policy
// auth.password.age.
func (s *Service) PasswordOld(ctx context.Context, a Account) (old bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		old, err = s.oldPassword(ctx, tx, a)
		return err
	})
	return old, err
}

func (s *Service) oldPassword(ctx context.Context, tx *db.Tx, a Account) (bool, error) {
	age, err := s.policies.Duration(ctx, tx, "auth.password.age")
	return tx.Now().Sub(a.PasswordAt) > age, err
}
