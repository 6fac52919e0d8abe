// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package path builds and validates certification paths (RFC 5280, 6.1 with the
// policy graph of RFC 9618) and finds out from revocation lists whether a
// certificate of a path was revoked (RFC 5280, 6.3): lists that are complete,
// delta, partitioned by reason, kind or distribution point, and indirect.
//
// A path begins at an anchor, which is a name and a key; what the anchor's own
// certificate limits is applied where the caller wants it (RFC 5937). [Validate]
// judges a path that is at hand, a [Builder] looks for one among candidates,
// [Revocation] judges by lists. Every refusal is an [Error] or a [Status] with a
// stable code, the certificate and the clause; words for people are elsewhere.
//
// Nothing is fetched and no clock is read: candidates come from a [Source], time
// from [Options]. Which algorithms still count is the caller's decision too: what
// [podpis/pki/alg] computes is verified, and [Options.Accept] refuses on top of it.
//
// Hostile input is bounded: signatures and length of paths, comparisons of name
// constraints; the policy graph grows with the size of the certificates, not with
// its paths.
//
// Left out: DSA keys and the inheritance of their parameters, the policy
// qualifiers (nothing is displayed here), constraints on names of forms other than
// directory, rfc822, DNS, URI and IP address (a name of such a form is refused where
// its form is constrained), the entries of lists for attribute certificates.
package path

import (
	"iter"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Bounds. Real paths have two to five certificates; a hostile message can carry
// hundreds that share one name.
const (
	maxLength      = 16      // certificates of a path that is validated, without the anchor
	maxBuilt       = 8       // certificates of a path that is built
	maxSignatures  = 128     // signatures verified in one search
	maxComparisons = 250_000 // names compared with constraints in one path
	maxMappings    = 1024    // mappings and subtrees of one certificate
)

// Anchor is where trust begins (RFC 5280, 6.1.1 (d)).
type Anchor struct {
	Name      x509.Name
	SPKI      []byte         // SubjectPublicKeyInfo
	PublicKey *alg.PublicKey // nil when the algorithm is unknown here
	// Certificate is where name and key were taken from; it may be nil.
	Certificate *x509.Certificate
	// Constrained applies what the certificate says of the paths below it: basic
	// constraints, key usage, names and policies (RFC 5937). Its validity and its
	// signature are never asked.
	Constrained bool
}

// AnchorOf takes name and key out of a certificate, and its constraints with them.
func AnchorOf(c *x509.Certificate) Anchor {
	return Anchor{Name: c.Subject, SPKI: c.RawSPKI, PublicKey: c.PublicKey, Certificate: c, Constrained: true}
}

// Options are the inputs of RFC 5280, 6.1.1, and what the caller decides. The zero
// value with a time accepts any policy.
type Options struct {
	At time.Time // the moment the path is to be valid at; required

	Policies             []der.OID // user-initial-policy-set; empty: any-policy
	ExplicitPolicy       bool      // initial-explicit-policy
	InhibitPolicyMapping bool
	InhibitAnyPolicy     bool

	// IgnoreLeafValidity leaves the period of the leaf to the caller, who may know
	// an earlier moment for it.
	IgnoreLeafValidity bool
	// Accept is asked for every certificate of a path but the anchor, such as
	// whether its algorithm still counts; nil accepts all. What it answers is the
	// cause of an [Error] with [ReasonNotAccepted].
	Accept func(c *x509.Certificate) error
	// Verify stands in for the signature check of pki/alg, for a caller who has
	// reason to compute what that refuses. spki is the issuer's key.
	Verify func(spki []byte, a alg.SignatureAlgorithm, tbs, signature []byte) error
	// Spend is asked before every signature check; false ends the work. nil: the
	// bounds of this package alone.
	Spend func() bool
}

// Path is a path that was found valid.
type Path struct {
	Certificates []*x509.Certificate // leaf first; empty when the leaf is itself the anchor
	Anchor       Anchor
	Policies     []der.OID // see [Result]
}

// Source yields certificates that have the subject, most likely first. issued is the
// certificate whose issuer is looked for, nil when it is the signer of a list.
type Source func(subject x509.Name, issued *x509.Certificate) iter.Seq[*x509.Certificate]

// Pool makes a source of certificates at hand.
func Pool(certificates []*x509.Certificate) Source {
	byName := make(map[string][]*x509.Certificate, len(certificates))
	for _, c := range certificates {
		key := c.Subject.Key()
		byName[key] = append(byName[key], c)
	}
	return func(subject x509.Name, _ *x509.Certificate) iter.Seq[*x509.Certificate] {
		return func(yield func(*x509.Certificate) bool) {
			for _, c := range byName[subject.Key()] {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// key is a public key in the two forms checks want.
type key struct {
	spki   []byte
	public *alg.PublicKey
}

func keyOf(c *x509.Certificate) key { return key{c.RawSPKI, c.PublicKey} }

func (a Anchor) key() key { return key{a.SPKI, a.PublicKey} }

// verify checks one signature, within what the caller allows.
func (o *Options) verify(k key, a alg.SignatureAlgorithm, tbs, signature []byte) error {
	if o.Spend != nil && !o.Spend() {
		return errSpent
	}
	if o.Verify != nil {
		return o.Verify(k.spki, a, tbs, signature)
	}
	return x509.CheckTBS(k.public, a, tbs, signature)
}
