// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"slices"
	"time"

	"podpis/pki/ocsp"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// maxAge is for how long an OCSP answer without nextUpdate is fresh (RFC 6960,
// 4.2.2.1).
const maxAge = 24 * time.Hour

// state is what revocation data says of a certificate, best known first.
type state int

const (
	stateNone       state = iota // no data
	stateBad                     // data that does not verify
	stateStale                   // data that is out of date
	stateOldSigner               // an answer signed by a certificate that is not valid, or with what has ended
	stateUnknown                 // the authority does not know the certificate
	stateGood                    //
	stateHold                    // suspended
	stateRevokedNow              //
)

// finding is the state of one certificate with its details.
type finding struct {
	state  state
	at     time.Time // of revocation
	until  time.Time // when newer data is due
	made   time.Time // thisUpdate of what says good
	failed bool      // a source could not be reached
}

// better keeps the finding that decides: the earliest revocation, then good, and
// so on down.
func (f finding) better(o finding) finding {
	failed := f.failed || o.failed
	earlier := o.state == f.state && o.at.Before(f.at)
	newer := o.state == stateGood && f.state == stateGood && o.made.After(f.made)
	if o.state > f.state || earlier || newer {
		f = o
	}
	f.failed = failed
	return f
}

// moment is when a certificate is judged for: now, or the time a stamp proves.
type moment struct {
	now    time.Time
	at     time.Time // equal to now unless proved
	proved bool
}

// revocation asks the sources in turn until one knows. What a message carries
// does not keep others from being asked unless it was made after the time that is
// proved: its signer could enclose a list from the day before the revocation and
// have the signature stamped on the day after it.
func (c *checker) revocation(cert, issuer *x509.Certificate, q question) (finding, []Status) {
	var best finding
	var statuses []Status
	for i, e := range q.from {
		data, err := e.Revocation(c.ctx, cert, issuer)
		best.failed = best.failed || err != nil
		for _, d := range data {
			if !c.spend() {
				return finding{state: stateBad}, statuses
			}
			f, status := c.judge(d, cert, issuer, q)
			best = best.better(f)
			if status != nil {
				statuses = append(statuses, *status)
			}
		}
		conclusive := i >= q.carried || q.m.proved && !best.made.Before(q.m.at)
		if best.state > stateGood || best.state == stateGood && conclusive {
			break
		}
	}
	return best, statuses
}

func (c *checker) judge(d RevocationData, cert, issuer *x509.Certificate, q question) (finding, *Status) {
	if d.CRL != nil {
		return judgeCRL(d, cert, issuer, q.m)
	}
	return c.judgeOCSP(d, cert, issuer, q)
}

// judgeCRL: RFC 5280, 6.3.3, for complete lists of the issuer itself.
func judgeCRL(d RevocationData, cert, issuer *x509.Certificate, m moment) (finding, *Status) {
	crl := d.CRL
	if !usableCRL(crl, cert, issuer) || crl.ThisUpdate.After(m.now.Add(Skew)) {
		return finding{state: stateBad}, nil
	}
	status := &Status{Certificate: cert.Serial.Hex(), Type: "crl", Source: d.Source, ThisUpdate: crl.ThisUpdate, Status: "good"}
	if !crl.NextUpdate.IsZero() {
		status.NextUpdate = &crl.NextUpdate
	}
	entry, listed := crl.Find(cert.Serial)
	if listed && entry.Reason != x509.ReasonRemoveFromCRL {
		status.Status, status.Time, status.Reason = "revoked", &entry.At, entry.Reason.String()
		f := finding{state: stateRevokedNow, at: entry.At}
		if entry.Reason == x509.ReasonCertificateHold {
			f.state, f.until = stateHold, due(crl.NextUpdate, m.now)
		}
		return f, status
	}
	partial := crl.IsDelta || crl.Point != nil && crl.Point.OnlySomeReasons != 0
	if partial || ended(crl.SignatureAlgorithm, m).code != "" || !covers(crl.ThisUpdate, crl.NextUpdate, 0, m) || crl.ThisUpdate.After(cert.NotAfter) {
		// A list may forget certificates that have expired (RFC 5280, 3.3): it
		// proves nothing about them any more.
		status.Status = "unknown"
		return finding{state: stateStale, until: due(crl.NextUpdate, m.now)}, status
	}
	return finding{state: stateGood, made: crl.ThisUpdate}, status
}

// usableCRL: the list is the issuer's, complete in meaning and verified.
func usableCRL(crl *x509.CRL, cert, issuer *x509.Certificate) bool {
	if len(crl.UnknownCritical) > 0 || issuer.HasKeyUsage && issuer.KeyUsage&x509.CRLSign == 0 {
		return false
	}
	if p := crl.Point; p != nil {
		switch {
		case p.Indirect, p.OnlyAttributeCerts, p.OnlyUserCerts && cert.IsCA, p.OnlyCACerts && !cert.IsCA,
			len(p.Relative) > 0:
			return false
		case len(p.Names) > 0 && !namesPoint(cert, p.Names):
			return false // a part of the list that this certificate is not in
		}
	}
	return crl.CheckSignatureFrom(issuer) == nil
}

// namesPoint: one name of the list is a distribution point of the certificate
// (RFC 5280, 6.3.3 (b)(2)(i)).
func namesPoint(cert *x509.Certificate, names []x509.GeneralName) bool {
	for _, point := range cert.CRLDistributionPoints {
		for _, a := range point.Names {
			if slices.ContainsFunc(names, func(b x509.GeneralName) bool { return a.Kind == b.Kind && a.Value == b.Value && a.Value != "" }) {
				return true
			}
		}
	}
	return false
}

// covers: the data was current at the moment or was made after it.
func covers(this, next time.Time, age time.Duration, m moment) bool {
	if next.IsZero() {
		next = this.Add(age)
	}
	return !m.at.After(next)
}

func due(next, now time.Time) time.Time {
	if next.After(now) {
		return next
	}
	return time.Time{}
}

func (c *checker) judgeOCSP(d RevocationData, cert, issuer *x509.Certificate, q question) (finding, *Status) {
	m := q.m
	answer, ok := d.OCSP.Find(issuer, cert.Serial)
	if !ok || len(d.OCSP.UnknownCritical) > 0 || answer.ThisUpdate.After(m.now.Add(Skew)) {
		return finding{state: stateBad}, nil
	}
	var others []*x509.Certificate
	for _, e := range q.from {
		if p, isPool := e.(*Pool); isPool {
			others = append(others, p.Certificates...)
		}
	}
	responder, err := d.OCSP.Verify(issuer, nil, others)
	if err != nil || c.responderRevoked(responder, issuer, q) {
		return finding{state: stateBad}, nil
	}
	status := &Status{Certificate: cert.Serial.Hex(), Type: "ocsp", Source: d.Source, ThisUpdate: answer.ThisUpdate, Status: "unknown"}
	if !answer.NextUpdate.IsZero() {
		status.NextUpdate = &answer.NextUpdate
	}
	if answer.Status == ocsp.Revoked {
		status.Status, status.Time, status.Reason = "revoked", &answer.RevokedAt, answer.Reason.String()
		if answer.Reason == x509.ReasonCertificateHold {
			return finding{state: stateHold, until: due(answer.NextUpdate, m.now)}, status
		}
		return finding{state: stateRevokedNow, at: answer.RevokedAt}, status
	}
	switch {
	case answer.Status != ocsp.Good:
		return finding{state: stateUnknown}, status
	case !responder.ValidAt(m.now) && !m.proved, ended(d.OCSP.SignatureAlgorithm, m).code != "",
		!responder.Equal(issuer) && ended(responder.SignatureAlgorithm, m).code != "":
		return finding{state: stateOldSigner}, status
	case !covers(answer.ThisUpdate, answer.NextUpdate, maxAge, m),
		answer.ThisUpdate.After(cert.NotAfter) && (answer.ArchiveCutoff.IsZero() || answer.ArchiveCutoff.After(m.at)):
		return finding{state: stateStale, until: due(answer.NextUpdate, m.now)}, status
	}
	status.Status = "good"
	return finding{state: stateGood, made: answer.ThisUpdate}, status
}

// responderRevoked looks a delegated responder up in the lists at hand, unless
// its certificate says that this is not to be done (RFC 6960, 4.2.2.2.1). A
// message that exhausts the allowed work has no answer believed.
func (c *checker) responderRevoked(responder, issuer *x509.Certificate, q question) bool {
	if responder.Equal(issuer) || responder.OCSPNoCheck {
		return false
	}
	for _, e := range q.from {
		p, isPool := e.(*Pool)
		if !isPool {
			continue
		}
		for _, d := range p.Data {
			if d.CRL == nil || !d.CRL.Issuer.Equal(responder.Issuer) {
				continue
			}
			if !c.spend() {
				return true
			}
			if f, _ := judgeCRL(d, responder, issuer, q.m); f.state >= stateHold {
				return true
			}
		}
	}
	return false
}

// failure says why a certificate without known state cannot be judged.
func (f finding) failure() failure {
	switch f.state {
	case stateGood:
		return failure{}
	case stateHold:
		return failure{reasons.TryLater, reasons.Details{Until: f.until, Cause: reasons.CauseOnHold}}
	case stateStale:
		return failure{reasons.TryLater, reasons.Details{Until: f.until}}
	case stateOldSigner:
		return failure{code: reasons.RevocationBounds}
	case stateBad:
		return fail(reasons.ChainGeneral, reasons.CauseRevocationBad)
	}
	if f.failed {
		return fail(reasons.TryLater, reasons.CauseFetch)
	}
	return fail(reasons.ChainGeneral, reasons.CauseNoRevocationData)
}
