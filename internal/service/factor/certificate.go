// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"encoding/hex"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// Bind binds a certificate to an account. That its key is the person's and that it is
// good was shown just now by a signature, which is the caller's to judge.
func (s *Service) Bind(ctx context.Context, tx *db.Tx, a Actor, c *x509.Certificate) error {
	id := tx.NewID()
	return s.add(ctx, tx, a, Certificate, factorRow{ID: id, Name: c.Subject.DisplayName() + ", " + c.Serial.Hex(), Lookup: certificateName(c), Secret: []byte{}})
}

// Bound finds the account that a certificate is bound to, empty when it is to none, and
// notes its use.
func (s *Service) Bound(ctx context.Context, tx *db.Tx, c *x509.Certificate) (account string, err error) {
	row, err := newQueries(tx).FindFactor(ctx, findFactorParams{Kind: string(Certificate), Lookup: certificateName(c)})
	if missing(err) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("read factor: %w", err)
	}
	return row.AccountID, used(ctx, tx, row)
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
