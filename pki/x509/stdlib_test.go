// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	gox509 "crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// The standard library is the judge here, for the algorithms that it has.

func theirs(t testing.TB, key *alg.PrivateKey) crypto.Signer {
	t.Helper()
	info := der.Sequence(der.Int(0), key.Algorithm(), der.OctetString(key.Encode()))
	k, err := gox509.ParsePKCS8PrivateKey(info)
	if err != nil {
		t.Fatal(err)
	}
	return k.(crypto.Signer)
}

// TestStandardLibraryReadsOurs makes a path of three, a request and a list, and
// lets the standard library verify them.
func TestStandardLibraryReadsOurs(t *testing.T) {
	t.Parallel()
	for _, k := range []alg.Kind{alg.P256, alg.P384, alg.P521, alg.RSA} {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			root := pkitest.Root(t, k, "CN=Корень")
			ca := root.CA(t, "CN=УЦ", func(t *x509.Template) { t.MaxPathLen = 0 })
			leaf := ca.Signer(t, k, "CN=Иванов, SN=Иванов, C=RU", func(t *x509.Template) {
				t.ExtKeyUsage = []der.OID{x509.OIDClientAuth}
				t.SubjectAltName = []x509.GeneralName{{Kind: x509.DNSName, Value: "example.org"}}
				t.CRLDistributionPoints = []string{"http://example.org/1.crl"}
				t.OCSPServers = []string{"http://example.org/ocsp"}
				t.Policies = []x509.Policy{{OID: x509.OIDClassKC1}}
			})
			pools := gox509.VerifyOptions{Roots: gox509.NewCertPool(), Intermediates: gox509.NewCertPool(),
				CurrentTime: pkitest.Now, KeyUsages: []gox509.ExtKeyUsage{gox509.ExtKeyUsageClientAuth}, DNSName: "example.org"}
			pools.Roots.AddCert(parseTheirs(t, root))
			pools.Intermediates.AddCert(parseTheirs(t, ca))
			c := parseTheirs(t, leaf)
			if _, err := c.Verify(pools); err != nil {
				t.Error(err)
			}
			if c.Subject.CommonName != "Иванов" || c.CRLDistributionPoints[0] != "http://example.org/1.crl" || c.OCSPServer[0] != "http://example.org/ocsp" ||
				len(c.Policies) != 1 || !bytes.Equal(c.AuthorityKeyId, ca.Cert.SubjectKeyID) {
				t.Errorf("%+v", c)
			}
			listAndRequest(t, ca, leaf)
		})
	}
}

func parseTheirs(t *testing.T, id *pkitest.Identity) *gox509.Certificate {
	t.Helper()
	c, err := gox509.ParseCertificate(id.Cert.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func listAndRequest(t *testing.T, ca, leaf *pkitest.Identity) {
	t.Helper()
	raw := ca.CRL(t, pkitest.Now, pkitest.Now.Add(time.Hour), x509.Revoked{Serial: leaf.Cert.Serial, At: pkitest.Now, Reason: x509.ReasonKeyCompromise})
	list, err := gox509.ParseRevocationList(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(parseTheirs(t, ca)); err != nil {
		t.Error(err)
	}
	if e := list.RevokedCertificateEntries; len(e) != 1 || e[0].ReasonCode != 1 || e[0].SerialNumber.Cmp(new(big.Int).SetBytes(leaf.Cert.Serial)) != 0 {
		t.Errorf("%+v", e)
	}
	raw, err = x509.CreateRequest(rand.Reader, leaf.Key, leaf.Cert.Subject, []x509.Extension{{OID: x509.OIDKeyUsage, Critical: true, Value: der.NamedBits(0)}})
	if err != nil {
		t.Fatal(err)
	}
	q, err := gox509.ParseCertificateRequest(raw)
	if err != nil || q.CheckSignature() != nil || len(q.Extensions) != 1 {
		t.Errorf("%+v, %v", q, err)
	}
}

// TestWeReadStandardLibrary is the other direction.
func TestWeReadStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, k := range []alg.Kind{alg.P256, alg.P384, alg.RSA} {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			key := theirs(t, pkitest.Key(t, k))
			template := &gox509.Certificate{
				SerialNumber: big.NewInt(128), NotBefore: pkitest.Start, NotAfter: pkitest.End, IsCA: true, BasicConstraintsValid: true, MaxPathLen: 3,
				Subject:  pkix.Name{CommonName: "Корень", Country: []string{"RU"}, Organization: []string{"О"}},
				KeyUsage: gox509.KeyUsageCertSign | gox509.KeyUsageCRLSign, ExtKeyUsage: []gox509.ExtKeyUsage{gox509.ExtKeyUsageOCSPSigning},
				DNSNames: []string{"example.org"}, EmailAddresses: []string{"a@example.org"}, OCSPServer: []string{"http://o/"}, IssuingCertificateURL: []string{"http://i/"},
				CRLDistributionPoints: []string{"http://c/"}, SubjectKeyId: []byte{1, 2, 3},
			}
			raw, err := gox509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			c, err := x509.ParseCertificate(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.CheckSignatureFrom(c); err != nil {
				t.Error(err)
			}
			if c.Serial.Decimal() != "128" || !c.IsCA || c.MaxPathLen != 3 || c.KeyUsage != x509.KeyCertSign|x509.CRLSign || !c.HasExtKeyUsage(x509.OIDOCSPSigning) ||
				len(c.SubjectAltName) != 2 || c.OCSPServers[0] != "http://o/" || c.IssuingURLs[0] != "http://i/" || c.CRLAddresses()[0] != "http://c/" ||
				c.Subject.String() != "C=RU, O=О, CN=Корень" || !bytes.Equal(c.SubjectKeyID, []byte{1, 2, 3}) || len(c.Warnings) != 0 {
				t.Errorf("%s, %+v, %v", c.Subject, c.Fields, c.Warnings)
			}
			readTheirs(t, c, key)
		})
	}
}

func readTheirs(t *testing.T, ca *x509.Certificate, key crypto.Signer) {
	t.Helper()
	issuer, err := gox509.ParseCertificate(ca.Raw)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := gox509.CreateRevocationList(rand.Reader, &gox509.RevocationList{
		Number: big.NewInt(7), ThisUpdate: pkitest.Now, NextUpdate: pkitest.End,
		RevokedCertificateEntries: []gox509.RevocationListEntry{{SerialNumber: big.NewInt(255), RevocationTime: pkitest.Now, ReasonCode: 4}},
	}, issuer, key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseCRL(raw)
	if err != nil || list.CheckSignatureFrom(ca) != nil || list.Number.Decimal() != "7" {
		t.Fatalf("%+v, %v", list, err)
	}
	if e, ok := list.Find(x509.NewSerial([]byte{255})); !ok || e.Reason != x509.ReasonSuperseded || !e.At.Equal(pkitest.Now) {
		t.Errorf("%+v", e)
	}
	raw, err = gox509.CreateCertificateRequest(rand.Reader, &gox509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}, DNSNames: []string{"example.org"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	q, err := x509.ParseRequest(raw)
	if err != nil || q.CheckSignature() != nil || len(q.SubjectAltName) != 1 || q.Subject.String() != "CN=x" {
		t.Errorf("%+v, %v", q, err)
	}
}
