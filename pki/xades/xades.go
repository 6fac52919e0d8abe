// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package xades reads signatures of the XAdES family, from B to LTA, makes those of
// levels B and T ([Enveloped], [Enveloping], [Detached]) and raises any of them
// ([PrepareStamp], [AddValues]).
//
// Standards: ETSI EN 319 132-1 and -2, and ETSI TS 101 903 v1.4.2, whose older
// properties it reads too (namespaces v1.3.2 and v1.4.1).
//
// What is said by the signer counts only where it is signed: the
// SignedProperties must be those of the signature's own QualifyingProperties and
// a reference of its SignedInfo, of the right type, must lead to that very element
// ([ErrUnbound]). Every time stamp says what it has to cover, computed from the
// signature as the standard orders it. Certificates and revocation data inside are
// given out as evidence; nothing of it is judged here.
//
// Left out: QualifyingPropertiesReference, signed properties of TS 101 903 before
// v1.3.2, time stamps in XML instead of RFC 3161, the Include form of other than
// content time stamps.
package xades

import (
	"errors"
	"strings"
	"time"

	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// Names of namespaces and types.
const (
	Namespace        = "http://uri.etsi.org/01903/v1.3.2#"
	Namespace141     = "http://uri.etsi.org/01903/v1.4.1#"
	typeSigned       = "http://uri.etsi.org/01903#SignedProperties"
	typeCounter      = "http://uri.etsi.org/01903#CountersignedSignature"
	maxEncapsulated  = 16 << 20 // octets of one stamp, list or answer
	maxValues        = 1024     // entries of one property
	maxTimestamps    = 64       // tokens of one signature
	maxUnsigned      = 1024     // unsigned properties of one signature
	maxCounterLevels = 8        // counter signatures of counter signatures
)

var (
	// ErrUnbound says that the signed properties are not signed: no reference of
	// the right type leads to them.
	ErrUnbound = errors.New("xades: signed properties are not covered by the signature")
	// ErrProperties says that the qualifying properties are malformed or there is
	// more than one of what may stand once.
	ErrProperties = errors.New("xades: malformed qualifying properties")
	// ErrTooMany says that a signature has more unsigned properties or time stamps
	// than the bounds allow.
	ErrTooMany = errors.New("xades: too many unsigned properties or time stamps")
	// ErrTarget says that the qualifying properties are of another signature.
	ErrTarget = errors.New("xades: qualifying properties name another signature")
	// ErrNoSigningCertificate says that no property binds the certificate.
	ErrNoSigningCertificate = errors.New("xades: signing certificate property missing")
	// ErrOtherCertificate says that the property names another certificate.
	ErrOtherCertificate = errors.New("xades: signing certificate property names another certificate")
	// ErrIssuerSerial says that the digest of the property is the certificate's, and
	// issuer or serial number are not.
	ErrIssuerSerial = errors.New("xades: issuer or serial number in the signing certificate property differ from the certificate")
	// ErrCounter says that a counter signature does not sign the value of the
	// signature it stands in.
	ErrCounter = errors.New("xades: counter signature is over something else")
	// ErrStamp says that a time stamp is malformed or of a form that is not read.
	ErrStamp = errors.New("xades: time stamp malformed or of an unsupported form")
)

// Level is what a signature carries, from its properties alone.
type Level string

// The levels, lowest first. XMLDSig is a signature without signed properties
// that bind a certificate.
const (
	LevelXMLDSig Level = "XMLDSig"
	LevelB       Level = "XAdES-B"
	LevelT       Level = "XAdES-T"
	LevelC       Level = "XAdES-C"
	LevelX       Level = "XAdES-X"
	LevelXL      Level = "XAdES-XL"
	LevelLT      Level = "XAdES-LT"
	LevelLTA     Level = "XAdES-LTA"
)

// Document is a document with its signatures.
type Document struct {
	*xmldsig.Document
	Signatures []*Signature // those that are no counter signatures of others
}

// Signature is one signature with its properties.
type Signature struct {
	*xmldsig.Signature
	SignedProperties
	// PropertiesErr says why the signed properties do not count: they are left
	// empty then. It is nil without any.
	PropertiesErr error
	HasProperties bool
	Timestamps    []*Timestamp
	Evidence      Evidence
	// CounterSignatures stand in the properties of this one; see
	// [Signature.Countersigns].
	CounterSignatures []*Signature

	bound    *xmldsig.Reference // the reference to the signed properties
	signed   *xmltree.Node
	unsigned []*xmltree.Node // unsigned signature properties
	holder   *xmltree.Node   // the Object with the properties
}

// SignedProperties are what the signer says under the signature.
type SignedProperties struct {
	SigningTime         time.Time // claimed, zero when not stated
	SigningCertificates []CertRef // the first one is the signer's own
	Policy              *Policy
	Formats             []Format
	Commitments         []string // identifiers of commitment types
	Roles               []string // claimed
	Place               string   // claimed, parts joined by commas
}

// Policy is SignaturePolicyIdentifier.
type Policy struct {
	Implied    bool
	Identifier string
	Hash       *DigestRef // nil when implied or malformed
	URI        string     // where the policy is said to be
}

// Format is DataObjectFormat: what the signer says of the data behind a reference.
type Format struct {
	Reference   string // Id of the reference
	MimeType    string
	Description string
}

// Parse reads a document and its signatures. A document without signatures is no
// error.
func Parse(in []byte) (*Document, error) {
	d, err := xmldsig.Parse(in)
	if err != nil {
		return nil, err
	}
	out := &Document{Document: d}
	byElement := map[*xmltree.Node]*Signature{}
	for _, s := range d.Signatures {
		byElement[s.Element] = read(s)
	}
	for _, s := range d.Signatures {
		signature := byElement[s.Element]
		if parent := byElement[countersigned(s.Element)]; parent != nil && depth(s.Element) <= maxCounterLevels {
			parent.CounterSignatures = append(parent.CounterSignatures, signature)
			continue
		}
		out.Signatures = append(out.Signatures, signature)
	}
	return out, nil
}

// countersigned finds the Signature in whose own unsigned properties the element
// stands as a counter signature (EN 319 132-1, 5.2.7.2), nil when it does not.
func countersigned(n *xmltree.Node) *xmltree.Node {
	for _, step := range []struct{ space, local string }{
		{Namespace, "CounterSignature"}, {Namespace, "UnsignedSignatureProperties"}, {Namespace, "UnsignedProperties"},
		{Namespace, "QualifyingProperties"}, {xmldsig.Namespace, "Object"}, {xmldsig.Namespace, "Signature"},
	} {
		if n = n.Parent; !n.Is(step.space, step.local) {
			return nil
		}
	}
	return n
}

func depth(n *xmltree.Node) (d int) {
	for n = countersigned(n); n != nil; n = countersigned(n) {
		d++
	}
	return d
}

// Countersigns answers nil when this signature is over the value of the other one:
// a reference covers its SignatureValue element whole. That the digest is right is
// another question.
func (s *Signature) Countersigns(other *Signature) error {
	for _, r := range s.References {
		uris := r.Transforms()
		for len(uris) > 0 && xmldsig.IsCanonicalization(uris[0]) {
			uris = uris[1:]
		}
		n, err := r.Target()
		if err == nil && len(uris) == 0 && n == other.ValueElement() && (r.Type == "" || r.Type == typeCounter) {
			return nil
		}
	}
	return ErrCounter
}

// Level recognises the level from what is there. It checks nothing else.
func (s *Signature) Level() Level {
	has := map[string]bool{}
	for _, p := range s.unsigned {
		has[strings.TrimSuffix(p.Local, "V2")] = true
	}
	values := has["CertificateValues"] && has["RevocationValues"]
	switch {
	case s.PropertiesErr != nil || len(s.SigningCertificates) == 0:
		return LevelXMLDSig
	case !has["SignatureTimeStamp"]:
		return LevelB
	case has["ArchiveTimeStamp"]:
		return LevelLTA
	case values && (has["SigAndRefsTimeStamp"] || has["RefsOnlyTimeStamp"]):
		return LevelXL
	case values, has["RevocationValues"]:
		return LevelLT
	case has["SigAndRefsTimeStamp"], has["RefsOnlyTimeStamp"]:
		return LevelX
	case has["CompleteCertificateRefs"] && has["CompleteRevocationRefs"]:
		return LevelC
	}
	return LevelT
}

// DataReferences are the references to the signed data: all but that to the
// signed properties.
func (s *Signature) DataReferences() (list []*xmldsig.Reference) {
	for _, r := range s.References {
		if r.Type != typeSigned {
			list = append(list, r)
		}
	}
	return list
}
