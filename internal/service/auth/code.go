// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
)

// sentCode is one message of a challenge. The first code stays valid for its
// time when another is sent: messages overtake each other.
type sentCode struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

const codeDigits = 6

func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("draw code: %w", err)
	}
	return fmt.Sprintf("%0*d", codeDigits, n), nil
}

func codePlace(challengeID string) []byte { return []byte("challenge/" + challengeID) }

// Ask sends a code to a phone inside the caller's act. binding names what the
// code confirms ("А-1042"): it stands in the message, and the code answers for
// nothing else.
func (s *Service) Ask(ctx context.Context, tx *db.Tx, purpose Purpose, phone, binding string) (Challenge, error) {
	c, err := s.newChallenge(ctx, tx, purpose, phone)
	if err != nil {
		return Challenge{}, err
	}
	codes, err := s.send(ctx, tx, c, purpose, binding, nil, 1)
	if err != nil {
		return Challenge{}, err
	}
	return c, s.insertChallenge(ctx, tx, c, purpose, binding, codes)
}

// askNobody stores a challenge that sends nothing and that no code answers, for a number
// without an account: whoever asks is told the same.
func (s *Service) askNobody(ctx context.Context, tx *db.Tx, purpose Purpose, phone, binding string) (Challenge, error) {
	c, err := s.newChallenge(ctx, tx, purpose, phone)
	if err != nil {
		return Challenge{}, err
	}
	return c, s.insertChallenge(ctx, tx, c, purpose, binding, s.ring.Seal([]byte("[]"), codePlace(c.ID)))
}

func (s *Service) newChallenge(ctx context.Context, tx *db.Tx, purpose Purpose, phone string) (Challenge, error) {
	if err := s.checkSends(ctx, tx, purpose, phone); err != nil {
		return Challenge{}, err
	}
	tries, err := s.policies.Number(ctx, tx, "auth.code.tries")
	if err != nil {
		return Challenge{}, err
	}
	c := Challenge{ID: tx.NewID(), Phone: phone, TriesLeft: int(tries)}
	err = s.setTimes(ctx, tx, &c)
	return c, err
}

// setTimes says until when a challenge is answered, and from when another code may be
// asked for.
func (s *Service) setTimes(ctx context.Context, tx *db.Tx, c *Challenge) error {
	life, err := s.policies.Duration(ctx, tx, "auth.code.life")
	if err != nil {
		return err
	}
	pause, err := s.policies.Duration(ctx, tx, "auth.code.resend")
	c.ExpiresAt, c.ResendAt = tx.Now().Add(life), tx.Now().Add(pause)
	return err
}

func (s *Service) insertChallenge(ctx context.Context, tx *db.Tx, c Challenge, purpose Purpose, binding string, codes []byte) error {
	err := newQueries(tx).InsertChallenge(ctx, insertChallengeParams{
		ID: c.ID, Purpose: string(purpose), Subject: c.Phone, Binding: binding, Codes: codes, TriesLeft: int64(c.TriesLeft), Sent: 1,
		ResendAt: db.Micros(c.ResendAt), ExpiresAt: db.Micros(c.ExpiresAt),
	})
	if err != nil {
		return fmt.Errorf("store challenge: %w", err)
	}
	return nil
}

// checkSends bounds the messages to one number, so that nobody is flooded and
// codes cannot be guessed by asking for ever new ones. Each purpose has its own
// count: a stranger who uses up the sign-ups of a number closes no other way.
func (s *Service) checkSends(ctx context.Context, tx *db.Tx, purpose Purpose, phone string) error {
	limit, err := s.policies.Number(ctx, tx, "auth.code.sends_per_phone")
	if err != nil {
		return err
	}
	window, err := s.policies.Duration(ctx, tx, "auth.code.window")
	if err != nil {
		return err
	}
	life, err := s.policies.Duration(ctx, tx, "auth.code.life")
	if err != nil {
		return err
	}
	// A challenge ends a life after its last message.
	since := tx.Now().Add(life - max(window, life))
	sent, err := newQueries(tx).SentTo(ctx, sentToParams{Subject: phone, Purpose: string(purpose), ExpiresAt: db.Micros(since)})
	if err != nil {
		return fmt.Errorf("count messages: %w", err)
	}
	if sent >= limit {
		return problem.New(problem.Limited, "auth.code.too_many").At("phone").After(window)
	}
	return nil
}

// CountAsked bounds what strangers of one network begin: each code costs money, and
// may go to any number.
func (s *Service) CountAsked(ctx context.Context, tx *db.Tx, from Client) error {
	subject := "codes/" + from.Network
	if problem.KindOf(s.locked(ctx, tx, []string{subject})) == problem.Limited {
		return problem.New(problem.Limited, "auth.code.network").At("phone").After(time.Hour)
	}
	limit, err := s.policies.Number(ctx, tx, "auth.network.codes")
	if err != nil {
		return err
	}
	window, err := s.policies.Duration(ctx, tx, "auth.code.window")
	if err != nil {
		return err
	}
	_, err = s.addFailure(ctx, tx, subject, limit, window)
	return err
}

// send draws a code, adds it to the codes of the challenge and sends it.
func (s *Service) send(ctx context.Context, tx *db.Tx, c Challenge, purpose Purpose, binding string, codes []sentCode, n int) ([]byte, error) {
	code, err := newCode()
	if err != nil {
		return nil, err
	}
	notice := notify.Notice{
		Channel: notify.SMS, Recipient: c.Phone, Secret: true, ExpiresAt: c.ExpiresAt,
		Dedup: fmt.Sprintf("%s/%d", c.ID, n),
		Body:  s.words.For(locale.Asked(ctx)).T("sms.code."+string(purpose), map[string]any{"Code": code, "Binding": binding, "Host": s.host}),
	}
	if strings.Contains(c.Phone, "@") { // a recovery by mail
		notice.Channel, notice.Subject = notify.Mail, s.words.For(locale.Asked(ctx)).T("mail.code.subject", nil)
	}
	err = s.notices.Send(ctx, tx, notice)
	if err != nil {
		return nil, fmt.Errorf("send code: %w", err)
	}
	return s.ring.SealJSON(append(codes, sentCode{code, c.ExpiresAt}), codePlace(c.ID))
}

// Resend sends another code of a challenge. Before its time, or too often, it is
// refused; the challenge stays as it is.
func (s *Service) Resend(ctx context.Context, challengeID string) (Challenge, error) {
	var c Challenge
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, codes, err := s.challenge(ctx, tx, challengeID)
		if err != nil {
			return err
		}
		sends, err := s.policies.Number(ctx, tx, "auth.code.sends")
		if err != nil {
			return err
		}
		if row.TriesLeft <= 0 {
			return problem.New(problem.Invalid, "auth.code.no_tries").At("code")
		}
		if wait := db.Time(row.ResendAt).Sub(tx.Now()); wait > 0 {
			return problem.New(problem.Limited, "auth.code.wait").After(wait).With("Seconds", int(wait.Seconds())+1)
		}
		if row.Sent >= sends {
			return problem.New(problem.Limited, "auth.code.no_more").After(db.Time(row.ExpiresAt).Sub(tx.Now()))
		}
		if err := s.checkSends(ctx, tx, Purpose(row.Purpose), row.Subject); err != nil {
			return err
		}
		c, err = s.resend(ctx, tx, row, codes)
		return err
	})
	return c, err
}

func (s *Service) resend(ctx context.Context, tx *db.Tx, row challengeRow, codes []sentCode) (Challenge, error) {
	c := challengeOf(row)
	err := s.setTimes(ctx, tx, &c)
	if err != nil {
		return Challenge{}, err
	}
	sealed := row.Codes
	if len(codes) > 0 { // none: it was made for a number without an account
		sealed, err = s.send(ctx, tx, c, Purpose(row.Purpose), row.Binding, codes, int(row.Sent)+1)
		if err != nil {
			return Challenge{}, err
		}
	}
	return c, newQueries(tx).UpdateChallenge(ctx, updateChallengeParams{
		ID: row.ID, Codes: sealed, TriesLeft: row.TriesLeft, Sent: row.Sent + 1,
		ResendAt: db.Micros(c.ResendAt), ExpiresAt: db.Micros(c.ExpiresAt), UsedAt: 0,
	})
}

// Challenge returns the state of a challenge, for the page that asks.
func (s *Service) Challenge(ctx context.Context, id string) (Challenge, error) {
	var c Challenge
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, _, err := s.challenge(ctx, tx, id)
		c = challengeOf(row)
		return err
	})
	return c, err
}

// Answer checks a code inside an act and uses the challenge up. A wrong code is
// counted, and the count must be kept: so a refusal is the first result, to be
// returned after the act has been committed; only the second undoes the act.
func (s *Service) Answer(ctx context.Context, tx *db.Tx, id string, purpose Purpose, binding, code string) (refusal, err error) {
	row, codes, err := s.challenge(ctx, tx, id)
	if p, ok := problem.Of(err); ok {
		return p, nil
	} else if err != nil {
		return nil, err
	}
	if Purpose(row.Purpose) != purpose || row.Binding != binding {
		return problem.New(problem.Invalid, "auth.code.other").At("code"), nil
	}
	if row.TriesLeft <= 0 {
		return problem.New(problem.Limited, "auth.code.no_tries").At("code"), nil
	}
	match := false
	for _, c := range codes {
		same := subtle.ConstantTimeCompare([]byte(c.Code), []byte(code)) == 1
		match = match || same && c.Expires.After(tx.Now())
	}
	update := updateChallengeParams{
		ID: row.ID, Codes: row.Codes, TriesLeft: row.TriesLeft, Sent: row.Sent, ResendAt: row.ResendAt, ExpiresAt: row.ExpiresAt,
	}
	if match {
		update.UsedAt = db.Micros(tx.Now())
		update.Codes = s.ring.Seal([]byte("[]"), codePlace(row.ID))
	} else {
		update.TriesLeft--
		refusal = problem.New(problem.Invalid, "auth.code.wrong").Coded("LOG-153").At("code").With("Count", int(update.TriesLeft))
	}
	if err := newQueries(tx).UpdateChallenge(ctx, update); err != nil {
		return nil, fmt.Errorf("store answer: %w", err)
	}
	return refusal, nil
}

// challenge reads a challenge that can still be answered.
func (s *Service) challenge(ctx context.Context, tx *db.Tx, id string) (challengeRow, []sentCode, error) {
	row, err := newQueries(tx).GetChallenge(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return row, nil, problem.New(problem.NotFound, "auth.code.expired").At("code")
	} else if err != nil {
		return row, nil, fmt.Errorf("read challenge: %w", err)
	}
	if row.UsedAt != 0 || !db.Time(row.ExpiresAt).After(tx.Now()) {
		return row, nil, problem.New(problem.Invalid, "auth.code.expired").At("code")
	}
	var codes []sentCode
	err = s.ring.OpenJSON(row.Codes, codePlace(row.ID), &codes)
	return row, codes, err
}

func challengeOf(row challengeRow) Challenge {
	return Challenge{
		ID: row.ID, Phone: row.Subject, TriesLeft: int(row.TriesLeft),
		ExpiresAt: db.Time(row.ExpiresAt), ResendAt: db.Time(row.ResendAt),
	}
}

// Open reports whether a challenge for the same purpose and binding still waits
// for its answer, inside an act of a higher service.
func (s *Service) Open(ctx context.Context, tx *db.Tx, id string, purpose Purpose, binding string) bool {
	if id == "" {
		return false
	}
	row, _, err := s.challenge(ctx, tx, id)
	return err == nil && Purpose(row.Purpose) == purpose && row.Binding == binding && row.TriesLeft > 0
}
