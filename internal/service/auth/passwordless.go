// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"slices"
	"strings"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
	"podpis/pki/x509"
)

// shownTries count what is shown instead of a password: there is no login to count by.
func shownTries() tries {
	return tries{"auth.network.tries", "auth.password.lock", "auth.second.wrong", "auth.second.locked"}
}

// LoginByPasskey signs in by a passkey alone: it shows the device and that the person
// opened it.
func (s *Service) LoginByPasskey(ctx context.Context, challenge string, answer []byte, from Client) (token string, err error) {
	return s.loginShown(ctx, ByPasskey, from, func(ctx context.Context, tx *db.Tx) (owner string, refusal, err error) {
		return s.factors.CheckPasskey(ctx, tx, challenge, "", answer)
	})
}

// LoginByCertificate signs in by a signature over a challenge. The account is the one that
// the certificate is bound to, else the one of the person that its issuer names.
func (s *Service) LoginByCertificate(ctx context.Context, challenge string, signature []byte, from Client) (token string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.lockedBy(ctx, tx, shownTries(), []string{"shown/" + from.Network})
	})
	if err != nil {
		return "", err
	}
	shown, wrong := s.factors.CheckSignature(ctx, challenge, factor.ToLogin, "", signature)
	return s.loginShown(ctx, ByCertificate, from, func(ctx context.Context, tx *db.Tx) (owner string, refusal, err error) {
		if wrong != nil {
			if _, ok := problem.Of(wrong); ok {
				return "", wrong, nil
			}
			return "", nil, wrong
		}
		owner, err = s.OwnerOf(ctx, tx, shown)
		if owner == "" && err == nil {
			refusal = problem.New(problem.NotFound, "auth.certificate.nobody").Then("auth.certificate.nobody.next")
		}
		return owner, refusal, err
	})
}

// loginShown opens the session of whoever find names.
func (s *Service) loginShown(ctx context.Context, method Method, from Client, find func(context.Context, *db.Tx) (string, error, error)) (token string, err error) {
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, refusal = "", nil
		subjects := []string{"shown/" + from.Network, "network/" + from.Network}
		if err := s.lockedBy(ctx, tx, shownTries(), subjects); err != nil {
			return err
		}
		if err := s.wanted(ctx, tx, method); err != nil {
			return err
		}
		var owner string
		if owner, refusal, err = find(ctx, tx); err != nil {
			return err
		}
		if refusal != nil {
			counted, err := s.countFailure(ctx, tx, shownTries(), subjects)
			if problem.KindOf(counted) == problem.Limited {
				refusal = counted
			}
			return err
		}
		account, err := s.AccountByID(ctx, tx, owner)
		if err != nil {
			return err
		}
		token, err = s.OpenSession(ctx, tx, account, Full, method, from)
		return err
	})
	return token, errors.Join(err, refusal)
}

// wanted refuses a way in by a kind of factor that the policy does not let people use: one
// that is taken back, because it was found weak, opens nothing more.
func (s *Service) wanted(ctx context.Context, tx *db.Tx, method Method) error {
	allowed, err := s.factors.Allowed(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, map[Method]factor.Kind{ByPasskey: factor.Passkey, ByCertificate: factor.Certificate}[method]) {
		return problem.New(problem.Forbidden, "factor.not_allowed")
	}
	return nil
}

// OwnerOf finds the account of a certificate, empty when there is none. One that the certificate is not bound
// to is found for a person whose identity was proved.
func (s *Service) OwnerOf(ctx context.Context, tx *db.Tx, shown trust.Shown) (accountID string, err error) {
	if accountID, err = s.factors.Bound(ctx, tx, shown.Certificate); accountID != "" || err != nil || !shown.Names {
		return accountID, err
	}
	inn := shown.Certificate.Subject.Get(x509.OIDINN)
	if inn == "" {
		return "", nil
	}
	row, found, err := s.findHolder(ctx, tx, findAccountParams{Inn: inn})
	if err != nil || !found {
		return "", err
	}
	same, err := s.samePerson(ctx, tx, row.PersonID, shown.Certificate)
	if err != nil || !same {
		return "", err
	}
	proofs, err := s.persons.Proofs(ctx, tx, row.PersonID)
	known := func(p identity.Proof) bool { return p.Level.Covers(identity.Standard) }
	if err == nil && !slices.ContainsFunc(proofs, known) { // anybody may have typed the numbers, and would share what comes in by the certificate
		err = problem.New(problem.Conflict, "auth.certificate.claimed").Then("auth.certificate.claimed.next")
	}
	return row.ID, err
}

// samePerson compares the numbers of a person: one that was typed wrong somewhere must
// not open somebody else's cabinet.
func (s *Service) samePerson(ctx context.Context, tx *db.Tx, personID string, c *x509.Certificate) (bool, error) {
	p, err := s.persons.Person(ctx, tx, personID)
	return err == nil && identity.StatedBy(c.Subject).Person.Is(p), err
}

// BindCertificate makes a certificate a way in of an account. Of a certificate whose issuer
// answers for the name the name must be the person's.
func (s *Service) BindCertificate(ctx context.Context, own Session, challenge string, signature []byte, from Client) error {
	shown, err := s.factors.CheckSignature(ctx, challenge, factor.ToBind, own.Account.ID, signature)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if identity.StatedBy(shown.Certificate.Subject).Person.Numbered() && own.Account.PersonID != "" {
			same, err := s.samePerson(ctx, tx, own.Account.PersonID, shown.Certificate)
			if err != nil {
				return err
			}
			if !same {
				return problem.New(problem.Forbidden, "factor.certificate.owner").Then("factor.certificate.owner.next")
			}
		}
		return s.factors.Bind(ctx, tx, factor.Actor{Account: own.Account.ID, Origin: from.Network}, shown.Certificate)
	})
}

// AddSMS makes codes to the phone a second step: the code that was answered shows whose
// the phone is.
func (s *Service) AddSMS(ctx context.Context, own Session, challenge, code string, from Client) error {
	var refusal error
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		refusal, err = s.Answer(ctx, tx, challenge, ForSecond, own.Account.ID, strings.TrimSpace(code))
		if err != nil || refusal != nil {
			return err
		}
		return s.factors.AddSMS(ctx, tx, factor.Actor{Account: own.Account.ID, Origin: from.Network})
	})
	return errors.Join(err, refusal)
}

// AskSMS sends the code of [Service.AddSMS].
func (s *Service) AskSMS(ctx context.Context, own Session) (challengeID string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.Ask(ctx, tx, ForSecond, own.Account.Phone, own.Account.ID)
		challengeID = c.ID
		return err
	})
	return challengeID, err
}
