// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import "podpis/internal/service/auth/password"

// Cost is what hashing a password takes.
type Cost = password.Cost

// PasswordRule is one line of the list beside the field.
type PasswordRule = password.Rule

// PasswordRules judges a password by the rules the form shows.
func PasswordRules(text string, length int) []PasswordRule { return password.Rules(text, length) }

// checkPassword refuses a password by all that is known of it and of the person.
func (s *Service) checkPassword(text string, length int64, own ...string) error {
	return password.Check(text, int(length), s.known, own...)
}
