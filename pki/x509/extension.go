// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"time"

	"podpis/pki/der"
)

// Extension is an extension of a certificate, CRL, CRL entry or OCSP message.
type Extension struct {
	OID      der.OID
	Critical bool
	Value    []byte // content of extnValue
}

// Encode returns the Extension (RFC 5280, 4.1).
func (e Extension) Encode() []byte {
	var critical []byte
	if e.Critical {
		critical = der.Bool(true)
	}
	return der.Sequence(der.ObjectID(e.OID), critical, der.OctetString(e.Value))
}

// EncodeExtensions returns the SEQUENCE of extensions, nil when there are none.
func EncodeExtensions(list []Extension) []byte {
	if len(list) == 0 {
		return nil
	}
	parts := make([][]byte, len(list))
	for i, e := range list {
		parts[i] = e.Encode()
	}
	return der.Sequence(parts...)
}

// ReadExtensions reads a SEQUENCE of extensions. A second one of a type is an
// error (RFC 5280, 4.2). Formats beside this one (OCSP, time stamps) use it too.
func ReadExtensions(r *der.Reader) (list []Extension) {
	s := r.Sequence()
	for !s.Empty() {
		x := s.Sequence()
		e := Extension{OID: x.OID()}
		// FALSE, the default, is often written out; DER would omit it.
		if x.Peek() == der.TagBoolean {
			e.Critical = x.Bool()
		}
		e.Value = x.OctetString()
		x.End()
		for _, other := range list {
			if other.OID == e.OID {
				x.Fail("extension repeated")
			}
		}
		list = append(list, e)
		if len(list) > maxExtensions {
			s.Fail("too many extensions")
		}
	}
	if r.Err() != nil {
		return nil
	}
	return list
}

// FindExtension returns the extension of the type, or nil.
func FindExtension(list []Extension, oid der.OID) *Extension {
	for i := range list {
		if list[i].OID == oid {
			return &list[i]
		}
	}
	return nil
}

// KeyUsage is the set of bits of the keyUsage extension: bit n of the standard
// is 1<<n.
type KeyUsage uint16

// What a key may be used for (RFC 5280, 4.2.1.3).
const (
	DigitalSignature KeyUsage = 1 << iota
	NonRepudiation
	KeyEncipherment
	DataEncipherment
	KeyAgreement
	KeyCertSign
	CRLSign
	EncipherOnly
	DecipherOnly
)

// IssuerSignTool names the tools of the authority (RFC 9215, 5; FSB order 795).
type IssuerSignTool struct {
	SignTool, CATool         string // the tool of signature and the tool of the authority
	SignToolCert, CAToolCert string // the conclusions on their conformity
}

// Policy is an element of certificatePolicies.
type Policy struct {
	OID    der.OID
	CPS    []string // addresses of the practice statement
	Notice string   // explicit text
}

// DistributionPoint says where a CRL is (RFC 5280, 4.2.1.13).
type DistributionPoint struct {
	Names     []GeneralName
	Relative  []Attribute // name relative to the issuer of the CRL
	Reasons   uint16      // bits of ReasonFlags, 0 for all
	CRLIssuer []GeneralName
}

// Fields are the decoded extensions of a certificate or of a request for one.
type Fields struct {
	HasKeyUsage bool
	KeyUsage    KeyUsage
	ExtKeyUsage []der.OID // nil: no extension, any purpose

	HasBasicConstraints bool
	IsCA                bool
	MaxPathLen          int // -1 when not limited

	SubjectKeyID    []byte
	AuthorityKeyID  []byte
	AuthorityIssuer []GeneralName
	AuthoritySerial Serial // meaningful when AuthorityIssuer is present

	Policies       []Policy
	SubjectAltName []GeneralName
	IssuerAltName  []GeneralName

	CRLDistributionPoints []DistributionPoint
	FreshestCRL           []DistributionPoint
	OCSPServers           []string
	IssuingURLs           []string

	PrivateKeyNotBefore, PrivateKeyNotAfter time.Time // zero when not stated

	SubjectSignTool    string
	IssuerSignTool     *IssuerSignTool
	IdentificationKind int // -1 when not stated

	OCSPNoCheck bool

	// UnknownCritical lists critical extensions that were not understood. A
	// certificate with one must be refused (RFC 5280, 4.2).
	UnknownCritical []der.OID
}

// CRLAddresses returns the URIs of the distribution points, in their order.
func (f *Fields) CRLAddresses() (uris []string) {
	for _, p := range f.CRLDistributionPoints {
		uris = append(uris, addresses(p.Names)...)
	}
	return uris
}

// PolicyOIDs returns the identifiers of the policies.
func (f *Fields) PolicyOIDs() (oids []der.OID) {
	for _, p := range f.Policies {
		oids = append(oids, p.OID)
	}
	return oids
}

// HasExtKeyUsage reports whether extKeyUsage lists the purpose itself;
// anyExtendedKeyUsage and the absence of the extension do not count.
func (f *Fields) HasExtKeyUsage(purpose der.OID) bool {
	for _, oid := range f.ExtKeyUsage {
		if oid == purpose {
			return true
		}
	}
	return false
}
