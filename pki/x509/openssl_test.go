// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package x509_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/openssltest"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// openssl verifies at this time; the certificates of the tests hold then.
const opensslNow = "1780315200" // pkitest.Now

// TestOpenSSLAccepts lets OpenSSL judge a path of three with revocation lists, a
// request, and their refusals, for every set of parameters promised.
func TestOpenSSLAccepts(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			b := openssltest.New(t)
			root := pkitest.Root(t, k, "CN=Корень")
			ca := root.CA(t, "CN=Учебный УЦ, C=RU, OGRN=1239900000010")
			template := full(t, ca.Key)
			leaf := ca.Signer(t, k, template.Subject.String(), func(c *x509.Template) {
				serial, issuer, id := c.Serial, c.Issuer, c.SubjectKeyID
				*c = *template
				c.Serial, c.Issuer, c.Extra, c.SubjectKeyID = serial, issuer, nil, id
				c.AuthorityKeyID, c.AuthorityIssuer, c.AuthoritySerial = ca.Cert.SubjectKeyID, root.Cert.Subject, ca.Cert.Serial
			})
			next := pkitest.Now.Add(time.Hour)
			b.WritePEM("root.pem", x509.PEMCertificate, root.Cert.Raw)
			b.WritePEM("ca.pem", x509.PEMCertificate, ca.Cert.Raw)
			b.WritePEM("leaf.pem", x509.PEMCertificate, leaf.Cert.Raw)
			b.WritePEM("good.crl", x509.PEMCRL, root.CRL(t, pkitest.Now, next), ca.CRL(t, pkitest.Now, next))
			b.WritePEM("bad.crl", x509.PEMCRL, root.CRL(t, pkitest.Now, next), ca.CRL(t, pkitest.Now, next,
				x509.Revoked{Serial: leaf.Cert.Serial, At: pkitest.Now, Reason: x509.ReasonKeyCompromise}))
			verify := func(list string) []string {
				return []string{"verify", "-attime", opensslNow, "-x509_strict", "-crl_check_all", "-CAfile", "root.pem", "-untrusted", "ca.pem", "-CRLfile", list, "leaf.pem"}
			}
			b.Run(verify("good.crl")...)
			b.Refuses("certificate revoked", verify("bad.crl")...)
			b.Refuses("unable to get certificate CRL", "verify", "-attime", opensslNow, "-crl_check", "-CAfile", "root.pem", "-untrusted", "ca.pem", "leaf.pem")
			listsAndRequests(t, b, ca, leaf)
		})
	}
}

func listsAndRequests(t *testing.T, b *openssltest.Bench, ca, leaf *pkitest.Identity) {
	t.Helper()
	list := ca.CRL(t, pkitest.Now, pkitest.End, x509.Revoked{Serial: leaf.Cert.Serial, At: pkitest.Now, Reason: x509.ReasonCertificateHold, InvalidityDate: pkitest.Start})
	b.Write("ca.crl", list)
	out := b.Run("crl", "-inform", "DER", "-in", "ca.crl", "-CAfile", "ca.pem", "-verify", "-noout", "-text")
	contains(t, out, "verify OK", "Certificate Hold", leaf.Cert.Serial.Hex(), "Invalidity Date", "X509v3 CRL Number")
	list[len(list)-1] ^= 1
	b.Write("spoilt.crl", list)
	if out, _ := b.Try("crl", "-inform", "DER", "-in", "spoilt.crl", "-CAfile", "ca.pem", "-verify", "-noout"); bytes.Contains(out, []byte("verify OK")) {
		t.Error("a spoilt list is verified")
	}
	request, err := x509.CreateRequest(rand.Reader, leaf.Key, leaf.Cert.Subject, []x509.Extension{{OID: x509.OIDKeyUsage, Critical: true, Value: der.NamedBits(0, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	b.Write("leaf.csr", request)
	out = b.Run("req", "-inform", "DER", "-in", "leaf.csr", "-verify", "-noout", "-text", "-nameopt", "utf8")
	contains(t, out, "verify OK", "Digital Signature, Non Repudiation", "CN=Иванов Иван Иванович")
	out = b.Run("x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "utf8", "-certopt", "ext_parse")
	contains(t, out, "INN=990100001169", "OGRNIP=323990000000011", "SNILS=11223344595", "Private Key Usage Period", `"Подпись" 1.0`)
}

func contains(t *testing.T, out []byte, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !bytes.Contains(out, []byte(s)) {
			t.Errorf("OpenSSL does not say %q:\n%s", s, out)
		}
	}
}

// TestWeReadOpenSSL makes an authority, a request, a certificate and a list with
// OpenSSL, for every set of parameters the engine has.
func TestWeReadOpenSSL(t *testing.T) {
	t.Parallel()
	gost := func(bits, set string) []string {
		return []string{"genpkey", "-algorithm", "gost2012_" + bits, "-pkeyopt", "paramset:" + set}
	}
	for _, c := range []struct {
		name string
		make []string
		kind alg.Kind
	}{
		{"256-A", gost("256", "A"), alg.GOST256B}, {"256-B", gost("256", "B"), alg.GOST256C}, {"256-C", gost("256", "C"), alg.GOST256D},
		{"256-XA", gost("256", "XA"), alg.GOST256B}, {"256-TCA", gost("256", "TCA"), alg.GOST256A}, {"256-TCB", gost("256", "TCB"), alg.GOST256B},
		{"512-A", gost("512", "A"), alg.GOST512A}, {"512-B", gost("512", "B"), alg.GOST512B}, {"512-C", gost("512", "C"), alg.GOST512C},
		{"P-256", []string{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, alg.P256},
		{"P-384", []string{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"}, alg.P384},
		{"RSA", []string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}, alg.RSA},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := openssltest.New(t)
			b.Run(append(c.make, "-out", "ca.key")...)
			b.Run("req", "-new", "-x509", "-utf8", "-key", "ca.key", "-subj", "/CN=Корень/C=RU/OGRN=1239900000010", "-days", "10", "-set_serial", "0x80ff", "-outform", "DER", "-out", "ca.cer",
				"-addext", "keyUsage=critical,keyCertSign,cRLSign", "-addext", "basicConstraints=critical,CA:TRUE")
			b.Run(append(c.make, "-out", "leaf.key")...)
			b.Run("req", "-new", "-utf8", "-key", "leaf.key", "-subj", "/CN=Иванов/INN=990100001169", "-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=clientAuth", "-outform", "DER", "-out", "leaf.csr")
			b.Run("x509", "-req", "-inform", "DER", "-in", "leaf.csr", "-CA", "ca.cer", "-CAkey", "ca.key", "-CAform", "DER", "-set_serial", "77", "-days", "5", "-outform", "DER", "-out", "leaf.cer")
			ca, leaf := readCertificate(t, b, "ca.cer"), readCertificate(t, b, "leaf.cer")
			q, err := x509.ParseRequest(b.Read("leaf.csr"))
			if err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{"root": ca.CheckSignatureFrom(ca), "leaf": leaf.CheckSignatureFrom(ca), "request": q.CheckSignature()} {
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			if ca.PublicKey.Kind() != c.kind || ca.Serial.Hex() != "80FF" || !ca.IsCA || !bytes.Equal(ca.SubjectKeyID, x509.KeyID(ca.PublicKey)) ||
				leaf.Subject.String() != "CN=Иванов, INN=990100001169" || q.KeyUsage != x509.DigitalSignature || !q.HasExtKeyUsage(x509.OIDClientAuth) {
				t.Errorf("%s: %+v; %s: %+v", ca.Subject, ca.Fields, q.Subject, q.Fields)
			}
			readOpenSSLList(t, b, ca)
		})
	}
}

func readCertificate(t *testing.T, b *openssltest.Bench, name string) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(b.Read(name))
	if err != nil {
		t.Fatal(name, err)
	}
	return c
}

func readOpenSSLList(t *testing.T, b *openssltest.Bench, ca *x509.Certificate) {
	t.Helper()
	b.Write("index.txt", []byte("R\t361231235959Z\t261101000000Z,keyCompromise\t4D\tunknown\t/CN=x\nR\t361231235959Z\t261101000000Z\tFF01\tunknown\t/CN=y\n"))
	b.Write("number", []byte("0A\n"))
	b.Write("ca.cnf", []byte("[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=default\ndefault_crl_days=3\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid:always\n"))
	b.Run("x509", "-inform", "DER", "-in", "ca.cer", "-out", "ca.pem")
	b.Run("ca", "-config", "ca.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-out", "ca.crl.pem")
	blocks, err := x509.DecodePEM(b.Read("ca.crl.pem"), x509.PEMCRL)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseCRL(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(ca); err != nil || list.Len() != 2 || list.Number.Hex() != "0A" || !bytes.Equal(list.AuthorityKeyID, ca.SubjectKeyID) {
		t.Errorf("%+v, %v", list, err)
	}
	if e, ok := list.Find(x509.NewSerial([]byte{0x4d})); !ok || e.Reason != x509.ReasonKeyCompromise {
		t.Errorf("%+v", e)
	}
	if _, ok := list.Find(x509.NewSerial([]byte{0xff, 1})); !ok {
		t.Error("not found")
	}
}
