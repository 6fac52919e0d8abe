// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"bytes"
	"errors"
	"slices"

	"podpis/pki/x509"
)

// Builder looks for paths (RFC 4158). It may be used several times.
type Builder struct {
	Anchors []Anchor
	Sources []Source // asked in this order
	Options Options
}

// BuildError says how far the search came. Its cause is an [*Error]: why the first path
// that reached an anchor was refused, else the link that broke, else [ReasonUntrusted],
// [ReasonNoPath] or [ReasonBound].
type BuildError struct {
	Partial   []*x509.Certificate // the path the cause speaks of, or the longest; leaf first
	Untrusted bool                // a path ended at a root that is no anchor
	Err       *Error
}

func (e *BuildError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BuildError) Unwrap() error { return e.Err }

// Build returns the first path from the leaf to an anchor that is valid. Candidates
// with the key identifier the certificate states come first, then those that are valid
// at the time and may issue. A failure is a [*BuildError].
func (b *Builder) Build(leaf *x509.Certificate) (Path, error) {
	s := &search{b: b, left: maxSignatures}
	s.extend([]*x509.Certificate{leaf})
	if s.found != nil {
		return *s.found, nil
	}
	return Path{}, s.failure()
}

// search is the state of one depth-first search.
type search struct {
	b     *Builder
	left  int // signatures that may still be verified
	found *Path

	best       []*x509.Certificate
	refused    *Error // why the first whole path was refused
	refusedBy  []*x509.Certificate
	broken     *Error // a link whose signature does not hold though its key should be the one
	brokenPath []*x509.Certificate
	untrusted  bool
}

func (s *search) over() bool { return s.found != nil || s.left <= 0 }

func (s *search) extend(chain []*x509.Certificate) {
	last := chain[len(chain)-1]
	if len(chain) > len(s.best) {
		s.best = chain
	}
	for _, a := range s.b.Anchors {
		if last.Equal(a.Certificate) || len(chain) > 1 && a.is(last) {
			s.arrive(chain[:len(chain)-1], a)
			return
		}
	}
	if last.SelfIssued() && s.check(keyOf(last), last) == nil {
		s.untrusted = true
		return
	}
	s.anchors(chain, true)
	if len(chain) == maxBuilt {
		s.anchors(chain, false)
		return
	}
	candidates := make([][]*x509.Certificate, len(s.b.Sources))
	for i, source := range s.b.Sources {
		if s.over() {
			return
		}
		candidates[i] = s.candidates(source, chain)
		s.try(chain, candidates[i], true)
	}
	s.anchors(chain, false)
	for _, list := range candidates {
		s.try(chain, list, false)
	}
}

// is reports a copy of the anchor, or another certificate of its name and key.
func (a Anchor) is(c *x509.Certificate) bool {
	return bytes.Equal(a.SPKI, c.RawSPKI) && a.Name.Equal(c.Subject)
}

// candidates gathers what a source knows: neither loops (RFC 4158, 2.4.2) nor copies of
// an anchor, the likeliest first.
func (s *search) candidates(source Source, chain []*x509.Certificate) (list []*x509.Certificate) {
	last := chain[len(chain)-1]
	for c := range source(last.Issuer, last) {
		if len(list) == maxSignatures {
			break
		}
		if c.Subject.Equal(last.Issuer) && !loops(chain, c) {
			list = append(list, c)
		}
	}
	rank := func(c *x509.Certificate) (n int) {
		if !c.ValidAt(s.b.Options.At) {
			n += 2
		}
		if !c.IsCA {
			n++
		}
		return n
	}
	slices.SortStableFunc(list, func(a, b *x509.Certificate) int { return rank(a) - rank(b) })
	return list
}

// loops reports a name that stands in the path with the same key.
func loops(chain []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(p *x509.Certificate) bool {
		return bytes.Equal(p.RawSPKI, c.RawSPKI) && p.Subject.Equal(c.Subject)
	})
}

// keyIDFits: the certificate states the very key of the issuer.
func keyIDFits(c, issuer *x509.Certificate) bool {
	return issuer != nil && len(c.AuthorityKeyID) > 0 && bytes.Equal(c.AuthorityKeyID, issuer.SubjectKeyID)
}

func (s *search) anchors(chain []*x509.Certificate, exact bool) {
	last := chain[len(chain)-1]
	for _, a := range s.b.Anchors {
		if s.over() {
			return
		}
		if exact == keyIDFits(last, a.Certificate) && a.Name.Equal(last.Issuer) && s.link(chain, a.key(), exact) {
			s.arrive(chain, a)
		}
	}
}

func (s *search) try(chain, candidates []*x509.Certificate, exact bool) {
	for _, c := range candidates {
		if s.over() {
			return
		}
		if exact == keyIDFits(chain[len(chain)-1], c) && s.link(chain, keyOf(c), exact) {
			s.extend(append(chain[:len(chain):len(chain)], c))
		}
	}
}

// check verifies a signature within the bounds.
func (s *search) check(k key, c *x509.Certificate) error {
	s.left--
	err := s.b.Options.verify(k, c.SignatureAlgorithm, c.RawTBS, c.Signature)
	if errors.Is(err, errSpent) {
		s.left = 0
	}
	return err
}

// link verifies the signature of the last certificate. That another key of the name does
// not verify it is no news; that the stated one does not, is.
func (s *search) link(chain []*x509.Certificate, k key, exact bool) bool {
	last := len(chain) - 1
	err := s.check(k, chain[last])
	if err == nil {
		return true
	}
	switch r := signatureReason(err); {
	case r == ReasonAlgorithm, exact && r == ReasonSignature && s.broken == nil:
		s.broken, s.brokenPath = refuse(last, r, err), chain
	}
	return false
}

func (s *search) arrive(chain []*x509.Certificate, a Anchor) {
	if len(chain) == 0 {
		s.found = &Path{Anchor: a}
		return
	}
	result, err := validate(chain, a, &s.b.Options, true)
	var e *Error
	if errors.As(err, &e) {
		if s.refused == nil {
			s.refused, s.refusedBy = e, slices.Clone(chain)
			if a.Certificate != nil {
				s.refusedBy = append(s.refusedBy, a.Certificate)
			}
		}
		return
	}
	s.found = &Path{Certificates: chain, Anchor: a, Policies: result.Policies}
}

func (s *search) failure() *BuildError {
	out := &BuildError{Partial: s.best, Untrusted: s.untrusted}
	last := len(s.best) - 1
	switch {
	case s.refused != nil:
		out.Partial, out.Err = s.refusedBy, s.refused
	case s.broken != nil && !s.untrusted:
		out.Partial, out.Err = s.brokenPath, s.broken
	case s.untrusted:
		out.Err = refuse(last, ReasonUntrusted, nil)
	case s.left <= 0:
		out.Err = refuse(last, ReasonBound, nil)
	default:
		out.Err = refuse(last, ReasonNoPath, nil)
	}
	return out
}
