// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"errors"
	"io"
	"strconv"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/tsp"
	"podpis/verify/evidence"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// CheckPDF judges every signature of a PDF document, each for the revision it covers, and says what came after it. Document
// time stamps prove when everything before them was there. An error means that the file could not be read at all.
func CheckPDF(ctx context.Context, name string, in io.ReaderAt, size int64, o Options) (*Report, error) {
	report := newReport(name, format.Document, o)
	document, err := pades.Read(in, size)
	if err != nil {
		nothing(report, o, reasons.NoSignatureFound, reasons.Details{Cause: reasons.CausePDFUnreadable})
		return report, nil //nolint:nilerr // a file that is no document is an answer, not a failure
	}
	p := &pdfChecker{checker: newChecker(ctx, o), document: document}
	var list []form
	for i, s := range document.Signatures {
		if s.Kind == pades.Approval || s.Kind == pades.Certification {
			list = append(list, p.form(i, s))
		}
	}
	if len(list) == 0 {
		nothing(report, o, reasons.NoSignatureFound, reasons.Details{})
		return report, nil
	}
	if err := judgeAll(report, p.checker, list); err != nil {
		return nil, err
	}
	if document.Incomplete != nil { // there may be signatures that nobody sees
		report.Verdict = Worse(report.Verdict, reasons.Indeterminate)
	}
	return report, nil
}

// pdfChecker judges the signatures of one document.
type pdfChecker struct {
	*checker
	document *pades.Document
}

// form is that of the message inside, in the document around it.
func (p *pdfChecker) form(i int, s *pades.Signature) form {
	id := s.Field
	if id == "" {
		id = strconv.Itoa(i + 1)
	}
	if s.Message == nil || s.Signer == nil {
		return form{id: id, level: string(s.Level()), broken: fail(reasons.FormatFailure, reasons.CausePDFStructure)}
	}
	f := p.message(s).form(id, s.Signer, p.failures(s))
	f.level = string(s.Level())
	f.partial = !s.Whole
	if f.claimed.IsZero() {
		f.claimed = s.Time
	}
	remark := f.remark
	f.remark = func(out *Signature) {
		remark(out)
		if !s.Whole && !s.Modified() {
			out.Warn(p.o.Language, reasons.WarnLaterRevision, reasons.Details{})
		}
	}
	return f
}

// message is the one inside, over the octets that the signature covers.
func (p *pdfChecker) message(s *pades.Signature) *message {
	c := &message{checker: p.checker, sd: s.Message, pool: evidence.FromMessage(s.Message)}
	over := map[alg.Hash][]byte{}
	c.document = digested(over)
	carried := p.document.Evidence
	c.pool.Certificates = append(c.pool.Certificates[:len(c.pool.Certificates):len(c.pool.Certificates)], carried.Certificates...)
	c.pool.Certificates = append(c.pool.Certificates, s.Enclosed...)
	for _, raw := range carried.CRLs {
		_ = c.pool.AddCRL(raw, "document") // what does not parse is as if it were not there
	}
	for _, raw := range carried.OCSP {
		_ = c.pool.AddOCSP(raw, "document")
	}
	var needed []alg.Hash
	for h := range c.needed(s.Message.Signers...) {
		needed = append(needed, h)
	}
	if !s.Message.Detached { // adbe.pkcs7.sha1: the digest of the octets is the content
		for _, h := range needed {
			over[h] = h.Sum(s.Message.Content)
		}
	} else if digests, err := s.Digests(needed...); err == nil {
		for i, h := range needed {
			over[h] = digests[i]
		}
	}
	for _, later := range p.document.Signatures {
		if later.Kind == pades.Timestamp && later.Token != nil && later.Covers > s.Covers {
			c.outer = append(c.outer, documentStamp(later))
		}
	}
	return c
}

// documentStamp is a time stamp over a revision of the document, and so over everything in it.
func documentStamp(s *pades.Signature) stamp {
	return stamp{
		kind: cades.ArchiveStamp, token: s.Token, covered: s.Covers,
		check: func() error {
			if len(s.Problems) > 0 {
				return cades.ErrStampForm
			}
			err := s.CheckDigest()
			if errors.Is(err, cms.ErrContentDigest) {
				return tsp.ErrImprint
			}
			return err
		},
	}
}

// failures are those of the document around the message.
func (p *pdfChecker) failures(s *pades.Signature) failure {
	switch {
	case len(s.Problems) > 0, s.Removed:
		return fail(reasons.FormatFailure, reasons.CausePDFStructure)
	case errors.Is(s.CheckDigest(), cms.ErrContentDigest):
		return failure{code: reasons.HashFailure}
	case s.Modified():
		return fail(reasons.FormatFailure, reasons.CausePDFChanged)
	}
	return failure{}
}
