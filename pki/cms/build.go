// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// ErrTooLong says that attached content does not fit a message of this package.
var ErrTooLong = errors.New("cms: attached content of 2 GiB or more")

// maxAttached is what the length octets of package der can say.
const maxAttached = 1<<31 - 1

// ContentAttributes are the attributes RFC 5652, 5.3 demands, and the signing
// time unless it is zero.
func ContentAttributes(contentType der.OID, digest []byte, signingTime time.Time) []Attribute {
	out := []Attribute{
		NewAttribute(OIDContentType, der.ObjectID(contentType)),
		NewAttribute(OIDMessageDigest, der.OctetString(digest)),
	}
	if !signingTime.IsZero() {
		out = append(out, NewAttribute(OIDSigningTime, der.Time(signingTime)))
	}
	return out
}

// SignedOctets encodes attributes as the SET OF whose digest is signed.
func SignedOctets(attributes []Attribute) []byte {
	raw := make([][]byte, len(attributes))
	for i, a := range attributes {
		raw[i] = a.Raw
	}
	return der.SetOf(raw...)
}

// NewSigner joins signed attributes and a signature value made over the digest
// of [SignedOctets]. Without attributes the signature is over the content.
func NewSigner(cert *x509.Certificate, h alg.Hash, a alg.SignatureAlgorithm, attributes []Attribute, signature []byte) *SignerInfo {
	si := &SignerInfo{
		Issuer: cert.Issuer, Serial: cert.Serial,
		DigestAlgorithm: h.Identifier(), Digest: h,
		RawAlgorithm: a.Identifier(), SignatureAlgorithm: a,
		Signature: signature, SignedAttributes: attributes,
	}
	var signed []byte
	if len(attributes) != 0 {
		si.SignedOctets = SignedOctets(attributes)
		signed = der.Retag(der.ContextConstructed(0), si.SignedOctets)
	}
	si.head = slices.Concat(
		der.Int(1), // RFC 5652, 5.3: 1 with issuer and serial
		der.Sequence(cert.Issuer.Raw, cert.Serial.Encode()),
		si.DigestAlgorithm, signed, si.RawAlgorithm, der.OctetString(signature))
	return si
}

// AddUnsigned appends an unsigned attribute. Values of a type that is already
// there join it, since an attribute stands once (RFC 5652, 5.3).
func (s *SignerInfo) AddUnsigned(oid der.OID, values ...[]byte) {
	for i, a := range s.UnsignedAttributes {
		if a.Type == oid {
			s.UnsignedAttributes[i] = NewAttribute(oid, slices.Concat(a.Values, values)...)
			return
		}
	}
	s.UnsignedAttributes = append(s.UnsignedAttributes, NewAttribute(oid, values...))
}

// Encode writes the signature as it stands in a message. Signed octets stay what they were.
func (s *SignerInfo) Encode() []byte {
	if len(s.UnsignedAttributes) == 0 {
		return der.Sequence(s.head)
	}
	raw := make([][]byte, len(s.UnsignedAttributes))
	for i, a := range s.UnsignedAttributes {
		raw[i] = a.Raw
	}
	return der.Sequence(s.head, der.Retag(der.ContextConstructed(1), der.SetOf(raw...)))
}

// Builder puts a message together.
type Builder struct {
	ContentType  der.OID // OIDData when empty
	Certificates []*x509.Certificate
	CRLs         [][]byte // CertificateList
	OCSP         [][]byte // OCSPResponse
	Signers      []*SignerInfo
}

func (b *Builder) message() *SignedData {
	sd := &SignedData{ContentType: b.ContentType, Detached: true, Signers: b.Signers}
	if sd.ContentType == "" {
		sd.ContentType = OIDData
	}
	for _, s := range b.Signers {
		if !contains(sd.digestAlgorithms, s.DigestAlgorithm) {
			sd.digestAlgorithms = append(sd.digestAlgorithms, s.DigestAlgorithm)
		}
	}
	for _, c := range b.Certificates {
		sd.AddCertificate(c)
	}
	sd.rawCRLs = append(sd.rawCRLs, b.CRLs...)
	for _, response := range b.OCSP {
		sd.rawCRLs = append(sd.rawCRLs, otherRevocation(response))
	}
	return sd
}

func otherRevocation(response []byte) []byte {
	return der.Retag(der.ContextConstructed(1), der.Sequence(der.ObjectID(oidOCSPResponse), response))
}

// Detached encodes the message without its content.
func (b *Builder) Detached() []byte {
	sd := b.message()
	sd.encap = der.Sequence(der.ObjectID(sd.ContentType))
	return sd.Encode()
}

// Attached encodes the message with its content.
func (b *Builder) Attached(content []byte) ([]byte, error) {
	head, tail, err := b.Frame(int64(len(content)))
	if err != nil {
		return nil, err
	}
	return slices.Concat(head, content, tail), nil
}

// Frame returns the octets before and behind an attached content of the given
// length, so that a stream can be wrapped without holding it.
func (b *Builder) Frame(size int64) (head, tail []byte, err error) {
	if size < 0 || size > maxAttached {
		return nil, nil, ErrTooLong
	}
	sd := b.message()
	n := int(size)
	octets := der.AppendHeader(nil, der.TagOctetString, n)
	inner := len(octets) + n
	explicit := append(der.AppendHeader(nil, der.ContextConstructed(0), inner), octets...)
	inner += len(explicit) - len(octets)
	contentType := der.ObjectID(sd.ContentType)
	encap := slices.Concat(der.AppendHeader(nil, der.TagSequence, len(contentType)+inner), contentType, explicit)
	encapSize := len(encap) + n

	front := slices.Concat(der.Int(sd.version()), der.SetOf(sd.digestAlgorithms...))
	tail = sd.behindContent()
	body := len(front) + encapSize + len(tail)
	sequence := der.AppendHeader(nil, der.TagSequence, body)
	wrapped := der.AppendHeader(nil, der.ContextConstructed(0), len(sequence)+body)
	oid := der.ObjectID(OIDSignedData)
	total := len(oid) + len(wrapped) + len(sequence) + body
	if total > maxAttached {
		return nil, nil, ErrTooLong
	}
	outer := der.AppendHeader(nil, der.TagSequence, total)
	return slices.Concat(outer, oid, wrapped, sequence, front, encap), tail, nil
}

// AddCertificate puts a certificate into the message unless it is there.
func (sd *SignedData) AddCertificate(c *x509.Certificate) {
	if contains(sd.rawCertificates, c.Raw) {
		return
	}
	sd.rawCertificates = append(sd.rawCertificates, c.Raw)
	sd.Certificates = append(sd.Certificates, c)
}

// AddSigner puts one more signature into a message over the same content.
func (sd *SignedData) AddSigner(s *SignerInfo) {
	if !contains(sd.digestAlgorithms, s.DigestAlgorithm) {
		sd.digestAlgorithms = append(sd.digestAlgorithms, s.DigestAlgorithm)
	}
	sd.Signers = append(sd.Signers, s)
}

// Encode writes the message in DER. Signed octets stay what they were.
func (sd *SignedData) Encode() []byte {
	return der.Sequence(der.ObjectID(OIDSignedData), der.Explicit(0, der.Sequence(
		der.Int(sd.version()), der.SetOf(sd.digestAlgorithms...), sd.encap, sd.behindContent())))
}

func (sd *SignedData) behindContent() []byte {
	var certificates, crls []byte
	if len(sd.rawCertificates) != 0 {
		certificates = der.Retag(der.ContextConstructed(0), der.SetOf(sd.rawCertificates...))
	}
	if len(sd.rawCRLs) != 0 {
		crls = der.Retag(der.ContextConstructed(1), der.SetOf(sd.rawCRLs...))
	}
	signers := make([][]byte, len(sd.Signers))
	for i, s := range sd.Signers {
		signers[i] = s.Encode()
	}
	return slices.Concat(certificates, crls, der.SetOf(signers...))
}

// version follows from what is inside (RFC 5652, 5.1).
func (sd *SignedData) version() int64 {
	v := int64(1)
	if sd.ContentType != OIDData {
		v = 3
	}
	for _, s := range sd.Signers {
		if s.SubjectKeyID != nil {
			v = 3
		}
	}
	for _, c := range sd.rawCertificates {
		switch der.Tag(c[0]) {
		case der.ContextConstructed(1):
			v = max(v, 3)
		case der.ContextConstructed(2):
			v = max(v, 4)
		case der.ContextConstructed(3):
			return 5
		}
	}
	for _, c := range sd.rawCRLs {
		if der.Tag(c[0]) != der.TagSequence {
			return 5
		}
	}
	return v
}

func contains(list [][]byte, item []byte) bool {
	return slices.ContainsFunc(list, func(b []byte) bool { return bytes.Equal(b, item) })
}
