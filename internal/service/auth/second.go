// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
)

// Way is a way to take the second step: a kind of factor, or a recovery code.
type Way = factor.Kind

// Recovery is the way of those who lost the others.
const Recovery Way = "recovery"

// Proof is what a person shows at the second step.
type Proof struct {
	Way       Way
	Challenge string // of the message, of the passkey, of the signature
	Code      string // of the message, of the application, of the recovery list
	Answer    []byte // of the browser for a passkey; a signature for a certificate
}

func secondTries() tries {
	return tries{"auth.second.tries", "auth.second.lock", "auth.second.wrong", "auth.second.locked"}
}

// Ways are the ways of an account to take the second step. Who has chosen none gets codes
// to the phone.
func (s *Service) Ways(ctx context.Context, account Account) (ways []Way, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		ways, err = s.ways(ctx, tx, account.ID)
		return err
	})
	return ways, err
}

func (s *Service) ways(ctx context.Context, tx *db.Tx, accountID string) (ways []Way, err error) {
	methods, err := s.factors.Methods(ctx, tx, accountID)
	if err != nil {
		return nil, err
	}
	for _, kind := range factor.Kinds() {
		for _, m := range methods {
			if m.Kind == kind {
				ways = append(ways, kind)
				break
			}
		}
	}
	if len(ways) == 0 {
		return []Way{factor.SMS}, nil
	}
	left, err := s.factors.CodesLeft(ctx, tx, accountID)
	if left > 0 {
		ways = append(ways, Recovery)
	}
	return ways, err
}

// Settled reports that no method of an account was added since a time.
func (s *Service) Settled(ctx context.Context, tx *db.Tx, accountID string, since time.Time) (bool, error) {
	methods, err := s.factors.Methods(ctx, tx, accountID)
	return !slices.ContainsFunc(methods, func(m factor.Method) bool { return m.AddedAt.After(since) }), err
}

// AskSecond sends the code of a second step to the phone of a session: for a session that
// waits for it, or for a full one that does what needs a fresh step.
func (s *Service) AskSecond(ctx context.Context, token string) (challengeID string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err := s.MayStep(ctx, tx, token, factor.SMS)
		if err != nil {
			return err
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

// MayStep returns the session of a token when it may take the step in a way. A session by
// phone code needs more than another code to the same phone: the password.
func (s *Service) MayStep(ctx context.Context, tx *db.Tx, token string, way Way) (Session, error) {
	session, err := s.session(ctx, tx, token)
	if err != nil {
		return session, err
	}
	if session.Level == Viewing {
		return session, problem.New(problem.Forbidden, "auth.second.needed")
	}
	ways, err := s.ways(ctx, tx, session.Account.ID)
	if err != nil {
		return session, err
	}
	for _, w := range ways {
		if w == way {
			return session, nil
		}
	}
	return session, problem.New(problem.Forbidden, "auth.second.way")
}

// Second takes the second step and returns the token of the full session; the token
// before is worth nothing afterwards. Wrong proofs are counted by account and network
// together, whatever the way.
func (s *Service) Second(ctx context.Context, old string, p Proof, from Client) (token string, err error) {
	shown, err := s.shownAtStep(ctx, old, p)
	if err != nil {
		return "", err
	}
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, refusal = "", nil
		session, err := s.MayStep(ctx, tx, old, p.Way)
		if err != nil {
			return err
		}
		subjects := []string{"second/" + session.Account.ID, "network/" + from.Network}
		if err := s.lockedBy(ctx, tx, secondTries(), subjects); err != nil {
			return err
		}
		if refusal, err = s.prove(ctx, tx, session.Account, p, shown, from); err != nil {
			return err
		}
		if refusal != nil {
			return s.countStep(ctx, tx, subjects, &refusal)
		}
		if err := newQueries(tx).ForgetFailure(ctx, subjectKey(subjects[0])); err != nil {
			return err
		}
		token, err = s.Raise(ctx, tx, old, session, string(p.Way), from)
		return err
	})
	return token, errors.Join(err, refusal)
}

// countStep counts a wrong proof. What the way itself has to say is told, unless the
// step is closed now.
func (s *Service) countStep(ctx context.Context, tx *db.Tx, subjects []string, refusal *error) error {
	counted, err := s.countFailure(ctx, tx, secondTries(), subjects)
	if err != nil {
		return err
	}
	own, _ := problem.Of(*refusal)
	if own == nil || own.Key == "auth.second.wrong" || problem.KindOf(counted) == problem.Limited {
		*refusal = counted
		if p, ok := problem.Of(counted); ok && p.Kind == problem.Invalid {
			*refusal = p.At("code")
		}
	}
	return nil
}

// shownAtStep judges the signature of a certificate, which may take time, before the act.
func (s *Service) shownAtStep(ctx context.Context, token string, p Proof) (*x509.Certificate, error) {
	if p.Way != factor.Certificate {
		return nil, nil
	}
	session, err := s.Session(ctx, token)
	if err != nil {
		return nil, err
	}
	shown, err := s.factors.CheckSignature(ctx, p.Challenge, factor.ToStep, session.Account.ID, p.Answer)
	return shown.Certificate, err
}

// prove judges a proof. A refusal is the first result: the act keeps the count.
func (s *Service) prove(ctx context.Context, tx *db.Tx, a Account, p Proof, shown *x509.Certificate, from Client) (refusal, err error) {
	right := false
	switch p.Way {
	case factor.SMS:
		return s.Answer(ctx, tx, p.Challenge, secondPurpose(a), a.ID, identity.Clean(p.Code))
	case factor.Passkey:
		_, refusal, err = s.factors.CheckPasskey(ctx, tx, p.Challenge, a.ID, p.Answer)
		return refusal, err
	case factor.App:
		right, err = s.factors.CheckApp(ctx, tx, a.ID, identity.Clean(p.Code))
	case Recovery:
		right, err = s.factors.CheckCode(ctx, tx, factor.Actor{Account: a.ID, Origin: from.Network}, p.Code)
	case factor.Certificate:
		var owner string
		owner, err = s.factors.Bound(ctx, tx, shown)
		right = owner == a.ID
		if !right && err == nil {
			return problem.New(problem.Forbidden, "factor.certificate.other").Then("factor.certificate.other.next"), nil
		}
	}
	if err != nil || right {
		return nil, err
	}
	return problem.New(problem.Invalid, "auth.second.wrong").Coded("LOG-153").At("code"), nil
}

// StepUp makes a viewing session full by the password; who has a second step takes it
// then.
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
