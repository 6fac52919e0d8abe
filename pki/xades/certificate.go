// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades

import (
	"bytes"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// DigestRef is a digest with its algorithm.
type DigestRef struct {
	Hash   alg.Hash // NoHash when unknown
	Digest []byte
}

// CertRef is one entry of a signing certificate property.
type CertRef struct {
	DigestRef
	Issuer  []byte // raw Name of version 2, nil when absent
	Serial  x509.Serial
	Decimal string // serial number of version 1, "" when absent

	malformed bool // IssuerSerialV2 is there and cannot be read
}

func readDigest(n *xmltree.Node) (DigestRef, error) {
	method, value := n.Child(xmldsig.Namespace, "DigestMethod"), n.Child(xmldsig.Namespace, "DigestValue")
	if method == nil || value == nil {
		return DigestRef{}, ErrProperties
	}
	var d DigestRef
	var err error
	if d.Digest, err = xmldsig.Base64(value, 64); err != nil {
		return d, ErrProperties
	}
	d.Hash, _ = xmldsig.HashOf(method)
	return d, nil
}

// readCertRefs reads CertIDListType or its version 2 (EN 319 132-1, 5.2.2; TS 101
// 903, 7.2.2).
func readCertRefs(e *xmltree.Node) ([]CertRef, error) {
	var list []CertRef
	for _, cert := range e.Children(maxValues) {
		if !cert.Is(Namespace, "Cert") {
			continue
		}
		digest, err := readDigest(cert.Child(Namespace, "CertDigest"))
		if err != nil {
			return nil, err
		}
		ref := CertRef{DigestRef: digest}
		if v1 := cert.Child(Namespace, "IssuerSerial"); v1 != nil {
			ref.Decimal = v1.Child(xmldsig.Namespace, "X509SerialNumber").Trimmed()
		}
		if v2 := cert.Child(Namespace, "IssuerSerialV2"); v2 != nil {
			ref.readIssuerSerial(v2)
		}
		list = append(list, ref)
	}
	if len(list) == 0 {
		return nil, ErrProperties
	}
	return list, nil
}

// readIssuerSerial reads IssuerSerial of RFC 5035, 5.
func (c *CertRef) readIssuerSerial(n *xmltree.Node) {
	raw, err := xmldsig.Base64(n, 64<<10)
	r := der.NewReader(raw)
	s := r.Sequence()
	names := s.Sequence()
	if name, ok := names.EnterOptional(der.ContextConstructed(4)); ok {
		c.Issuer = name.Raw(der.TagSequence)
	}
	c.Serial = cms.ReadSerial(s)
	c.malformed = err != nil || r.Err() != nil
}

// Matches compares an entry with a certificate. The digest decides; where it is
// right, issuer and serial are compared as far as they are stated: a name in text
// (version 1) has too many spellings to be held against anyone. The answer is nil,
// [ErrOtherCertificate], [ErrIssuerSerial], or [alg.ErrUnsupported].
func (c CertRef) Matches(cert *x509.Certificate) error {
	switch {
	case c.Hash == alg.NoHash:
		return alg.ErrUnsupported
	case !bytes.Equal(c.Hash.Sum(cert.Raw), c.Digest):
		return ErrOtherCertificate
	case c.malformed, c.Issuer != nil && (!bytes.Equal(c.Issuer, cert.Issuer.Raw) || !c.Serial.Equal(cert.Serial)),
		c.Decimal != "" && c.Decimal != cert.Serial.Decimal():
		return ErrIssuerSerial
	}
	return nil
}

// CheckSigningCertificate answers nil when the signed properties bind this
// certificate, [ErrNoSigningCertificate], [ErrOtherCertificate] or
// [ErrIssuerSerial] when not.
func (s *Signature) CheckSigningCertificate(c *x509.Certificate) error {
	switch {
	case s.PropertiesErr != nil:
		return s.PropertiesErr
	case len(s.SigningCertificates) == 0:
		return ErrNoSigningCertificate
	}
	return s.SigningCertificates[0].Matches(c)
}

// Evidence is what a signature carries for its own validation. Nothing of it is
// checked, and nothing of it is signed but by archive time stamps.
type Evidence struct {
	Certificates []*x509.Certificate // of KeyInfo and of the properties
	CRLs         [][]byte            // CertificateList
	OCSP         [][]byte            // OCSPResponse
	Bad          int                 // entries that could not be read
}

// readEvidence collects the values of the unsigned properties (EN 319 132-1, 5.4
// and 5.5.1).
func (s *Signature) readEvidence() {
	for _, p := range s.unsigned {
		switch p.Local {
		case "CertificateValues", "AttrAuthoritiesCertValues", "RevocationValues", "AttributeRevocationValues":
			s.Evidence.add(p)
		case "TimeStampValidationData", "AnyValidationData":
			for _, c := range p.Children(maxValues) {
				s.Evidence.add(c)
			}
		}
	}
}

func (e *Evidence) add(p *xmltree.Node) {
	e.Bad += max(0, len(p.Elements())-maxValues)
	for _, c := range p.Children(maxValues) {
		switch c.Local {
		case "EncapsulatedX509Certificate":
			raw, err := xmldsig.Base64(c, 1<<20)
			if err == nil {
				var cert *x509.Certificate
				if cert, err = x509.ParseCertificate(raw); err == nil {
					e.Certificates = append(e.Certificates, cert)
				}
			}
			if err != nil {
				e.Bad++
			}
		case "CRLValues":
			e.CRLs = e.append(e.CRLs, c, "EncapsulatedCRLValue")
		case "OCSPValues":
			e.OCSP = e.append(e.OCSP, c, "EncapsulatedOCSPValue")
		}
	}
}

func (e *Evidence) append(list [][]byte, p *xmltree.Node, local string) [][]byte {
	e.Bad += max(0, len(p.Elements())-maxValues)
	for _, c := range p.Children(maxValues) {
		raw, err := xmldsig.Base64(c, maxEncapsulated)
		if err != nil || c.Local != local {
			e.Bad++
			continue
		}
		list = append(list, raw)
	}
	return list
}
