// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"time"

	"podpis/pki/der"
	"podpis/pki/path"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// question is what is asked about a certificate.
type question struct {
	cert *x509.Certificate
	from sources
	// carried is how many of the sources came with the message itself.
	carried int
	m       moment
	// notEarlier is when the document is proved not to have been signed yet, by a
	// content time stamp; zero when nothing proves it.
	notEarlier time.Time
	purpose    func(*x509.Certificate) failure // nil: checked elsewhere
}

// conclusion is what was found out.
type conclusion struct {
	failure
	path     []*x509.Certificate
	anchored bool
	statuses []Status
	policies []der.OID // the path is valid under
	leaf     finding   // about its revocation, once that was looked for

	valid  Answer // the certificate was valid at the moment
	issuer Answer // the issuer is trusted
}

// certificate judges path, purpose, revocation and validity, in the order in
// which a failure tells most.
func (c *checker) certificate(q question) conclusion {
	t := c.build(q)
	out := conclusion{valid: Unknown, issuer: Unknown, path: t.all, anchored: t.found, policies: t.path.Policies}
	if !t.found {
		out.failure = t.why
		if t.untrusted || out.code == reasons.ChainGeneral {
			out.issuer = No
		}
		return out
	}
	if until := t.anchor.Until; !until.IsZero() && q.m.at.After(until) {
		code := reasons.NoChainNoPOE
		if q.m.proved {
			code = reasons.NoChain
		}
		out.failure = failure{code, reasons.Details{Issuer: t.anchor.Certificate.Subject.DisplayName()}}
		out.issuer = No
		return out
	}
	out.issuer = Yes
	if q.purpose != nil {
		if f := q.purpose(q.cert); f.code != "" {
			out.failure, out.valid = f, No
			return out
		}
	}
	c.revocationOfPath(q, t.path, &out)
	return out
}

// revocationOfPath looks at every certificate but the anchor. What is revoked
// counts more than what is not known, an authority more than the leaf.
func (c *checker) revocationOfPath(q question, p path.Path, out *conclusion) {
	r := c.revocationOf(q, p)
	var open failure
	leaf := finding{state: stateGood} // a certificate that is itself trusted
	for i := len(out.path) - 2; i >= 0; i-- {
		cert := out.path[i]
		f, statuses := r.status(i, out.path[i+1])
		out.statuses = append(out.statuses, statuses...)
		if f.state == stateRevokedNow && q.m.proved && f.at.After(q.m.at) {
			f.state = stateGood // revoked later than the time that is proved
		}
		if i == 0 {
			leaf = f
			out.leaf = f
		}
		switch {
		case f.state == stateRevokedNow && i > 0:
			out.failure = failure{reasons.RevokedCANoPOE, reasons.Details{Date: f.at, Issuer: cert.Subject.DisplayName()}}
			out.issuer, out.valid = No, No
			return
		case f.state == stateRevokedNow:
			out.failure = failure{reasons.RevokedNoPOE, reasons.Details{Date: f.at}}
			if q.notEarlier.After(f.at) {
				out.code = reasons.Revoked
			}
			out.valid = No
			return
		case open.code == "":
			open = f.failure()
		}
	}
	if f := validity(q, leaf); f.code != "" {
		out.failure, out.valid = f, No
		return
	}
	out.failure = open
	if open.code == "" {
		out.valid = Yes
	}
}

// validity: a stamp before the beginning proves that it was signed too early, a
// content stamp after the end that it was signed too late; anything else leaves
// the question open (EN 319 102-1, 5.2.6.4 and 5.5.4).
func validity(q question, leaf finding) failure {
	cert, at := q.cert, q.m.at
	out := failure{code: reasons.OutOfBoundsNoPOE}
	if leaf.state == stateGood {
		out.code = reasons.OutOfBoundsNotRev
	}
	switch {
	case at.Before(cert.NotBefore):
		out.details.Date = cert.NotBefore
		if q.m.proved {
			out.code = reasons.NotYetValid
		}
	case at.After(cert.NotAfter):
		out.details.Date = cert.NotAfter
		if q.notEarlier.After(cert.NotAfter) {
			out.code = reasons.Expired
		}
	default:
		return failure{}
	}
	return out
}
