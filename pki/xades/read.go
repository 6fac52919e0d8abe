// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades

import (
	"strings"
	"time"

	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// read finds the properties of a signature.
func read(x *xmldsig.Signature) *Signature {
	s := &Signature{Signature: x}
	s.Evidence.Certificates = append(s.Evidence.Certificates, x.Certificates...)
	properties, err := s.find()
	if properties == nil && err == nil {
		// A reference to signed properties that are not there is no signature
		// without properties.
		for _, r := range x.References {
			if r.Type == typeSigned {
				err = ErrUnbound
			}
		}
	}
	s.HasProperties = properties != nil || err != nil
	if err == nil && properties != nil {
		err = s.readProperties(properties)
	}
	if s.PropertiesErr = err; err != nil {
		s.SignedProperties = SignedProperties{}
	}
	s.readEvidence()
	return s
}

func (s *Signature) readProperties(properties *xmltree.Node) error {
	s.unsigned = properties.Child(Namespace, "UnsignedProperties").Child(Namespace, "UnsignedSignatureProperties").Children(maxUnsigned + 1)
	if len(s.unsigned) > maxUnsigned {
		s.unsigned = nil
		return ErrTooMany
	}
	if err := s.bind(properties); err != nil {
		return err
	}
	if err := s.readSigned(); err != nil {
		return err
	}
	return s.readStamps()
}

// find returns the one QualifyingProperties of the signature: in an Object that is
// a child of it, and naming it (EN 319 132-1, 4.3.2).
func (s *Signature) find() (*xmltree.Node, error) {
	var found *xmltree.Node
	for _, o := range s.Objects() {
		for _, c := range o.Elements() {
			if !c.Is(Namespace, "QualifyingProperties") {
				continue
			}
			if found != nil {
				return nil, ErrProperties
			}
			found, s.holder = c, o
		}
	}
	if found == nil {
		return nil, nil
	}
	if target, _ := found.Attr("Target"); strings.TrimPrefix(target, "#") != s.ID {
		return nil, ErrTarget
	}
	return found, nil
}

// bind proves that the signature covers its signed properties (EN 319 132-1,
// 4.4.2): one reference of their type, to this element, changed by nothing but
// canonicalization.
func (s *Signature) bind(properties *xmltree.Node) error {
	children := properties.Elements()
	if len(children) == 0 || !children[0].Is(Namespace, "SignedProperties") || len(children) > 2 ||
		len(children) == 2 && !children[1].Is(Namespace, "UnsignedProperties") {
		return ErrProperties
	}
	for _, r := range s.References {
		if r.Type != typeSigned {
			continue
		}
		target, err := r.Target()
		if err != nil {
			return err
		}
		if s.bound != nil || target != children[0] {
			return ErrUnbound
		}
		for _, uri := range r.Transforms() {
			if !xmldsig.IsCanonicalization(uri) {
				return ErrUnbound
			}
		}
		s.bound, s.signed = r, children[0]
	}
	if s.bound == nil {
		return ErrUnbound
	}
	return nil
}

func (s *Signature) readSigned() error {
	if p := s.signed.Child(Namespace, "SignedSignatureProperties"); p != nil {
		seen := map[string]bool{}
		for _, e := range p.Elements() {
			if seen[e.Local] {
				return ErrProperties // EN 319 132-1, 5.1: each of them once
			}
			seen[e.Local] = true
			if err := s.readSignatureProperty(e); err != nil {
				return err
			}
		}
	}
	for _, e := range s.signed.Child(Namespace, "SignedDataObjectProperties").Children(maxValues) {
		switch {
		case e.Is(Namespace, "DataObjectFormat"):
			reference, _ := e.Attr("ObjectReference")
			s.Formats = append(s.Formats, Format{
				Reference: strings.TrimPrefix(reference, "#"), MimeType: e.Child(Namespace, "MimeType").Trimmed(),
				Description: e.Child(Namespace, "Description").Trimmed(),
			})
		case e.Is(Namespace, "CommitmentTypeIndication"):
			s.Commitments = append(s.Commitments, e.Child(Namespace, "CommitmentTypeId").Child(Namespace, "Identifier").Trimmed())
		}
	}
	return nil
}

func (s *Signature) readSignatureProperty(e *xmltree.Node) (err error) {
	if e.Space != Namespace {
		return nil
	}
	switch e.Local {
	case "SigningTime":
		s.SigningTime, err = parseTime(e.Trimmed())
	case "SigningCertificate", "SigningCertificateV2":
		var refs []CertRef
		if refs, err = readCertRefs(e); err == nil && (e.Local == "SigningCertificateV2" || s.SigningCertificates == nil) {
			s.SigningCertificates = refs
		}
	case "SignaturePolicyIdentifier":
		s.Policy, err = readPolicy(e)
	case "SignerRole", "SignerRoleV2":
		for _, r := range e.Child(Namespace, "ClaimedRoles").Children(maxValues) {
			s.Roles = append(s.Roles, r.Trimmed())
		}
	case "SignatureProductionPlace", "SignatureProductionPlaceV2":
		var parts []string
		for _, p := range e.Children(maxValues) {
			parts = append(parts, p.Trimmed())
		}
		s.Place = strings.Join(parts, ", ")
	}
	return err
}

// parseTime reads xsd:dateTime. Without a zone, which EN 319 132-1, 5.2.1 does not
// foresee, it is taken for UTC.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, ErrProperties
}

func readPolicy(e *xmltree.Node) (*Policy, error) {
	if e.Child(Namespace, "SignaturePolicyImplied") != nil {
		return &Policy{Implied: true}, nil
	}
	id := e.Child(Namespace, "SignaturePolicyId")
	p := &Policy{Identifier: id.Child(Namespace, "SigPolicyId").Child(Namespace, "Identifier").Trimmed()}
	if p.Identifier == "" {
		return nil, ErrProperties
	}
	if h, err := readDigest(id.Child(Namespace, "SigPolicyHash")); err == nil {
		p.Hash = &h
	}
	for _, q := range id.Child(Namespace, "SigPolicyQualifiers").Children(maxValues) {
		if uri := q.Child(Namespace, "SPURI"); uri != nil {
			p.URI = uri.Trimmed()
		}
	}
	return p, nil
}
