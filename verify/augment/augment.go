// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package augment raises signatures to higher levels (ETSI EN 319 102-1, 6: signature
// augmentation): a time stamp, what a judgement needs from outside, a stamp over all of
// it. Command line and server use it alike.
//
// Each step is judged before the next: what is not good is not dressed up.
//
// Messages, PDF documents and XML documents are raised, each in the manner of its family.
package augment

import (
	"context"
	"encoding/hex"
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// Level is how much a signature is to carry.
type Level string

// The levels.
const (
	B   Level = "b"   // as it is
	T   Level = "t"   // a time stamp over the signature
	XL1 Level = "xl1" // X Long Type 1, as Russian services read it
	LT  Level = "lt"  // what a judgement needs, in the message
	LTA Level = "lta" // and an archive stamp over all of it
)

// ErrLevel says that there is no such level.
var ErrLevel = errors.New("augment: no such level")

// RefusedError says that what is there does not hold, and so is not raised. Text is the
// reason in the language of the options.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return "augment: refused: " + e.Text }

// DocumentError says that the document could not be read.
type DocumentError struct{ Err error }

func (e *DocumentError) Error() string { return "augment: document: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *DocumentError) Unwrap() error { return e.Err }

// Augmenter raises messages.
type Augmenter struct {
	Random      io.Reader
	Options     verify.Options // trust, evidence and clock of the judgement
	Timestamper sign.Timestamper
}

// Document opens what a detached signature is over; nil: it is not at hand, and only
// what does not need it can be done.
type Document func() (io.ReadCloser, error)

// Raise brings every signature of a message to a level and returns the message. Without
// the document the value of a detached signature cannot be judged: T, XL1 and LT are
// made of it all the same when nothing else is wrong, LTA is not.
func (a *Augmenter) Raise(ctx context.Context, sd *cms.SignedData, level Level, document Document) ([]byte, error) {
	switch level {
	case B:
		return sd.Encode(), nil
	case T, XL1, LT, LTA:
	default:
		return nil, ErrLevel
	}
	if _, err := sign.Stamp(ctx, a.Random, sd, a.Timestamper); err != nil {
		return nil, err
	}
	if level == T {
		return sd.Encode(), a.Whole(ctx, sd.Encode(), document)
	}
	if err := a.accept(ctx, sd.Encode(), document, a.Options, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return nil, err
	}
	if level == XL1 {
		if err := sign.Long(ctx, a.Random, sd, a.prover(ctx), a.Timestamper); err != nil {
			return nil, err
		}
	} else if err := a.enclose(ctx, sd, document); err != nil {
		return nil, err
	}
	if level == LTA {
		if err := sign.Archive(ctx, a.Random, sd, a.digest(ctx, sd, document), a.Timestamper); err != nil {
			return nil, err
		}
	}
	message := sd.Encode()
	return message, a.accept(ctx, message, document, a.Options, reasons.TotalFailed, reasons.Indeterminate)
}

// Whole judges the integrity of a message alone: nobody is trusted, nothing is asked.
func (a *Augmenter) Whole(ctx context.Context, message []byte, document Document) error {
	o := a.Options
	o.Trust, o.Evidence = nil, nil
	return a.accept(ctx, message, document, o, reasons.TotalFailed)
}

// enclose puts what a judgement needs from outside into the message: level LT.
func (a *Augmenter) enclose(ctx context.Context, sd *cms.SignedData, document Document) error {
	var recorder verify.Recorder
	o := a.Options
	o.Evidence = recorder.Around(o.Evidence)
	if err := a.accept(ctx, sd.Encode(), document, o, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return err
	}
	certificates, lists, answers := recorder.Recorded()
	for _, cert := range certificates {
		sd.AddCertificate(cert)
	}
	for _, list := range lists {
		sd.AddCRL(list)
	}
	for _, answer := range answers {
		sd.AddOCSP(answer)
	}
	return nil
}

// prover judges a certificate for now and gives its path with what told that nothing of
// it is revoked.
func (a *Augmenter) prover(ctx context.Context) sign.Prover {
	return func(cert *x509.Certificate, near []*x509.Certificate) ([]cades.Proof, error) {
		var recorder verify.Recorder
		o := a.Options
		o.Evidence = recorder.Around(append([]verify.Evidence{&verify.Pool{Certificates: near}}, o.Evidence...))
		report, err := verify.CheckCertificates(ctx, "", []*x509.Certificate{cert}, o)
		if err != nil {
			return nil, err
		}
		if report.Verdict != reasons.TotalPassed {
			return nil, &RefusedError{cert.Subject.DisplayName() + ": " + report.Certificates[0].Reason.Text}
		}
		known, _, _ := recorder.Recorded()
		known = append(append(known, cert), near...)
		for _, anchor := range o.Trust {
			known = append(known, anchor.Certificate)
		}
		return proofs(&report.Certificates[0], known, recorder.Data()), nil
	}
}

// proofs finds the certificates of a path and the data that the judgement names.
func proofs(r *verify.CertificateReport, known []*x509.Certificate, data []verify.RevocationData) (path []cades.Proof) {
	for _, link := range r.Chain {
		for _, cert := range known {
			if hex.EncodeToString(cert.Fingerprint(alg.SHA256)) == link.Fingerprint {
				path = append(path, cades.Proof{Certificate: cert})
				break
			}
		}
	}
	for i := range path[:max(len(path)-1, 0)] {
		p := &path[i]
		for _, status := range r.Revocation {
			if status.Certificate == p.Certificate.Serial.Hex() {
				take(p, status, path[i+1].Certificate, data)
			}
		}
	}
	return path
}

// take adds the list or the answer that a status was read from.
func take(p *cades.Proof, status verify.Status, issuer *x509.Certificate, data []verify.RevocationData) {
	for _, d := range data {
		switch {
		case d.CRL != nil && status.Type == "crl" && d.CRL.ThisUpdate.Equal(status.ThisUpdate) && d.CRL.Issuer.Equal(p.Certificate.Issuer):
			p.CRLs = appendNew(p.CRLs, d.CRL.Raw)
		case d.OCSP != nil && status.Type == "ocsp":
			if _, ok := d.OCSP.Find(issuer, p.Certificate.Serial); ok {
				p.OCSP = appendNew(p.OCSP, d.OCSP.Basic)
			}
		}
	}
}

func appendNew(list [][]byte, item []byte) [][]byte {
	for _, b := range list {
		if string(b) == string(item) {
			return list
		}
	}
	return append(list, item)
}

// accept judges a message and refuses the verdicts named. That the document is not at
// hand is no refusal: nothing was said against it.
func (a *Augmenter) accept(ctx context.Context, message []byte, document Document, o verify.Options, refused ...reasons.Code) error {
	in := verify.Input{Signature: message}
	if document != nil {
		content, err := document()
		if err != nil {
			return &DocumentError{err}
		}
		defer func() { _ = content.Close() }()
		in.Document = content
	}
	report, err := verify.Check(ctx, in, o)
	if err != nil {
		return &DocumentError{err}
	}
	for _, s := range report.Signatures {
		if document == nil && s.SubIndication == reasons.SignedDataNotFound {
			continue
		}
		for _, verdict := range refused {
			if s.Verdict == verdict {
				return &RefusedError{s.Reason.Text}
			}
		}
	}
	return nil
}

// digest gives the digests of the content that an archive stamp needs.
func (a *Augmenter) digest(ctx context.Context, sd *cms.SignedData, document Document) func(h alg.Hash) ([]byte, error) {
	return func(h alg.Hash) ([]byte, error) {
		if !sd.Detached {
			return h.Sum(sd.Content), nil
		}
		return Digest(ctx, document, h)
	}
}

// Digest is that of a document, read in pieces.
func Digest(ctx context.Context, document Document, h alg.Hash) ([]byte, error) {
	if document == nil {
		return nil, &DocumentError{errors.New("not at hand")}
	}
	content, err := document()
	if err != nil {
		return nil, &DocumentError{err}
	}
	defer func() { _ = content.Close() }()
	d := h.New()
	if _, err := io.Copy(d, reader{ctx, content}); err != nil {
		return nil, &DocumentError{err}
	}
	return d.Sum(nil), ctx.Err()
}

// reader ends with its context.
type reader struct {
	ctx context.Context // of one copy
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
