// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// Template is what a new certificate says. Zero fields leave their extension
// out. The order of the extensions is fixed.
type Template struct {
	Serial              Serial
	Issuer, Subject     Name
	NotBefore, NotAfter time.Time // whole seconds

	KeyUsage            KeyUsage // written critical
	ExtKeyUsage         []der.OID
	ExtKeyUsageCritical bool // a time stamp authority's must be (RFC 3161, 2.3)

	BasicConstraints bool // write the extension; implied by IsCA
	IsCA             bool
	MaxPathLen       int // with IsCA: -1 for no limit

	SubjectKeyID    []byte
	AuthorityKeyID  []byte
	AuthorityIssuer Name // with AuthoritySerial, beside AuthorityKeyID
	AuthoritySerial Serial

	Policies              []Policy
	SubjectAltName        []GeneralName
	CRLDistributionPoints []string // addresses of the same CRL, one point each
	FreshestCRL           []string
	OCSPServers           []string
	IssuingURLs           []string

	PrivateKeyNotBefore, PrivateKeyNotAfter time.Time

	SubjectSignTool    string
	IssuerSignTool     *IssuerSignTool
	IdentificationKind *int // nil leaves the extension out: 0 has a meaning
	OCSPNoCheck        bool

	Extra []Extension
}

// TBS returns the octets to be signed for a key in SubjectPublicKeyInfo.
func (t *Template) TBS(a alg.SignatureAlgorithm, spki []byte) ([]byte, error) {
	if err := t.check(a, spki); err != nil {
		return nil, wrap("certificate", err)
	}
	list, err := t.extensions()
	if err != nil {
		return nil, wrap("certificate", err)
	}
	var version, extensions []byte
	if len(list) > 0 {
		version = der.Explicit(0, der.Int(2))
		extensions = der.Explicit(3, EncodeExtensions(list))
	}
	return der.Sequence(
		version,
		t.Serial.Encode(),
		a.Identifier(),
		t.Issuer.Raw,
		der.Sequence(der.Time(t.NotBefore), der.Time(t.NotAfter)),
		t.Subject.Raw,
		spki,
		extensions,
	), nil
}

func (t *Template) check(a alg.SignatureAlgorithm, spki []byte) error {
	switch {
	case !a.Known(), len(spki) == 0, t.Issuer.Raw == nil, t.Subject.Raw == nil,
		t.NotBefore.IsZero(), t.NotAfter.Before(t.NotBefore),
		len(t.Serial) == 0, len(warnSerial(t.Serial)) > 0:
		return ErrTemplate
	case t.PrivateKeyNotAfter.Before(t.PrivateKeyNotBefore) && !t.PrivateKeyNotAfter.IsZero():
		return ErrTemplate
	}
	if key, err := parseKey(spki); err == nil && key != nil && key.Kind().ReadOnly() || a.Hash == alg.GOST94 {
		return alg.ErrReadOnly // nothing new for or by keys of GOST R 34.10-2001
	}
	return nil
}

// CreateCertificate does the three steps at once, for keys at hand.
func CreateCertificate(rand io.Reader, t *Template, spki []byte, signer alg.Signer) ([]byte, error) {
	tbs, err := t.TBS(signer.PublicKey().Kind().Algorithm(), spki)
	if err != nil {
		return nil, err
	}
	return signAssemble(rand, signer, tbs)
}

// extensions lists the extensions in the order that authorities of the field
// have: key usage first, addresses last.
func (t *Template) extensions() ([]Extension, error) {
	var b extensionList
	if t.KeyUsage != 0 {
		b.add(OIDKeyUsage, true, encodeKeyUsage(t.KeyUsage))
	}
	if len(t.ExtKeyUsage) > 0 {
		b.add(OIDExtKeyUsage, t.ExtKeyUsageCritical, encodeOIDs(t.ExtKeyUsage))
	}
	if t.IsCA || t.BasicConstraints {
		b.add(OIDBasicConstraints, true, t.basicConstraints())
	}
	if len(t.SubjectKeyID) > 0 {
		b.add(OIDSubjectKeyIdentifier, false, der.OctetString(t.SubjectKeyID))
	}
	t.addQualified(&b)
	if !t.PrivateKeyNotBefore.IsZero() || !t.PrivateKeyNotAfter.IsZero() {
		b.add(OIDPrivateKeyUsagePeriod, false, t.privateKeyUsage())
	}
	if len(t.SubjectAltName) > 0 {
		names, err := EncodeGeneralNames(t.SubjectAltName)
		if err != nil {
			return nil, err
		}
		// RFC 5280, 4.2.1.6: critical when the subject is empty.
		b.add(OIDSubjectAltName, t.Subject.Empty(), der.Sequence(names))
	}
	if t.OCSPNoCheck {
		b.add(OIDOCSPNoCheck, false, der.Null())
	}
	if err := t.addAddresses(&b); err != nil {
		return nil, err
	}
	if len(t.AuthorityKeyID) > 0 || t.AuthorityIssuer.Raw != nil {
		b.add(OIDAuthorityKeyIdentifier, false, t.authorityKeyID())
	}
	b = append(b, t.Extra...)
	return b, b.check()
}

type extensionList []Extension

func (b *extensionList) add(oid der.OID, critical bool, value []byte) {
	*b = append(*b, Extension{OID: oid, Critical: critical, Value: value})
}

func (b extensionList) check() error {
	for i, e := range b {
		if !e.OID.Valid() || FindExtension(b[:i], e.OID) != nil {
			return wrap("extension "+string(e.OID), ErrTemplate)
		}
	}
	return nil
}

// addQualified adds the extensions of the Russian qualified certificate, none of
// them critical.
func (t *Template) addQualified(b *extensionList) {
	if t.SubjectSignTool != "" {
		b.add(OIDSubjectSignTool, false, der.Text(der.TagUTF8String, t.SubjectSignTool))
	}
	if s := t.IssuerSignTool; s != nil {
		text := func(v string) []byte { return der.Text(der.TagUTF8String, v) }
		b.add(OIDIssuerSignTool, false,
			der.Sequence(text(s.SignTool), text(s.CATool), text(s.SignToolCert), text(s.CAToolCert)))
	}
	if t.IdentificationKind != nil {
		b.add(OIDIdentificationKind, false, der.Int(int64(*t.IdentificationKind)))
	}
	if len(t.Policies) > 0 {
		b.add(OIDCertificatePolicies, false, encodePolicies(t.Policies))
	}
}

func (t *Template) addAddresses(b *extensionList) error {
	for _, x := range []struct {
		oid der.OID
		at  []string
	}{{OIDCRLDistributionPoints, t.CRLDistributionPoints}, {OIDFreshestCRL, t.FreshestCRL}} {
		if len(x.at) == 0 {
			continue
		}
		value, err := encodePoints(x.at)
		if err != nil {
			return err
		}
		b.add(x.oid, false, value)
	}
	if len(t.OCSPServers)+len(t.IssuingURLs) == 0 {
		return nil
	}
	var all [][]byte
	for _, x := range []struct {
		method der.OID
		at     []string
	}{{oidAccessOCSP, t.OCSPServers}, {oidAccessCAIssuers, t.IssuingURLs}} {
		for _, address := range x.at {
			name, err := URI(address).Encode()
			if err != nil {
				return err
			}
			all = append(all, der.Sequence(der.ObjectID(x.method), name))
		}
	}
	b.add(OIDAuthorityInfoAccess, false, der.Sequence(all...))
	return nil
}

// encodePoints writes one distribution point for each address: verifiers of the
// field take the next point when one cannot be reached.
func encodePoints(at []string) ([]byte, error) {
	points := make([][]byte, len(at))
	for i, address := range at {
		name, err := URI(address).Encode()
		if err != nil {
			return nil, err
		}
		points[i] = der.Sequence(der.Explicit(0, der.Explicit(0, name)))
	}
	return der.Sequence(points...), nil
}

func encodeKeyUsage(u KeyUsage) []byte { return der.NamedBits(bitNumbers(uint16(u))...) }

func bitNumbers(v uint16) (bits []int) {
	for i := range 16 {
		if v&(1<<i) != 0 {
			bits = append(bits, i)
		}
	}
	return bits
}

func encodeOIDs(oids []der.OID) []byte {
	parts := make([][]byte, len(oids))
	for i, oid := range oids {
		parts[i] = der.ObjectID(oid)
	}
	return der.Sequence(parts...)
}

func encodePolicies(policies []Policy) []byte {
	parts := make([][]byte, len(policies))
	for i, p := range policies {
		var qualifiers [][]byte
		for _, address := range p.CPS {
			qualifiers = append(qualifiers,
				der.Sequence(der.ObjectID(oidQualifierCPS), der.Text(der.TagIA5String, address)))
		}
		if p.Notice != "" {
			qualifiers = append(qualifiers,
				der.Sequence(der.ObjectID(oidQualifierNotice), der.Sequence(der.Text(der.TagUTF8String, p.Notice))))
		}
		var list []byte
		if len(qualifiers) > 0 {
			list = der.Sequence(qualifiers...)
		}
		parts[i] = der.Sequence(der.ObjectID(p.OID), list)
	}
	return der.Sequence(parts...)
}

func (t *Template) basicConstraints() []byte {
	if !t.IsCA {
		return der.Sequence()
	}
	var length []byte
	if t.MaxPathLen >= 0 {
		length = der.Int(int64(t.MaxPathLen))
	}
	return der.Sequence(der.Bool(true), length)
}

func (t *Template) privateKeyUsage() []byte {
	var parts [][]byte
	for i, at := range []time.Time{t.PrivateKeyNotBefore, t.PrivateKeyNotAfter} {
		if !at.IsZero() {
			parts = append(parts, der.Retag(der.Context(i), der.GeneralizedTime(at.Truncate(time.Second))))
		}
	}
	return der.Sequence(parts...)
}

func (t *Template) authorityKeyID() []byte {
	return encodeAuthorityKeyID(t.AuthorityKeyID, t.AuthorityIssuer, t.AuthoritySerial)
}

func encodeAuthorityKeyID(id []byte, issuer Name, serial Serial) []byte {
	var key, name, number []byte
	if len(id) > 0 {
		key = der.Element(der.Context(0), id)
	}
	if issuer.Raw != nil { // RFC 5280, 4.2.1.1: issuer and serial come together
		name = der.Explicit(1, der.Explicit(int(DirectoryName), issuer.Raw))
		number = der.Retag(der.Context(2), serial.Encode())
	}
	return der.Sequence(key, name, number)
}
