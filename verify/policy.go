// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	_ "embed" // of the default policy
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// Policy is what is acceptable (EN 319 102-1, 5.1.4). It is data: a file of the
// installation or of the one who asks, see [ParsePolicy].
type Policy struct {
	Name string `json:"name"`
	// EndedAlgorithms verify nothing any more, or only what is proved to be older.
	// An algorithm that is not listed counts as far as it is computed here.
	EndedAlgorithms []EndedAlgorithm `json:"endedAlgorithms"`
	// MinimumRSABits is the shortest modulus that counts; below 2048 nothing is
	// computed.
	MinimumRSABits int `json:"minimumRSABits"`
	// ClockSkewSeconds is how much clocks may differ.
	ClockSkewSeconds int `json:"clockSkewSeconds"`
	// AnswerAgeHours is for how long an OCSP answer without nextUpdate is fresh
	// (RFC 6960, 4.2.2.1).
	AnswerAgeHours int `json:"answerAgeHours"`
	// RevocationAgeHours is how old revocation data may be at the moment it is used
	// for, whatever it says of its next update; 0: as long as it says.
	RevocationAgeHours int `json:"revocationAgeHours"`
	// RequireTimestamp leaves a signature without a good time stamp open.
	RequireTimestamp bool `json:"requireTimestamp"`
	// RequireSigningCertificate leaves a signature open that does not bind its
	// certificate: plain CMS and XMLDSig.
	RequireSigningCertificate bool `json:"requireSigningCertificate"`
	// RequireWholeDocument leaves a signature open that covers only a part of its file.
	RequireWholeDocument bool `json:"requireWholeDocument"`
	// RequireAccredited leaves a signature open whose issuer is not known to have been
	// accredited on the day of issue.
	RequireAccredited bool `json:"requireAccredited"`
	// CertificatePolicies: the path of the signer has to be valid under one of them;
	// empty: any.
	CertificatePolicies []der.OID `json:"certificatePolicies"`
}

// EndedAlgorithm is an algorithm that may not sign any more: what it signed counts as
// long as it is proved to be from before that time.
type EndedAlgorithm struct {
	Name  string    `json:"name"` // for people
	OIDs  []der.OID `json:"oids"` // of the signature or of the key that stands for it
	Until time.Time `json:"until,omitzero"`
}

// ErrPolicy says that a policy is not one.
var ErrPolicy = errors.New("verify: policy")

// maxPolicy bounds the file of a policy.
const maxPolicy = 256 << 10

// ParsePolicy reads a policy in JSON. What is not stated is as in the default one; a
// field that is not known is an error, since it may be the one that forbids.
func ParsePolicy(in []byte) (*Policy, error) {
	if len(in) > maxPolicy {
		return nil, fmt.Errorf("%w: more than %d octets", ErrPolicy, maxPolicy)
	}
	p := DefaultPolicy()
	d := json.NewDecoder(bytes.NewReader(in))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: text behind it", ErrPolicy)
	}
	if err := p.valid(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) valid() error {
	const year = 366 * 24
	for name, v := range map[string]struct{ value, low, high int }{
		"minimumRSABits":     {p.MinimumRSABits, 2048, 16384},
		"clockSkewSeconds":   {p.ClockSkewSeconds, 0, 24 * 3600},
		"answerAgeHours":     {p.AnswerAgeHours, 1, year},
		"revocationAgeHours": {p.RevocationAgeHours, 0, 10 * year},
	} {
		if v.value < v.low || v.value > v.high {
			return fmt.Errorf("%w: %s is %d, want %d to %d", ErrPolicy, name, v.value, v.low, v.high)
		}
	}
	oids := slices.Clone(p.CertificatePolicies)
	for _, a := range p.EndedAlgorithms {
		if a.Name == "" || len(a.OIDs) == 0 {
			return fmt.Errorf("%w: an ended algorithm needs a name and identifiers", ErrPolicy)
		}
		oids = append(oids, a.OIDs...)
	}
	for _, oid := range oids {
		if !oid.Valid() {
			return fmt.Errorf("%w: %q is no object identifier", ErrPolicy, string(oid))
		}
	}
	return nil
}

//go:embed policy.json
var defaultJSON []byte

// builtin is the default policy, read once and not changed after.
var builtin = sync.OnceValue(func() *Policy {
	p := new(Policy)
	if err := json.Unmarshal(defaultJSON, p); err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return p
})

// DefaultPolicy is what holds unless something else is asked for. The caller may change
// its copy.
func DefaultPolicy() *Policy {
	p := *builtin()
	p.EndedAlgorithms = slices.Clone(p.EndedAlgorithms)
	return &p
}

// policy is the one that holds here.
func (o *Options) policy() *Policy {
	if o.Policy == nil {
		return builtin()
	}
	return o.Policy
}

func (p *Policy) skew() time.Duration      { return time.Duration(p.ClockSkewSeconds) * time.Second }
func (p *Policy) answerAge() time.Duration { return time.Duration(p.AnswerAgeHours) * time.Hour }

// tooOld reports revocation data that was made too long before the moment it is used for.
func (p *Policy) tooOld(made time.Time, m moment) bool {
	return p.RevocationAgeHours > 0 && made.Before(m.at.Add(-time.Duration(p.RevocationAgeHours)*time.Hour))
}

func (p *Policy) endedAlgorithm(a alg.SignatureAlgorithm) *EndedAlgorithm {
	for i := range p.EndedAlgorithms {
		if slices.Contains(p.EndedAlgorithms[i].OIDs, a.OID) {
			return &p.EndedAlgorithms[i]
		}
	}
	return nil
}

// algorithmName names an algorithm for people where it has a name they know.
func (c *checker) algorithmName(a alg.SignatureAlgorithm) string {
	if e := c.rules.endedAlgorithm(a); e != nil {
		return e.Name
	}
	return string(a.OID)
}

// ended says that a signature which was there at a moment, and is not proved to have
// been there earlier, came after its algorithm had ended.
func (c *checker) ended(a alg.SignatureAlgorithm, m moment) failure {
	e := c.rules.endedAlgorithm(a)
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
	case len(c.rules.CertificatePolicies) > 0 && found.anchored && !c.rules.accepts(found.policies):
		return fail(reasons.ChainConstraints, reasons.CausePolicy)
	case c.rules.RequireAccredited && found.anchored && c.o.accredited(s.Authority, found.path[0]) != Yes:
		return fail(reasons.ChainConstraints, reasons.CauseNotAccredited)
	case c.rules.RequireTimestamp && t.best.IsZero():
		return failure{code: reasons.NoPOE}
	}
	return failure{}
}

// accepts tells whether a path that is valid under some policies is valid under one of
// those that count here.
func (p *Policy) accepts(list []der.OID) bool {
	return slices.ContainsFunc(list, func(oid der.OID) bool {
		return oid == x509.OIDAnyPolicy || slices.Contains(p.CertificatePolicies, oid)
	})
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
