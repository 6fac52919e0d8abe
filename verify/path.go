// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"errors"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// Bounds of path building: real paths have two to four certificates; a hostile
// message can carry hundreds that share one name.
const (
	maxPath       = 8
	maxSignatures = 128 // verified while looking for a path
)

// oidNameConstraints is not processed: a path with it fails closed (RFC 5280,
// 4.2.1.10).
const oidNameConstraints der.OID = "2.5.29.30"

// failure is why something did not pass; the zero value says that it did.
type failure struct {
	code    reasons.Code
	details reasons.Details
}

func fail(code reasons.Code, cause reasons.Code) failure {
	return failure{code, reasons.Details{Cause: cause}}
}

// pathBuilder looks for a path from a certificate to an anchor.
type pathBuilder struct {
	c    *checker
	from sources
	m    moment

	left   int // signatures that may still be verified
	best   []*x509.Certificate
	anchor Anchor
	found  bool
	// why is the first reason why a path that led to an anchor was refused, or
	// why a link broke.
	why        failure
	untrusted  bool // a path ended at a root that is not trusted
	linkBroken failure
}

// build returns whether a valid path was found; otherwise the builder's fields
// say how far it came.
func (b *pathBuilder) build(leaf *x509.Certificate) bool {
	b.left = maxSignatures
	b.extend([]*x509.Certificate{leaf})
	return b.found
}

func (b *pathBuilder) extend(path []*x509.Certificate) {
	last := path[len(path)-1]
	if !b.found && len(path) > len(b.best) {
		b.best = path
	}
	for _, a := range b.c.o.Trust {
		if a.Certificate.Equal(last) {
			b.arrive(path, a)
			return
		}
	}
	if last.SelfIssued() && last.CheckSignatureFrom(last) == nil {
		b.untrusted = true
		return
	}
	if len(path) == maxPath {
		return
	}
	for _, exact := range []bool{true, false} { // issuers with the stated key identifier first
		b.candidates(last, func(issuer *x509.Certificate) bool {
			if exact == keyIDFits(last, issuer) && !contains(path, issuer) {
				b.try(path, issuer, exact)
			}
			return b.found || b.left == 0
		})
		if b.found || b.left == 0 {
			return
		}
	}
}

func (b *pathBuilder) candidates(c *x509.Certificate, seen func(*x509.Certificate) bool) {
	for _, a := range b.c.o.Trust {
		if a.Certificate.Subject.Equal(c.Issuer) && seen(a.Certificate) {
			return
		}
	}
	b.from.issuers(b.c.ctx, c, seen)
}

func keyIDFits(c, issuer *x509.Certificate) bool {
	return len(c.AuthorityKeyID) > 0 && string(c.AuthorityKeyID) == string(issuer.SubjectKeyID)
}

func contains(path []*x509.Certificate, c *x509.Certificate) bool {
	for _, p := range path {
		if p.Equal(c) {
			return true
		}
	}
	return false
}

// try verifies one link and goes on from there.
func (b *pathBuilder) try(path []*x509.Certificate, issuer *x509.Certificate, exact bool) {
	b.left--
	if !b.c.spend() {
		b.left = 0
		return
	}
	switch err := path[len(path)-1].CheckSignatureFrom(issuer); {
	case err == nil:
		b.extend(append(path[:len(path):len(path)], issuer))
	case errors.Is(err, alg.ErrUnsupported):
		b.linkBroken = failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: algorithmName(path[len(path)-1].SignatureAlgorithm)}}
	case exact && b.linkBroken.code == "":
		// The very key that should have signed did not.
		b.linkBroken = fail(reasons.ChainGeneral, reasons.CauseIssuerSignature)
	}
}

func (b *pathBuilder) arrive(path []*x509.Certificate, a Anchor) {
	if f := checkPath(path, b.m); f.code != "" {
		if b.why.code == "" {
			b.why, b.best = f, path
		}
		return
	}
	b.best, b.anchor, b.found = path, a, true
}

// failure says why no path was found.
func (b *pathBuilder) failure() failure {
	switch {
	case b.why.code != "":
		return b.why
	case b.linkBroken.code != "" && !b.untrusted:
		return b.linkBroken
	}
	last := b.best[len(b.best)-1]
	return failure{reasons.NoChain, reasons.Details{Issuer: last.Issuer.DisplayName()}}
}

// checkPath applies RFC 5280, 6.1 to a path whose signatures hold: leaf first,
// anchor last. The validity of the leaf is judged elsewhere, since it may be
// lifted by a time stamp; the anchor is trusted as it is, but must be allowed to
// issue.
func checkPath(path []*x509.Certificate, m moment) failure {
	below := 0 // certificates between this one and the leaf that are not self-issued
	for i, c := range path {
		anchor := i == len(path)-1
		if !anchor {
			if f := checkExtensions(c); f.code != "" {
				return f
			}
			if f := ended(c.SignatureAlgorithm, m); f.code != "" {
				return f
			}
		}
		if i == 0 {
			continue
		}
		if f := checkAuthority(c, below); f.code != "" {
			return f
		}
		if !anchor && !c.ValidAt(m.at) {
			return fail(reasons.ChainGeneral, reasons.CauseCAValidity)
		}
		if !c.SelfIssued() {
			below++
		}
	}
	return failure{}
}

// checkExtensions refuses what is critical and not understood (RFC 5280, 4.2).
func checkExtensions(c *x509.Certificate) failure {
	if x509.FindExtension(c.Extensions, oidNameConstraints) != nil {
		return fail(reasons.ChainGeneral, reasons.CauseNameConstraints)
	}
	if len(c.UnknownCritical) > 0 {
		return fail(reasons.ChainGeneral, reasons.CauseCriticalExtension)
	}
	return failure{}
}

// checkAuthority: RFC 5280, 6.1.4 (k) to (n). Roots of version 1 have no
// extensions to say what they are.
func checkAuthority(c *x509.Certificate, below int) failure {
	switch {
	case x509.FindExtension(c.Extensions, oidNameConstraints) != nil:
		return fail(reasons.ChainGeneral, reasons.CauseNameConstraints)
	case !c.IsCA && (c.Version == 3 || !c.SelfIssued()):
		return fail(reasons.ChainGeneral, reasons.CauseNotCA)
	case c.HasKeyUsage && c.KeyUsage&x509.KeyCertSign == 0:
		return fail(reasons.ChainGeneral, reasons.CauseCAKeyUsage)
	case c.IsCA && c.MaxPathLen >= 0 && below > c.MaxPathLen:
		return fail(reasons.ChainGeneral, reasons.CausePathLength)
	}
	return failure{}
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
