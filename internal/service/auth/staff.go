// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// StaffList returns the accounts of all staff.
func (s *Service) StaffList(ctx context.Context, tx *db.Tx) (list []Account, err error) {
	rows, err := newQueries(tx).Staff(ctx)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	for _, row := range rows {
		list = append(list, accountOf(row))
	}
	return list, nil
}

// SetStaffRole gives a member of staff another role and ends their sessions: what they
// see was the former role's.
func (s *Service) SetStaffRole(ctx context.Context, tx *db.Tx, accountID string, role Role) error {
	a, err := s.AccountByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	if !a.Role.Staff() || !role.Staff() { // nobody becomes staff, nor stops, by a change of the role
		return problem.New(problem.Invalid, "auth.role.other").At("role")
	}
	if _, err := newQueries(tx).SetRole(ctx, setRoleParams{ID: accountID, Role: string(role)}); err != nil {
		return fmt.Errorf("store role: %w", err)
	}
	_, err = s.EndSessions(ctx, tx, accountID)
	return err
}
