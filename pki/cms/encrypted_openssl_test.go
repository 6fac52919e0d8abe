// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package cms_test

import (
	"bytes"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/openssltest"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
)

// Both ways with OpenSSL and its GOST engine.
func TestEncryptedOpenSSL(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	content := bytes.Repeat([]byte("Зашифровано для одного. "), 500)
	for _, k := range []alg.Kind{alg.GOST256A, alg.GOST256B, alg.GOST512A, alg.GOST512C, alg.RSA} {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			b := openssltest.New(t)
			to := root.Signer(t, k, "CN=To")
			cert := b.WritePEM("cert.pem", "CERTIFICATE", to.Cert.Raw)
			key := b.WritePEM("key.pem", "PRIVATE KEY", pkcs8.Marshal(to.Key))
			// The engine (3.0.1) writes messages of more than a section of CTR-ACPKM that it does not read itself.
			short := content[:1000]
			in := b.Write("content", short)

			for name, kind := range map[string]alg.CipherKind{
				"kuznyechik-ctr-acpkm-omac": alg.KuznyechikCTROMAC, "kuznyechik-ctr-acpkm": alg.KuznyechikCTR,
				"magma-ctr-acpkm-omac": alg.MagmaCTROMAC, "magma-ctr-acpkm": alg.MagmaCTR, "gost89": alg.UnknownCipher,
			} {
				theirs := b.Path("theirs.p7m")
				b.Run("cms", "-encrypt", "-engine", "gost", "-"+name, "-binary", "-in", in, "-outform", "DER", "-out", theirs, cert)
				if got, err := open(b.Read("theirs.p7m"), to.Cert, to.Key); err != nil || !bytes.Equal(got, short) {
					t.Errorf("%s of OpenSSL: %v", name, err)
				}
				b.Run("cms", "-encrypt", "-engine", "gost", "-"+name, "-binary", "-in", in, "-out", b.Path("theirs.eml"), cert)
				if got, err := open(cms.Unarmor(b.Read("theirs.eml")), to.Cert, to.Key); err != nil || !bytes.Equal(got, short) {
					t.Errorf("%s of OpenSSL as S/MIME: %v", name, err)
				}
				if kind == alg.UnknownCipher { // RFC 4490 is read only
					continue
				}
				ours := b.Write("ours.p7m", encrypt(t, content, kind, to.Cert))
				out := b.Path("plain")
				b.Run("cms", "-decrypt", "-engine", "gost", "-inform", "DER", "-binary", "-in", ours, "-recip", cert, "-inkey", key, "-out", out)
				if !bytes.Equal(b.Read("plain"), content) {
					t.Errorf("%s: OpenSSL reads something else", name)
				}
			}
		})
	}
}
