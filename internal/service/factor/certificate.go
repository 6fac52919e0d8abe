// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"encoding/hex"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// entrance is a certificate that signs in and is no second step: one whose holder signed up
// with it has no recovery codes yet, and must not be locked out when the key is lost. It is
// not in [Kinds] and so is never asked for.
const entrance Kind = "entrance"

// Bind binds a certificate to an account. That its key is the person's and that it is
// good was shown just now by a signature, which is the caller's to judge.
func (s *Service) Bind(ctx context.Context, tx *db.Tx, a Actor, c *x509.Certificate) error {
	row, err := newQueries(tx).FindFactor(ctx, findFactorParams{Kind: string(entrance), Lookup: certificateName(c)})
	if err == nil && row.AccountID != a.Account {
		return problem.New(problem.Conflict, "factor.taken.certificate")
	} else if err != nil && !missing(err) {
		return fmt.Errorf("read factor: %w", err)
	}
	return s.add(ctx, tx, a, Certificate, certificateRow(tx, c))
}

// BindEntrance makes a certificate a way in of a new account, under the conditions of
// [Service.Bind]. One that opens an account already is refused.
func (s *Service) BindEntrance(ctx context.Context, tx *db.Tx, a Actor, c *x509.Certificate) error {
	if account, err := s.Bound(ctx, tx, c); err != nil {
		return err
	} else if account != "" {
		return problem.New(problem.Conflict, "factor.taken.certificate")
	}
	return s.insert(ctx, tx, a, entrance, certificateRow(tx, c))
}

func certificateRow(tx *db.Tx, c *x509.Certificate) factorRow {
	return factorRow{ID: tx.NewID(), Name: c.Subject.DisplayName() + ", " + c.Serial.Hex(), Lookup: certificateName(c), Secret: []byte{}}
}

// Bound finds the account that a certificate is bound to, empty when it is to none, and
// notes its use.
func (s *Service) Bound(ctx context.Context, tx *db.Tx, c *x509.Certificate) (account string, err error) {
	for _, kind := range []Kind{Certificate, entrance} {
		row, err := newQueries(tx).FindFactor(ctx, findFactorParams{Kind: string(kind), Lookup: certificateName(c)})
		if missing(err) {
			continue
		} else if err != nil {
			return "", fmt.Errorf("read factor: %w", err)
		}
		return row.AccountID, used(ctx, tx, row)
	}
	return "", nil
}

// certificateName names a certificate by what its issuer may give once only, issuer and
// number (RFC 5280, 4.1.2.2), and by its key: a foreign issuer may break the promise.
func certificateName(c *x509.Certificate) string {
	h := alg.Streebog256.New()
	for _, part := range [][]byte{c.Issuer.Raw, c.Serial, c.RawSPKI} {
		h.Write([]byte{byte(len(part) >> 8), byte(len(part))})
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
