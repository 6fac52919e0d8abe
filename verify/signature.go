// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"errors"
	"strconv"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/path"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// checker judges the signatures of one message.
type checker struct {
	ctx     context.Context // of one call of Check
	o       Options
	sd      *cms.SignedData
	pool    *Pool               // what the message carries
	digests map[alg.Hash][]byte // of the document; nil: not at hand
	head    []byte              // of the document, as far as it is needed
	outer   []stamp             // of the document around the message
	known   failure             // what is wrong around the message
	anchors []path.Anchor       // of the options, made when first wanted
	// unreachable: a source of certificates did not answer.
	unreachable bool
	work        int // signature values verified beside those of the signers
}

// maxWork bounds what one message can cost, whatever it carries: some seconds.
const maxWork = 2000

// maxNamed bounds the certificates that fit the name of one signer and are hashed.
const maxNamed = 8

// spend allows one more verification of a signature value.
func (c *checker) spend() bool {
	c.work++
	return c.work <= maxWork
}

// signature judges one signature by itself.
func (c *checker) signature(i int) Signature {
	si := c.sd.Signers[i]
	l := c.o.Language
	s := Signature{ID: strconv.Itoa(i + 1), Level: string(cades.LevelOf(c.sd, si))}
	s.empty(l)
	pool := c.pool.with(si)
	if claimed := si.SigningTime(); !claimed.IsZero() {
		s.ClaimedTime = &claimed
		if claimed.After(c.o.At.Add(Skew)) {
			s.warn(l, reasons.WarnClaimedTimeFuture, reasons.Details{})
		}
	}
	cert, identified := c.signer(si, pool)
	if cert != nil {
		s.Signer = subjectOf(cert)
	}
	stamps := c.judgeStamps(c.stampsOf(si), pool, &s)
	s.Timestamps = append(s.Timestamps, stamps.all...)
	c.warnLevel(&s, si, stamps)
	c.timeFact(&s, stamps)

	crypto := c.cryptographic(si, cert, stamps)
	c.documentFact(&s, crypto)
	if c.known.code != "" {
		s.Facts.Document = Fact{No, reasons.Of(l, c.known.code, c.known.details).Text}
	}
	var found conclusion
	if cert != nil {
		found = c.judgeSigner(&s, cert, pool, stamps)
	}
	f := first(c.known, crypto.failed, identified, crypto.open, ended(si.SignatureAlgorithm, c.moment(stamps)), found.failure, c.policy(si), c.stampOrder(stamps))
	if f.code == "" && c.o.policy().RequireTimestamp && stamps.best.IsZero() {
		f = failure{code: reasons.NoPOE}
	}
	s.conclude(l, f.code, f.details)
	c.law(&s, found)
	return s
}

// first returns the failure that counts: those that prove the signature wrong
// come before those that leave it open.
func first(list ...failure) failure {
	for _, f := range list {
		if f.code != "" && f.code.Indication() == reasons.TotalFailed {
			return f
		}
	}
	for _, f := range list {
		if f.code != "" {
			return f
		}
	}
	return failure{}
}

func (c *checker) warnLevel(s *Signature, si *cms.SignerInfo, stamps stamps) {
	if stamps.unchecked {
		s.warn(c.o.Language, reasons.WarnLevelNotChecked, reasons.Details{})
	}
	if cades.Level(s.Level) == cades.LevelCMS {
		if si.SignedOctets == nil {
			s.warn(c.o.Language, reasons.WarnNoSignedAttributes, reasons.Details{})
		} else {
			s.warn(c.o.Language, reasons.WarnNoSigningCert, reasons.Details{})
		}
	}
}

// signer identifies the signing certificate (EN 319 102-1, 5.2.3): the one that
// the signed attributes bind, or, in plain CMS, the one the signer is named by.
func (c *checker) signer(si *cms.SignerInfo, pool *Pool) (*x509.Certificate, failure) {
	ids, err := cades.SigningCertificates(si.SignedAttributes)
	bound := err == nil
	var named *x509.Certificate
	fits := 0
	for _, cert := range c.certificatesAtHand(pool) {
		if fits == maxNamed || !si.Names(cert) {
			continue
		}
		fits++
		switch {
		case bound && ids[0].Matches(cert):
			return cert, failure{}
		case named == nil, signsDocuments(named).code != "" && signsDocuments(cert).code == "":
			// Certificates with one key share the key identifier of the signer:
			// the one that may sign is meant.
			named = cert
		}
	}
	switch {
	case named == nil:
		return nil, failure{code: reasons.NoSigningCert}
	case bound && ids[0].Hash == alg.NoHash:
		return named, failure{code: reasons.CryptoNoPOE}
	case bound:
		return named, fail(reasons.SigConstraints, reasons.CauseCertificateMismatch)
	case errors.Is(err, cades.ErrNoSigningCertificate) && !cms.Has(si.SignedAttributes, cades.OIDSigningCertificateV2):
		return named, failure{} // plain CMS
	}
	return named, failure{reasons.SigConstraints, reasons.Details{Attribute: "signingCertificateV2"}}
}

// cryptoResult separates what proves the signature wrong from what leaves it
// open.
type cryptoResult struct {
	failed, open failure
	noDocument   bool
}

// cryptographic verifies digest and signature value (EN 319 102-1, 5.2.7).
func (c *checker) cryptographic(si *cms.SignerInfo, cert *x509.Certificate, t stamps) (out cryptoResult) {
	weak := failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: algorithmName(si.SignatureAlgorithm)}}
	if si.Digest == alg.SHA1 {
		weak.details.Algorithm = "SHA-1"
	}
	if !t.best.IsZero() {
		weak.code = reasons.CryptoConstraints
	}
	if si.Digest == alg.NoHash || !si.SignatureAlgorithm.Known() {
		out.open, out.noDocument = weak, c.digests == nil
		return out
	}
	digest, have := c.digests[si.Digest]
	if si.SignedOctets == nil && isAttributes(c.head) {
		out.open = fail(reasons.SigConstraints, reasons.CauseSwapped)
		return out
	}
	if have {
		switch err := si.CheckDigest(c.sd.ContentType, digest); {
		case errors.Is(err, cms.ErrContentDigest):
			out.failed = failure{code: reasons.HashFailure}
			return out
		case err != nil:
			out.open = failure{reasons.SigConstraints, reasons.Details{Attribute: "messageDigest / contentType"}}
		}
	} else {
		out.noDocument = true
		out.open = failure{code: reasons.SignedDataNotFound}
	}
	if cert == nil || !have && si.SignedOctets == nil {
		return out
	}
	switch err := si.CheckSignature(cert.PublicKey, digest); {
	case errors.Is(err, alg.ErrUnsupported):
		out.open = weak
	case errors.Is(err, alg.ErrSignature) && si.SignedOctets == nil:
		// Without signed attributes a changed document and a wrong value look
		// the same; the document is the likelier cause.
		out.failed = failure{code: reasons.HashFailure}
	case err != nil:
		out.failed = failure{code: reasons.SigCryptoFailure}
	}
	return out
}

func (c *checker) documentFact(s *Signature, r cryptoResult) {
	l := c.o.Language
	switch {
	case r.failed.code == reasons.HashFailure:
		s.Facts.Document = Fact{No, reasons.Text(l, reasons.HashFailure)}
	case r.noDocument:
		s.Facts.Document.Why = reasons.Text(l, reasons.SignedDataNotFound)
	case r.failed.code == "" && r.open.code == "" && s.Signer != nil:
		s.Facts.Document = Fact{Yes, reasons.Text(l, reasons.FactDocumentYes)}
	}
}

func (c *checker) timeFact(s *Signature, t stamps) {
	l := c.o.Language
	switch {
	case !t.best.IsZero():
		best := t.best
		s.BestTime = &best
		s.Facts.Time = Fact{Yes, reasons.Text(l, reasons.FactTimeYes)}
	case t.bad:
		s.Facts.Time = Fact{No, reasons.Text(l, reasons.FactTimeBad)}
	case s.ClaimedTime != nil:
		s.Facts.Time.Why = reasons.Text(l, reasons.FactTimeClaimed)
	}
}

// moment is the time a stamp proves, or now.
func (c *checker) moment(t stamps) moment {
	m := moment{now: c.o.At, at: c.o.At}
	if !t.best.IsZero() && t.best.Before(m.now) {
		m.at, m.proved = t.best, true
	}
	return m
}

// judgeSigner judges the certificate, at the time a stamp proves or now.
func (c *checker) judgeSigner(s *Signature, cert *x509.Certificate, pool *Pool, t stamps) conclusion {
	found := c.certificate(question{
		cert: cert, from: append(sources{pool}, c.o.Evidence...), carried: 1, m: c.moment(t), notEarlier: t.notEarlier, purpose: signsDocuments,
	})
	l := c.o.Language
	s.Chain = links(found.path, found.anchored)
	s.Authority = c.o.authorityOf(found.path, found.anchored)
	s.Revocation = append(s.Revocation, found.statuses...)
	why := func(yes, unknown reasons.Code, a Answer) Fact {
		switch {
		case a == Yes:
			return Fact{Yes, reasons.Text(l, yes)}
		case found.code != "":
			return Fact{a, reasons.Of(l, found.code, found.details).Text}
		}
		return Fact{a, reasons.Text(l, unknown)}
	}
	s.Facts.Issuer = why(reasons.FactIssuerYes, reasons.FactIssuerUnknown, found.issuer)
	if found.valid == Unknown && found.issuer != Yes {
		return found // the issuer's line tells why; the certificate itself was not looked at
	}
	s.Facts.Certificate = why(reasons.FactCertificateYes, reasons.FactCertificateUnknown, found.valid)
	return found
}

// policy: a signature that refers to rules of its own cannot be judged without
// them (EN 319 102-1, 5.2.4); the implied policy refers to none.
func (c *checker) policy(si *cms.SignerInfo) failure {
	if !cms.Has(si.SignedAttributes, cades.OIDSignaturePolicy) {
		return failure{}
	}
	value, ok := cms.Find(si.SignedAttributes, cades.OIDSignaturePolicy)
	if !ok {
		return failure{code: reasons.PolicyProcessing}
	}
	switch der.NewReader(value).Peek() {
	case der.TagNull:
		return failure{}
	case der.TagSequence:
		return failure{code: reasons.PolicyNotAvailable}
	}
	return failure{code: reasons.PolicyProcessing}
}

// stampOrder: the content was stamped before it was signed.
func (c *checker) stampOrder(t stamps) failure {
	if !t.best.IsZero() && t.notEarlier.After(t.best) {
		return failure{code: reasons.TimestampOrder}
	}
	return failure{}
}

// law answers the four conditions of article 11 of 63-FZ.
func (c *checker) law(s *Signature, found conclusion) {
	answers := [4]Answer{Unknown, found.valid, s.Facts.Document.Answer, Unknown}
	if found.valid == "" {
		answers[1] = Unknown
	}
	if found.anchored {
		answers[0] = c.o.accredited(s.Authority, found.path[0])
	}
	switch {
	case found.code == reasons.ChainConstraints:
		// The purpose, not the term, is what is wrong.
		answers[1], answers[3] = Unknown, No
	case found.anchored:
		answers[3] = keyPeriod(found.path[0], s.BestTime)
	}
	if s.Indication == reasons.TotalFailed && answers[2] == Yes {
		answers[2] = Unknown
	}
	for i := range s.Law63.Conditions {
		s.Law63.Conditions[i].Answer = answers[i]
	}
	s.Law63.decide()
}

// keyPeriod: the period of the private key is a restriction of the certificate;
// only a proved time can break it.
func keyPeriod(c *x509.Certificate, proved *time.Time) Answer {
	if proved == nil {
		return Yes
	}
	if !c.PrivateKeyNotAfter.IsZero() && proved.After(c.PrivateKeyNotAfter) {
		return No
	}
	return Yes
}
