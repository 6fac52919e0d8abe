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
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// CheckPDF judges every signature of a PDF document, each for the revision it covers, and says what came after it. Document
// time stamps prove when everything before them was there. An error means that the file could not be read at all.
func CheckPDF(ctx context.Context, name string, in io.ReaderAt, size int64, o Options) (*Report, error) {
	report := newReport(name, format.Document, o)
	document, err := pades.Read(in, size)
	if err != nil {
		r := reasons.Of(o.Language, reasons.NoSignatureFound, reasons.Details{Cause: reasons.CausePDFUnreadable})
		report.Reason = &r
		return report, nil //nolint:nilerr // a file that is no document is an answer, not a failure
	}
	p := &pdfChecker{ctx: ctx, o: o, document: document}
	for i, s := range document.Signatures {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.Kind == pades.Approval || s.Kind == pades.Certification {
			report.Signatures = append(report.Signatures, p.signature(i, s))
		}
	}
	if len(report.Signatures) == 0 {
		r := reasons.Of(o.Language, reasons.NoSignatureFound, reasons.Details{})
		report.Reason = &r
		return report, nil
	}
	report.Kind, report.Verdict = format.Signature, reasons.TotalPassed
	for _, s := range report.Signatures {
		report.Verdict = Worse(report.Verdict, s.Verdict)
	}
	if document.Incomplete != nil { // there may be signatures that nobody sees
		report.Verdict = Worse(report.Verdict, reasons.Indeterminate)
	}
	return report, nil
}

// pdfChecker judges the signatures of one document.
type pdfChecker struct {
	ctx      context.Context // of one call of CheckPDF
	o        Options
	document *pades.Document
}

func (p *pdfChecker) signature(i int, s *pades.Signature) Signature {
	l := p.o.Language
	id := s.Field
	if id == "" {
		id = strconv.Itoa(i + 1)
	}
	if s.Message == nil || s.Signer == nil {
		out := Signature{ID: id, Level: string(s.Level())}
		out.empty(l)
		out.conclude(l, reasons.FormatFailure, reasons.Details{Cause: reasons.CausePDFStructure})
		return out
	}
	c := p.checker(s)
	out := c.signerInfo(s.Signer, p.failures(s))
	out.ID, out.Level = id, string(s.Level())
	if out.ClaimedTime == nil && !s.Time.IsZero() {
		claimed := s.Time
		out.ClaimedTime = &claimed
	}
	if !s.Whole && !s.Modified() {
		out.warn(l, reasons.WarnLaterRevision, reasons.Details{})
	}
	return out
}

// checker is that of the message inside, over the octets that the signature covers.
func (p *pdfChecker) checker(s *pades.Signature) *checker {
	c := &checker{ctx: p.ctx, o: p.o, sd: s.Message, pool: poolOf(s.Message), digests: map[alg.Hash][]byte{}}
	evidence := p.document.Evidence
	c.pool.Certificates = append(c.pool.Certificates[:len(c.pool.Certificates):len(c.pool.Certificates)], evidence.Certificates...)
	c.pool.Certificates = append(c.pool.Certificates, s.Enclosed...)
	for _, raw := range evidence.CRLs {
		_ = c.pool.AddCRL(raw, "document") // what does not parse is as if it were not there
	}
	for _, raw := range evidence.OCSP {
		_ = c.pool.AddOCSP(raw, "document")
	}
	var needed []alg.Hash
	for h := range c.needed() {
		needed = append(needed, h)
	}
	if !s.Message.Detached { // adbe.pkcs7.sha1: the digest of the octets is the content
		for _, h := range needed {
			c.digests[h] = h.Sum(s.Message.Content)
		}
	} else if digests, err := s.Digests(needed...); err == nil {
		for i, h := range needed {
			c.digests[h] = digests[i]
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

// signerInfo judges one signer of the message, with a failure that is known already.
func (c *checker) signerInfo(si *cms.SignerInfo, known failure) Signature {
	i := 0
	for n, s := range c.sd.Signers {
		if s == si {
			i = n
		}
	}
	c.known = known
	return c.signature(i)
}
