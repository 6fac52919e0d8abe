// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// full is a template with every field, as an authority fills it for a sole
// proprietor.
func full(t testing.TB, key *alg.PrivateKey) *x509.Template {
	t.Helper()
	remote := 1
	return &x509.Template{
		Serial: x509.NewSerial(unhex(t, "01da2c6deeb111100006836e381d0002")),
		Issuer: pkitest.Name(t, `CN="Учебный УЦ", O=ООО "Пример", C=RU, ST=77 Москва, OGRN=1239900000010, INNLE=9901000010`),
		Subject: pkitest.Name(t, "CN=Иванов Иван Иванович, SN=Иванов, G=Иван Иванович, C=RU, ST=77 Москва, "+
			"SNILS=11223344595, OGRNIP=323990000000011, INN=990100001169, E=ip@example.org"),
		NotBefore: pkitest.Start, NotAfter: pkitest.End,
		KeyUsage:            x509.DigitalSignature | x509.NonRepudiation | x509.KeyEncipherment | x509.DataEncipherment | x509.KeyAgreement,
		ExtKeyUsage:         []der.OID{x509.OIDClientAuth, x509.OIDEmailProtection, "1.2.643.2.2.34.6"},
		BasicConstraints:    true,
		SubjectKeyID:        x509.KeyID(key.PublicKey()),
		AuthorityKeyID:      []byte("authority key"),
		AuthorityIssuer:     pkitest.Name(t, "CN=Root"),
		AuthoritySerial:     x509.NewSerial([]byte{0xff, 1}),
		Policies:            []x509.Policy{{OID: x509.OIDClassKC1, CPS: []string{"http://example.org/cps"}, Notice: "Только для учёбы"}, {OID: x509.OIDClassKC2}},
		SubjectAltName:      []x509.GeneralName{{Kind: x509.EmailName, Value: "ip@example.org"}, {Kind: x509.DNSName, Value: "example.org"}, x509.URI("http://example.org/"), x509.Directory(pkitest.Name(t, "CN=Иной"))},
		PrivateKeyNotBefore: pkitest.Start, PrivateKeyNotAfter: pkitest.End.AddDate(0, 3, 0),
		CRLDistributionPoints: []string{"http://a.example/1.crl", "http://b.example/1.crl"},
		FreshestCRL:           []string{"http://a.example/d.crl"},
		OCSPServers:           []string{"http://a.example/ocsp"},
		IssuingURLs:           []string{"http://a.example/ca.cer"},
		SubjectSignTool:       `"Подпись" 1.0`,
		IssuerSignTool:        &x509.IssuerSignTool{SignTool: "Подпись", CATool: "Учебный УЦ", SignToolCert: "нет", CAToolCert: "нет, учебный"},
		IdentificationKind:    &remote,
		OCSPNoCheck:           true,
		Extra:                 []x509.Extension{{OID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}},
	}
}

// TestMakeCertificate makes a certificate with every extension, by every kind of
// key, and reads all of it back.
func TestMakeCertificate(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			key := pkitest.Key(t, k)
			template := full(t, key)
			raw, err := x509.CreateCertificate(rand.Reader, template, key.PublicKey().SPKI(), key)
			if err != nil {
				t.Fatal(err)
			}
			c, err := x509.ParseCertificate(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := x509.CheckTBS(key.PublicKey(), c.SignatureAlgorithm, c.RawTBS, c.Signature); err != nil {
				t.Error(err)
			}
			if c.Version != 3 || !c.Serial.Equal(template.Serial) || !c.Subject.Equal(template.Subject) || !c.PublicKey.Equal(key.PublicKey()) ||
				!c.NotBefore.Equal(template.NotBefore) || !c.NotAfter.Equal(template.NotAfter) || len(c.Warnings) != 0 {
				t.Errorf("%+v", c)
			}
			sameFields(t, c, template)
		})
	}
}

func sameFields(t *testing.T, c *x509.Certificate, template *x509.Template) {
	t.Helper()
	point := func(at string) x509.DistributionPoint {
		return x509.DistributionPoint{Names: []x509.GeneralName{x509.URI(at)}}
	}
	want := x509.Fields{
		HasKeyUsage: true, KeyUsage: template.KeyUsage, ExtKeyUsage: template.ExtKeyUsage,
		HasBasicConstraints: true, MaxPathLen: -1,
		SubjectKeyID: template.SubjectKeyID, AuthorityKeyID: template.AuthorityKeyID,
		AuthorityIssuer: []x509.GeneralName{x509.Directory(template.AuthorityIssuer)}, AuthoritySerial: template.AuthoritySerial,
		Policies: template.Policies, SubjectAltName: template.SubjectAltName,
		CRLDistributionPoints: []x509.DistributionPoint{point("http://a.example/1.crl"), point("http://b.example/1.crl")},
		FreshestCRL:           []x509.DistributionPoint{point("http://a.example/d.crl")},
		OCSPServers:           template.OCSPServers, IssuingURLs: template.IssuingURLs,
		PrivateKeyNotBefore: template.PrivateKeyNotBefore, PrivateKeyNotAfter: template.PrivateKeyNotAfter,
		SubjectSignTool: template.SubjectSignTool, IssuerSignTool: template.IssuerSignTool, IdentificationKind: 1,
		OCSPNoCheck: true, UnknownCritical: []der.OID{"1.2.3.4"},
	}
	ignore := cmpopts.IgnoreFields(x509.GeneralName{}, "Raw")
	if diff := cmp.Diff(want, c.Fields, ignore); diff != "" {
		t.Errorf("fields differ (-want +got):\n%s", diff)
	}
	if got := c.CRLAddresses(); !cmp.Equal(got, template.CRLDistributionPoints) {
		t.Errorf("addresses %v", got)
	}
	if !c.HasExtKeyUsage(x509.OIDClientAuth) || c.HasExtKeyUsage(x509.OIDTimeStamping) {
		t.Error("purposes")
	}
	usage := x509.FindExtension(c.Extensions, x509.OIDKeyUsage)
	if usage == nil || !usage.Critical || !bytes.Equal(usage.Value, []byte{3, 2, 3, 0xf8}) {
		t.Errorf("key usage %+v", usage)
	}
	kind := x509.FindExtension(c.Extensions, x509.OIDIdentificationKind)
	if kind == nil || kind.Critical || !bytes.Equal(kind.Value, []byte{2, 1, 1}) {
		t.Errorf("identification kind %+v", kind)
	}
}

// TestThreeSteps goes the way of an authority: octets, signature by a key held
// elsewhere, assembly. A throw-away key gives the same octets to judge.
func TestThreeSteps(t *testing.T) {
	t.Parallel()
	authority, throwAway := pkitest.Key(t, alg.GOST256B), pkitest.Key(t, alg.GOST256B)
	template := full(t, authority)
	a := alg.GOST256B.Algorithm()
	tbs, err := template.TBS(a, authority.PublicKey().SPKI())
	if err != nil {
		t.Fatal(err)
	}
	var judged [2][]byte
	for i, key := range []*alg.PrivateKey{throwAway, authority} {
		sig, err := x509.SignTBS(rand.Reader, key, tbs)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(x509.AssembleSigned(tbs, a, sig))
		if err != nil {
			t.Fatal(err)
		}
		if err := x509.CheckTBS(key.PublicKey(), c.SignatureAlgorithm, c.RawTBS, c.Signature); err != nil {
			t.Error(err)
		}
		judged[i] = c.RawTBS
	}
	if !bytes.Equal(judged[0], judged[1]) || !bytes.Equal(judged[0], tbs) {
		t.Error("what was judged is not what was signed")
	}
}

// TestBadTemplates lists what a template must not be.
func TestBadTemplates(t *testing.T) {
	t.Parallel()
	key := pkitest.Key(t, alg.GOST256B)
	for name, spoil := range map[string]func(*x509.Template){
		"no serial":            func(t *x509.Template) { t.Serial = nil },
		"serial of 21 octets":  func(t *x509.Template) { t.Serial = bytes.Repeat([]byte{1}, 21) },
		"serial of 160 bits":   func(t *x509.Template) { t.Serial = bytes.Repeat([]byte{0x80}, 20) },
		"no issuer":            func(t *x509.Template) { t.Issuer = x509.Name{} },
		"no subject":           func(t *x509.Template) { t.Subject = x509.Name{} },
		"no times":             func(t *x509.Template) { t.NotBefore = time.Time{} },
		"ends before it began": func(t *x509.Template) { t.NotAfter = t.NotBefore.Add(-time.Second) },
		"key ends before it began": func(t *x509.Template) {
			t.PrivateKeyNotAfter = t.PrivateKeyNotBefore.Add(-time.Second)
		},
		"extension twice":      func(t *x509.Template) { t.Extra = append(t.Extra, t.Extra[0]) },
		"extension of a field": func(t *x509.Template) { t.Extra = []x509.Extension{{OID: x509.OIDKeyUsage}} },
		"extension without id": func(t *x509.Template) { t.Extra = []x509.Extension{{}} },
		"address not ASCII":    func(t *x509.Template) { t.CRLDistributionPoints = []string{"http://пример.рф/"} },
		"address empty":        func(t *x509.Template) { t.OCSPServers = []string{""} },
		"delta address":        func(t *x509.Template) { t.FreshestCRL = []string{"http://пример.рф/"} },
		"name without content": func(t *x509.Template) { t.SubjectAltName = []x509.GeneralName{{Kind: x509.DirectoryName}} },
	} {
		template := full(t, key)
		spoil(template)
		_, err := template.TBS(alg.GOST256B.Algorithm(), key.PublicKey().SPKI())
		if !errors.Is(err, x509.ErrTemplate) && !errors.Is(err, x509.ErrName) {
			t.Errorf("%s: %v", name, err)
		}
	}
	template := full(t, key)
	if _, err := template.TBS(alg.SignatureAlgorithm{}, key.PublicKey().SPKI()); !errors.Is(err, x509.ErrTemplate) {
		t.Errorf("no algorithm: %v", err)
	}
	if _, err := x509.CreateCertificate(bytes.NewReader(nil), template, key.PublicKey().SPKI(), key); err == nil {
		t.Error("signed without randomness")
	}
}

// TestAuthority makes an authority with a limited path and one without
// extensions at all.
func TestAuthority(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST512A, "CN=Root", func(t *x509.Template) { t.MaxPathLen = 0 })
	if c := root.Cert; !c.IsCA || c.MaxPathLen != 0 || c.KeyUsage != x509.KeyCertSign|x509.CRLSign || !c.SelfIssued() || c.CheckSignatureFrom(c) != nil {
		t.Errorf("%+v", c.Fields)
	}
	leaf := root.Signer(t, alg.GOST256B, "CN=Leaf")
	if err := leaf.Cert.CheckSignatureFrom(root.Cert); err != nil {
		t.Error(err)
	}
	if err := root.Cert.CheckSignatureFrom(leaf.Cert); !errors.Is(err, x509.ErrNotIssuer) {
		t.Error(err)
	}
	namesake := pkitest.Root(t, alg.GOST512A, "CN=Root")
	if err := leaf.Cert.CheckSignatureFrom(namesake.Cert); !errors.Is(err, alg.ErrSignature) {
		t.Error(err)
	}
	if same := leaf.Cert; !leaf.Cert.Equal(same) || leaf.Cert.Equal(root.Cert) || leaf.Cert.Equal(nil) || len(leaf.Cert.Fingerprint(alg.SHA1)) != 20 {
		t.Error("equality")
	}
	if !leaf.Cert.ValidAt(pkitest.Start) || !leaf.Cert.ValidAt(pkitest.End) || leaf.Cert.ValidAt(pkitest.End.Add(time.Second)) || leaf.Cert.ValidAt(pkitest.Start.Add(-time.Second)) {
		t.Error("validity")
	}
	bare := &x509.Template{Serial: x509.NewSerial([]byte{7}), Issuer: root.Cert.Subject, Subject: root.Cert.Subject, NotBefore: pkitest.Start, NotAfter: pkitest.End}
	raw, err := x509.CreateCertificate(rand.Reader, bare, root.Key.PublicKey().SPKI(), root.Key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := x509.ParseCertificate(raw); err != nil || c.Version != 1 || c.MaxPathLen != -1 || c.IdentificationKind != -1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestMakeRequest asks for the extensions of a template.
func TestMakeRequest(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			key := pkitest.Key(t, k)
			template := &x509.Template{KeyUsage: x509.DigitalSignature, ExtKeyUsage: []der.OID{x509.OIDClientAuth}, SubjectSignTool: "Подпись"}
			extensions, err := template.RequestExtensions()
			if err != nil {
				t.Fatal(err)
			}
			subject := pkitest.Name(t, "CN=Иванов, INN=990100001169")
			raw, err := x509.CreateRequest(rand.Reader, key, subject, extensions)
			if err != nil {
				t.Fatal(err)
			}
			q, err := x509.ParseRequest(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := q.CheckSignature(); err != nil {
				t.Error(err)
			}
			if !q.Subject.Equal(subject) || !q.PublicKey.Equal(key.PublicKey()) || q.KeyUsage != x509.DigitalSignature ||
				!q.HasExtKeyUsage(x509.OIDClientAuth) || q.SubjectSignTool != "Подпись" || len(q.Attributes) != 1 {
				t.Errorf("%+v", q)
			}
			spoilt := bytes.Clone(raw)
			spoilt[len(spoilt)-1] ^= 1
			if q, err = x509.ParseRequest(spoilt); err == nil && q.CheckSignature() == nil {
				t.Error("a spoilt request verifies")
			}
		})
	}
	key := pkitest.Key(t, alg.GOST256B)
	if _, err := x509.CreateRequest(rand.Reader, key, x509.Name{}, nil); !errors.Is(err, x509.ErrTemplate) {
		t.Errorf("no subject: %v", err)
	}
}
