// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// Certificate returns a certificate of the register by its serial number, hex.
func (s *Service) Certificate(ctx context.Context, serial string) (r Record, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err = s.CertificateTx(ctx, tx, serial)
		return err
	})
	return r, err
}

// CertificateTx is Certificate inside an act of a higher service.
func (s *Service) CertificateTx(ctx context.Context, tx *db.Tx, serial string) (Record, error) {
	row, err := newQueries(tx).GetCertificate(ctx, serial)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, problem.New(problem.NotFound, "ca.certificate.missing")
	} else if err != nil {
		return Record{}, fmt.Errorf("read certificate: %w", err)
	}
	return recordOf(row)
}

// List returns certificates of the register, the newest first, older than a
// time (zero: from now).
func (s *Service) List(ctx context.Context, before time.Time, limit int) (list []Record, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if before.IsZero() {
			before = tx.Now().Add(time.Second)
		}
		rows, err := newQueries(tx).List(ctx, listParams{CreatedAt: db.Micros(before), Limit: int32(limit)})
		if err != nil {
			return fmt.Errorf("read register: %w", err)
		}
		for _, row := range rows {
			r, err := recordOf(row)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

func recordOf(row certificateRow) (Record, error) {
	r := Record{
		Serial: row.Serial, Profile: row.Profile, State: State(row.State), Subject: row.Subject, DER: row.Der,
		NotBefore: db.Time(row.NotBefore), NotAfter: db.Time(row.NotAfter), CreatedAt: db.Time(row.CreatedAt), IssuedAt: db.Time(row.IssuedAt),
		RevokedAt: db.Time(row.RevokedAt), Reason: x509.Reason(row.Reason), OrderedBy: row.OrderedBy, ApprovedBy: row.ApprovedBy,
	}
	if r.State != Issued {
		return r, nil
	}
	var err error
	if r.Parsed, err = x509.ParseCertificate(row.Der); err != nil {
		return r, fmt.Errorf("certificate %s: %w", row.Serial, err)
	}
	return r, nil
}

// Revocation is what is revoked and why.
type Revocation struct {
	Actor, Serial string
	Reason        x509.Reason
	Act           string // number of the paper that decides it, empty: none
}

// Revoke revokes a certificate. A revoked one may only get worse: to
// keyCompromise, never back (RFC 5280, 5.3.1).
func (s *Service) Revoke(ctx context.Context, actor, serial string, reason x509.Reason) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.RevokeTx(ctx, tx, Revocation{Actor: actor, Serial: serial, Reason: reason})
	})
}

// RevokeTx is Revoke inside an act of a higher service.
func (s *Service) RevokeTx(ctx context.Context, tx *db.Tx, v Revocation) error {
	if !v.Reason.Valid() || v.Reason == x509.ReasonCertificateHold || v.Reason == x509.ReasonRemoveFromCRL ||
		v.Reason == x509.ReasonCACompromise || v.Reason == x509.ReasonAACompromise {
		return problem.New(problem.Invalid, "ca.reason.wrong").At("reason")
	}
	r, err := s.CertificateTx(ctx, tx, v.Serial)
	if err != nil {
		return err
	}
	if err := s.revoke(ctx, tx, v.Actor, r, v.Reason); err != nil {
		return err
	}
	details := map[string]any{"reason": v.Reason.String()}
	if v.Act != "" {
		details["act"] = v.Act
	}
	err = audit.Record(ctx, tx, audit.Entry{Actor: v.Actor, Action: "ca.revoke", Object: "certificate/" + v.Serial, Details: details})
	if err != nil {
		return err
	}
	// No [jobs.Unique]: one that runs has perhaps read the register already.
	if err := jobs.Insert(ctx, tx, publishList{Serial: v.Serial}); err != nil {
		return err
	}
	return jobs.Publish(ctx, tx, CertificateRevoked{Serial: v.Serial, Reason: int(v.Reason)})
}

func (s *Service) revoke(ctx context.Context, tx *db.Tx, actor string, r Record, reason x509.Reason) error {
	q := newQueries(tx)
	var n int64
	var err error
	switch {
	case r.State != Issued:
		return problem.New(problem.NotFound, "ca.certificate.missing")
	case r.RevokedAt.IsZero():
		n, err = q.Revoke(ctx, revokeParams{Serial: r.Serial, RevokedAt: db.Micros(tx.Now()), Reason: int64(reason), RevokedBy: actor})
	case reason == x509.ReasonKeyCompromise:
		n, err = q.Worsen(ctx, worsenParams{Serial: r.Serial, Reason: int64(reason), RevokedBy: actor})
	}
	if err != nil {
		return fmt.Errorf("store revocation: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "ca.certificate.revoked")
	}
	return nil
}

// maxOCSPRequest bounds a question in octets.
const maxOCSPRequest = 64 << 10

// Answer answers a question about the status of certificates (RFC 6960). The
// answer is signed now, from the register: what was revoked a moment ago is
// revoked. It never says good of what was not issued. There is always an answer to
// send; the error says what is wrong with the authority and is for its log.
func (s *Service) Answer(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) > maxOCSPRequest {
		return ocsp.ErrorResponse(ocsp.MalformedRequest), nil
	}
	req, err := ocsp.ParseRequest(request)
	if err != nil || len(req.UnknownCritical) > 0 {
		return ocsp.ErrorResponse(ocsp.MalformedRequest), nil
	}
	responder, err := s.Key(Responder)
	if err == nil && !responder.Certificate.ValidAt(s.db.Now()) {
		err = errors.New("ca: certificate of the responder has run out")
	}
	if err != nil {
		return ocsp.ErrorResponse(ocsp.TryLater), err
	}
	t := &ocsp.Template{ResponderKey: x509.KeyID(responder.Certificate.PublicKey), ProducedAt: s.db.Now().Truncate(time.Second), Nonce: req.Nonce}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "ca.ocsp.life")
		if err != nil {
			return err
		}
		for _, id := range req.IDs {
			single, err := s.single(ctx, tx, id)
			if err != nil {
				return err
			}
			single.ThisUpdate, single.NextUpdate = t.ProducedAt, t.ProducedAt.Add(life)
			t.Singles = append(t.Singles, single)
		}
		return nil
	})
	if errors.Is(err, errUnfinished) {
		return ocsp.ErrorResponse(ocsp.TryLater), nil
	} else if err != nil {
		return ocsp.ErrorResponse(ocsp.TryLater), fmt.Errorf("answer about status: %w", err)
	}
	response, err := ocsp.Create(rand.Reader, t, responder.Signer, responder.Certificate)
	if err != nil {
		return ocsp.ErrorResponse(ocsp.InternalError), fmt.Errorf("sign status: %w", err)
	}
	return response, nil
}

var errUnfinished = errors.New("ca: certificate is being signed")

func (s *Service) single(ctx context.Context, tx *db.Tx, id ocsp.CertID) (ocsp.Single, error) {
	single := ocsp.Single{ID: id, Status: ocsp.Unknown}
	issuer, err := s.Key(Issuing)
	if err != nil {
		return single, err
	}
	if !id.IssuedBy(issuer.Certificate) {
		return single, nil
	}
	// The authority's own keys are not in the register of holders.
	for _, role := range []Role{Responder, Stamping, Auditing, Sealing} {
		if a, err := s.Key(role); err == nil && a.Certificate.Serial.Equal(id.Serial) {
			single.Status = ocsp.Good
			return single, nil
		}
	}
	row, err := newQueries(tx).GetCertificate(ctx, id.Serial.Hex())
	if errors.Is(err, sql.ErrNoRows) {
		return single, nil
	} else if err != nil {
		return single, fmt.Errorf("read certificate: %w", err)
	}
	switch {
	case row.RevokedAt != 0:
		single.Status, single.RevokedAt, single.Reason = ocsp.Revoked, db.Time(row.RevokedAt).Truncate(time.Second), x509.Reason(row.Reason)
	case State(row.State) == Issued:
		single.Status = ocsp.Good
	case State(row.State) == Signing:
		return single, errUnfinished
	}
	return single, nil
}

// CRL returns the list of revoked certificates of an issuer that was published
// last, and when it runs out.
func (s *Service) CRL(ctx context.Context, issuerID string) (raw []byte, next time.Time, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).LatestCRL(ctx, issuerID)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "ca.crl.missing")
		} else if err != nil {
			return fmt.Errorf("read list: %w", err)
		}
		raw, next = row.Der, db.Time(row.NextUpdate)
		return nil
	})
	return raw, next, err
}
