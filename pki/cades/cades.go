// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package cades adds to CMS what makes a signature of the CAdES family: the
// certificate bound into the signature (level B), the time stamp over its value
// (level T), and the recognition of the levels above.
//
// Standards: ETSI EN 319 122-1 and -2 (baseline levels), ETSI TS 101 733 (BES, C,
// X Long), RFC 5035 (signing certificate), RFC 5652.
//
// Of the levels above T the attributes are found by [LevelOf], their certificates
// and revocation data given out by [Material], and what each stamp has to cover is
// computed by [Stamps]: references, archives of version 2 and 3. Counter signatures
// are read ([CounterSignatures]).
//
// [AddLong] and what follows it make level X Long Type 1 in the form of the field: references, values, a stamp over both the
// signature and the references.
//
// Left out for now: archive stamps of version 1.
package cades

import (
	"errors"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Attributes (EN 319 122-1, 5 and annex A).
const (
	OIDSigningCertificate   der.OID = "1.2.840.113549.1.9.16.2.12"
	OIDSigningCertificateV2 der.OID = "1.2.840.113549.1.9.16.2.47"
	OIDSignaturePolicy      der.OID = "1.2.840.113549.1.9.16.2.15"
	OIDContentTimestamp     der.OID = "1.2.840.113549.1.9.16.2.20"
	OIDSignatureTimestamp   der.OID = "1.2.840.113549.1.9.16.2.14"
	OIDCertificateRefs      der.OID = "1.2.840.113549.1.9.16.2.21"
	OIDRevocationRefs       der.OID = "1.2.840.113549.1.9.16.2.22"
	OIDCertificateValues    der.OID = "1.2.840.113549.1.9.16.2.23"
	OIDRevocationValues     der.OID = "1.2.840.113549.1.9.16.2.24"
	OIDCTimestamp           der.OID = "1.2.840.113549.1.9.16.2.25"
	OIDRefsTimestamp        der.OID = "1.2.840.113549.1.9.16.2.26"
	OIDArchiveTimestamp     der.OID = "1.2.840.113549.1.9.16.2.27"
	OIDArchiveTimestampV2   der.OID = "1.2.840.113549.1.9.16.2.48"
	OIDArchiveTimestampV3   der.OID = "0.4.0.1733.2.4"
)

var (
	// ErrNoSigningCertificate says that no attribute binds the certificate.
	ErrNoSigningCertificate = errors.New("cades: signing certificate attribute missing")
	// ErrOtherCertificate says that the attribute names another certificate.
	ErrOtherCertificate = errors.New("cades: signing certificate attribute names another certificate")
)

// Level is what a signature carries, from its attributes alone.
type Level string

// The levels, lowest first. CMS is a signature whose certificate is not bound
// into it.
const (
	LevelCMS Level = "CMS"
	LevelB   Level = "CAdES-B"
	LevelT   Level = "CAdES-T"
	LevelC   Level = "CAdES-C"
	LevelX   Level = "CAdES-X"
	LevelXL1 Level = "CAdES-XL1" // X Long Type 1: what Russian services expect
	LevelLT  Level = "CAdES-LT"
	LevelLTA Level = "CAdES-LTA"
)

// LevelOf recognises the level by the attributes of one signature and by the
// revocation data of the message. It checks nothing else.
func LevelOf(sd *cms.SignedData, si *cms.SignerInfo) Level {
	has := func(oid der.OID) bool { return cms.Has(si.UnsignedAttributes, oid) }
	switch {
	case !cms.Has(si.SignedAttributes, OIDSigningCertificateV2) && !cms.Has(si.SignedAttributes, OIDSigningCertificate):
		return LevelCMS
	case !has(OIDSignatureTimestamp):
		return LevelB
	case has(OIDArchiveTimestampV3), has(OIDArchiveTimestampV2), has(OIDArchiveTimestamp):
		return LevelLTA
	case has(OIDCertificateValues) && has(OIDRevocationValues) && has(OIDCTimestamp):
		return LevelXL1
	case has(OIDCTimestamp), has(OIDRefsTimestamp):
		return LevelX
	case len(sd.CRLs)+len(sd.OCSP) > 0:
		return LevelLT
	case has(OIDCertificateRefs) && has(OIDRevocationRefs):
		return LevelC
	}
	return LevelT
}

// SignedAttributes are those of level B: content type, digest, claimed time and
// the certificate bound by a digest of the signature's own hash (EN 319 122-1,
// 6.3).
func SignedAttributes(contentType der.OID, digest []byte, h alg.Hash, cert *x509.Certificate, signingTime time.Time) []cms.Attribute {
	return append(cms.ContentAttributes(contentType, digest, signingTime),
		cms.NewAttribute(OIDSigningCertificateV2, SigningCertificateV2(h, cert)))
}

// SigningCertificateV2 encodes the value that binds a certificate (RFC 5035, 3).
func SigningCertificateV2(h alg.Hash, cert *x509.Certificate) []byte {
	var algorithm []byte
	if h != alg.SHA256 { // the default, which DER leaves out
		algorithm = h.Identifier()
	}
	names := der.Sequence(der.Element(der.ContextConstructed(4), cert.Issuer.Raw)) // directoryName
	return der.Sequence(der.Sequence(der.Sequence(
		algorithm, der.OctetString(h.Sum(cert.Raw)), der.Sequence(names, cert.Serial.Encode()))))
}

// CertID is one entry of a signing certificate attribute.
type CertID struct {
	Hash   alg.Hash // NoHash when unknown
	Digest []byte
	Issuer []byte // raw Name, nil when absent
	Serial x509.Serial
}

// SigningCertificates reads the entries of the signing certificate attribute,
// version 2 or 1 (RFC 5035, 3 and 5.4): the first one is the signer's own. Time
// stamps of the field carry both, version 2 with GOST R 34.11-94; where that
// digest is not computed, version 1 decides.
func SigningCertificates(attributes []cms.Attribute) ([]CertID, error) {
	hasV1 := cms.Has(attributes, OIDSigningCertificate)
	if cms.Has(attributes, OIDSigningCertificateV2) {
		ids, err := certIDs(attributes, OIDSigningCertificateV2, alg.SHA256)
		if err != nil || ids[0].Hash != alg.NoHash || !hasV1 {
			return ids, err
		}
	}
	return certIDs(attributes, OIDSigningCertificate, alg.SHA1)
}

func certIDs(attributes []cms.Attribute, oid der.OID, fallback alg.Hash) ([]CertID, error) {
	value, ok := cms.Find(attributes, oid)
	if !ok {
		return nil, ErrNoSigningCertificate
	}
	r := der.NewReader(value)
	s := r.Sequence()
	list := s.Sequence()
	if s.Peek() == der.TagSequence {
		s.Sequence() // policies: of no use without a policy tree
	}
	s.End()
	var out []CertID
	for !list.Empty() && len(out) < 64 {
		out = append(out, parseCertID(list.Sequence(), fallback))
	}
	list.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, ErrNoSigningCertificate
	}
	return out, nil
}

func parseCertID(s *der.Reader, fallback alg.Hash) CertID {
	id := CertID{Hash: fallback}
	if s.Peek() == der.TagSequence && fallback != alg.SHA1 {
		id.Hash, _ = alg.ParseHash(s.Raw(der.TagSequence))
	}
	id.Digest = s.OctetString()
	if issuerSerial, ok := s.EnterOptional(der.TagSequence); ok {
		names := issuerSerial.Sequence()
		if name, ok := names.EnterOptional(der.ContextConstructed(4)); ok {
			id.Issuer = name.Raw(der.TagSequence)
		}
		id.Serial = cms.ReadSerial(issuerSerial)
	}
	return id
}

// Matches compares an entry with a certificate: the digest always, issuer and
// serial when stated.
func (id CertID) Matches(c *x509.Certificate) bool {
	if id.Hash == alg.NoHash || string(id.Hash.Sum(c.Raw)) != string(id.Digest) {
		return false
	}
	return id.Issuer == nil || string(id.Issuer) == string(c.Issuer.Raw) && string(id.Serial) == string(c.Serial)
}

// CheckSigningCertificate answers nil when the signed attributes bind this
// certificate, [ErrNoSigningCertificate] or [ErrOtherCertificate] when not. A
// certificate that is bound cannot be exchanged for another one with the same
// key.
func CheckSigningCertificate(si *cms.SignerInfo, c *x509.Certificate) error {
	ids, err := SigningCertificates(si.SignedAttributes)
	if err != nil {
		return err
	}
	if !ids[0].Matches(c) {
		return ErrOtherCertificate
	}
	return nil
}

// AddTimestamp raises a signature to level T with a time stamp token over its
// value.
func AddTimestamp(si *cms.SignerInfo, token []byte) { si.AddUnsigned(OIDSignatureTimestamp, token) }

// SignatureTimestamps returns the tokens over the signature value.
func SignatureTimestamps(si *cms.SignerInfo) [][]byte {
	return cms.All(si.UnsignedAttributes, OIDSignatureTimestamp)
}
