// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package cms reads and writes SignedData and EnvelopedData of the Cryptographic
// Message Syntax (RFC 5652) with the algorithms of R 1323565.1.025-2019, ECDSA
// and RSA.
//
// Reading takes DER and the BER of streaming signers, attached and detached,
// with and without signed attributes, and keeps the octets that were signed.
// Variants of the field are accepted where the meaning is certain: the key OID
// as signatureAlgorithm, parameters NULL or absent, certificates that do not
// parse beside those that do. Nothing here judges trust or time: that is the
// duty of package verify.
//
// Writing is split at the digest: the content is hashed by whoever has it (a
// stream in the browser, a file on the command line), a [Builder] turns the
// digest into the message. Attached content is never held: [Builder.Frame]
// returns what stands before and behind it.
//
// Encrypted messages ([Encrypt], [ReadEncrypted]) are written with key transport
// for keys of GOST R 34.10-2012 and RSA and read with transport and agreement;
// the content streams from file to file. RFC 4490 of old programs is read only.
//
// Left out: DigestedData, AuthEnvelopedData, recipients with ECDSA keys,
// passwords or keys both sides have, counter signatures, attribute certificates
// (kept, not parsed).
package cms

import (
	"errors"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Content types (RFC 5652, 4 to 10).
const (
	OIDData          der.OID = "1.2.840.113549.1.7.1"
	OIDSignedData    der.OID = "1.2.840.113549.1.7.2"
	OIDEnvelopedData der.OID = "1.2.840.113549.1.7.3"
	OIDDigestedData  der.OID = "1.2.840.113549.1.7.5"
	OIDEncryptedData der.OID = "1.2.840.113549.1.7.6"
)

// Signed attributes (RFC 5652, 11; RFC 6211, 2).
const (
	OIDContentType      der.OID = "1.2.840.113549.1.9.3"
	OIDMessageDigest    der.OID = "1.2.840.113549.1.9.4"
	OIDSigningTime      der.OID = "1.2.840.113549.1.9.5"
	OIDAlgorithmProtect der.OID = "1.2.840.113549.1.9.52"
)

// oidOCSPResponse is id-ri-ocsp-response (RFC 5940, 2).
const oidOCSPResponse der.OID = "1.3.6.1.5.5.7.16.2"

// Bounds of what is read. A signature of the field has one to ten signers and
// under a hundred certificates; more than this lets a small file buy much work.
const (
	maxSigners      = 128
	maxCertificates = 1024
	maxAttributes   = 256
)

var (
	// ErrContentDigest says that the messageDigest attribute is not the digest
	// of the content: the document is another one.
	ErrContentDigest = errors.New("cms: content does not fit the signed digest")
	// ErrAttributes says that signed attributes lack what RFC 5652, 5.3 demands
	// or contradict the message.
	ErrAttributes = errors.New("cms: signed attributes missing or contradictory")
	// ErrNoContent says that a detached message was asked for its content.
	ErrNoContent = errors.New("cms: no content inside")
)

// TypeError says that a message is well formed but of another type than the one that was to be read.
type TypeError struct{ ContentType der.OID }

func (e *TypeError) Error() string {
	return "cms: message is of another type, " + string(e.ContentType)
}

// SignedData is a parsed message. Its parts refer to the input.
type SignedData struct {
	ContentType  der.OID // of the encapsulated content
	Content      []byte  // nil when detached
	Detached     bool
	Certificates []*x509.Certificate // those that parse, in the order of the message
	CRLs         [][]byte            // CertificateList, each whole
	OCSP         [][]byte            // OCSPResponse, each whole
	Signers      []*SignerInfo

	digestAlgorithms [][]byte
	encap            []byte   // EncapsulatedContentInfo as it came
	rawCertificates  [][]byte // CertificateChoices, each whole
	rawCRLs          [][]byte // RevocationInfoChoice, each whole
}

// SignerInfo is one signature of a message.
type SignerInfo struct {
	Issuer       x509.Name   // empty when the signer is named by key identifier
	Serial       x509.Serial // likewise
	SubjectKeyID []byte      // nil when the signer is named by issuer and serial

	DigestAlgorithm    []byte   // AlgorithmIdentifier as it came
	Digest             alg.Hash // NoHash when unknown
	RawAlgorithm       []byte   // signatureAlgorithm as it came
	SignatureAlgorithm alg.SignatureAlgorithm
	Signature          []byte

	SignedAttributes   []Attribute
	UnsignedAttributes []Attribute
	// SignedOctets is the DER of the signed attributes as a SET OF, over which
	// the signature is made (RFC 5652, 5.4); nil without signed attributes.
	SignedOctets []byte

	head []byte // content of SignerInfo up to and with the signature
}

// Attribute is a signed or unsigned attribute with its raw values.
type Attribute struct {
	Type   der.OID
	Values [][]byte // each a whole element
	Raw    []byte   // the whole Attribute
}

// NewAttribute makes an attribute of encoded values.
func NewAttribute(oid der.OID, values ...[]byte) Attribute {
	return Attribute{Type: oid, Values: values, Raw: der.Sequence(der.ObjectID(oid), der.SetOf(values...))}
}

// Find returns the attribute of the type, which must stand once and have one
// value (RFC 5652, 11; RFC 5035, 3). Twice or with several values it is not
// found, since which one counts would be anyone's choice; see [All].
func Find(attributes []Attribute, oid der.OID) (value []byte, ok bool) {
	for _, a := range attributes {
		if a.Type != oid {
			continue
		}
		if ok || len(a.Values) != 1 {
			return nil, false
		}
		value, ok = a.Values[0], true
	}
	return value, ok
}

// Has reports whether an attribute of the type is there in any number.
func Has(attributes []Attribute, oid der.OID) bool {
	for _, a := range attributes {
		if a.Type == oid {
			return true
		}
	}
	return false
}

// All returns every value of every attribute of the type.
func All(attributes []Attribute, oid der.OID) (values [][]byte) {
	for _, a := range attributes {
		if a.Type == oid {
			values = append(values, a.Values...)
		}
	}
	return values
}

// SigningTime is the time the signer claims: a statement, never a proof. It is
// zero when absent or malformed.
func (s *SignerInfo) SigningTime() time.Time {
	value, ok := Find(s.SignedAttributes, OIDSigningTime)
	if !ok {
		return time.Time{}
	}
	r := der.NewReader(value)
	t := r.Time()
	if r.Close() != nil {
		return time.Time{}
	}
	return t
}

// Names reports whether the certificate is the one the signer is identified by.
func (s *SignerInfo) Names(c *x509.Certificate) bool {
	if s.SubjectKeyID != nil {
		return len(c.SubjectKeyID) != 0 && string(c.SubjectKeyID) == string(s.SubjectKeyID)
	}
	return string(c.Issuer.Raw) == string(s.Issuer.Raw) && string(c.Serial) == string(s.Serial)
}

// CheckDigest compares the signed attributes with the content: messageDigest
// is its digest, contentType its type, and algorithm protection, when there,
// the algorithms of the message (RFC 5652, 5.4 and 11; RFC 6211, 3). Without
// signed attributes there is nothing to compare, the signature covers the
// content itself, but nothing covers its type, which must be id-data then
// (RFC 5652, 5.3). The answer is nil, [ErrContentDigest] or [ErrAttributes].
func (s *SignerInfo) CheckDigest(contentType der.OID, digest []byte) error {
	if s.SignedOctets == nil {
		if contentType != OIDData {
			return ErrAttributes
		}
		return nil
	}
	value, ok := Find(s.SignedAttributes, OIDMessageDigest)
	if !ok {
		return ErrAttributes
	}
	r := der.NewReader(value)
	signed := r.OctetString()
	if r.Close() != nil {
		return ErrAttributes
	}
	value, ok = Find(s.SignedAttributes, OIDContentType)
	if !ok {
		return ErrAttributes
	}
	r = der.NewReader(value)
	if oid := r.OID(); r.Close() != nil || oid != contentType {
		return ErrAttributes
	}
	if !s.algorithmsProtected() {
		return ErrAttributes
	}
	if string(signed) != string(digest) {
		return ErrContentDigest
	}
	return nil
}

// algorithmsProtected reads CMSAlgorithmProtection: the algorithms inside must
// be those of the SignerInfo, octet by octet (RFC 6211, 3).
func (s *SignerInfo) algorithmsProtected() bool {
	if !Has(s.SignedAttributes, OIDAlgorithmProtect) {
		return true
	}
	value, ok := Find(s.SignedAttributes, OIDAlgorithmProtect)
	if !ok {
		return false
	}
	r := der.NewReader(value)
	p := r.Sequence()
	digest := p.Raw(der.TagSequence)
	_, signature, _ := p.Any()
	p.End()
	if r.Close() != nil {
		return false
	}
	return string(digest) == string(s.DigestAlgorithm) &&
		string(signature) == string(der.Retag(der.ContextConstructed(1), s.RawAlgorithm))
}

// CheckSignature verifies the signature value with a key. The digest of the
// content is used only without signed attributes; with them [SignerInfo.CheckDigest]
// ties it to the message. The errors are those of [alg.PublicKey.Verify].
func (s *SignerInfo) CheckSignature(key *alg.PublicKey, contentDigest []byte) error {
	if key == nil || s.Digest == alg.NoHash || !s.SignatureAlgorithm.Known() {
		return alg.ErrUnsupported
	}
	digest := contentDigest
	if s.SignedOctets != nil {
		digest = s.Digest.Sum(s.SignedOctets)
	}
	return key.Verify(s.SignatureAlgorithm, s.Digest, digest, s.Signature)
}
