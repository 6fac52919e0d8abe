// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package verify_test

import (
	"bytes"
	"testing"

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
