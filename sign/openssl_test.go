// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package sign_test

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"testing"

	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/openssltest"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
)

// TestOpenSSLAccepts: OpenSSL verifies what is made here, with the check of the
// signing certificate attribute, for every set that is promised.
func TestOpenSSLAccepts(t *testing.T) {
	document := []byte("договор\r\nпоставки\n")
	now := strconv.FormatInt(pkitest.Now.Unix(), 10)
	for _, kind := range pkitest.Kinds() {
		b := openssltest.New(t)
		root := pkitest.Root(t, kind, "CN=Root")
		ca := root.CA(t, "CN=CA")
		id := ca.Signer(t, kind, "CN=Signer")
		trust := b.WritePEM("root.pem", x509.PEMCertificate, root.Cert.Raw)
		content := b.Write("content", document)
		authority := &tsa{Identity: ca.TSA(t, kind)}
		for _, level := range []sign.Level{sign.B, sign.T, sign.CMS} {
			o := sign.Options{Certificate: id.Cert, Chain: []*x509.Certificate{ca.Cert}, Level: level, Time: pkitest.Now, Timestamper: authority}
			message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), id.Key, o)
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"cms", "-verify", "-inform", "DER", "-in", b.Write("detached.sig", message), "-binary", "-content", content,
				"-CAfile", trust, "-attime", now, "-purpose", "any", "-out", b.Path("out")}
			if level != sign.CMS {
				args = append(args, "-cades")
			}
			b.Run(args...)
			b.Write("content", append([]byte("x"), document...))
			b.Refuses("content verify error", args...)
			b.Write("content", document)

			var attached bytes.Buffer
			if err := sign.Attached(t.Context(), rand.Reader, &attached, bytes.NewReader(document), id.Key, o); err != nil {
				t.Fatal(err)
			}
			b.Run("cms", "-verify", "-inform", "DER", "-in", b.Write("attached.p7m", attached.Bytes()), "-binary",
				"-CAfile", trust, "-attime", now, "-purpose", "any", "-out", b.Path("out"))
			if !bytes.Equal(b.Read("out"), document) {
				t.Errorf("%s: OpenSSL takes other content out", kind.Name())
			}
		}
	}
}

// TestOpenSSLAcceptsLong: what is above level T, beside and over a signature leaves the signature what it was: OpenSSL
// verifies X Long Type 1, a second signer in the same file and a signature with one over it.
func TestOpenSSLAcceptsLong(t *testing.T) {
	document := []byte("договор\r\n")
	now := strconv.FormatInt(pkitest.Now.Unix(), 10)
	for _, kind := range pkitest.Kinds() {
		b := openssltest.New(t)
		root := pkitest.Root(t, kind, "CN=Root")
		ca := root.CA(t, "CN=CA")
		one, two := ca.Signer(t, kind, "CN=One"), ca.Signer(t, kind, "CN=Two")
		trust, content := b.WritePEM("root.pem", x509.PEMCertificate, root.Cert.Raw), b.Write("content", document)
		authority := &tsa{Identity: ca.TSA(t, kind)}
		lists := [][]byte{ca.CRL(t, pkitest.Now, pkitest.End), root.CRL(t, pkitest.Now, pkitest.End)}
		prove := func(cert *x509.Certificate, _ []*x509.Certificate) ([]cades.Proof, error) {
			return []cades.Proof{{Certificate: cert, CRLs: lists[:1]}, {Certificate: ca.Cert, CRLs: lists[1:]}, {Certificate: root.Cert}}, nil
		}
		options := func(id *pkitest.Identity) sign.Options {
			return sign.Options{Certificate: id.Cert, Chain: []*x509.Certificate{ca.Cert}, Time: pkitest.Now, Timestamper: authority}
		}
		message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), one.Key, options(one))
		if err != nil {
			t.Fatal(err)
		}
		sd, err := cms.ParseSignedData(message)
		if err != nil {
			t.Fatal(err)
		}
		second, err := sign.WithDigest(t.Context(), rand.Reader, two.Key.Kind().Hash().Sum(document), two.Key, options(two))
		if err != nil {
			t.Fatal(err)
		}
		second.AddTo(sd)
		if _, err := sign.Counter(t.Context(), rand.Reader, sd, two.Key, options(two)); err != nil {
			t.Fatal(err)
		}
		if err := sign.Long(t.Context(), rand.Reader, sd, prove, authority); err != nil {
			t.Fatal(err)
		}
		verify := func(message []byte, more ...string) {
			b.Run(append([]string{"cms", "-verify", "-cades", "-inform", "DER", "-in", b.Write("long.sig", message), "-binary",
				"-CAfile", trust, "-attime", now, "-purpose", "any", "-out", b.Path("out")}, more...)...)
		}
		verify(sd.Encode(), "-content", content)
		verify(sd.Alone(sd.Signers[1]).Encode(), "-content", content)
		if err := sd.Attach(document); err != nil {
			t.Fatal(err)
		}
		verify(sd.Encode())
		if !bytes.Equal(b.Read("out"), document) {
			t.Errorf("%s: OpenSSL takes other content out", kind.Name())
		}
	}
}
