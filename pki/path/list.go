// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"podpis/pki/x509"
)

// points are the distribution points of a certificate, and last the one that every
// certificate has: the name of its issuer (RFC 5280, 6.3.3).
func points(c *x509.Certificate) []x509.DistributionPoint {
	own := c.CRLDistributionPoints
	return append(own[:len(own):len(own)], x509.DistributionPoint{Names: []x509.GeneralName{x509.Directory(c.Issuer)}})
}

// scopes joins what the list covers by each of the points.
func (r *Revocation) scopes(list *x509.CRL, c *x509.Certificate) (mask uint16, why Reason) {
	for _, p := range points(c) {
		m, w := r.scope(p, list, c)
		if w == ReasonBound {
			return 0, w
		}
		mask |= m
	}
	if mask == 0 {
		return 0, ListScope
	}
	return mask, ""
}

// scope reports which reasons a list covers for a certificate by one of its points, or
// why it is not about it (RFC 5280, 6.3.3 (b) and (d)).
func (r *Revocation) scope(p x509.DistributionPoint, list *x509.CRL, c *x509.Certificate) (mask uint16, why Reason) {
	idp := list.Point
	if len(p.CRLIssuer) > 0 { // (b)(1)
		if idp == nil || !idp.Indirect || !names(p.CRLIssuer, list.Issuer) {
			return 0, ListScope
		}
	} else if !list.Issuer.Equal(c.Issuer) {
		return 0, ListScope
	}
	mask = allReasons
	if p.Reasons != 0 {
		mask &= p.Reasons
	}
	if idp == nil {
		return mask, ""
	}
	if !r.sharesPoint(p, list, c) || // (b)(2)(i)
		idp.OnlyUserCerts && c.IsCA || idp.OnlyCACerts && !c.IsCA || idp.OnlyAttributeCerts { // (ii) to (iv)
		if r.comparisons < 0 {
			return 0, ReasonBound
		}
		return 0, ListScope
	}
	if idp.OnlySomeReasons != 0 {
		mask &= idp.OnlySomeReasons
	}
	return mask, ""
}

// sharesPoint: the list has no name of a point, or one that the point has too; a point
// without a name stands for the names of its cRLIssuer.
func (r *Revocation) sharesPoint(p x509.DistributionPoint, list *x509.CRL, c *x509.Certificate) bool {
	idp := list.Point
	if len(idp.Names) == 0 && len(idp.Relative) == 0 {
		return true
	}
	here := p.Names
	switch {
	case len(p.Relative) > 0:
		issuer := c.Issuer
		if len(p.CRLIssuer) > 0 {
			issuer = list.Issuer // one of its names, as was asked before
		}
		here = relative(issuer, p.Relative)
	case len(p.Names) == 0:
		here = p.CRLIssuer
	}
	there := idp.Names
	if len(idp.Relative) > 0 {
		there = relative(list.Issuer, idp.Relative)
	}
	for _, a := range here {
		for _, b := range there {
			// What a comparison costs is the length of the names.
			if r.comparisons -= 1 + (len(a.Raw)+len(b.Raw))/32; r.comparisons < 0 {
				return false
			}
			if sameName(a, b) {
				return true
			}
		}
	}
	return false
}

// relative completes nameRelativeToCRLIssuer (RFC 5280, 4.2.1.13).
func relative(issuer x509.Name, rdn []x509.Attribute) []x509.GeneralName {
	n := x509.Name{Attributes: append(issuer.Attributes[:len(issuer.Attributes):len(issuer.Attributes)], rdn...)}
	return []x509.GeneralName{x509.Directory(n)}
}

func sameName(a, b x509.GeneralName) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == x509.DirectoryName:
		return a.Name.Key() == b.Name.Key() // Raw is absent in one that was completed
	}
	return a.Value != "" && a.Value == b.Value
}

// names reports the directory name among general names.
func names(list []x509.GeneralName, n x509.Name) bool {
	return slices.ContainsFunc(list, func(g x509.GeneralName) bool {
		return g.Kind == x509.DirectoryName && g.Name.Equal(n)
	})
}

// delta finds the newest list that completes another (RFC 5280, 5.2.4 and 6.3.3 (c)).
func (r *Revocation) delta(base *x509.CRL, t *target) *x509.CRL {
	var found *x509.CRL
	for _, d := range r.lists {
		if !completes(d, base) || found != nil && compareNumbers(d.Number, found.Number) <= 0 {
			continue
		}
		// (h): the key of the base verifies it.
		if r.usable(d, t) == "" && bytes.Equal(r.signer(d, t).spki, r.signer(base, t).spki) {
			found = d
		}
	}
	return found
}

func completes(d, base *x509.CRL) bool {
	point := func(c *x509.CRL) []byte {
		if e := x509.FindExtension(c.Extensions, x509.OIDIssuingDistributionPoint); e != nil {
			return e.Value
		}
		return nil
	}
	return d.IsDelta && d.Number != nil && base.Number != nil && d.Issuer.Equal(base.Issuer) &&
		bytes.Equal(point(d), point(base)) && bytes.Equal(d.AuthorityKeyID, base.AuthorityKeyID) &&
		compareNumbers(base.Number, d.DeltaBase) >= 0 && compareNumbers(base.Number, d.Number) < 0
}

func compareNumbers(a, b x509.Serial) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}

// listKey is a list with a key that may have signed it.
type listKey struct {
	list *x509.CRL
	spki string
}

// signer is who signed a list, or why none is known.
type signer struct {
	spki []byte
	why  Reason
}

// signer finds who signed a list: the issuer of the target itself, or a certificate of
// the list's issuer that has a path to the same anchor (RFC 5280, 6.3.3 (f) and (g)).
func (r *Revocation) signer(list *x509.CRL, t *target) signer {
	if s, ok := r.signers[list]; ok {
		return s
	}
	if r.signatures < 0 {
		return signer{why: ReasonBound}
	}
	out := signer{why: ListSigner}
	worse := func(why Reason) {
		if telling(why) > telling(out.why) {
			out.why = why
		}
	}
	issuer, k, c := t.issuer()
	if issuer.Equal(list.Issuer) && (len(t.above) == 0 && t.anchor.signsLists() || len(t.above) > 0 && signsLists(c)) {
		if why := r.verify(list, k); why != "" {
			worse(why)
		} else {
			out = signer{spki: k.spki}
		}
	}
	if a := t.anchor; out.why != "" && len(t.above) > 0 && a.Name.Equal(list.Issuer) && a.signsLists() && r.verify(list, a.key()) == "" {
		out = signer{spki: a.SPKI}
	}
	for _, source := range r.sources {
		if out.why == "" {
			break
		}
		for c := range source(list.Issuer, nil) {
			if !c.Subject.Equal(list.Issuer) || !signsLists(c) {
				continue
			}
			why := r.verify(list, keyOf(c))
			if why == "" {
				why = r.signerStatus(c, list.ThisUpdate)
			}
			if why == "" {
				out = signer{spki: c.RawSPKI}
				break
			}
			worse(why)
		}
	}
	if len(r.busy) == 0 { // inside, it holds under a condition
		r.signers[list] = out
	}
	return out
}

// signsLists: RFC 5280, 6.3.3 (f).
func signsLists(c *x509.Certificate) bool { return !c.HasKeyUsage || c.KeyUsage&x509.CRLSign != 0 }

// signsLists: the key usage of an anchor counts where its constraints do.
func (a Anchor) signsLists() bool {
	return a.Certificate == nil || !a.Constrained || signsLists(a.Certificate)
}

// verify checks the signature of a list once for a key.
func (r *Revocation) verify(list *x509.CRL, k key) Reason {
	at := listKey{list, string(k.spki)}
	err, known := r.verified[at]
	if !known {
		err = r.o.verify(k, list.SignatureAlgorithm, list.RawTBS, list.Signature)
		r.verified[at] = err
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errSpent):
		return ReasonBound
	case signatureReason(err) == ReasonAlgorithm:
		return ListAlgorithm
	}
	return ListSignature
}

// maxSigners bounds signers of lists about signers of lists.
const maxSigners = 4

// signerStatus builds the path of a signer and judges every certificate of it that does
// not stand in the judged path and is not being judged already. A list from after the
// moment that is asked about may be of a signer who was not there yet.
func (r *Revocation) signerStatus(c *x509.Certificate, made time.Time) Reason {
	if contains(r.busy, c) {
		return ""
	}
	if len(r.busy) == maxSigners {
		return ListSigner
	}
	if i := slices.IndexFunc(r.path.Certificates, c.Equal); i > 0 {
		return ""
	}
	o := r.o
	if made.After(o.At) {
		o.At = made
	}
	b := Builder{Anchors: []Anchor{r.path.Anchor}, Sources: r.sources, Options: o}
	p, err := b.Build(c)
	if err != nil {
		return ListSigner
	}
	r.busy = append(r.busy, c)
	defer func() { r.busy = r.busy[:len(r.busy)-1] }()
	for i, above := range p.Certificates {
		if contains(r.path.Certificates, above) && !r.path.Certificates[0].Equal(above) || i > 0 && contains(r.busy, above) {
			continue
		}
		if s := r.status(target{above, p.Certificates[i+1:], p.Anchor}); s.State != Good {
			return ListSignerStatus
		}
	}
	return ""
}

func contains(list []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(list, c.Equal)
}
