// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/ocsp"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify/digest"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// total is the verdict on a file of which an indication of a part is all there is.
func total(indication reasons.Code) reasons.Code {
	switch indication {
	case passed:
		return reasons.TotalPassed
	case failed:
		return reasons.TotalFailed
	}
	return reasons.Indeterminate
}

// checkTimestamp judges a time stamp that came alone, over the document when it is there.
func checkTimestamp(ctx context.Context, in Input, f format.File, o Options) (*Report, error) {
	report := newReport(in.Name, f.Kind, o)
	if f.Token == nil {
		nothing(report, o, reasons.FileRefusal, reasons.Details{})
		return report, nil
	}
	c := newChecker(ctx, o)
	token, err := tsp.ParseToken(f.Token)
	if err != nil {
		token = nil
	}
	var sum []byte
	if token != nil && token.Hash != alg.NoHash {
		digests := in.Digests
		if in.Document != nil {
			if digests, _, err = digest.Stream(ctx, in.Document, map[alg.Hash]bool{token.Hash: true}); err != nil {
				return nil, err
			}
		}
		sum = digests[token.Hash]
	}
	check := func() error {
		switch {
		case token.Hash == alg.NoHash:
			return alg.ErrUnsupported
		case sum == nil:
			return cades.ErrNoContent
		case !bytes.Equal(sum, token.Imprint):
			return tsp.ErrImprint
		}
		return nil
	}
	st := stamp{token: token, check: check}
	out, why := c.timestamp(st, new(Pool), moment{now: o.At, at: o.At})
	if why.code == reasons.SignedDataNotFound { // then the token itself is all there is to judge
		st.check = func() error { return nil }
		if judged, bad := c.timestamp(st, new(Pool), moment{now: o.At, at: o.At}); bad.code != "" {
			out = judged
		} else {
			out.Signer = judged.Signer
		}
	}
	out.Type = "document"
	report.Timestamps, report.Verdict = []Timestamp{out}, total(out.Indication)
	return report, nil
}

// concludeAnswer writes the verdict on a list or an answer.
func concludeAnswer(a *AnswerReport, l reasons.Language, f failure) {
	a.Indication, a.SubIndication = passed, f.code
	if f.code == "" {
		return
	}
	a.Indication = indeterminate
	if f.code.Indication() == reasons.TotalFailed {
		a.Indication = failed
	}
	r := reasons.Of(l, f.code, f.details)
	a.Reason = &r
}

// authorities are the certificates at hand that pass a test, the trusted ones among them.
func (c *checker) authorities(more []*x509.Certificate, fits func(*x509.Certificate) bool) (out []*x509.Certificate) {
	for _, cert := range c.certificatesAtHand(&Pool{Certificates: more}) {
		if len(out) < maxNamed && fits(cert) {
			out = append(out, cert)
		}
	}
	return out
}

// trusts judges the certificate of an authority for now.
func (c *checker) trusts(cert *x509.Certificate, more []*x509.Certificate) failure {
	pool := &Pool{Certificates: more}
	return c.certificate(question{cert: cert, from: append(sources{pool}, c.o.Evidence...), carried: 1, m: moment{now: c.o.At, at: c.o.At}}).failure
}

// checkList judges a revocation list that came alone: who signed it and whether it is
// current.
func checkList(ctx context.Context, in Input, f format.File, o Options) (*Report, error) {
	report := newReport(in.Name, f.Kind, o)
	c, list := newChecker(ctx, o), f.List
	if list == nil {
		nothing(report, o, reasons.FileOtherDocument, reasons.Details{})
		return report, nil
	}
	out := AnswerReport{Type: "crl", Issuer: list.Issuer.String(), ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, Revoked: list.Len()}
	var why failure
	signer, why := c.signerOf(list)
	if signer != nil {
		out.Signer = subjectOf(signer)
		why = first(c.ended(list.SignatureAlgorithm, moment{at: o.At}), c.trusts(signer, nil), c.current(list.ThisUpdate, list.NextUpdate))
	}
	concludeAnswer(&out, o.Language, why)
	report.Answers, report.Verdict = []AnswerReport{out}, total(out.Indication)
	return report, ctx.Err()
}

func (c *checker) signerOf(list *x509.CRL) (*x509.Certificate, failure) {
	named := c.authorities(nil, func(cert *x509.Certificate) bool { return cert.Subject.Equal(list.Issuer) && cert.PublicKey != nil })
	why := failure{code: reasons.NoSigningCert}
	for _, cert := range named {
		switch err := x509.CheckTBS(cert.PublicKey, list.SignatureAlgorithm, list.RawTBS, list.Signature); {
		case err == nil && cert.HasKeyUsage && cert.KeyUsage&x509.CRLSign == 0:
			why = fail(reasons.ChainConstraints, reasons.CauseKeyUsage)
		case err == nil:
			return cert, failure{}
		case errors.Is(err, alg.ErrUnsupported):
			why = failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: c.algorithmName(list.SignatureAlgorithm)}}
		case len(list.AuthorityKeyID) == 0 || bytes.Equal(list.AuthorityKeyID, cert.SubjectKeyID):
			why = failure{code: reasons.SigCryptoFailure}
		}
	}
	return nil, why
}

// current: evidence of the past is no evidence of today.
func (c *checker) current(this, next time.Time) failure {
	switch {
	case this.After(c.o.At.Add(c.rules.Skew())):
		return fail(reasons.TryLater, reasons.CauseFromFuture)
	case !next.IsZero() && c.o.At.After(next):
		return fail(reasons.TryLater, reasons.CauseListStale)
	}
	return failure{}
}

// checkAnswer judges an OCSP answer that came alone: who signed it, whom it tells of and
// whether it is current.
func checkAnswer(ctx context.Context, in Input, f format.File, o Options) (*Report, error) {
	report := newReport(in.Name, f.Kind, o)
	c, answer := newChecker(ctx, o), f.Answer
	if answer.Status != ocsp.Successful {
		nothing(report, o, reasons.FileRefusal, reasons.Details{})
		return report, nil
	}
	out := AnswerReport{Type: "ocsp", Issuer: answer.ResponderName.String()}
	list := []failure{c.ended(answer.SignatureAlgorithm, moment{at: o.At})}
	responder, why := c.responderOf(answer)
	list = append(list, why)
	if responder != nil {
		out.Signer = subjectOf(responder)
	}
	for i := range answer.Singles {
		s := &answer.Singles[i]
		if i == 0 {
			out.ThisUpdate, out.NextUpdate = s.ThisUpdate, s.NextUpdate
		}
		list = append(list, c.current(s.ThisUpdate, s.NextUpdate))
		status := Status{Certificate: s.ID.Serial.Hex(), Type: "ocsp", Source: in.Name, ThisUpdate: s.ThisUpdate, Status: s.Status.String()}
		if !s.NextUpdate.IsZero() {
			status.NextUpdate = &s.NextUpdate
		}
		if neverIssued(s) {
			status.Status = ocsp.Unknown.String()
		} else if s.Status == ocsp.Revoked {
			out.Revoked++
			status.Time, status.Reason = &s.RevokedAt, s.Reason.String()
		}
		out.Statuses = append(out.Statuses, status)
	}
	concludeAnswer(&out, o.Language, first(list...))
	report.Answers, report.Verdict = []AnswerReport{out}, total(out.Indication)
	return report, ctx.Err()
}

// responderOf finds who signed an answer and for which authority: one for all it tells of
// (RFC 6960, 4.2.2.2); that authority has to be trusted.
func (c *checker) responderOf(answer *ocsp.Response) (*x509.Certificate, failure) {
	issuers := c.authorities(answer.Certificates, func(cert *x509.Certificate) bool {
		others := func(s ocsp.Single) bool { return !s.ID.IssuedBy(cert) }
		return len(answer.Singles) > 0 && !slices.ContainsFunc(answer.Singles, others)
	})
	why := failure{code: reasons.NoSigningCert}
	for _, issuer := range issuers {
		responder, err := answer.Verify(issuer, nil, c.certificatesAtHand(new(Pool)))
		switch {
		case err == nil:
			return responder, c.trusts(issuer, answer.Certificates)
		case errors.Is(err, ocsp.ErrDelegation):
			why = fail(reasons.ChainConstraints, reasons.CauseNotDelegated)
		case errors.Is(err, ocsp.ErrResponder):
		case errors.Is(err, alg.ErrUnsupported):
			why = failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: c.algorithmName(answer.SignatureAlgorithm)}}
		case errors.Is(err, alg.ErrSignature):
			why = failure{code: reasons.SigCryptoFailure}
		default:
			why = failure{code: reasons.FormatFailure}
		}
	}
	return nil, why
}
