// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"errors"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// Indications of a part of a signature (EN 319 102-1, 5.1.2).
const (
	passed        reasons.Code = "PASSED"
	failed        reasons.Code = "FAILED"
	indeterminate reasons.Code = "INDETERMINATE"
)

// maxTimestamps bounds the stamps of one signature that are judged.
const maxTimestamps = 16

// stamps are the judged time stamps of one signature.
type stamps struct {
	best       time.Time // earliest good stamp over the signature: not later than
	notEarlier time.Time // latest good stamp over the content
	bad        bool      // one does not fit or does not verify
	all        []Timestamp
}

// timestamps judges every stamp as a signature of its own (EN 319 102-1, 5.4).
func (c *checker) timestamps(si *cms.SignerInfo, pool *Pool, s *Signature) stamps {
	var out stamps
	add := func(kind string, raw []byte, covers func(*tsp.Token) error) (time.Time, bool) {
		if len(out.all) == maxTimestamps {
			return time.Time{}, false
		}
		stamp, f := c.timestamp(kind, raw, pool, covers)
		out.all = append(out.all, stamp)
		if f.code != "" {
			out.bad = out.bad || f.code.Indication() == reasons.TotalFailed
			s.warn(c.o.Language, reasons.WarnTimestampIgnored, f.details)
		}
		return stamp.Time, f.code == ""
	}
	for _, raw := range cades.SignatureTimestamps(si) {
		t, ok := add("signature", raw, func(t *tsp.Token) error { return t.Covers(si.Signature) })
		if ok && (out.best.IsZero() || t.Before(out.best)) {
			out.best = t
		}
	}
	for _, raw := range cms.All(si.SignedAttributes, cades.OIDContentTimestamp) {
		t, ok := add("content", raw, c.coversContent)
		if ok && t.After(out.notEarlier) {
			out.notEarlier = t
		}
	}
	return out
}

func (c *checker) coversContent(t *tsp.Token) error {
	digest, ok := c.digests[t.Hash]
	if !ok || !bytes.Equal(digest, t.Imprint) {
		return tsp.ErrImprint
	}
	return nil
}

func (c *checker) timestamp(kind string, raw []byte, pool *Pool, covers func(*tsp.Token) error) (Timestamp, failure) {
	out := Timestamp{Type: kind, Indication: passed}
	token, err := tsp.ParseToken(raw)
	f := fail(reasons.FormatFailure, reasons.CauseTimestampFormat)
	if err == nil {
		out.Time, out.Policy, out.Serial = token.Time, string(token.Policy), token.Serial.Hex()
		out.Hash = token.Hash.Name()
		f = c.judgeToken(token, pool, covers, &out)
	}
	if f.code == "" {
		return out, f
	}
	out.Indication, out.SubIndication = indeterminate, f.code
	if f.code.Indication() == reasons.TotalFailed {
		out.Indication = failed
	}
	r := reasons.Of(c.o.Language, f.code, f.details)
	out.Reason = &r
	return out, f
}

func (c *checker) judgeToken(token *tsp.Token, pool *Pool, covers func(*tsp.Token) error, out *Timestamp) failure {
	if covers(token) != nil {
		return fail(reasons.HashFailure, reasons.CauseTimestampImprint)
	}
	own := poolOf(token.Message).with(token.Signature)
	cert, err := token.Verify(c.certificatesAtHand(pool))
	if cert != nil {
		out.Signer = subjectOf(cert)
	}
	switch {
	case errors.Is(err, tsp.ErrNoSigner):
		return fail(reasons.NoSigningCert, reasons.CauseTimestampSigner)
	case errors.Is(err, tsp.ErrPurpose):
		return fail(reasons.ChainConstraints, reasons.CauseExtendedKeyUsage)
	case errors.Is(err, tsp.ErrSigningCert), errors.Is(err, cms.ErrAttributes):
		return fail(reasons.SigConstraints, reasons.CauseCertificateMismatch)
	case errors.Is(err, alg.ErrUnsupported):
		return fail(reasons.CryptoNoPOE, reasons.CauseUnknownKey)
	case errors.Is(err, cms.ErrContentDigest):
		return fail(reasons.HashFailure, reasons.CauseTimestampSignature)
	case err != nil:
		return fail(reasons.SigCryptoFailure, reasons.CauseTimestampSignature)
	case token.Time.After(c.o.At.Add(Skew)):
		return fail(reasons.TimestampOrder, reasons.CauseTimestampFormat)
	}
	now := moment{now: c.o.At, at: c.o.At}
	if f := ended(token.Signature.SignatureAlgorithm, now); f.code != "" {
		f.details.Cause = reasons.CauseOldAlgorithm
		return f
	}
	found := c.certificate(question{cert: cert, from: append(sources{own, pool}, c.o.Evidence...), carried: 2, m: now})
	if found.code != "" && found.details.Cause == "" {
		found.details.Cause = reasons.CauseTimestampSigner
	}
	return found.failure
}

// certificatesAtHand are those that need no asking.
func (c *checker) certificatesAtHand(pool *Pool) []*x509.Certificate {
	out := pool.Certificates[:len(pool.Certificates):len(pool.Certificates)]
	for _, e := range c.o.Evidence {
		if p, ok := e.(*Pool); ok {
			out = append(out, p.Certificates...)
		}
	}
	for _, a := range c.o.Trust {
		out = append(out, a.Certificate)
	}
	return out
}
