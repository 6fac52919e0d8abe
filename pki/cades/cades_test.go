// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func signed(t testing.TB, id *pkitest.Identity, attributes []cms.Attribute) *cms.SignedData {
	t.Helper()
	h := id.Key.Kind().Hash()
	sig, err := id.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	b := &cms.Builder{
		Certificates: []*x509.Certificate{id.Cert},
		Signers:      []*cms.SignerInfo{cms.NewSigner(id.Cert, h, id.Key.Kind().Algorithm(), attributes, sig)},
	}
	sd, err := cms.ParseSignedData(b.Detached())
	if err != nil {
		t.Fatal(err)
	}
	return sd
}

func TestSigningCertificate(t *testing.T) {
	t.Parallel()
	for _, kind := range pkitest.Kinds() {
		root := pkitest.Root(t, kind, "CN=Root")
		twin := root.IssueFor(t, root.Key, "CN=Root") // same key, another certificate
		h := kind.Hash()
		sd := signed(t, root, cades.SignedAttributes(cms.OIDData, h.Sum(nil), h, root.Cert, pkitest.Now))
		if err := cades.CheckSigningCertificate(sd.Signers[0], root.Cert); err != nil {
			t.Errorf("%s: %v", kind.Name(), err)
		}
		if err := cades.CheckSigningCertificate(sd.Signers[0], twin.Cert); !errors.Is(err, cades.ErrOtherCertificate) {
			t.Errorf("%s: certificate exchanged for another of the same key: %v", kind.Name(), err)
		}
		if got := cades.LevelOf(sd, sd.Signers[0]); got != cades.LevelB {
			t.Errorf("%s: level %s", kind.Name(), got)
		}
	}
}

func TestSigningCertificateVariants(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	v2 := cades.SigningCertificateV2(alg.Streebog256, root.Cert)
	bare := func(h alg.Hash, algorithm []byte) []byte {
		return der.Sequence(der.Sequence(der.Sequence(algorithm, der.OctetString(h.Sum(root.Cert.Raw)))))
	}
	wrongSerial := der.Sequence(der.Sequence(der.Sequence(der.OctetString(alg.SHA256.Sum(root.Cert.Raw)),
		der.Sequence(der.Sequence(der.Element(der.ContextConstructed(4), root.Cert.Issuer.Raw)), der.Int(1)))))
	for _, test := range []struct {
		name       string
		attributes []cms.Attribute
		want       error
	}{
		{"version 2", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, v2)}, nil},
		{"default hash", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, bare(alg.SHA256, nil))}, nil},
		{"version 1", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificate, bare(alg.SHA1, nil))}, nil},
		{"none", nil, cades.ErrNoSigningCertificate},
		{"twice", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, v2), cms.NewAttribute(cades.OIDSigningCertificateV2, v2)}, cades.ErrNoSigningCertificate},
		{"no entries", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, der.Sequence(der.Sequence()))}, cades.ErrNoSigningCertificate},
		{"unknown hash", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, bare(alg.SHA256, der.Sequence(der.ObjectID("1.2.3"))))}, cades.ErrOtherCertificate},
		{"other serial", []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, wrongSerial)}, cades.ErrOtherCertificate},
	} {
		err := cades.CheckSigningCertificate(&cms.SignerInfo{SignedAttributes: test.attributes}, root.Cert)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	broken := []cms.Attribute{cms.NewAttribute(cades.OIDSigningCertificateV2, der.Null())}
	var syntax *der.SyntaxError
	if _, err := cades.SigningCertificates(broken); !errors.As(err, &syntax) {
		t.Errorf("broken: %v", err)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	bound := cades.SignedAttributes(cms.OIDData, alg.Streebog256.Sum(nil), alg.Streebog256, root.Cert, pkitest.Now)
	for _, test := range []struct {
		unsigned []der.OID
		crl      bool
		want     cades.Level
	}{
		{nil, false, cades.LevelB},
		{nil, true, cades.LevelB},
		{[]der.OID{cades.OIDSignatureTimestamp}, false, cades.LevelT},
		{[]der.OID{cades.OIDSignatureTimestamp}, true, cades.LevelLT},
		{[]der.OID{cades.OIDSignatureTimestamp, cades.OIDCertificateRefs, cades.OIDRevocationRefs}, false, cades.LevelC},
		{[]der.OID{cades.OIDSignatureTimestamp, cades.OIDCTimestamp}, false, cades.LevelX},
		{[]der.OID{cades.OIDSignatureTimestamp, cades.OIDCTimestamp, cades.OIDCertificateValues, cades.OIDRevocationValues}, false, cades.LevelXL1},
		{[]der.OID{cades.OIDSignatureTimestamp, cades.OIDArchiveTimestampV3}, true, cades.LevelLTA},
	} {
		sd := signed(t, root, bound)
		for _, oid := range test.unsigned {
			sd.Signers[0].AddUnsigned(oid, der.Sequence())
		}
		if test.crl {
			sd.CRLs = [][]byte{{}}
		}
		if got := cades.LevelOf(sd, sd.Signers[0]); got != test.want {
			t.Errorf("%v: %s, want %s", test.unsigned, got, test.want)
		}
	}
	plain := signed(t, root, cms.ContentAttributes(cms.OIDData, alg.Streebog256.Sum(nil), pkitest.Now))
	if got := cades.LevelOf(plain, plain.Signers[0]); got != cades.LevelCMS {
		t.Errorf("without a bound certificate: %s", got)
	}
}

func TestMaterial(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	crl := root.CRL(t, pkitest.Start, pkitest.End)
	si := new(cms.SignerInfo)
	si.AddUnsigned(cades.OIDCertificateValues, der.Sequence(root.Cert.Raw, der.Sequence()))
	si.AddUnsigned(cades.OIDRevocationValues, der.Sequence(
		der.Explicit(0, der.Sequence(crl)), der.Explicit(1, der.Sequence(der.Sequence(der.Null())))))
	m := cades.MaterialOf(si)
	if len(m.Certificates) != 1 || len(m.CRLs) != 1 || len(m.OCSP) != 1 {
		t.Errorf("%d certificates, %d lists, %d answers", len(m.Certificates), len(m.CRLs), len(m.OCSP))
	}
	si = new(cms.SignerInfo)
	si.AddUnsigned(cades.OIDRevocationValues, der.Sequence(der.Explicit(0, der.Sequence(crl)), der.Explicit(1, der.Null())))
	if m := cades.MaterialOf(si); len(m.CRLs)+len(m.OCSP) != 0 {
		t.Error("broken values were used")
	}
	cades.AddTimestamp(si, der.Sequence())
	if len(cades.SignatureTimestamps(si)) != 1 {
		t.Error("time stamp not added")
	}
}

func FuzzSigningCertificates(f *testing.F) {
	root := pkitest.Root(f, alg.GOST256B, "CN=Root")
	f.Add(cades.SigningCertificateV2(alg.Streebog256, root.Cert))
	f.Add(cades.SigningCertificateV2(alg.SHA256, root.Cert))
	f.Fuzz(func(t *testing.T, value []byte) {
		r := der.NewReader(value)
		if r.Any(); r.Close() != nil {
			return
		}
		for _, oid := range []der.OID{cades.OIDSigningCertificate, cades.OIDSigningCertificateV2, cades.OIDCertificateValues, cades.OIDRevocationValues} {
			attributes := []cms.Attribute{cms.NewAttribute(oid, value)}
			if ids, err := cades.SigningCertificates(attributes); err == nil && len(ids) == 0 {
				t.Fatal("no entries and no error")
			}
			cades.MaterialOf(&cms.SignerInfo{UnsignedAttributes: attributes})
		}
	})
}
