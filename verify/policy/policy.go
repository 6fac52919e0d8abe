// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package policy says which signatures are acceptable (EN 319 102-1, 5.1.4): ended
// algorithms with their dates, the age of evidence, what a signature has to carry. It is
// data, read from a file; package verify judges by it.
//
// Left out: rules that a signature itself refers to, and anything about whom to trust.
package policy

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
)

// Policy is what is acceptable: a file of the installation or of the one who asks, see
// [Parse].
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

// ErrFormat says that a file is no policy.
var ErrFormat = errors.New("policy")

// maxPolicy bounds the file of a policy.
const maxPolicy = 256 << 10

// Parse reads a policy in JSON. What is not stated is as in the default one; a
// field that is not known is an error, since it may be the one that forbids.
func Parse(in []byte) (*Policy, error) {
	if len(in) > maxPolicy {
		return nil, fmt.Errorf("%w: more than %d octets", ErrFormat, maxPolicy)
	}
	p := Default()
	// A list is taken whole: the decoder would mix it with what stands there.
	ended, policies := p.EndedAlgorithms, p.CertificatePolicies
	p.EndedAlgorithms, p.CertificatePolicies = nil, nil
	d := json.NewDecoder(bytes.NewReader(in))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: text behind it", ErrFormat)
	}
	if p.EndedAlgorithms == nil {
		p.EndedAlgorithms = ended
	}
	if p.CertificatePolicies == nil {
		p.CertificatePolicies = policies
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
			return fmt.Errorf("%w: %s is %d, want %d to %d", ErrFormat, name, v.value, v.low, v.high)
		}
	}
	oids := slices.Clone(p.CertificatePolicies)
	for _, a := range p.EndedAlgorithms {
		if a.Name == "" || len(a.OIDs) == 0 {
			return fmt.Errorf("%w: an ended algorithm needs a name and identifiers", ErrFormat)
		}
		oids = append(oids, a.OIDs...)
	}
	for _, oid := range oids {
		if !oid.Valid() {
			return fmt.Errorf("%w: %q is no object identifier", ErrFormat, string(oid))
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

// Default is what holds unless something else is asked for. The caller may change
// its copy.
func Default() *Policy {
	p := *builtin()
	p.EndedAlgorithms = slices.Clone(p.EndedAlgorithms)
	return &p
}

// Builtin is the default policy itself; it must not be changed.
func Builtin() *Policy { return builtin() }

// Skew is how much clocks may differ.
func (p *Policy) Skew() time.Duration { return time.Duration(p.ClockSkewSeconds) * time.Second }

// AnswerAge is for how long an OCSP answer without nextUpdate is fresh.
func (p *Policy) AnswerAge() time.Duration { return time.Duration(p.AnswerAgeHours) * time.Hour }

// TooOld reports revocation data that was made too long before the moment it is used for.
func (p *Policy) TooOld(made, at time.Time) bool {
	return p.RevocationAgeHours > 0 && made.Before(at.Add(-time.Duration(p.RevocationAgeHours)*time.Hour))
}

// Ended finds an algorithm among those that have ended, nil if it has not.
func (p *Policy) Ended(a alg.SignatureAlgorithm) *EndedAlgorithm {
	for i := range p.EndedAlgorithms {
		if slices.Contains(p.EndedAlgorithms[i].OIDs, a.OID) {
			return &p.EndedAlgorithms[i]
		}
	}
	return nil
}

// Accepts tells whether a path that is valid under these certificate policies is valid
// under one of those that are demanded.
func (p *Policy) Accepts(list []der.OID) bool {
	return len(p.CertificatePolicies) == 0 || slices.ContainsFunc(list, func(oid der.OID) bool {
		return oid == x509.OIDAnyPolicy || slices.Contains(p.CertificatePolicies, oid)
	})
}
