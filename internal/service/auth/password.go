// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"

	"podpis/internal/platform/db"
	"podpis/internal/service/auth/password"
)

// Cost is what hashing a password takes.
type Cost = password.Cost

// PasswordLength is how many signs a password has at least.
func (s *Service) PasswordLength(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = s.policies.Number(ctx, tx, passwordLength)
		return err
	})
	return n, err
}

const passwordLength = "auth.password.length"

// checkPassword refuses a password by all that is known of it and of the person.
func (s *Service) checkPassword(ctx context.Context, tx *db.Tx, text string, own ...string) error {
	length, err := s.policies.Number(ctx, tx, passwordLength)
	if err != nil {
		return err
	}
	return password.Check(text, int(length), s.known, own...)
}
