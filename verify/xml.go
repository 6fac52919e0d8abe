// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// CheckXML judges every signature of an XML document: XMLDSig, SMEV 3, WS-Security and XAdES. The external content, where a
// signature has some, is in.Document.
func CheckXML(ctx context.Context, in Input, o Options) (*Report, error) {
	report := newReport(in.Name, format.Document, o)
	document, err := xades.Parse(in.Signature)
	if err != nil || len(document.Signatures) == 0 {
		d := reasons.Details{}
		if err != nil {
			d.Cause = reasons.CauseXMLUnreadable
		}
		r := reasons.Of(o.Language, reasons.NoSignatureFound, d)
		report.Reason = &r
		return report, nil //nolint:nilerr // a file that is no document is an answer, not a failure
	}
	if in.Document != nil {
		content, err := io.ReadAll(io.LimitReader(in.Document, maxExternal+1))
		if err != nil {
			return nil, err
		}
		document.Open = func(*xmldsig.Reference) (io.Reader, error) {
			if len(content) > maxExternal {
				return nil, xmldsig.ErrWork
			}
			return bytes.NewReader(content), nil
		}
	}
	report.Kind, report.Verdict = format.Signature, reasons.TotalPassed
	for i, s := range document.Signatures {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := &xmlChecker{checker: &checker{ctx: ctx, o: o, pool: xmlPool(s)}, s: s}
		judged := x.judge()
		judged.ID = s.ID
		if judged.ID == "" {
			judged.ID = strconv.Itoa(i + 1)
		}
		report.Signatures = append(report.Signatures, judged)
		report.Verdict = Worse(report.Verdict, judged.Verdict)
	}
	return report, nil
}

// maxExternal bounds content beside a signature in XML; it is read once for every reference.
const maxExternal = 64 << 20

// xmlPool is what a signature carries.
func xmlPool(s *xades.Signature) *Pool {
	p := &Pool{Certificates: append(s.Certificates[:len(s.Certificates):len(s.Certificates)], s.Evidence.Certificates...)}
	for _, raw := range s.Evidence.CRLs {
		_ = p.AddCRL(raw, "signature") // what does not parse is as if it were not there
	}
	for _, raw := range s.Evidence.OCSP {
		_ = p.AddOCSP(raw, "signature")
	}
	return p
}

// xmlChecker judges one signature.
type xmlChecker struct {
	*checker
	s *xades.Signature
}

// judge goes in the order of EN 319 102-1, as checker.signature does for messages.
func (x *xmlChecker) judge() Signature {
	l := x.o.Language
	out := Signature{Level: string(x.s.Level())}
	out.empty(l)
	if x.s.Err != nil {
		out.conclude(l, reasons.FormatFailure, reasons.Details{})
		return out
	}
	if claimed := x.s.SigningTime; !claimed.IsZero() {
		out.ClaimedTime = &claimed
		if claimed.After(x.o.At.Add(Skew)) {
			out.warn(l, reasons.WarnClaimedTimeFuture, reasons.Details{})
		}
	}
	cert, identified := x.signer()
	if cert != nil {
		out.Signer = subjectOf(cert)
	}
	stamps := x.judgeStamps(x.stamps(), x.pool, &out)
	out.Timestamps = append(out.Timestamps, stamps.all...)
	if stamps.unchecked {
		out.warn(l, reasons.WarnLevelNotChecked, reasons.Details{})
	}
	x.timeFact(&out, stamps)
	crypto := x.cryptographic(cert, stamps)
	x.documentFact(&out, crypto)
	x.coverage(&out)
	var found conclusion
	if cert != nil {
		found = x.judgeSigner(&out, cert, x.pool, stamps)
	}
	f := first(crypto.failed, identified, crypto.open, ended(x.s.Method.Algorithm, x.moment(stamps)), found.failure, x.policy(), x.stampOrder(stamps))
	if f.code == "" && x.o.policy().RequireTimestamp && stamps.best.IsZero() {
		f = failure{code: reasons.NoPOE}
	}
	out.conclude(l, f.code, f.details)
	x.law(&out, found)
	return out
}

// signer identifies the signing certificate (EN 319 102-1, 5.2.3): the one that the signed properties bind; without them
// the one whose key made the value.
func (x *xmlChecker) signer() (*x509.Certificate, failure) {
	var named *x509.Certificate
	mismatch := failure{code: reasons.NoSigningCert}
	for i, cert := range x.certificatesAtHand(x.pool) {
		if i == maxNamed*maxNamed {
			break
		}
		switch err := x.s.CheckSigningCertificate(cert); {
		case err == nil:
			return cert, failure{}
		case errors.Is(err, xades.ErrNoSigningCertificate):
			if named == nil && cert.PublicKey != nil && x.spend() && x.s.CheckValue(cert.PublicKey) == nil {
				named = cert
			}
		case errors.Is(err, alg.ErrUnsupported):
			mismatch = failure{code: reasons.CryptoNoPOE}
		default:
			mismatch = fail(reasons.SigConstraints, reasons.CauseCertificateMismatch)
		}
	}
	if named != nil {
		return named, failure{}
	}
	if len(x.s.Certificates) > 0 && len(x.s.SigningCertificates) == 0 {
		return x.s.Certificates[0], failure{} // no key fits: the value will be found wrong
	}
	return nil, mismatch
}

// cryptographic checks every digest and the value (EN 319 102-1, 5.2.7).
func (x *xmlChecker) cryptographic(cert *x509.Certificate, t stamps) (out cryptoResult) {
	weak := failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: algorithmName(x.s.Method.Algorithm)}}
	if !t.best.IsZero() {
		weak.code = reasons.CryptoConstraints
	}
	if x.s.PropertiesErr != nil {
		out.failed = fail(reasons.FormatFailure, reasons.CauseXMLProperties)
		return out
	}
	if len(x.s.DataReferences()) == 0 {
		out.failed = fail(reasons.FormatFailure, reasons.CauseXMLCoverage)
		return out
	}
	for _, r := range x.s.References {
		switch err := r.Check(); {
		case err == nil:
		case errors.Is(err, xmldsig.ErrDigest):
			out.failed = failure{code: reasons.HashFailure}
			return out
		case errors.Is(err, xmldsig.ErrExternal), errors.Is(err, xmldsig.ErrNotFound):
			out.open, out.noDocument = failure{code: reasons.SignedDataNotFound}, true
		case errors.Is(err, alg.ErrUnsupported):
			out.open, out.noDocument = weak, true
		default: // an Id that two elements have, a reference that leads elsewhere
			out.failed = fail(reasons.FormatFailure, reasons.CauseXMLCoverage)
			return out
		}
	}
	if cert == nil {
		return out
	}
	switch err := x.s.CheckValue(cert.PublicKey); {
	case errors.Is(err, alg.ErrUnsupported):
		out.open = weak
	case err != nil:
		out.failed = failure{code: reasons.SigCryptoFailure}
	}
	return out
}

// coverage warns when only a part of the document is signed.
func (x *xmlChecker) coverage(out *Signature) {
	whole := false
	for _, r := range x.s.DataReferences() {
		c, err := r.Coverage()
		whole = whole || err == nil && c.Whole && len(c.Omitted) <= 1 || r.External()
	}
	if !whole || len(x.s.Uncovered()) > 0 {
		out.warn(x.o.Language, reasons.WarnPartCovered, reasons.Details{})
	}
}

// policy: see checker.policy.
func (x *xmlChecker) policy() failure {
	if p := x.s.Policy; p != nil && !p.Implied {
		return failure{code: reasons.PolicyNotAvailable}
	}
	return failure{}
}

// stamps are those of the signature, the last one made first.
func (x *xmlChecker) stamps() []stamp {
	var out []stamp
	for _, t := range x.s.Timestamps {
		token, err := tsp.ParseToken(t.Token)
		if err != nil || t.Err != nil {
			token = nil
		}
		st := stamp{kind: xmlStampKind(t.Kind), token: token, order: len(out)}
		st.check = func() error {
			err := t.Check(token)
			if errors.Is(err, xades.ErrStamp) {
				return cades.ErrStampForm
			}
			return err
		}
		out = append(out, st)
	}
	return sortStamps(out)
}

func xmlStampKind(k xades.StampKind) cades.StampKind {
	switch k {
	case xades.ContentStamp:
		return cades.ContentStamp
	case xades.SignatureStamp:
		return cades.SignatureStamp
	case xades.RefsStamp:
		return cades.ReferenceStamp
	case xades.ArchiveStamp:
		return cades.ArchiveStamp
	}
	return cades.RefsOnlyStamp
}
