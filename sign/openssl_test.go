// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package sign_test

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"testing"

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
