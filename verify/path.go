// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"errors"
	"iter"
	"slices"

	"podpis/pki/path"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// failure is why something did not pass; the zero value says that it did.
type failure struct {
	code    reasons.Code
	details reasons.Details
}

func fail(code reasons.Code, cause reasons.Code) failure {
	return failure{code, reasons.Details{Cause: cause}}
}

// notAccepted carries a failure through package path.
type notAccepted struct{ failure }

func (notAccepted) Error() string { return "verify: the algorithm has ended" }

// trail is a path with what the judge knows of its anchor; or how far the search came.
type trail struct {
	path      path.Path
	all       []*x509.Certificate // leaf first, the anchor's certificate last
	anchor    Anchor
	found     bool
	untrusted bool // a path ended at a root that is not trusted
	why       failure
}

// pathOptions say how paths are judged here: the validity of the leaf may be lifted by a
// time stamp and is judged elsewhere (RFC 5280, 6.1; EN 319 102-1, 5.2.6), algorithms by
// the time that is proved.
func (c *checker) pathOptions(m moment) path.Options {
	return path.Options{At: m.at, IgnoreLeafValidity: true, Spend: c.spend, Accept: c.accept(m)}
}

// pathSources makes the evidence of a question a source of certificates. Who signed a
// list is looked for among what is at hand.
func (c *checker) pathSources(from sources) (out []path.Source) {
	for _, e := range from {
		if pool, ok := e.(*Pool); ok {
			out = append(out, path.Pool(pool.Certificates))
			continue
		}
		out = append(out, func(_ x509.Name, issued *x509.Certificate) iter.Seq[*x509.Certificate] {
			if issued == nil {
				return slices.Values[[]*x509.Certificate](nil)
			}
			list, err := e.Issuers(c.ctx, issued) // what cannot be had is as if it were not there
			c.unreachable = c.unreachable || err != nil
			return slices.Values(list)
		})
	}
	return out
}

// build looks for a path from a certificate to an anchor.
func (c *checker) build(q question) trail {
	if c.anchors == nil { // once for a message: there may be hundreds
		for _, a := range c.o.Trust {
			c.anchors = append(c.anchors, path.AnchorOf(a.Certificate))
		}
	}
	b := path.Builder{Anchors: c.anchors, Sources: c.pathSources(q.from), Options: c.pathOptions(q.m)}
	p, err := b.Build(q.cert)
	var e *path.BuildError
	if errors.As(err, &e) {
		return trail{all: e.Partial, untrusted: e.Untrusted, why: c.pathFailure(e)}
	}
	t := trail{path: p, found: true}
	t.all = append(append(t.all, p.Certificates...), p.Anchor.Certificate)
	for _, a := range c.o.Trust {
		if a.Certificate.Equal(p.Anchor.Certificate) {
			t.anchor = a
			break
		}
	}
	return t
}

// pathFailure tells why there is no path in the words of verdicts.
func (c *checker) pathFailure(b *path.BuildError) failure {
	e := b.Err
	var own notAccepted
	if errors.As(e, &own) {
		return own.failure
	}
	switch e.Reason {
	case path.ReasonAlgorithm:
		return failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: c.algorithmName(b.Partial[e.Index].SignatureAlgorithm)}}
	case path.ReasonNoPath, path.ReasonUntrusted, path.ReasonBound:
		return failure{reasons.NoChain, reasons.Details{Issuer: b.Partial[len(b.Partial)-1].Issuer.DisplayName()}}
	}
	return fail(reasons.ChainGeneral, pathCause(e))
}

func pathCause(e *path.Error) reasons.Code {
	var malformed *path.ExtensionError
	if errors.As(e, &malformed) && malformed.OID == path.OIDNameConstraints {
		return reasons.CauseNameConstraints
	}
	switch e.Reason {
	case path.ReasonSignature:
		return reasons.CauseIssuerSignature
	case path.ReasonNotYetValid, path.ReasonExpired:
		return reasons.CauseCAValidity
	case path.ReasonNameNotPermitted, path.ReasonNameExcluded, path.ReasonNameForm:
		return reasons.CauseNameConstraints
	case path.ReasonPolicy, path.ReasonPolicyMapping:
		return reasons.CausePolicy
	case path.ReasonPathLength:
		return reasons.CausePathLength
	case path.ReasonKeyUsage:
		return reasons.CauseCAKeyUsage
	case path.ReasonCriticalExtension, path.ReasonMalformedExtension:
		return reasons.CauseCriticalExtension
	}
	return reasons.CauseNotCA
}

// signsDocuments: a certificate may sign documents unless its key usage or its
// purposes say that it is for something else.
func signsDocuments(c *x509.Certificate) failure {
	if c.HasKeyUsage && c.KeyUsage&(x509.DigitalSignature|x509.NonRepudiation) == 0 {
		return fail(reasons.ChainConstraints, reasons.CauseKeyUsage)
	}
	if len(c.ExtKeyUsage) == 0 {
		return failure{}
	}
	for _, purpose := range c.ExtKeyUsage {
		switch purpose {
		case x509.OIDServerAuth, x509.OIDCodeSigning, x509.OIDTimeStamping, x509.OIDOCSPSigning:
		default:
			return failure{} // e-mail, client, any, and those of platforms
		}
	}
	return fail(reasons.ChainConstraints, reasons.CauseExtendedKeyUsage)
}
