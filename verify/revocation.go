// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"time"

	"podpis/pki/ocsp"
	"podpis/pki/path"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

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
	reason x509.Reason
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

// revocations judges the certificates of one path: by lists in package path, which sees
// all of them together, by answers here.
type revocations struct {
	c      *checker
	q      question
	path   path.Path
	lists  *path.Revocation
	source map[*x509.CRL]string // of the lists that were brought
}

func (c *checker) revocationOf(q question, p path.Path) *revocations {
	accept := func(list *x509.CRL) error {
		if f := c.ended(list.SignatureAlgorithm, q.m); f.code != "" {
			return notAccepted{f}
		}
		return nil
	}
	lists := path.NewRevocation(p, q.m.now.Add(c.rules.Skew()), c.pathSources(q.from), c.pathOptions(q.m), accept)
	return &revocations{c: c, q: q, path: p, lists: lists, source: map[*x509.CRL]string{}}
}

// status asks the sources in turn until one knows. What a message carries does not keep
// others from being asked unless it was made after the time that is proved: its signer
// could enclose a list from the day before the revocation and have the signature stamped
// on the day after it.
func (r *revocations) status(i int, issuer *x509.Certificate) (finding, []Status) {
	cert := r.path.Certificates[i]
	var best, answers finding
	var statuses, byLists []Status
	for n, e := range r.q.from {
		data, err := e.Revocation(r.c.ctx, cert, issuer)
		answers.failed = answers.failed || err != nil
		if r.bring(data) || n == 0 {
			best, byLists = r.byLists(i)
		}
		for _, d := range data {
			if d.CRL != nil {
				continue
			}
			if !r.c.spend() {
				return finding{state: stateBad}, append(statuses, byLists...)
			}
			f, status := r.judgeOCSP(d, i, issuer)
			answers = answers.better(f)
			if status != nil {
				statuses = append(statuses, *status)
			}
		}
		f := best.better(answers)
		conclusive := n >= r.q.carried || r.q.m.proved && !f.made.Before(r.q.m.at)
		if f.state > stateGood || f.state == stateGood && conclusive {
			break
		}
	}
	return best.better(answers), append(statuses, byLists...)
}

// bring adds lists and reports whether there were new ones.
func (r *revocations) bring(data []RevocationData) bool {
	var lists []*x509.CRL
	for _, d := range data {
		if _, known := r.source[d.CRL]; d.CRL != nil && !known {
			r.source[d.CRL] = d.Source
			r.lists.AddSigners(d.Signers)
			lists = append(lists, d.CRL)
		}
	}
	r.lists.Add(lists...)
	return len(lists) > 0
}

// byLists puts what lists say in the judge's words.
func (r *revocations) byLists(i int) (f finding, statuses []Status) {
	cert := r.path.Certificates[i]
	s := r.lists.Status(i)
	for _, l := range s.Findings {
		status := Status{Certificate: cert.Serial.Hex(), Type: "crl", Source: r.source[l.List], ThisUpdate: l.List.ThisUpdate, Status: "unknown"}
		if !l.List.NextUpdate.IsZero() {
			status.NextUpdate = &l.List.NextUpdate
		}
		switch l.State {
		case path.Good:
			status.Status = "good"
		case path.Revoked:
			status.Status, status.Time, status.Reason = "revoked", &l.Entry.At, l.Entry.Reason.String()
		}
		statuses = append(statuses, status)
	}
	return r.finding(s, cert), statuses
}

func (r *revocations) finding(s path.Status, cert *x509.Certificate) finding {
	next := due(s.NextUpdate, r.q.m.now)
	switch {
	case s.State == path.Good && r.c.rules.TooOld(s.ThisUpdate, r.q.m.at):
		return finding{state: stateStale, until: next}
	case s.State == path.Good:
		return finding{state: stateGood, made: s.ThisUpdate}
	case s.State == path.Revoked && s.Entry.Reason == x509.ReasonCertificateHold:
		return finding{state: stateHold, at: s.Entry.At, reason: s.Entry.Reason, until: next}
	case s.State == path.Revoked:
		return finding{state: stateRevokedNow, at: s.Entry.At, reason: s.Entry.Reason}
	}
	switch s.Why {
	case path.ListNone:
		return finding{}
	case path.ListScope: // lists of others are no data about this one
		for list := range r.source {
			if list.Issuer.Equal(cert.Issuer) {
				return finding{state: stateBad}
			}
		}
		return finding{}
	case path.ListStale, path.ListAfterEnd, path.ListNotAccepted, path.ListReasonsNotAll, path.ListNoBase:
		return finding{state: stateStale, until: next}
	}
	return finding{state: stateBad}
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

func (r *revocations) judgeOCSP(d RevocationData, i int, issuer *x509.Certificate) (finding, *Status) {
	m, cert := r.q.m, r.path.Certificates[i]
	answer, ok := d.OCSP.Find(issuer, cert.Serial)
	if !ok || len(d.OCSP.UnknownCritical) > 0 || answer.ThisUpdate.After(m.now.Add(r.c.rules.Skew())) {
		return finding{state: stateBad}, nil
	}
	var others []*x509.Certificate
	for _, e := range r.q.from {
		if p, isPool := e.(*Pool); isPool {
			others = append(others, p.Certificates...)
		}
	}
	responder, err := d.OCSP.Verify(issuer, nil, others)
	if err != nil || r.responderRevoked(responder, issuer, i) {
		return finding{state: stateBad}, nil
	}
	status := &Status{Certificate: cert.Serial.Hex(), Type: "ocsp", Source: d.Source, ThisUpdate: answer.ThisUpdate, Status: "unknown"}
	if !answer.NextUpdate.IsZero() {
		status.NextUpdate = &answer.NextUpdate
	}
	if neverIssued(answer) {
		return finding{state: stateUnknown}, status
	}
	if answer.Status == ocsp.Revoked {
		status.Status, status.Time, status.Reason = "revoked", &answer.RevokedAt, answer.Reason.String()
		if answer.Reason == x509.ReasonCertificateHold {
			return finding{state: stateHold, at: answer.RevokedAt, reason: answer.Reason, until: due(answer.NextUpdate, m.now)}, status
		}
		return finding{state: stateRevokedNow, at: answer.RevokedAt, reason: answer.Reason}, status
	}
	switch {
	case answer.Status != ocsp.Good:
		return finding{state: stateUnknown}, status
	case !responder.ValidAt(m.now) && !m.proved, r.c.ended(d.OCSP.SignatureAlgorithm, m).code != "",
		!responder.Equal(issuer) && r.c.ended(responder.SignatureAlgorithm, m).code != "":
		return finding{state: stateOldSigner}, status
	case r.c.rules.TooOld(answer.ThisUpdate, m.at), !covers(answer.ThisUpdate, answer.NextUpdate, r.c.rules.AnswerAge(), m),
		answer.ThisUpdate.After(cert.NotAfter) && (answer.ArchiveCutoff.IsZero() || answer.ArchiveCutoff.After(m.at)):
		return finding{state: stateStale, until: due(answer.NextUpdate, m.now)}, status
	}
	status.Status = "good"
	return finding{state: stateGood, made: answer.ThisUpdate}, status
}

// neverIssued: a responder may call a certificate that it does not know suspended since
// the beginning of time (RFC 6960, 2.2 and 4.4.8).
func neverIssued(a *ocsp.Single) bool {
	return a.Status == ocsp.Revoked && a.Reason == x509.ReasonCertificateHold && a.RevokedAt.Unix() == 0
}

// responderRevoked looks a delegated responder up in the lists at hand, unless
// its certificate says that this is not to be done (RFC 6960, 4.2.2.2.1). A
// message that exhausts the allowed work has no answer believed.
func (r *revocations) responderRevoked(responder, issuer *x509.Certificate, i int) bool {
	if responder.Equal(issuer) || responder.OCSPNoCheck {
		return false
	}
	p := r.path
	p.Certificates = append([]*x509.Certificate{responder}, p.Certificates[i+1:]...)
	own := r.c.revocationOf(r.q, p)
	for _, e := range r.q.from {
		pool, isPool := e.(*Pool)
		if !isPool {
			continue
		}
		data, _ := pool.Revocation(r.c.ctx, responder, issuer) // a pool never fails
		own.bring(data)
	}
	s := own.lists.Status(0)
	return s.State == path.Revoked || s.Why == path.ReasonBound
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
	if f.state == stateUnknown {
		return fail(reasons.ChainGeneral, reasons.CauseNotIssued)
	}
	if f.failed {
		return fail(reasons.TryLater, reasons.CauseFetch)
	}
	return fail(reasons.ChainGeneral, reasons.CauseNoRevocationData)
}
