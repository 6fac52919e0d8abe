// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"bytes"

	"podpis/pki/der"
)

// decodeFields reads the extensions that are known. A known extension that is
// malformed is an error, whether critical or not: what it limits would be lost.
func decodeFields(list []Extension) (Fields, []Warning, error) {
	f := Fields{MaxPathLen: -1, IdentificationKind: -1}
	var warnings []Warning
	for _, e := range list {
		switch e.OID {
		case OIDObsoleteKeyIdentifier:
			f.readObsoleteKeyID(e.Value)
			warnings = append(warnings, WarnObsoleteKeyID)
			continue
		case OIDOCSPNoCheck:
			// The presence is the message; a responder of the field has the
			// two octets of NULL the other way round.
			f.OCSPNoCheck = true
			if !bytes.Equal(e.Value, der.Null()) {
				warnings = append(warnings, WarnNoCheck)
			}
			continue
		}
		read := f.reader(e.OID)
		if read == nil {
			if e.Critical {
				f.UnknownCritical = append(f.UnknownCritical, e.OID)
			}
			continue
		}
		r := der.NewReader(e.Value)
		read(r)
		if err := r.Close(); err != nil {
			return f, nil, wrap("extension "+string(e.OID), err)
		}
	}
	return f, warnings, nil
}

// reader finds how an extension is read.
func (f *Fields) reader(oid der.OID) func(*der.Reader) {
	switch oid {
	case OIDSubjectKeyIdentifier:
		return func(r *der.Reader) { f.SubjectKeyID = r.OctetString() }
	case OIDAuthorityKeyIdentifier:
		return f.readAuthorityKeyID
	case OIDKeyUsage:
		return f.readKeyUsage
	case OIDExtKeyUsage:
		return f.readExtKeyUsage
	case OIDPrivateKeyUsagePeriod:
		return f.readPrivateKeyUsage
	case OIDBasicConstraints:
		return f.readBasicConstraints
	case OIDSubjectAltName:
		return func(r *der.Reader) { f.SubjectAltName = ReadGeneralNames(r.Sequence()) }
	case OIDIssuerAltName:
		return func(r *der.Reader) { f.IssuerAltName = ReadGeneralNames(r.Sequence()) }
	case OIDCertificatePolicies:
		return f.readPolicies
	case OIDCRLDistributionPoints:
		return func(r *der.Reader) { f.CRLDistributionPoints = readDistributionPoints(r) }
	case OIDFreshestCRL:
		return func(r *der.Reader) { f.FreshestCRL = readDistributionPoints(r) }
	case OIDAuthorityInfoAccess:
		return f.readInfoAccess
	case OIDSubjectSignTool:
		return func(r *der.Reader) { f.SubjectSignTool = readText(r) }
	case OIDIssuerSignTool:
		return f.readIssuerSignTool
	case OIDIdentificationKind:
		return func(r *der.Reader) { f.IdentificationKind = r.Int() }
	}
	return nil
}

func (f *Fields) readKeyUsage(r *der.Reader) {
	f.HasKeyUsage = true
	bits, _ := r.Bits()
	f.KeyUsage = KeyUsage(namedBits(bits, 9))
}

// namedBits gathers the first n bits of a BIT STRING, bit i of the standard as
// 1<<i.
func namedBits(bits []byte, n int) (v uint16) {
	for i := range min(n, 8*len(bits)) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			v |= 1 << i
		}
	}
	return v
}

func (f *Fields) readExtKeyUsage(r *der.Reader) {
	s := r.Sequence()
	if s.Empty() {
		s.Fail("empty list of purposes")
	}
	for !s.Empty() {
		f.ExtKeyUsage = append(f.ExtKeyUsage, s.OID())
	}
}

func (f *Fields) readBasicConstraints(r *der.Reader) {
	f.HasBasicConstraints = true
	s := r.Sequence()
	if s.Peek() == der.TagBoolean {
		f.IsCA = s.Bool()
	}
	if s.Peek() == der.TagInteger {
		f.MaxPathLen = s.Int()
		if f.MaxPathLen < 0 {
			s.Fail("negative path length")
		}
	}
	s.End()
}

// readAuthorityKeyID reads RFC 5280, 4.2.1.1.
func (f *Fields) readAuthorityKeyID(r *der.Reader) {
	s := r.Sequence()
	if id, ok := s.Optional(der.Context(0)); ok {
		f.AuthorityKeyID = id
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		f.AuthorityIssuer = ReadGeneralNames(e)
	}
	if s.Peek() == der.Context(2) {
		f.AuthoritySerial = readSerial(s, der.Context(2))
	}
	s.End()
}

// readObsoleteKeyID takes the key identifier out of extension 2.5.29.1, which
// X.509 of 1993 had for the purpose and the examples of TC 26 still carry. Its
// other fields have several forms; an encoding that is not understood is passed
// over, for the extension says nothing that a path depends on.
func (f *Fields) readObsoleteKeyID(value []byte) {
	r := der.NewReader(value)
	s := r.Sequence()
	if id, ok := s.Optional(der.Context(0)); ok && f.AuthorityKeyID == nil {
		f.AuthorityKeyID = id
	}
}

func (f *Fields) readPrivateKeyUsage(r *der.Reader) {
	s := r.Sequence()
	if s.Peek() == der.Context(0) {
		f.PrivateKeyNotBefore = s.ImplicitGeneralizedTime(der.Context(0))
	}
	if s.Peek() == der.Context(1) {
		f.PrivateKeyNotAfter = s.ImplicitGeneralizedTime(der.Context(1))
	}
	s.End()
}

func (f *Fields) readPolicies(r *der.Reader) {
	s := r.Sequence()
	for !s.Empty() {
		x := s.Sequence()
		p := Policy{OID: x.OID()}
		if !x.Empty() {
			q := x.Sequence()
			for !q.Empty() {
				p.readQualifier(q.Sequence())
			}
		}
		x.End()
		f.Policies = append(f.Policies, p)
	}
}

// readQualifier reads PolicyQualifierInfo (RFC 5280, 4.2.1.4).
func (p *Policy) readQualifier(s *der.Reader) {
	switch s.OID() {
	case oidQualifierCPS:
		p.CPS = append(p.CPS, readText(s))
	case oidQualifierNotice:
		n := s.Sequence()
		if n.Peek() == der.TagSequence {
			n.Raw(der.TagSequence) // noticeRef: not to be used
		}
		if !n.Empty() {
			p.Notice = readText(n)
		}
		n.End()
	default:
		s.Any()
	}
	s.End()
}

func readDistributionPoints(r *der.Reader) (points []DistributionPoint) {
	s := r.Sequence()
	for !s.Empty() {
		x := s.Sequence()
		var p DistributionPoint
		if e, ok := x.EnterOptional(der.ContextConstructed(0)); ok {
			p.Names, p.Relative = readPointName(e)
		}
		if x.Peek() == der.Context(1) {
			bits, _ := x.ImplicitBits(der.Context(1))
			p.Reasons = namedBits(bits, 9)
		}
		if e, ok := x.EnterOptional(der.ContextConstructed(2)); ok {
			p.CRLIssuer = ReadGeneralNames(e)
		}
		x.End()
		points = append(points, p)
		if len(points) > maxNames {
			s.Fail("too many distribution points")
		}
	}
	return points
}

// readPointName reads the content of [0] DistributionPointName.
func readPointName(e *der.Reader) (names []GeneralName, relative []Attribute) {
	if full, ok := e.EnterOptional(der.ContextConstructed(0)); ok {
		names = ReadGeneralNames(full)
	} else {
		relative = readRDN(e.Enter(der.ContextConstructed(1)))
	}
	e.End()
	return names, relative
}

func (f *Fields) readInfoAccess(r *der.Reader) {
	s := r.Sequence()
	for !s.Empty() {
		x := s.Sequence()
		method, location := x.OID(), ReadGeneralName(x)
		x.End()
		if location.Kind != URIName {
			continue
		}
		switch method {
		case oidAccessOCSP:
			f.OCSPServers = append(f.OCSPServers, location.Value)
		case oidAccessCAIssuers:
			f.IssuingURLs = append(f.IssuingURLs, location.Value)
		}
	}
}

func (f *Fields) readIssuerSignTool(r *der.Reader) {
	s := r.Sequence()
	f.IssuerSignTool = &IssuerSignTool{
		SignTool: readText(s), CATool: readText(s),
		SignToolCert: readText(s), CAToolCert: readText(s),
	}
	s.End()
}
