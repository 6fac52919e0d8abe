// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/tsp"
	"podpis/verify/evidence"
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
	unchecked  bool      // one is of a form that is not read, or over a document that is not at hand
	all        []Timestamp
}

// stamp is one token on its way to a verdict: of the signature, or of the document around it.
type stamp struct {
	kind  cades.StampKind
	token *tsp.Token   // nil if it does not parse
	check func() error // whether it covers what it has to
	good  bool

	inner   *cades.Stamp // of a message; nil otherwise
	covered int64        // octets of the document, for one of a PDF; 0 otherwise
	order   int          // among the properties, for one of XML
}

// protects tells whether the other one was there when this one was made.
func (s *stamp) protects(o *stamp) bool {
	switch {
	case s.inner != nil:
		return o.inner != nil && s.inner.Protects(o.inner)
	case o.inner != nil:
		return true // of a PDF over the message inside
	case s.covered != 0:
		return s.covered > o.covered
	}
	// In XML archives cover what stands before them, references the stamps over the value (EN 319 132-1, 5.5 and A.1.5).
	return o.order < s.order && (s.kind == cades.ArchiveStamp || s.kind == cades.ReferenceStamp && o.kind == cades.SignatureStamp)
}

// judgeStamps judges every stamp as a signature of its own (EN 319 102-1, 5.4), the last one made first: what a good stamp
// protects was there at its time, so the earlier ones are judged for that time and not for now (5.6.2.4).
func (c *checker) judgeStamps(list []stamp, pool *Pool, s *Signature) stamps {
	var out stamps
	for i, st := range list {
		m := moment{now: c.o.At, at: c.o.At}
		for _, later := range list[:i] {
			if later.good && later.token.Time.Before(m.at) && later.protects(&st) {
				m.at, m.proved = later.token.Time, true
			}
		}
		judged, f := c.timestamp(st, pool, m)
		out.all = append(out.all, judged)
		if f.code != "" {
			out.bad = out.bad || f.code.Indication() == reasons.TotalFailed
			out.unchecked = out.unchecked || st.token != nil && cannotCheck(st)
			s.Warn(c.o.Language, reasons.WarnTimestampIgnored, f.details)
			continue
		}
		list[i].good = true
		out.prove(st)
	}
	slices.Reverse(out.all)
	return out
}

// prove takes what a good stamp proves. References alone say nothing of the signature.
func (s *stamps) prove(st stamp) {
	t := st.token.Time
	switch st.kind {
	case cades.ContentStamp:
		if t.After(s.notEarlier) {
			s.notEarlier = t
		}
	case cades.SignatureStamp, cades.ReferenceStamp, cades.ArchiveStamp:
		if s.best.IsZero() || t.Before(s.best) {
			s.best = t
		}
	}
}

// sortStamps puts the last one made first.
func sortStamps(list []stamp) []stamp {
	slices.SortStableFunc(list, func(a, b stamp) int {
		if a.kind != b.kind || a.token == nil || b.token == nil {
			return int(b.kind) - int(a.kind)
		}
		return b.token.Time.Compare(a.token.Time)
	})
	return list[:min(len(list), maxTimestamps)]
}

// kindName is the type of a stamp in reports.
func kindName(k cades.StampKind) string {
	switch k {
	case cades.ContentStamp:
		return "content"
	case cades.SignatureStamp:
		return "signature"
	case cades.ArchiveStamp:
		return "archive"
	}
	return "references"
}

// cannotCheck tells a stamp that was not checked from one that is wrong.
func cannotCheck(st stamp) bool {
	err := st.check()
	return errors.Is(err, cades.ErrNoContent) || errors.Is(err, cades.ErrStampForm) || errors.Is(err, alg.ErrUnsupported)
}

func (c *checker) timestamp(st stamp, pool *Pool, m moment) (Timestamp, failure) {
	out := Timestamp{Type: kindName(st.kind), Indication: passed}
	f := fail(reasons.FormatFailure, reasons.CauseTimestampFormat)
	if token := st.token; token != nil {
		out.Time, out.Policy, out.Serial = token.Time, string(token.Policy), token.Serial.Hex()
		out.Hash, out.Fingerprint = token.Hash.Name(), hex.EncodeToString(alg.SHA256.Sum(token.Raw))
		f = coverage(st)
		if f.code == "" {
			f = c.judgeToken(token, pool, m, &out)
		}
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

// coverage says whether a stamp covers what it has to.
func coverage(st stamp) failure {
	switch err := st.check(); {
	case err == nil:
		return failure{}
	case errors.Is(err, cades.ErrNoContent):
		return failure{code: reasons.SignedDataNotFound}
	case errors.Is(err, cades.ErrStampForm):
		return fail(reasons.SigConstraints, reasons.CauseTimestampFormat)
	case errors.Is(err, alg.ErrUnsupported):
		return failure{code: reasons.CryptoNoPOE}
	}
	return fail(reasons.HashFailure, reasons.CauseTimestampImprint)
}

func (c *checker) judgeToken(token *tsp.Token, pool *Pool, m moment, out *Timestamp) failure {
	own := evidence.FromMessage(token.Message).With(token.Signature)
	cert, err := token.Verify(c.certificatesAtHand(pool))
	if cert != nil {
		out.Signer = subjectOf(cert)
	}
	switch {
	case token.Signature.Digest == alg.NoHash, !token.Signature.SignatureAlgorithm.Known():
		return fail(reasons.CryptoNoPOE, reasons.CauseUnknownKey) // what is not computed is not wrong
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
	case token.Time.After(c.o.At.Add(c.rules.Skew())):
		return fail(reasons.TimestampOrder, reasons.CauseTimestampFormat)
	}
	if f := c.ended(token.Signature.SignatureAlgorithm, m); f.code != "" {
		f.details.Cause = reasons.CauseOldAlgorithm
		return f
	}
	found := c.certificate(question{cert: cert, from: append(sources{own, pool}, c.o.Evidence...), carried: 2, m: m})
	if found.code != "" && found.details.Cause == "" {
		found.details.Cause = reasons.CauseTimestampSigner
	}
	return found.failure
}
