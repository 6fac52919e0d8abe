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

// checkXML judges every signature of an XML document: XMLDSig, SMEV 3, WS-Security and XAdES. The external content, where a
// signature has some, is in.Document.
func checkXML(ctx context.Context, in Input, o Options) (*Report, error) {
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
	c := newChecker(ctx, o)
	return report, judgeAll(report, c, xmlForms(c, document.Signatures))
}

func xmlForms(c *checker, list []*xades.Signature) (out []form) {
	for i, s := range list {
		f := (&xmlSignature{checker: c, s: s, pool: xmlPool(s)}).form()
		if f.id = s.ID; f.id == "" {
			f.id = strconv.Itoa(i + 1)
		}
		out = append(out, f)
	}
	return out
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

// xmlSignature is one signature of an XML document.
type xmlSignature struct {
	*checker
	s    *xades.Signature
	pool *Pool
}

func (x *xmlSignature) form() form {
	out := form{level: string(x.s.Level())}
	if x.s.Err != nil {
		out.broken = failure{code: reasons.FormatFailure}
		return out
	}
	out.claimed, out.algorithm, out.pool, out.stamps = x.s.SigningTime, x.s.Method.Algorithm, x.pool, x.stamps()
	out.signer, out.check, out.policy, out.over = x.signer, x.cryptographic, x.policy, x.counters
	out.bound, out.partial = len(x.s.SigningCertificates) > 0, x.isPart()
	out.remark = func(s *Signature) {
		if out.partial {
			s.Warn(x.o.Language, reasons.WarnPartCovered, reasons.Details{})
		}
	}
	return out
}

// counters are the signatures over the value of this one (EN 319 132-1, 5.2.7).
func (x *xmlSignature) counters() []form {
	out := xmlForms(x.checker, x.s.CounterSignatures)
	for i, s := range x.s.CounterSignatures {
		out[i].counter, out[i].partial, out[i].remark = true, false, func(*Signature) {}
		if s.Countersigns(x.s) != nil && out[i].broken.code == "" {
			out[i].known = fail(reasons.SigConstraints, reasons.CauseCounterOther)
		}
	}
	return out
}

// signer identifies the signing certificate (EN 319 102-1, 5.2.3): the one that the signed properties bind; without them
// the one whose key made the value.
func (x *xmlSignature) signer() (*x509.Certificate, failure) {
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
func (x *xmlSignature) cryptographic(cert *x509.Certificate, t stamps) (out cryptoResult) {
	unknown := weak(x.algorithmName(x.s.Method.Algorithm), t)
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
			out.open, out.noDocument = unknown, true
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
		out.open = unknown
	case err != nil:
		out.failed = failure{code: reasons.SigCryptoFailure}
	}
	return out
}

// isPart reports a signature over a part of the document.
func (x *xmlSignature) isPart() bool {
	whole := false
	for _, r := range x.s.DataReferences() {
		c, err := r.Coverage()
		whole = whole || err == nil && c.Whole && len(c.Omitted) <= 1 || r.External()
	}
	return !whole || len(x.s.Uncovered()) > 0
}

// policy: see policyOf.
func (x *xmlSignature) policy() failure {
	if p := x.s.Policy; p != nil && !p.Implied {
		return failure{code: reasons.PolicyNotAvailable}
	}
	return failure{}
}

// stamps are those of the signature, the last one made first.
func (x *xmlSignature) stamps() []stamp {
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
