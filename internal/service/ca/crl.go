// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// keepLists is how many published lists of an issuer are kept.
const keepLists = 100

// PublishLists signs and stores the lists of the root and of the issuing CA.
func (s *Service) PublishLists(ctx context.Context) error {
	for _, role := range []Role{Root, Issuing} {
		issuer, err := s.Key(role)
		if err != nil {
			return err
		}
		if err := s.publish(ctx, issuer); err != nil {
			return err
		}
	}
	return nil
}

// publishTries bounds how often a publisher that was overtaken begins anew.
const publishTries = 8

var errOvertaken = errors.New("ca: another publisher was faster")

// publish publishes the list of an issuer. Of several publishers one is the
// first; the others see it when they store theirs and begin anew, for what they
// have read may be more than what the first has.
func (s *Service) publish(ctx context.Context, issuer Authority) error {
	err := errOvertaken
	for i := 0; i < publishTries && errors.Is(err, errOvertaken); i++ {
		var t *x509.CRLTemplate
		var number int64
		if t, number, err = s.readList(ctx, issuer); err != nil {
			return err
		}
		raw, e := x509.CreateCRL(rand.Reader, t, issuer.Signer)
		if e != nil {
			return fmt.Errorf("sign list: %w", e)
		}
		err = s.storeList(ctx, issuer, t, number, raw)
	}
	return err
}

// readList reads what the next list of an issuer says. It is dated by the moment of
// the reading and never before the list before it.
func (s *Service) readList(ctx context.Context, issuer Authority) (t *x509.CRLTemplate, number int64, err error) {
	t = &x509.CRLTemplate{Issuer: issuer.Certificate.Subject, AuthorityKeyID: issuer.Certificate.SubjectKeyID}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "ca.crl.life")
		if err != nil {
			return err
		}
		q := newQueries(tx)
		last, err := latest(ctx, q, issuer)
		if err != nil {
			return err
		}
		number = last.Number + 1
		t.Number = x509.NewSerial(binary.BigEndian.AppendUint64(nil, uint64(number)))
		t.ThisUpdate = tx.Now().Truncate(time.Second)
		if before := db.Time(last.ThisUpdate); before.After(t.ThisUpdate) {
			t.ThisUpdate = before
		}
		t.NextUpdate = t.ThisUpdate.Add(life)
		// RFC 5280, 3.3: an entry stays until a list after the certificate's end.
		rows, err := q.Revoked(ctx, revokedParams{IssuerID: issuer.ID, NotAfter: db.Micros(tx.Now().AddDate(0, 0, -1))})
		if err != nil {
			return fmt.Errorf("read revoked: %w", err)
		}
		return appendRevoked(t, rows)
	})
	return t, number, err
}

// latest is the list that was published last, the zero row when there is none.
func latest(ctx context.Context, q *queries, issuer Authority) (crlRow, error) {
	last, err := q.LatestCRL(ctx, issuer.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return last, fmt.Errorf("read list: %w", err)
	}
	return last, nil
}

func appendRevoked(t *x509.CRLTemplate, rows []revokedRow) error {
	for _, row := range rows {
		serial, err := x509.SerialFromHex(row.Serial)
		if err != nil {
			return fmt.Errorf("serial %s: %w", row.Serial, err)
		}
		t.Revoked = append(t.Revoked, x509.Revoked{
			Serial: serial, At: db.Time(row.RevokedAt).Truncate(time.Second), Reason: x509.Reason(row.Reason),
		})
	}
	return nil
}

func (s *Service) storeList(ctx context.Context, issuer Authority, t *x509.CRLTemplate, number int64, raw []byte) error {
	crl, err := x509.ParseCRL(raw)
	if err != nil {
		return fmt.Errorf("read own list: %w", err)
	}
	if err := crl.CheckSignatureFrom(issuer.Certificate); err != nil {
		return fmt.Errorf("check own list: %w", err)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		// The numbers only go up, by one: whoever read an older one is too late.
		last, err := latest(ctx, q, issuer)
		if err != nil {
			return err
		}
		if last.Number != number-1 {
			return errOvertaken
		}
		err = q.InsertCRL(ctx, insertCRLParams{
			IssuerID: issuer.ID, Number: number, Der: raw, ThisUpdate: db.Micros(t.ThisUpdate), NextUpdate: db.Micros(t.NextUpdate),
		})
		if err != nil {
			return fmt.Errorf("store list: %w", err)
		}
		if _, err := q.DropCRLs(ctx, dropCRLsParams{IssuerID: issuer.ID, Number: number - keepLists}); err != nil {
			return fmt.Errorf("drop old lists: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "ca", Action: "ca.crl", Object: "ca_key/" + issuer.ID,
			Details: map[string]any{"number": fmt.Sprint(number), "entries": fmt.Sprint(len(t.Revoked)), "streebog256": fmt.Sprintf("%x", alg.Streebog256.Sum(raw))},
		})
	})
}

// Lists are the lists in force of the root and of the issuing CA, in this order, DER.
func (s *Service) Lists(ctx context.Context) (lists [][]byte, err error) {
	for _, role := range []Role{Root, Issuing} {
		key, err := s.Key(role)
		if err != nil {
			return nil, err
		}
		raw, _, err := s.CRL(ctx, key.ID)
		if err != nil {
			return nil, err
		}
		lists = append(lists, raw)
	}
	return lists, nil
}
