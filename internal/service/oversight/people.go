// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Member is an account as the administrator sees it: no person, no documents.
type Member struct {
	auth.Account
	ClosedUntil time.Time
	Blocked     bool
}

// foreverBlocked is how long a block by the administrator lasts: until it is lifted.
const foreverBlocked = 100 * 365 * 24 * time.Hour

// Staff lists the accounts of staff.
func (s *Service) Staff(ctx context.Context, actor Actor) (list []Member, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		staff, err := s.Accounts.StaffList(ctx, tx)
		if err != nil {
			return err
		}
		for _, a := range staff {
			m := Member{Account: a}
			if m.ClosedUntil, m.Blocked, err = s.Accounts.Closed(ctx, tx, a.ID); err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// FindHolder looks for a holder by a whole ИНН: whether there is an account and whether it
// is open, recorded. Nothing else of them is shown.
func (s *Service) FindHolder(ctx context.Context, actor Actor, inn string) (m Member, found bool, err error) {
	err = s.act(ctx, actor, auth.Administrator, audit.Entry{Action: "admin.find", Object: "account"}, func(ctx context.Context, tx *db.Tx) error {
		if m.Account, found, err = s.Accounts.HolderByINN(ctx, tx, inn); err != nil || !found {
			return err
		}
		m.ClosedUntil, m.Blocked, err = s.Accounts.Closed(ctx, tx, m.ID)
		return err
	})
	return m, found, err
}

// Hire makes an account of staff with a password to be changed at the first entry, which
// is returned once.
func (s *Service) Hire(ctx context.Context, actor Actor, a auth.Account) (password string, err error) {
	if a.Title = strings.TrimSpace(a.Title); a.Title == "" {
		return "", problem.New(problem.Invalid, "admin.user.title").At("title")
	}
	if !slices.Contains(auth.StaffRoles(), a.Role) {
		return "", problem.New(problem.Invalid, "admin.user.role").At("role")
	}
	a.MustChange = true
	if password, _, err = s.Accounts.DrawPassword(ctx); err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		_, err := s.Accounts.CreateStaff(ctx, tx, "account/"+actor.Account.ID, a, password)
		return err
	})
	return password, err
}

// SetBlocked closes or opens an account of staff. Nobody closes their own: an
// installation keeps an administrator.
func (s *Service) SetBlocked(ctx context.Context, actor Actor, id string, blocked bool) error {
	e := audit.Entry{Action: "admin.unblock", Object: "account/" + id}
	if blocked {
		e.Action = "admin.block"
	}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		if err := s.other(ctx, tx, actor, id); err != nil {
			return err
		}
		if blocked {
			return s.Accounts.Block(ctx, tx, id, "administrator", tx.Now().Add(foreverBlocked))
		}
		return s.Accounts.Unblock(ctx, tx, id)
	})
}

// SetRole gives a member of staff another role.
func (s *Service) SetRole(ctx context.Context, actor Actor, id string, role auth.Role) error {
	e := audit.Entry{Action: "admin.role", Object: "account/" + id, Details: map[string]any{"role": string(role)}}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		if err := s.other(ctx, tx, actor, id); err != nil {
			return err
		}
		return s.Accounts.SetStaffRole(ctx, tx, id, role)
	})
}

// other refuses what an administrator would do to themselves, and to those who are no staff.
func (s *Service) other(ctx context.Context, tx *db.Tx, actor Actor, id string) error {
	if id == actor.Account.ID {
		return problem.New(problem.Conflict, "admin.user.self")
	}
	a, err := s.Accounts.AccountByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if !a.Role.Staff() {
		return problem.New(problem.Forbidden, "admin.user.holder")
	}
	return nil
}
