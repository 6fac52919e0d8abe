// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package verify_test

import (
	"bytes"
	"encoding/pem"
	"testing"
	"time"

	"podpis/pki/openssltest"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// TestOpenSSLSigns: what "openssl cms -sign" makes is accepted in all its forms,
// and refused over another document.
func TestOpenSSLSigns(t *testing.T) {
	for _, kind := range pkitest.Kinds() {
		w := newWorld(t, kind)
		b := openssltest.New(t)
		key := b.WritePEM("key.pem", pkcs8.PEMKey, pkcs8.Marshal(w.signer.Key))
		cert := b.WritePEM("cert.pem", x509.PEMCertificate, w.signer.Cert.Raw)
		chain := b.WritePEM("chain.pem", x509.PEMCertificate, w.ca.Cert.Raw)
		content := b.Write("content", w.document)
		md := map[bool]string{true: "md_gost12_" + map[int]string{32: "256", 64: "512"}[kind.Hash().Size()], false: "sha256"}[kind.IsGOST()]
		base := []string{"cms", "-sign", "-binary", "-in", content, "-signer", cert, "-inkey", key, "-certfile", chain, "-md", md, "-out", b.Path("out")}
		for name, more := range map[string][]string{
			"cades":         {"-outform", "DER", "-cades"},
			"plain":         {"-outform", "DER"},
			"no attributes": {"-outform", "DER", "-noattr"},
			"attached":      {"-outform", "DER", "-cades", "-nodetach"},
			"streamed":      {"-outform", "DER", "-cades", "-nodetach", "-stream"}, // BER
			"pem":           {"-outform", "PEM", "-cades"},
			"key id":        {"-outform", "DER", "-keyid"},
		} {
			b.Run(append(base, more...)...)
			in := verify.Input{Signature: b.Read("out"), Document: bytes.NewReader(w.document)}
			if name == "attached" || name == "streamed" {
				in.Document = nil
			}
			report, err := verify.Check(t.Context(), in, w.options)
			if err != nil || report.Verdict != reasons.TotalPassed {
				t.Errorf("%s %s: %s %v: %+v", kind.Name(), name, report.Verdict, err, report.Signatures)
				continue
			}
			in.Document = bytes.NewReader([]byte("другой"))
			report, err = verify.Check(t.Context(), in, w.options)
			if err != nil || report.Verdict != reasons.TotalFailed {
				t.Errorf("%s %s over another document: %s %v", kind.Name(), name, report.Verdict, err)
			}
		}
	}
}

// oldAuthority is what openssl.cnf lacks to issue certificates and lists with GOST R
// 34.10-2001 for a time of then.
const oldAuthority = `
[ca]
default_ca = authority
[authority]
database = index
serial = serial
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = md_gost94
policy = policy
[policy]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
keyUsage = critical,digitalSignature
authorityKeyIdentifier = keyid
`

// TestOldSignatures: authority, list and signature of GOST R 34.10-2001 pass at a time
// when such signatures were made, and stay open later.
func TestOldSignatures(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"A", "B", "C", "XA", "XB"} {
		b := openssltest.New(t)
		b.Write("openssl.cnf", append(b.Read("openssl.cnf"), oldAuthority...))
		b.Write("index", nil)
		b.Write("serial", []byte("1000000000000001\n"))
		for _, name := range []string{"root", "leaf"} {
			b.Run("genpkey", "-algorithm", "gost2001", "-pkeyopt", "paramset:"+set, "-out", name+".key")
		}
		b.Run("req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=Root", "-md_gost94", "-extensions", "root", "-days", "30", "-out", "root.pem")
		b.Run("req", "-new", "-key", "leaf.key", "-subj", "/CN=Signer", "-md_gost94", "-out", "leaf.csr")
		b.Run("ca", "-batch", "-notext", "-startdate", "20190101000000Z", "-enddate", "20300101000000Z", "-extensions", "leaf", "-in", "leaf.csr", "-out", "leaf.pem")
		b.Run("ca", "-gencrl", "-crl_lastupdate", "20190601000000Z", "-crl_nextupdate", "20290601000000Z", "-out", "list.pem")
		document := []byte("документ " + set)
		b.Write("content", document)
		roots, err := x509.ParseCertificates(b.Read("root.pem"))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(b.Read("list.pem"))
		list, err := x509.ParseCRL(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		pool := &verify.Pool{Data: []verify.RevocationData{{CRL: list}}}
		for _, attributes := range [][]string{nil, {"-noattr"}, {"-cades"}} {
			b.Run(append([]string{"cms", "-sign", "-binary", "-in", "content", "-signer", "leaf.pem", "-inkey", "leaf.key", "-md", "md_gost94", "-outform", "DER", "-out", "out"}, attributes...)...)
			for at, want := range map[string]reasons.Code{"2019-07-01": "", "2020-01-01": reasons.CryptoNoPOE} {
				day, err := time.Parse(time.DateOnly, at)
				if err != nil {
					t.Fatal(err)
				}
				o := verify.Options{At: day, Trust: []verify.Anchor{{Certificate: roots[0]}}, Evidence: []verify.Evidence{pool}}
				report, err := verify.Check(t.Context(), verify.Input{Signature: b.Read("out"), Document: bytes.NewReader(document)}, o)
				if err != nil || report.Signatures[0].SubIndication != want || report.Signatures[0].Facts.Document.Answer != verify.Yes {
					t.Errorf("%s %v at %s: %v, %+v", set, attributes, at, err, report.Signatures[0])
				}
				report, err = verify.Check(t.Context(), verify.Input{Signature: b.Read("out"), Document: bytes.NewReader(document[1:])}, o)
				if err != nil || report.Verdict != reasons.TotalFailed {
					t.Errorf("%s %v over another document: %v, %s", set, attributes, err, report.Verdict)
				}
			}
		}
	}
}
