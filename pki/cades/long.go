// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades

import (
	"errors"
	"slices"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// Proof is a certificate of a path with what tells of its revocation: nothing for one that is trusted by itself.
type Proof struct {
	Certificate *x509.Certificate
	CRLs        [][]byte // CertificateList
	OCSP        [][]byte // BasicOCSPResponse
}

// ErrProof says that a proof is not what it should be.
var ErrProof = errors.New("cades: evidence malformed")

// AddLong puts references to a path and its revocation data and their values into a signature (EN 319 122-1, A.1.1 and
// A.1.2): those of level X Long. The path begins with the signer's certificate. What was there is replaced.
func AddLong(si *cms.SignerInfo, h alg.Hash, path []Proof) error {
	if len(path) == 0 {
		return ErrProof
	}
	certificates := certificateRefs(h, path)
	revocation, err := revocationRefs(h, path)
	if err != nil {
		return err
	}
	var certs, crls, answers [][]byte
	add := func(list *[][]byte, items ...[]byte) {
		for _, item := range items {
			if !slices.ContainsFunc(*list, func(b []byte) bool { return string(b) == string(item) }) {
				*list = append(*list, item)
			}
		}
	}
	for _, p := range path {
		add(&certs, p.Certificate.Raw)
		add(&crls, p.CRLs...)
		add(&answers, p.OCSP...)
	}
	var values [][]byte
	if len(crls) > 0 {
		values = append(values, der.Explicit(0, der.Sequence(crls...)))
	}
	if len(answers) > 0 {
		values = append(values, der.Explicit(1, der.Sequence(answers...)))
	}
	for oid, value := range map[der.OID][]byte{
		OIDCertificateRefs: certificates, OIDRevocationRefs: revocation,
		OIDCertificateValues: der.Sequence(certs...), OIDRevocationValues: der.Sequence(values...),
	} {
		si.UnsignedAttributes = slices.DeleteFunc(si.UnsignedAttributes, func(a cms.Attribute) bool { return a.Type == oid })
		si.AddUnsigned(oid, value)
	}
	return nil
}

// otherHash is OtherHash by its second choice (TS 101 733, 6.2.1).
func otherHash(h alg.Hash, octets []byte) []byte {
	return der.Sequence(h.Identifier(), der.OctetString(h.Sum(octets)))
}

// certificateRefs is CompleteCertificateRefs: all of the path but the signer's own certificate.
func certificateRefs(h alg.Hash, path []Proof) []byte {
	var refs [][]byte
	for _, p := range path[1:] {
		c := p.Certificate
		name := der.Sequence(der.Element(der.ContextConstructed(4), c.Issuer.Raw)) // directoryName
		refs = append(refs, der.Sequence(otherHash(h, c.Raw), der.Sequence(name, c.Serial.Encode())))
	}
	return der.Sequence(refs...)
}

// revocationRefs is CompleteRevocationRefs: one CrlOcspRef a certificate of the path, the signer's first; that of a trusted
// one is empty.
func revocationRefs(h alg.Hash, path []Proof) ([]byte, error) {
	var refs [][]byte
	for _, p := range path {
		var crls, answers, ref [][]byte
		for _, raw := range p.CRLs {
			list, err := x509.ParseCRL(raw)
			if err != nil {
				return nil, errors.Join(ErrProof, err)
			}
			identifier := [][]byte{list.Issuer.Raw, der.Time(list.ThisUpdate)}
			if list.Number != nil {
				identifier = append(identifier, list.Number.Encode())
			}
			crls = append(crls, der.Sequence(otherHash(h, raw), der.Sequence(identifier...)))
		}
		for _, raw := range p.OCSP {
			answer, err := ocsp.ParseBasic(raw)
			if err != nil {
				return nil, errors.Join(ErrProof, err)
			}
			responder := der.Explicit(2, der.OctetString(answer.ResponderKey))
			if answer.ResponderKey == nil {
				responder = der.Explicit(1, answer.ResponderName.Raw)
			}
			answers = append(answers, der.Sequence(der.Sequence(responder, der.GeneralizedTime(answer.ProducedAt)), otherHash(h, raw)))
		}
		if len(crls) > 0 {
			ref = append(ref, der.Explicit(0, der.Sequence(der.Sequence(crls...))))
		}
		if len(answers) > 0 {
			ref = append(ref, der.Explicit(1, der.Sequence(der.Sequence(answers...))))
		}
		refs = append(refs, der.Sequence(ref...))
	}
	return der.Sequence(refs...), nil
}

// LongImprint is what the stamp of level X type 1 covers: the signature value, its stamps and the references (EN 319 122-1,
// A.1.5.2).
func LongImprint(si *cms.SignerInfo, h alg.Hash) ([]byte, error) {
	s := Stamp{Kind: ReferenceStamp, si: si, attribute: OIDCTimestamp}
	return s.Imprint(h, Content{})
}

// AddLongTimestamp puts a stamp over [LongImprint] into the signature: with what [AddLong] adds, level X Long Type 1.
func AddLongTimestamp(si *cms.SignerInfo, token []byte) { si.AddUnsigned(OIDCTimestamp, token) }

// SetTimestamps replaces the stamps over the signature value, such as by the same with their own evidence inside.
func SetTimestamps(si *cms.SignerInfo, tokens [][]byte) {
	si.UnsignedAttributes = slices.DeleteFunc(si.UnsignedAttributes, func(a cms.Attribute) bool { return a.Type == OIDSignatureTimestamp })
	si.AddUnsigned(OIDSignatureTimestamp, tokens...)
}

// Sealed tells whether a stamp of the message covers the sets of certificates and lists or the form of the content as they
// are, so that nothing may be added, taken out or moved: archive stamps of the versions before 3.
func Sealed(sd *cms.SignedData) bool {
	return slices.ContainsFunc(sd.Signers, func(si *cms.SignerInfo) bool {
		return cms.Has(si.UnsignedAttributes, OIDArchiveTimestamp) || cms.Has(si.UnsignedAttributes, OIDArchiveTimestampV2)
	})
}
