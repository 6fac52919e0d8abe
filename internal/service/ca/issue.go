// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// serialTries bounds how often a number that is taken is drawn again.
const serialTries = 8

// plan is a certificate that is ready to be signed.
type plan struct {
	serial x509.Serial
	draft  draft
	token  []byte // works once
	issuer Authority
}

// Issue carries out an order in the guarded way and returns the certificate. The
// same order again returns the same certificate; while it is under way, it is
// refused for a moment. The key of an order with another request, profile or
// approval is refused.
//
// A problem of the kind Unavailable means that the order is planned: how it ends
// is told by [CertificateIssued] or [CertificateAbandoned]. After any other error
// nothing was planned.
func (s *Service) Issue(ctx context.Context, o Order) (Issuance, error) {
	if o.Key == "" || len(o.Approval) == 0 || o.ApprovedBy == "" || o.OrderedBy == "" {
		return Issuance{}, errors.New("ca: an order names its key, its approval and who acts")
	}
	profile, ok := s.profiles[o.Profile]
	if !ok || !profile.holder() {
		return Issuance{}, problem.New(problem.Invalid, "ca.profile.unknown")
	}
	req, err := checkRequest(profile, o.Request)
	if err != nil {
		return Issuance{}, err
	}
	if done, err := s.byOrder(ctx, o, req); err != nil || done != nil {
		return s.issuance(done, err)
	}
	p, err := s.prepare(ctx, o, profile, req)
	if errors.Is(err, errOrderTaken) { // another was faster
		return s.issuance(s.byOrder(ctx, o, req))
	} else if err != nil {
		return Issuance{}, err
	}
	if err := s.useToken(ctx, o, p); errors.Is(err, errStopped) {
		return Issuance{}, errors.Join(err, s.abandon(context.WithoutCancel(ctx), p.serial.Hex(), Planned))
	} else if err != nil {
		return Issuance{}, underWay(err)
	}
	// From here on a signature may exist: the caller's impatience must not lose it.
	ctx = context.WithoutCancel(ctx)
	raw, err := signDraft(p.draft, p.issuer.Signer, p.issuer.Certificate)
	if err != nil {
		err = errors.Join(err, s.abandon(ctx, p.serial.Hex(), Signing))
		return Issuance{}, problem.New(problem.Unavailable, "ca.order.abandoned").Because(err)
	}
	if err := s.finish(ctx, o, p, raw); errors.Is(err, errStopped) { // signed, and handed out to nobody
		err = errors.Join(err, s.abandon(ctx, p.serial.Hex(), Signing))
		return Issuance{}, problem.New(problem.Unavailable, "ca.order.abandoned").Because(err)
	} else if err != nil {
		return Issuance{}, underWay(err)
	}
	return s.issuance(raw, nil)
}

// underWay says that an order is planned and what becomes of it is not known here.
func underWay(cause error) error {
	return problem.New(problem.Unavailable, "ca.order.running").After(2 * time.Second).Because(cause)
}

func (s *Service) issuance(raw []byte, err error) (Issuance, error) {
	if err != nil {
		return Issuance{}, err
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return Issuance{}, fmt.Errorf("read own certificate: %w", err)
	}
	out := Issuance{Serial: cert.Serial, DER: raw}
	for _, c := range s.Chain() {
		out.Chain = append(out.Chain, c.Raw)
	}
	return out, nil
}

// byOrder returns the certificate of an order that has been carried out, nil
// when there is none.
func (s *Service) byOrder(ctx context.Context, o Order, req *x509.Request) (raw []byte, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).ByOrder(ctx, o.Key)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return fmt.Errorf("find order: %w", err)
		case row.Profile != o.Profile, row.Approval != hex.EncodeToString(o.Approval), row.KeyID != keyID(req):
			return problem.New(problem.Conflict, "ca.order.other")
		case State(row.State) != Issued:
			return underWay(nil)
		}
		raw = row.Der
		return nil
	})
	return raw, err
}

func keyID(req *x509.Request) string { return hex.EncodeToString(x509.KeyID(req.PublicKey)) }

// prepare builds the certificate, judges it with a throw-away key and plans it in
// the database. Nothing is signed with the authority's key.
func (s *Service) prepare(ctx context.Context, o Order, profile Profile, req *x509.Request) (plan, error) {
	subject, err := profile.name(o.Subject)
	if err != nil {
		return plan{}, err
	}
	issuer, err := s.Key(Issuing)
	if err != nil {
		return plan{}, err
	}
	for range serialTries {
		p, err := s.plan(profile, subject, req, issuer)
		if err != nil {
			return plan{}, err
		}
		err = s.store(ctx, o, p, subject, req)
		if !errors.Is(err, errSerialTaken) {
			return p, err
		}
	}
	return plan{}, errSerialTaken
}

var (
	errSerialTaken = errors.New("ca: serial number is taken")
	errOrderTaken  = errors.New("ca: order is planned already")
	errTokenUsed   = errors.New("ca: token is used or its plan has ended")
	errEnded       = errors.New("ca: the reconciler has ended this order")
	errStopped     = errors.New("ca: the order was stopped")
)

// maxRequest bounds a request in octets: the largest honest one has an RSA key of
// 8192 bits and some attributes.
const maxRequest = 16 << 10

func checkRequest(profile Profile, raw []byte) (*x509.Request, error) {
	if len(raw) > maxRequest {
		return nil, problem.New(problem.Invalid, "ca.request.large")
	}
	req, err := x509.ParseRequest(raw)
	if err != nil {
		return nil, problem.New(problem.Invalid, "ca.request.broken").Because(err)
	}
	if req.PublicKey == nil || !profile.allows(req.PublicKey.Kind()) {
		return nil, problem.New(problem.Invalid, "ca.request.key")
	}
	if err := req.CheckSignature(); err != nil {
		return nil, problem.New(problem.Invalid, "ca.request.signature").Because(err)
	}
	return req, nil
}

// plan draws a number and a token for a certificate that the judge lets pass.
func (s *Service) plan(profile Profile, subject x509.Name, req *x509.Request, issuer Authority) (plan, error) {
	serial, err := s.newSerial()
	if err != nil {
		return plan{}, err
	}
	now, where := s.db.Now(), s.addresses(issuer.ID, profile)
	t, err := profile.template(serial, subject, req.PublicKey, issuer.Certificate, where, now)
	if err != nil {
		return plan{}, err
	}
	d, err := prepareDraft(t, req.RawSPKI, issuer.Signer.PublicKey().Kind(), issuer.Certificate, profile.rules(where, now))
	if err != nil {
		return plan{}, err
	}
	token := make([]byte, 32)
	rand.Read(token)
	return plan{serial: serial, draft: d, token: token, issuer: issuer}, nil
}

func tokenDigest(token []byte) []byte {
	d := sha256.Sum256(token)
	return d[:]
}

// store plans the certificate with its audit record.
func (s *Service) store(ctx context.Context, o Order, p plan, subject x509.Name, req *x509.Request) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := o.still(ctx, tx); err != nil {
			return err
		}
		err := newQueries(tx).Plan(ctx, planParams{
			Serial: p.serial.Hex(), IssuerID: p.issuer.ID, OrderKey: o.Key, Profile: o.Profile, State: string(Planned),
			Subject: subject.String(), Search: db.Fold(subject.String()), KeyID: keyID(req),
			Request: req.Raw, Tbs: p.draft.tbs, Token: tokenDigest(p.token), Der: []byte{},
			Approval: hex.EncodeToString(o.Approval), ApprovedBy: o.ApprovedBy, OrderedBy: o.OrderedBy,
			NotBefore: db.Micros(p.draft.judged.NotBefore), NotAfter: db.Micros(p.draft.judged.NotAfter), CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("plan certificate: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: o.OrderedBy, Action: "ca.plan", Object: "certificate/" + p.serial.Hex(),
			Details: map[string]any{
				"profile": o.Profile, "approval": hex.EncodeToString(o.Approval), "approved_by": o.ApprovedBy,
				"tbs": hex.EncodeToString(alg.Streebog256.Sum(p.draft.tbs)),
			},
		})
	})
	if !db.IsUnique(err) {
		return err
	}
	return s.whatIsTaken(ctx, o, p, err)
}

// whatIsTaken tells which of the unique columns refused a plan: the order, the
// number or the holder's key.
func (s *Service) whatIsTaken(ctx context.Context, o Order, p plan, cause error) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		_, err := q.ByOrder(ctx, o.Key)
		if !errors.Is(err, sql.ErrNoRows) {
			return errors.Join(errOrderTaken, err)
		}
		_, err = q.GetCertificate(ctx, p.serial.Hex())
		if !errors.Is(err, sql.ErrNoRows) {
			return errors.Join(errSerialTaken, err)
		}
		return problem.New(problem.Conflict, "ca.key.taken").Because(cause)
	})
}

// useToken takes the one-use token: after this act a signature may exist.
func (s *Service) useToken(ctx context.Context, o Order, p plan) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := o.still(ctx, tx); err != nil {
			return errors.Join(errStopped, err)
		}
		n, err := newQueries(tx).UseToken(ctx, useTokenParams{
			Serial: p.serial.Hex(), Token: tokenDigest(p.token), State: string(Signing), SigningAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("use token: %w", err)
		}
		if n != 1 {
			return errTokenUsed
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: o.OrderedBy, Action: "ca.sign", Object: "certificate/" + p.serial.Hex()})
	})
}

// finish stores the certificate and tells the others.
func (s *Service) finish(ctx context.Context, o Order, p plan, raw []byte) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := o.still(ctx, tx); err != nil {
			return errors.Join(errStopped, err)
		}
		n, err := newQueries(tx).Finish(ctx, finishParams{Serial: p.serial.Hex(), Der: raw, IssuedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store certificate: %w", err)
		}
		if n != 1 {
			return errEnded
		}
		err = audit.Record(ctx, tx, audit.Entry{
			Actor: o.OrderedBy, Action: "ca.issue", Object: "certificate/" + p.serial.Hex(),
			Details: map[string]any{"sha256": hex.EncodeToString(alg.SHA256.Sum(raw))},
		})
		if err != nil {
			return err
		}
		return jobs.Publish(ctx, tx, CertificateIssued{Serial: p.serial.Hex(), OrderKey: o.Key})
	})
}
