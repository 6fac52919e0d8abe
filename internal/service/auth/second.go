// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// AskSecond sends the code of a second step to the phone of a session: for a session that
// waits for it, or for a full one that does what needs a fresh step.
func (s *Service) AskSecond(ctx context.Context, token string) (challengeID string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err := s.session(ctx, tx, token)
		if err != nil {
			return err
		}
		if session.Level == Viewing {
			return problem.New(problem.Forbidden, "auth.second.needed")
		}
		c, err := s.Ask(ctx, tx, secondPurpose(session.Account), session.Account.Phone, session.Account.ID)
		challengeID = c.ID
		return err
	})
	return challengeID, err
}

// secondPurpose names the step in its message.
func secondPurpose(a Account) Purpose {
	if a.Role.Staff() {
		return ForStaff
	}
	return ForSecond
}

// FinishSecond takes the code of a second step and returns the token of the full session;
// the token before is worth nothing afterwards.
func (s *Service) FinishSecond(ctx context.Context, old, challengeID, code string, from Client) (token string, err error) {
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, refusal = "", nil
		session, err := s.session(ctx, tx, old)
		if err != nil {
			return err
		}
		if session.Level == Viewing {
			return problem.New(problem.Forbidden, "auth.second.needed")
		}
		refusal, err = s.answer(ctx, tx, challengeID, secondPurpose(session.Account), session.Account.ID, identity.Clean(code))
		if err != nil || refusal != nil {
			return err
		}
		token, err = s.raise(ctx, tx, old, session, from)
		return err
	})
	return token, errors.Join(err, refusal)
}

// StepUp makes a viewing session full by the password.
func (s *Service) StepUp(ctx context.Context, viewing, password string, from Client) (token string, err error) {
	session, err := s.Session(ctx, viewing)
	if err != nil {
		return "", err
	}
	if session.Level != Viewing {
		return "", problem.New(problem.Conflict, "auth.session.done")
	}
	full, _, err := s.Login(ctx, session.Account.Phone, password, from)
	if err != nil {
		return "", err
	}
	return full, s.Logout(ctx, viewing, from)
}
