// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades

import (
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Material is validation data found in unsigned attributes. Nothing of it is
// checked: it is evidence to be judged.
type Material struct {
	Certificates []*x509.Certificate
	CRLs         [][]byte // CertificateList
	OCSP         [][]byte // BasicOCSPResponse
}

// maxMaterial bounds the values of one attribute.
const maxMaterial = 256

// MaterialOf reads certificate values and revocation values (EN 319 122-1,
// A.1.1.2 and A.1.2.2). Time stamps of CryptoPro carry the certificate of their
// signer nowhere else. What is malformed is left out.
func MaterialOf(si *cms.SignerInfo) Material {
	var m Material
	for _, value := range cms.All(si.UnsignedAttributes, OIDCertificateValues) {
		r := der.NewReader(value)
		list := r.Sequence()
		for n := 0; !list.Empty() && n < maxMaterial; n++ {
			if c, err := x509.ParseCertificate(list.Raw(der.TagSequence)); err == nil {
				m.Certificates = append(m.Certificates, c)
			}
		}
	}
	for _, value := range cms.All(si.UnsignedAttributes, OIDRevocationValues) {
		m.revocation(value)
	}
	return m
}

// revocation reads RevocationValues ::= SEQUENCE { crlVals [0], ocspVals [1],
// otherRevVals [2] }, each EXPLICIT.
func (m *Material) revocation(value []byte) {
	r := der.NewReader(value)
	s := r.Sequence()
	if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		list := e.Sequence()
		for n := 0; !list.Empty() && n < maxMaterial; n++ {
			m.CRLs = append(m.CRLs, list.Raw(der.TagSequence))
		}
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		list := e.Sequence()
		for n := 0; !list.Empty() && n < maxMaterial; n++ {
			m.OCSP = append(m.OCSP, list.Raw(der.TagSequence))
		}
	}
	if r.Err() != nil {
		m.CRLs, m.OCSP = nil, nil
	}
}
