// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// parts are the fields of a certificate before the encoding, to be spoilt one at
// a time.
type parts struct {
	version, serial, inner, issuer, validity, subject, spki, ids, extensions, rest []byte
	outer, signature                                                               []byte
}

func goodParts(t testing.TB) parts {
	t.Helper()
	key := pkitest.Key(t, alg.GOST256B)
	a := alg.GOST256B.Algorithm().Identifier()
	name := pkitest.Name(t, "CN=Test").Raw
	return parts{
		version: der.Explicit(0, der.Int(2)), serial: der.Int(5), inner: a, issuer: name,
		validity: der.Sequence(der.Time(pkitest.Start), der.Time(pkitest.End)), subject: name, spki: key.PublicKey().SPKI(),
		outer: a, signature: der.BitString(make([]byte, 64)),
	}
}

func (p parts) encode() []byte {
	var extensions []byte
	if p.extensions != nil {
		extensions = der.Explicit(3, p.extensions)
	}
	tbs := der.Sequence(p.version, p.serial, p.inner, p.issuer, p.validity, p.subject, p.spki, p.ids, extensions, p.rest)
	return der.Sequence(tbs, p.outer, p.signature)
}

func extensions(list ...x509.Extension) []byte { return x509.EncodeExtensions(list) }

// TestBrokenCertificate lists certificates that are refused, with the reason.
func TestBrokenCertificate(t *testing.T) {
	t.Parallel()
	if _, err := x509.ParseCertificate(goodParts(t).encode()); err != nil {
		t.Fatal(err)
	}
	one := func(oid der.OID, value []byte) []byte { return extensions(x509.Extension{OID: oid, Value: value}) }
	many := make([]x509.Extension, 65)
	for i := range many {
		many[i].OID = der.OID("1.2.3." + strconv.Itoa(i))
	}
	for name, c := range map[string]struct {
		spoil  func(*parts)
		reason string
	}{
		"version 1 written out": {func(p *parts) { p.version = der.Explicit(0, der.Int(0)) }, "unknown version of certificate"},
		"version 4":             {func(p *parts) { p.version = der.Explicit(0, der.Int(3)) }, "unknown version of certificate"},
		"no serial":             {func(p *parts) { p.serial = nil }, "unexpected tag 0x30, want 0x02"},
		"serial of 65 octets":   {func(p *parts) { p.serial = der.Unsigned(bytes.Repeat([]byte{1}, 65)) }, "serial number too long"},
		"empty relative name":   {func(p *parts) { p.issuer = der.Sequence(der.SetOf()) }, "relative name without attributes"},
		"name without set":      {func(p *parts) { p.subject = der.Sequence(der.Null()) }, "unexpected tag 0x05, want 0x31"},
		"attribute of three": {func(p *parts) {
			p.subject = der.Sequence(der.SetOf(der.Sequence(der.ObjectID("1.2"), der.Null(), der.Null())))
		}, "trailing octets"},
		"no times":               {func(p *parts) { p.validity = der.Sequence() }, "time expected"},
		"three times":            {func(p *parts) { v := der.Time(pkitest.Start); p.validity = der.Sequence(v, v, v) }, "trailing octets"},
		"rest":                   {func(p *parts) { p.rest = der.Null() }, "trailing octets"},
		"signature of bits":      {func(p *parts) { p.signature = der.NamedBits(0) }, "bit string not of whole octets"},
		"signature octet string": {func(p *parts) { p.signature = der.OctetString(nil) }, "unexpected tag 0x04, want 0x03"},
		"extension twice":        {func(p *parts) { e := x509.Extension{OID: "1.2.3"}; p.extensions = extensions(e, e) }, "extension repeated"},
		"65 extensions":          {func(p *parts) { p.extensions = extensions(many...) }, "too many extensions"},
		"key usage":              {func(p *parts) { p.extensions = one(x509.OIDKeyUsage, der.Null()) }, "unexpected tag 0x05, want 0x03"},
		"purposes":               {func(p *parts) { p.extensions = one(x509.OIDExtKeyUsage, der.Sequence()) }, "empty list of purposes"},
		"path length": {func(p *parts) {
			p.extensions = one(x509.OIDBasicConstraints, der.Sequence(der.Bool(true), der.Int(-1)))
		}, "negative path length"},
		"rest of constraints":  {func(p *parts) { p.extensions = one(x509.OIDBasicConstraints, der.Sequence(der.Null())) }, "trailing octets"},
		"rest of an extension": {func(p *parts) { p.extensions = one(x509.OIDSubjectKeyIdentifier, append(der.OctetString(nil), 0)) }, "trailing octets"},
		"alternative name":     {func(p *parts) { p.extensions = one(x509.OIDSubjectAltName, der.Sequence(der.Null())) }, "general name expected"},
		"alternative name 9":   {func(p *parts) { p.extensions = one(x509.OIDIssuerAltName, der.Sequence(der.Element(der.Context(9)))) }, "general name expected"},
		"directory name":       {func(p *parts) { p.extensions = one(x509.OIDIssuerAltName, der.Sequence(der.Explicit(4, der.Null()))) }, "unexpected tag 0x05, want 0x30"},
		"policies":             {func(p *parts) { p.extensions = one(x509.OIDCertificatePolicies, der.Sequence(der.Null())) }, "unexpected tag 0x05, want 0x30"},
		"notice":               {func(p *parts) { p.extensions = one(x509.OIDCertificatePolicies, policyWithNotice(der.Int(1))) }, "string expected"},
		"distribution point": {func(p *parts) {
			p.extensions = one(x509.OIDCRLDistributionPoints, der.Sequence(der.Sequence(der.Explicit(0))))
		}, "element missing"},
		"access": {func(p *parts) { p.extensions = one(x509.OIDAuthorityInfoAccess, der.Sequence(der.Sequence())) }, "element missing"},
		"key period": {func(p *parts) {
			p.extensions = one(x509.OIDPrivateKeyUsagePeriod, der.Sequence(der.Element(der.Context(0), []byte("2026"))))
		}, "malformed time"},
		"tool not a string": {func(p *parts) { p.extensions = one(x509.OIDSubjectSignTool, der.Int(1)) }, "string expected"},
		"three tools": {func(p *parts) {
			s := der.Text(der.TagUTF8String, "x")
			p.extensions = one(x509.OIDIssuerSignTool, der.Sequence(s, s, s))
		}, "element cut short"},
		"kind of identification": {func(p *parts) { p.extensions = one(x509.OIDIdentificationKind, der.Enumerated(1)) }, "unexpected tag 0x0a, want 0x02"},
		"authority's serial": {func(p *parts) {
			p.extensions = one(x509.OIDAuthorityKeyIdentifier, der.Sequence(der.Element(der.Context(2))))
		}, "integer without octets"},
		"1025 names": {func(p *parts) {
			p.extensions = one(x509.OIDSubjectAltName, der.Sequence(bytes.Repeat(der.Element(der.Context(7)), 1025)))
		}, "too many names"},
		"1025 points": {func(p *parts) {
			p.extensions = one(x509.OIDFreshestCRL, der.Sequence(bytes.Repeat(der.Sequence(), 1025)))
		}, "too many distribution points"},
		"1025 relative names":    {func(p *parts) { p.issuer = der.Sequence(bytes.Repeat(der.SetOf(attribute()), 1025)) }, "too many attributes"},
		"1025 joined attributes": {func(p *parts) { p.issuer = der.Sequence(der.SetOf(bytes.Repeat(attribute(), 1025))) }, "too many attributes"},
	} {
		p := goodParts(t)
		c.spoil(&p)
		_, err := x509.ParseCertificate(p.encode())
		wantReason(t, name, err, c.reason)
		if err != nil && !strings.HasPrefix(err.Error(), "x509: certificate: ") {
			t.Errorf("%s: text %q", name, err)
		}
	}
}

func attribute() []byte {
	return der.Sequence(der.ObjectID(x509.OIDCommonName), der.Text(der.TagUTF8String, "a"))
}

func policyWithNotice(text []byte) []byte {
	return der.Sequence(der.Sequence(der.ObjectID("1.2.3"), der.Sequence(
		der.Sequence(der.ObjectID("1.3.6.1.5.5.7.2.2"), der.Sequence(der.Sequence(), text)))))
}

// TestContradictions lists certificates that are well formed and refused.
func TestContradictions(t *testing.T) {
	t.Parallel()
	p := goodParts(t)
	p.outer = alg.GOST512A.Algorithm().Identifier()
	if _, err := x509.ParseCertificate(p.encode()); err == nil || !strings.Contains(err.Error(), "inside and outside differ") {
		t.Errorf("two algorithms: %v", err)
	}
	p = goodParts(t)
	p.spki = bytes.Clone(p.spki)
	p.spki[len(p.spki)-1] ^= 1
	if _, err := x509.ParseCertificate(p.encode()); !errors.Is(err, alg.ErrKey) {
		t.Errorf("key off the curve: %v", err)
	}
	p = goodParts(t)
	p.inner = der.Sequence(der.ObjectID("1.2.643.7.1.1.3.2"), der.Int(1))
	p.outer = p.inner
	if _, err := x509.ParseCertificate(p.encode()); !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("parameters: %v", err)
	}
	if _, err := x509.ParseCertificate(make([]byte, 64<<10+1)); !errors.Is(err, x509.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := x509.ParseRequest(make([]byte, 64<<10+1)); !errors.Is(err, x509.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// TestWarnings lists what is odd and read.
func TestWarnings(t *testing.T) {
	t.Parallel()
	null := der.Sequence(der.ObjectID("1.2.643.7.1.1.3.2"), der.Null())
	for name, c := range map[string]struct {
		spoil func(*parts)
		want  x509.Warning
	}{
		"negative":    {func(p *parts) { p.serial = der.Int(-5) }, x509.WarnSerialNegative},
		"zero":        {func(p *parts) { p.serial = der.Int(0) }, x509.WarnSerialZero},
		"long":        {func(p *parts) { p.serial = der.Unsigned(bytes.Repeat([]byte{0x80}, 20)) }, x509.WarnSerialLong},
		"null":        {func(p *parts) { p.inner, p.outer = null, null }, x509.WarnNullParameters},
		"identifiers": {func(p *parts) { p.ids = der.Retag(der.Context(1), der.BitString([]byte{1})) }, x509.WarnObsoleteUniqueID},
		"both": {func(p *parts) {
			p.ids = append(der.Retag(der.Context(1), der.NamedBits(1)), der.Retag(der.Context(2), der.NamedBits(1))...)
		}, x509.WarnObsoleteUniqueID},
		"version":        {func(p *parts) { p.version, p.extensions = nil, extensions(x509.Extension{OID: "1.2.3"}) }, x509.WarnVersion},
		"text":           {func(p *parts) { p.subject = rawName("CN", der.TagUTF8String, "\xff") }, x509.WarnText},
		"text of issuer": {func(p *parts) { p.issuer = rawName("CN", der.TagPrintableString, "\xff") }, x509.WarnText},
		"no check": {func(p *parts) {
			p.extensions = extensions(x509.Extension{OID: x509.OIDOCSPNoCheck, Value: []byte{0, 5}})
		}, x509.WarnNoCheck},
		"old key id": {func(p *parts) {
			p.extensions = extensions(x509.Extension{OID: x509.OIDObsoleteKeyIdentifier, Value: []byte("what?")})
		}, x509.WarnObsoleteKeyID},
	} {
		p := goodParts(t)
		c.spoil(&p)
		cert, err := x509.ParseCertificate(p.encode())
		if err != nil || !slices.Equal(cert.Warnings, []x509.Warning{c.want}) {
			t.Errorf("%s: %v, %v", name, cert, err)
		}
	}
}

// TestRareFields reads what few certificates have.
func TestRareFields(t *testing.T) {
	t.Parallel()
	relative := der.Retag(der.ContextConstructed(1), der.SetOf(der.Sequence(der.ObjectID(x509.OIDCommonName), der.Text(der.TagUTF8String, "Список 1"))))
	issuer, err := x509.EncodeGeneralNames([]x509.GeneralName{x509.Directory(pkitest.Name(t, "CN=Lists"))})
	if err != nil {
		t.Fatal(err)
	}
	points := der.Sequence(der.Sequence(der.Explicit(0, relative), der.Retag(der.Context(1), der.NamedBits(1, 3)), der.Explicit(2, issuer)))
	ip := der.Sequence(der.Element(der.Context(7), []byte{127, 0, 0, 1}), der.Explicit(0, der.ObjectID("1.2.3"), der.Explicit(0, der.Null())))
	access := der.Sequence(
		der.Sequence(der.ObjectID("1.3.6.1.5.5.7.48.1"), der.Text(der.Context(6), "http://пример.рф/")),
		der.Sequence(der.ObjectID("1.3.6.1.5.5.7.48.2"), der.Explicit(4, pkitest.Name(t, "CN=x").Raw)),
		der.Sequence(der.ObjectID("1.3.6.1.5.5.7.48.3"), der.Text(der.Context(6), "http://tsa/")))
	other := der.Sequence(der.Sequence(der.ObjectID("1.2.3"), der.Sequence(der.Sequence(der.ObjectID("1.2.4"), der.Null()))))
	p := goodParts(t)
	p.extensions = extensions(
		x509.Extension{OID: x509.OIDCRLDistributionPoints, Value: points},
		x509.Extension{OID: x509.OIDSubjectAltName, Value: ip},
		x509.Extension{OID: x509.OIDAuthorityInfoAccess, Value: access},
		x509.Extension{OID: x509.OIDCertificatePolicies, Value: other},
		x509.Extension{OID: x509.OIDObsoleteKeyIdentifier, Value: der.Sequence(der.Element(der.Context(0), []byte("old")))},
		x509.Extension{OID: x509.OIDAuthorityKeyIdentifier, Value: der.Sequence(der.Element(der.Context(0), []byte("new")))},
	)
	c, err := x509.ParseCertificate(p.encode())
	if err != nil {
		t.Fatal(err)
	}
	point := c.CRLDistributionPoints[0]
	if len(point.Relative) != 1 || point.Relative[0].Value != "Список 1" || point.Reasons != 1<<1|1<<3 || !point.CRLIssuer[0].Name.Equal(pkitest.Name(t, "CN=lists")) {
		t.Errorf("%+v", point)
	}
	if c.SubjectAltName[0].Kind != x509.IPAddress || c.SubjectAltName[0].Value != "7f000001" || c.SubjectAltName[1].Kind != x509.OtherName {
		t.Errorf("%+v", c.SubjectAltName)
	}
	if len(c.OCSPServers) != 1 || c.OCSPServers[0] != "http://пример.рф/" || len(c.IssuingURLs) != 0 || c.PolicyOIDs()[0] != "1.2.3" {
		t.Errorf("%+v", c.Fields)
	}
	if string(c.AuthorityKeyID) != "new" || len(c.CRLAddresses()) != 0 {
		t.Errorf("key id %q", c.AuthorityKeyID)
	}
}

// TestBrokenRequest lists requests that are refused, with the reason.
func TestBrokenRequest(t *testing.T) {
	t.Parallel()
	p := goodParts(t)
	request := func(version int64, attributes ...[]byte) []byte {
		tbs := der.Sequence(append([][]byte{der.Int(version), p.subject, p.spki}, attributes...)...)
		return der.Sequence(tbs, p.outer, p.signature)
	}
	wanted := der.Sequence(der.ObjectID("1.2.840.113549.1.9.14"), der.SetOf(extensions(x509.Extension{OID: "1.2.3"})))
	windows := der.Sequence(der.ObjectID("1.3.6.1.4.1.311.2.1.14"), der.SetOf(extensions(x509.Extension{OID: "1.2.3"})))
	for name, c := range map[string]struct {
		in     []byte
		reason string
	}{
		"version":          {request(1, der.Explicit(0)), "unknown version of request"},
		"asked twice":      {request(0, der.Explicit(0, wanted, windows)), "extensions asked for twice"},
		"two values":       {request(0, der.Explicit(0, der.Sequence(der.ObjectID("1.2.840.113549.1.9.14"), der.SetOf(der.Sequence(), der.Sequence())))), "trailing octets"},
		"attribute's rest": {request(0, der.Explicit(0, der.Sequence(der.ObjectID("1.2.3"), der.SetOf(), der.Null()))), "trailing octets"},
		"rest":             {request(0, der.Explicit(0), der.Null()), "trailing octets"},
		"nothing":          {nil, "element missing"},
	} {
		_, err := x509.ParseRequest(c.in)
		wantReason(t, name, err, c.reason)
	}
	for name, in := range map[string][]byte{"none": request(0), "empty": request(0, der.Explicit(0)), "Windows": request(0, der.Explicit(0, windows))} {
		q, err := x509.ParseRequest(in)
		if err != nil || len(q.Extensions) != len(q.Attributes) {
			t.Errorf("%s: %+v, %v", name, q, err)
		}
	}
	spoilt := bytes.Replace(request(0), []byte("Test"), []byte("T\xffst"), 1)
	if q, err := x509.ParseRequest(spoilt); err != nil || !slices.Equal(q.Warnings, []x509.Warning{x509.WarnText}) {
		t.Errorf("%v, %v", q, err)
	}
	key := bytes.Clone(p.spki)
	key[len(key)-1] ^= 1
	p.spki = key
	if _, err := x509.ParseRequest(request(0)); !errors.Is(err, alg.ErrKey) {
		t.Errorf("key off the curve: %v", err)
	}
}

func TestPEM(t *testing.T) {
	t.Parallel()
	a, b := pkitest.Root(t, alg.GOST256B, "CN=A"), pkitest.Root(t, alg.GOST256B, "CN=B")
	bundle := append([]byte("какой-то текст\n"), x509.EncodePEM(x509.PEMCertificate, a.Cert.Raw)...)
	bundle = append(bundle, x509.EncodePEM("PRIVATE KEY", []byte("secret"))...)
	bundle = append(bundle, x509.EncodePEM(x509.PEMCertificate, b.Cert.Raw)...)
	list, err := x509.ParseCertificates(bundle)
	if err != nil || len(list) != 2 || !list[0].Equal(a.Cert) || !list[1].Equal(b.Cert) {
		t.Errorf("%v, %v", list, err)
	}
	list, err = x509.ParseCertificates(a.Cert.Raw)
	if err != nil || len(list) != 1 {
		t.Errorf("DER: %v, %v", list, err)
	}
	for name, in := range map[string][]byte{"nothing": nil, "text": []byte("no"), "another label": x509.EncodePEM(x509.PEMCRL, a.Cert.Raw)} {
		if _, err := x509.ParseCertificates(in); !errors.Is(err, x509.ErrPEM) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := x509.ParseCertificates(x509.EncodePEM(x509.PEMCertificate, []byte("no"))); err == nil {
		t.Error("nonsense was read")
	}
	blocks, err := x509.DecodePEM(x509.EncodePEM(x509.PEMRequestOld, []byte("q")), x509.PEMRequest, x509.PEMRequestOld)
	if err != nil || len(blocks) != 1 || string(blocks[0]) != "q" {
		t.Errorf("%q, %v", blocks, err)
	}
}

// TestSignatureAlgorithms refuses to judge what it cannot.
func TestSignatureAlgorithms(t *testing.T) {
	t.Parallel()
	key := pkitest.Key(t, alg.RSA).PublicKey()
	bare, err := alg.ParseSignatureAlgorithm(der.Sequence(der.ObjectID("1.2.840.113549.1.1.1"), der.Null()))
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]alg.SignatureAlgorithm{"none": {}, "a key's": bare} {
		if err := x509.CheckTBS(key, a, nil, nil); !errors.Is(err, alg.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := x509.CheckTBS(nil, alg.RSA.Algorithm(), nil, nil); !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("no key: %v", err)
	}
	p := goodParts(t)
	p.spki = der.Sequence(der.Sequence(der.ObjectID("1.2.3")), der.BitString([]byte{1}))
	c, err := x509.ParseCertificate(p.encode())
	if err != nil || c.PublicKey != nil || !errors.Is(c.CheckSignatureFrom(c), alg.ErrUnsupported) {
		t.Errorf("unknown key: %v", err)
	}
}
