// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"fmt"
	"time"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/verify/policy"
	"podpis/verify/reasons"
)

// Policy is what is acceptable; its own package has the words.
type Policy = policy.Policy

// Skew is how much clocks may differ by the default policy.
const Skew = 5 * time.Minute

// ParsePolicy reads a policy in JSON.
func ParsePolicy(in []byte) (*Policy, error) { return policy.Parse(in) }

// DefaultPolicy is what holds unless something else is asked for.
func DefaultPolicy() *Policy { return policy.Default() }

// policy is the one that holds here.
func (o *Options) policy() *Policy {
	if o.Policy == nil {
		return policy.Builtin()
	}
	return o.Policy
}

// algorithmName names an algorithm for people where it has a name they know.
func (c *checker) algorithmName(a alg.SignatureAlgorithm) string {
	if e := c.rules.Ended(a); e != nil {
		return e.Name
	}
	return string(a.OID)
}

// ended says that a signature which was there at a moment, and is not proved to have
// been there earlier, came after its algorithm had ended.
func (c *checker) ended(a alg.SignatureAlgorithm, m moment) failure {
	e := c.rules.Ended(a)
	if e == nil || m.at.Before(e.Until) {
		return failure{}
	}
	return constraints(e.Name, m)
}

// short says that a key is shorter than the policy wants.
func (c *checker) short(cert *x509.Certificate, m moment) failure {
	if cert == nil || cert.PublicKey == nil || cert.PublicKey.Kind() != alg.RSA || cert.PublicKey.Bits() >= c.rules.MinimumRSABits {
		return failure{}
	}
	return constraints(fmt.Sprintf("RSA, %d", cert.PublicKey.Bits()), m)
}

func constraints(name string, m moment) failure {
	f := failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: name}}
	if m.proved {
		f.code = reasons.CryptoConstraints
	}
	return f
}

// wanted are the demands of the policy on a signature that is good otherwise.
func (c *checker) wanted(s *Signature, f form, found conclusion, t stamps) failure {
	switch {
	case c.rules.RequireSigningCertificate && !f.bound:
		return failure{reasons.SigConstraints, reasons.Details{Attribute: "signingCertificateV2"}}
	case c.rules.RequireWholeDocument && f.partial:
		return fail(reasons.SigConstraints, reasons.CausePartCovered)
	case found.anchored && !c.rules.Accepts(found.policies):
		return fail(reasons.ChainConstraints, reasons.CausePolicy)
	case c.rules.RequireAccredited && found.anchored && c.o.accredited(s.Authority, found.path[0]) != Yes:
		return fail(reasons.ChainConstraints, reasons.CauseNotAccredited)
	case c.rules.RequireTimestamp && t.best.IsZero():
		return failure{code: reasons.NoPOE}
	}
	return failure{}
}

// accept refuses certificates of a path whose algorithm has ended or whose key is short.
func (c *checker) accept(m moment) func(*x509.Certificate) error {
	return func(cert *x509.Certificate) error {
		for _, f := range []failure{c.ended(cert.SignatureAlgorithm, m), c.short(cert, m)} {
			if f.code != "" {
				return notAccepted{f}
			}
		}
		return nil
	}
}
