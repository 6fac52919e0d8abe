// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"bytes"
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
	"podpis/internal/service/ca/lint"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// serialTries bounds how often a number that is taken is drawn again.
const serialTries = 8

// plan is a certificate that is ready to be signed.
type plan struct {
	serial x509.Serial
	tbs    []byte
	token  []byte // works once
	issuer Authority
}

// Issue carries out an order in the guarded way and returns the certificate. The
// same order again returns the same certificate; while it is under way, it is
// refused for a moment.
func (s *Service) Issue(ctx context.Context, o Order) (Issuance, error) {
	if done, err := s.byOrder(ctx, o.Key); err != nil || done != nil {
		return s.issuance(done), err
	}
	p, err := s.Prepare(ctx, o)
	if err != nil {
		// Two at once with one key: the other has planned it.
		if done, again := s.byOrder(ctx, o.Key); again == nil && done != nil {
			return s.issuance(done), nil
		}
		return Issuance{}, err
	}
	if err := s.useToken(ctx, o, p); err != nil {
		return Issuance{}, err
	}
	raw, err := s.sign(p)
	if err != nil {
		return Issuance{}, errors.Join(err, s.abandon(context.WithoutCancel(ctx), p.serial.Hex(), Signing))
	}
	// From here on a signature exists: the caller's impatience must not lose it.
	if err := s.finish(context.WithoutCancel(ctx), o, p, raw); err != nil {
		return Issuance{}, err
	}
	return s.issuance(raw), nil
}

func (s *Service) issuance(raw []byte) Issuance {
	if raw == nil {
		return Issuance{}
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return Issuance{}
	}
	out := Issuance{Serial: cert.Serial, DER: raw}
	for _, c := range s.Chain() {
		out.Chain = append(out.Chain, c.Raw)
	}
	return out
}

// byOrder returns the certificate of an order that has been carried out, nil
// when there is none.
func (s *Service) byOrder(ctx context.Context, key string) (raw []byte, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).ByOrder(ctx, key)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return fmt.Errorf("find order: %w", err)
		case State(row.State) != Issued:
			return problem.New(problem.Unavailable, "ca.order.running").After(2 * time.Second)
		}
		raw = row.Der
		return nil
	})
	return raw, err
}

// Prepare checks an order, builds the certificate, judges it with a throw-away
// key and plans it in the database. Nothing is signed with the authority's key.
func (s *Service) Prepare(ctx context.Context, o Order) (plan, error) {
	profile, ok := s.profiles[o.Profile]
	if !ok || profile.CA || len(profile.Keys) == 0 {
		return plan{}, problem.New(problem.Invalid, "ca.profile.unknown")
	}
	req, err := s.checkRequest(profile, o.Request)
	if err != nil {
		return plan{}, err
	}
	subject, err := profile.name(o.Subject)
	if err != nil {
		return plan{}, err
	}
	issuer, err := s.Key(Issuing)
	if err != nil {
		return plan{}, err
	}
	for range serialTries {
		p, err := s.draft(profile, subject, req, issuer)
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

var errSerialTaken = errors.New("ca: serial number is taken")

// maxRequest bounds a request in octets: the largest honest one has an RSA key of
// 8192 bits and some attributes.
const maxRequest = 16 << 10

func (s *Service) checkRequest(profile Profile, raw []byte) (*x509.Request, error) {
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

// draft builds and judges a certificate. The judge sees it signed with a
// throw-away key of the issuer's kind, so that what is wrong never meets the
// real one.
func (s *Service) draft(profile Profile, subject x509.Name, req *x509.Request, issuer Authority) (plan, error) {
	serial, err := s.newSerial()
	if err != nil {
		return plan{}, err
	}
	t, err := profile.template(serial, subject, req.PublicKey, issuer.Certificate, s.addresses(issuer.ID), s.db.Now())
	if err != nil {
		return plan{}, err
	}
	kind := issuer.Signer.PublicKey().Kind()
	tbs, err := t.TBS(kind.Algorithm(), req.RawSPKI)
	if err != nil {
		return plan{}, problem.New(problem.Invalid, "ca.subject.wrong").Because(err)
	}
	throwaway, err := alg.Generate(kind, rand.Reader)
	if err != nil {
		return plan{}, fmt.Errorf("make throw-away key: %w", err)
	}
	sig, err := x509.SignTBS(rand.Reader, throwaway, tbs)
	if err != nil {
		return plan{}, fmt.Errorf("sign draft: %w", err)
	}
	judged, err := x509.ParseCertificate(x509.AssembleSigned(tbs, kind.Algorithm(), sig))
	if err != nil {
		return plan{}, fmt.Errorf("read draft: %w", err)
	}
	if findings := lint.Check(judged, issuer.Certificate, profile.rules()); len(findings) > 0 {
		return plan{}, problem.New(problem.Invalid, "ca.lint").With("Finding", findings[0].Text).Because(findings)
	}
	token := make([]byte, 32)
	rand.Read(token)
	return plan{serial: serial, tbs: tbs, token: token, issuer: issuer}, nil
}

func tokenDigest(token []byte) []byte {
	d := sha256.Sum256(token)
	return d[:]
}

// store plans the certificate with its audit record.
func (s *Service) store(ctx context.Context, o Order, p plan, subject x509.Name, req *x509.Request) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		notBefore, notAfter, err := validity(p.tbs)
		if err != nil {
			return err
		}
		err = newQueries(tx).Plan(ctx, planParams{
			Serial: p.serial.Hex(), IssuerID: p.issuer.ID, OrderKey: o.Key, Profile: o.Profile, State: string(Planned),
			Subject: subject.String(), Search: db.Fold(subject.String()), KeyID: hex.EncodeToString(x509.KeyID(req.PublicKey)),
			Request: req.Raw, Tbs: p.tbs, Token: tokenDigest(p.token), Der: []byte{},
			Approval: hex.EncodeToString(o.Approval), ApprovedBy: o.ApprovedBy, OrderedBy: o.OrderedBy,
			NotBefore: db.Micros(notBefore), NotAfter: db.Micros(notAfter), CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("plan certificate: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: o.OrderedBy, Action: "ca.plan", Object: "certificate/" + p.serial.Hex(),
			Details: map[string]any{
				"profile": o.Profile, "approval": hex.EncodeToString(o.Approval), "approved_by": o.ApprovedBy,
				"tbs": hex.EncodeToString(alg.Streebog256.Sum(p.tbs)),
			},
		})
	})
	if !db.IsUnique(err) {
		return err
	}
	return s.whatIsTaken(ctx, p, req, err)
}

// whatIsTaken tells which of the unique columns refused a plan.
func (s *Service) whatIsTaken(ctx context.Context, p plan, req *x509.Request, cause error) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := newQueries(tx).GetCertificate(ctx, p.serial.Hex())
		if err == nil {
			return errSerialTaken
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find serial: %w", err)
		}
		_ = req
		return problem.New(problem.Conflict, "ca.key.taken").Because(cause)
	})
}

func validity(tbs []byte) (notBefore, notAfter time.Time, err error) {
	// The planned octets are the truth: the times are read from them.
	cert, err := x509.ParseCertificate(x509.AssembleSigned(tbs, alg.GOST256B.Algorithm(), make([]byte, 64)))
	if err != nil {
		return time.Time{}, time.Time{}, fmt.Errorf("read plan: %w", err)
	}
	return cert.NotBefore, cert.NotAfter, nil
}

// useToken takes the one-use token: after this act a signature may exist.
func (s *Service) useToken(ctx context.Context, o Order, p plan) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).UseToken(ctx, useTokenParams{
			Serial: p.serial.Hex(), Token: tokenDigest(p.token), State: string(Signing), SigningAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("use token: %w", err)
		}
		if n != 1 {
			return problem.New(problem.Conflict, "ca.order.used")
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: o.OrderedBy, Action: "ca.sign", Object: "certificate/" + p.serial.Hex()})
	})
}

// sign makes the signature and checks it with the issuer's certificate before
// anybody sees it: a faulty token must not let a wrong one out.
func (s *Service) sign(p plan) ([]byte, error) {
	sig, err := x509.SignTBS(rand.Reader, p.issuer.Signer, p.tbs)
	if err != nil {
		return nil, fmt.Errorf("sign certificate: %w", err)
	}
	raw := x509.AssembleSigned(p.tbs, p.issuer.Signer.PublicKey().Kind().Algorithm(), sig)
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("read own certificate: %w", err)
	}
	if err := cert.CheckSignatureFrom(p.issuer.Certificate); err != nil {
		return nil, fmt.Errorf("check own signature: %w", err)
	}
	if !bytes.Equal(cert.RawTBS, p.tbs) {
		return nil, errors.New("ca: signed octets differ from the plan")
	}
	return raw, nil
}

// finish stores the certificate and tells the others.
func (s *Service) finish(ctx context.Context, o Order, p plan, raw []byte) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).Finish(ctx, finishParams{Serial: p.serial.Hex(), Der: raw, IssuedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store certificate: %w", err)
		}
		if n != 1 {
			return problem.New(problem.Conflict, "ca.order.abandoned")
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
