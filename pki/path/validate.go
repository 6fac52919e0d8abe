// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Result is what validation puts out (RFC 5280, 6.1.6).
type Result struct {
	// Policies are those the path is valid under and the caller accepts (the
	// user-constrained policy set of RFC 9618, 5.5); anyPolicy stands for all. Empty:
	// the path is valid under none, and none was required.
	Policies []der.OID
}

// Validate judges a path (RFC 5280, 6.1): chain has the leaf first, and last the
// certificate that the anchor issued. A refusal is an [*Error].
func Validate(chain []*x509.Certificate, anchor Anchor, o Options) (Result, error) {
	return validate(chain, anchor, &o, false)
}

// validate is Validate; verified says that the signatures were checked before.
func validate(chain []*x509.Certificate, anchor Anchor, o *Options, verified bool) (Result, error) {
	switch {
	case len(chain) == 0:
		return Result{}, refuse(0, ReasonEmpty, nil)
	case len(chain) > maxLength:
		return Result{}, refuse(len(chain)-1, ReasonBound, nil)
	}
	v := newValidator(len(chain), o)
	v.key, v.issuer, v.verified = anchor.key(), anchor.Name, verified
	if anchor.Constrained && anchor.Certificate != nil {
		if e := v.constrain(anchor.Certificate); e != nil {
			return Result{}, e
		}
	}
	for i := len(chain) - 1; i >= 0; i-- {
		v.index, v.final = i, i == 0
		if e := v.certificate(chain[i]); e != nil {
			return Result{}, e
		}
	}
	return v.wrapUp()
}

// validator holds the state variables of RFC 5280, 6.1.2.
type validator struct {
	o        *Options
	verified bool
	index    int  // of the certificate at hand, leaf 0
	final    bool // it is the leaf

	graph          *policyGraph // nil: NULL
	names          subtrees
	explicitPolicy int
	policyMapping  int
	inhibitAny     int
	maxPathLength  int // unlimited until a certificate limits it
	key            key
	issuer         x509.Name
}

func newValidator(n int, o *Options) *validator {
	counter := func(stop bool) int {
		if stop {
			return 0
		}
		return n + 1
	}
	return &validator{
		o: o, index: n, graph: newPolicyGraph(), names: subtrees{left: maxComparisons}, maxPathLength: n,
		explicitPolicy: counter(o.ExplicitPolicy),
		policyMapping:  counter(o.InhibitPolicyMapping),
		inhibitAny:     counter(o.InhibitAnyPolicy),
	}
}

func (v *validator) refuse(r Reason, cause error) *Error { return refuse(v.index, r, cause) }

// certificate processes one (RFC 5280, 6.1.3), and prepares for the next (6.1.4) or
// ends the path (6.1.5).
func (v *validator) certificate(c *x509.Certificate) *Error {
	if e := v.basics(c); e != nil {
		return e
	}
	selfIssued := c.SelfIssued()
	limits, err := readConstraints(c)
	if err != nil {
		return v.refuse(ReasonMalformedExtension, err)
	}
	if !selfIssued || v.final { // (b), (c)
		if r := v.names.check(c); r != "" {
			return v.refuse(r, nil)
		}
	}
	v.policies(c, selfIssued)
	if v.explicitPolicy == 0 && v.graph.null() { // (f)
		return v.refuse(ReasonPolicy, nil)
	}
	if v.o.Accept != nil {
		if err := v.o.Accept(c); err != nil {
			return v.refuse(ReasonNotAccepted, err)
		}
	}
	if v.final {
		return v.last(c, &limits)
	}
	return v.prepare(c, &limits, selfIssued)
}

// basics: RFC 5280, 6.1.3 (a). Revocation is a question of its own.
func (v *validator) basics(c *x509.Certificate) *Error {
	if !c.Issuer.Equal(v.issuer) {
		return v.refuse(ReasonIssuerName, nil)
	}
	if !v.verified {
		if err := v.o.verify(v.key, c.SignatureAlgorithm, c.RawTBS, c.Signature); err != nil {
			return v.refuse(signatureReason(err), err)
		}
	}
	if v.final && v.o.IgnoreLeafValidity {
		return nil
	}
	switch {
	case v.o.At.Before(c.NotBefore):
		return v.refuse(ReasonNotYetValid, nil)
	case v.o.At.After(c.NotAfter):
		return v.refuse(ReasonExpired, nil)
	}
	return nil
}

// policies: RFC 9618, 5.3: steps (d) and (e).
func (v *validator) policies(c *x509.Certificate, selfIssued bool) {
	if x509.FindExtension(c.Extensions, x509.OIDCertificatePolicies) == nil {
		v.graph = nil
	}
	if !v.graph.null() {
		v.graph = v.graph.next(c.Policies, v.inhibitAny > 0 || selfIssued && !v.final)
	}
}

// prepare: RFC 5280, 6.1.4.
func (v *validator) prepare(c *x509.Certificate, limits *constraints, selfIssued bool) *Error {
	for _, m := range limits.mappings { // (a)
		if m.from == x509.OIDAnyPolicy || m.to == x509.OIDAnyPolicy {
			return v.refuse(ReasonPolicyMapping, nil)
		}
	}
	if !v.graph.null() && len(limits.mappings) > 0 { // (b)
		v.graph.mapPolicies(limits.mappings, v.policyMapping > 0)
	}
	v.issuer, v.key = c.Subject, keyOf(c) // (c) to (f)
	v.names.add(limits.names)             // (g)
	if !selfIssued {                      // (h)
		v.explicitPolicy = max(v.explicitPolicy-1, 0)
		v.policyMapping = max(v.policyMapping-1, 0)
		v.inhibitAny = max(v.inhibitAny-1, 0)
	}
	v.skips(limits) // (i), (j)
	if e := v.authority(c); e != nil {
		return e
	}
	if !selfIssued { // (l)
		if v.maxPathLength == 0 {
			return v.refuse(ReasonPathLength, nil)
		}
		v.maxPathLength--
	}
	if c.MaxPathLen >= 0 { // (m)
		v.maxPathLength = min(v.maxPathLength, c.MaxPathLen)
	}
	return nil
}

// skips: RFC 5280, 6.1.4 (i) and (j).
func (v *validator) skips(limits *constraints) {
	for _, s := range []struct {
		counter *int
		stated  int
	}{
		{&v.explicitPolicy, limits.requirePolicy}, {&v.policyMapping, limits.inhibitMap}, {&v.inhibitAny, limits.inhibitAny},
	} {
		if s.stated != unlimited {
			*s.counter = min(*s.counter, s.stated)
		}
	}
}

// authority: RFC 5280, 6.1.4 (k), (n) and (o).
func (v *validator) authority(c *x509.Certificate) *Error {
	switch {
	case c.Version != 3:
		return v.refuse(ReasonVersion, nil)
	case !c.IsCA:
		return v.refuse(ReasonNotCA, nil)
	case c.HasKeyUsage && c.KeyUsage&x509.KeyCertSign == 0:
		return v.refuse(ReasonKeyUsage, nil)
	case unknownCritical(c):
		return v.refuse(ReasonCriticalExtension, nil)
	}
	return nil
}

// last: RFC 5280, 6.1.5 (a), (b) and (f).
func (v *validator) last(c *x509.Certificate, limits *constraints) *Error {
	v.explicitPolicy = max(v.explicitPolicy-1, 0)
	if limits.requirePolicy == 0 {
		v.explicitPolicy = 0
	}
	if unknownCritical(c) {
		return v.refuse(ReasonCriticalExtension, nil)
	}
	return nil
}

// wrapUp: RFC 9618, 5.5: step (g).
func (v *validator) wrapUp() (Result, error) {
	policies := userPolicies(v.graph.authority(), v.o.Policies)
	if v.explicitPolicy == 0 && len(policies) == 0 {
		return Result{}, v.refuse(ReasonPolicy, nil)
	}
	return Result{Policies: policies}, nil
}

// constrain applies the certificate of an anchor to the paths below it (RFC 5937, 3.2).
// A root of version 1 has no extensions that would say what it is. The policies it
// names are left out: roots of the field name those of their own tool.
func (v *validator) constrain(c *x509.Certificate) *Error {
	limits, err := readConstraints(c)
	switch {
	case err != nil:
		return v.refuse(ReasonMalformedExtension, err)
	case !c.IsCA && (c.Version == 3 || !c.SelfIssued()):
		return v.refuse(ReasonNotCA, nil)
	case c.HasKeyUsage && c.KeyUsage&x509.KeyCertSign == 0:
		return v.refuse(ReasonKeyUsage, nil)
	}
	v.names.add(limits.names)
	v.skips(&limits)
	if c.IsCA && c.MaxPathLen >= 0 {
		v.maxPathLength = min(v.maxPathLength, c.MaxPathLen)
	}
	return nil
}
