// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Extensions that only paths need (RFC 5280, 4.2.1).
const (
	OIDNameConstraints   der.OID = "2.5.29.30"
	oidPolicyMappings    der.OID = "2.5.29.33"
	oidPolicyConstraints der.OID = "2.5.29.36"
	oidInhibitAnyPolicy  der.OID = "2.5.29.54"
)

// unlimited is a counter that is not set.
const unlimited = -1

// mapping says that the authority's policy from is the subject's policy to.
type mapping struct{ from, to der.OID }

// constraints are the extensions of one certificate that limit those below it.
type constraints struct {
	names         *nameConstraints // nil: not stated
	mappings      []mapping
	requirePolicy int // skip certificates; unlimited when not stated
	inhibitMap    int
	inhibitAny    int
}

// readConstraints reads the four extensions, whether critical or not.
func readConstraints(c *x509.Certificate) (out constraints, err error) {
	out = constraints{requirePolicy: unlimited, inhibitMap: unlimited, inhibitAny: unlimited}
	for _, e := range c.Extensions {
		r := der.NewReader(e.Value)
		switch e.OID {
		case OIDNameConstraints:
			out.names = readNameConstraints(r)
		case oidPolicyMappings:
			out.mappings = readMappings(r)
		case oidPolicyConstraints:
			out.requirePolicy, out.inhibitMap = readPolicyConstraints(r)
		case oidInhibitAnyPolicy:
			out.inhibitAny = readSkip(r, der.TagInteger)
		default:
			continue
		}
		if err := r.Close(); err != nil {
			return out, &ExtensionError{OID: e.OID, Err: err}
		}
	}
	return out, nil
}

// ExtensionError is the cause of [ReasonMalformedExtension].
type ExtensionError struct {
	OID der.OID
	Err error
}

func (e *ExtensionError) Error() string { return "extension " + string(e.OID) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ExtensionError) Unwrap() error { return e.Err }

// unknownCritical reports a critical extension that neither x509 nor this package
// reads.
func unknownCritical(c *x509.Certificate) bool {
	for _, oid := range c.UnknownCritical {
		switch oid {
		case OIDNameConstraints, oidPolicyMappings, oidPolicyConstraints, oidInhibitAnyPolicy:
		default:
			return true
		}
	}
	return false
}

// readMappings reads RFC 5280, 4.2.1.5.
func readMappings(r *der.Reader) (list []mapping) {
	s := r.Sequence()
	if s.Empty() {
		s.Fail("empty list of mappings")
	}
	for !s.Empty() {
		x := s.Sequence()
		list = append(list, mapping{x.OID(), x.OID()})
		x.End()
		if len(list) > maxMappings {
			s.Fail("too many mappings")
		}
	}
	return list
}

// readPolicyConstraints reads RFC 5280, 4.2.1.11.
func readPolicyConstraints(r *der.Reader) (require, inhibit int) {
	require, inhibit = unlimited, unlimited
	s := r.Sequence()
	if s.Empty() {
		s.Fail("policy constraints without content")
	}
	if s.Peek() == der.Context(0) {
		require = readSkip(s, der.Context(0))
	}
	if s.Peek() == der.Context(1) {
		inhibit = readSkip(s, der.Context(1))
	}
	s.End()
	return require, inhibit
}

// readSkip reads SkipCerts, which is not negative. What is longer than any path is
// as good as any other such number.
func readSkip(r *der.Reader, tag der.Tag) int {
	c := r.ImplicitInteger(tag)
	switch {
	case r.Err() != nil:
		return unlimited
	case c[0] >= 0x80:
		r.Fail("negative number of certificates")
		return unlimited
	case len(c) > 1:
		return 1 << 20
	}
	return int(c[0])
}

// readNameConstraints reads RFC 5280, 4.2.1.10.
func readNameConstraints(r *der.Reader) *nameConstraints {
	n := new(nameConstraints)
	s := r.Sequence()
	if s.Empty() {
		s.Fail("name constraints without content")
	}
	for i, list := range []*[]subtree{&n.permitted, &n.excluded} {
		e, ok := s.EnterOptional(der.ContextConstructed(i))
		if !ok {
			continue
		}
		if e.Empty() {
			e.Fail("empty list of subtrees")
		}
		for !e.Empty() {
			*list = append(*list, readSubtree(e))
			if len(*list) > maxMappings {
				e.Fail("too many subtrees")
			}
		}
	}
	s.End()
	return n
}

// readSubtree reads GeneralSubtree: in this profile minimum is zero, the default, and
// maximum absent.
func readSubtree(r *der.Reader) subtree {
	x := r.Sequence()
	base := x509.ReadGeneralName(x)
	if x.Peek() == der.Context(0) && x.ImplicitInt(der.Context(0)) != 0 {
		x.Fail("minimum of a subtree is not zero")
	}
	x.End()
	t, ok := newSubtree(base)
	if x.Err() == nil && !ok {
		x.Fail("malformed base of a subtree")
	}
	return t
}
