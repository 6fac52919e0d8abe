// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/trust"
)

// Purpose is what a signature is asked for: it stands in the text that is signed.
type Purpose string

// The purposes.
const (
	ToLogin Purpose = "login"
	ToStep  Purpose = "step"
	ToBind  Purpose = "bind"
	ToEnrol Purpose = "signup"   // of somebody without an account
	ToProve Purpose = "identity" // of somebody with one
)

// Question is a text to be signed, and the token that names it to us.
type Question struct {
	Text  string
	Token string
}

// AskSignature makes a text that says where, what for, whom and when, with a number used
// once: a signature over it opens nothing else, nowhere else and not again. account is
// empty for a sign-in.
func (s *Service) AskSignature(ctx context.Context, purpose Purpose, account string) (q Question, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "factor.ceremony.life")
		if err != nil {
			return err
		}
		token, digest := keys.NewToken()
		nonce, _ := keys.NewToken()
		row := signChallengeRow{
			KeyHash: digest, Purpose: string(purpose), AccountID: account, Nonce: nonce, MadeAt: db.Micros(tx.Now()),
			ExpiresAt: db.Micros(tx.Now().Add(life)),
		}
		err = newQueries(tx).InsertSignChallenge(ctx, insertSignChallengeParams{
			KeyHash: row.KeyHash, Purpose: row.Purpose, AccountID: row.AccountID, Nonce: row.Nonce, MadeAt: row.MadeAt, ExpiresAt: row.ExpiresAt,
		})
		if err != nil {
			return fmt.Errorf("store challenge: %w", err)
		}
		q = Question{s.challengeText(row), token}
		return nil
	})
	return q, err
}

// challengeText is the text of a row, the same whenever it is asked for.
func (s *Service) challengeText(row signChallengeRow) string {
	at := func(us int64) string { return db.Time(us).Format(time.RFC3339) }
	return "podpis challenge v1\norigin: " + s.origin + "\npurpose: " + row.Purpose + "\naccount: " + row.AccountID +
		"\ntime: " + at(row.MadeAt) + "\nuntil: " + at(row.ExpiresAt) + "\nnonce: " + row.Nonce + "\n"
}

// CheckSignature judges a signature over a challenge. The challenge is used up whatever
// comes out. It may ask the network, and so runs outside of acts.
func (s *Service) CheckSignature(ctx context.Context, token string, purpose Purpose, account string, signature []byte) (trust.Shown, error) {
	text, err := s.takeChallenge(ctx, token, purpose, account)
	if err != nil {
		return trust.Shown{}, err
	}
	return s.judge.ShownBy(ctx, text, signature)
}

// takeChallenge uses a challenge up and returns its text.
func (s *Service) takeChallenge(ctx context.Context, token string, purpose Purpose, account string) (text string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		over := problem.New(problem.Invalid, "factor.certificate.over")
		q := newQueries(tx)
		row, err := q.GetSignChallenge(ctx, keys.Digest(token))
		if missing(err) {
			return over
		} else if err != nil {
			return fmt.Errorf("read challenge: %w", err)
		}
		n, err := q.UseSignChallenge(ctx, useSignChallengeParams{KeyHash: row.KeyHash, UsedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("use challenge: %w", err)
		}
		if n == 0 || !db.Time(row.ExpiresAt).After(tx.Now()) {
			return over
		}
		if Purpose(row.Purpose) == purpose && row.AccountID == account {
			text = s.challengeText(row)
		}
		return nil
	})
	if err == nil && text == "" { // asked for something else; used up all the same
		err = problem.New(problem.Invalid, "factor.certificate.over")
	}
	return text, err
}
