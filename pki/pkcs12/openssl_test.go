// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package pkcs12_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/openssltest"
	"podpis/pki/pkcs12"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// TestOpenSSLWrites: containers of OpenSSL are read: its own form, the old one
// with Triple DES, and those it makes with the GOST engine.
func TestOpenSSLWrites(t *testing.T) {
	for _, kind := range pkitest.Kinds() {
		b := openssltest.New(t)
		want := identity(t, kind)
		key := b.WritePEM("key.pem", pkcs8.PEMKey, pkcs8.Marshal(want.Key))
		cert := b.WritePEM("cert.pem", x509.PEMCertificate, want.Certificates[0].Raw, want.Certificates[1].Raw)
		forms := map[string][]string{
			"as it does":     {},
			"Triple DES":     {"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"},
			"AES-128":        {"-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-macalg", "sha512"},
			"MAC of GOST":    {"-macalg", "md_gost12_512"},
			"GOST 94, A":     {"-keypbe", "gost89", "-certpbe", "gost89", "-macalg", "md_gost94"},
			"GOST 94, D":     {"-keypbe", "gost89", "-certpbe", "gost89", "-macalg", "md_gost94"},
			"GOST 28147-89":  {"-keypbe", "gost89", "-certpbe", "gost89", "-macalg", "md_gost12_512"},
			"bare":           {"-keypbe", "NONE", "-certpbe", "NONE", "-nomac"},
			"no iterations":  {"-noiter", "-nomaciter"},
			"many rounds":    {"-iter", "100000"},
			"certificate in": {"-certpbe", "NONE"},
		}
		for name, more := range forms {
			b.Env = nil
			if box, old := strings.CutPrefix(name, "GOST 94, "); old { // PBKDF2 over GOST R 34.11-94 and old S-boxes
				b.Env = []string{"GOST_PBE_HMAC=md_gost94", "CRYPT_PARAMS=id-Gost28147-89-CryptoPro-" + box + "-ParamSet"}
			}
			b.Run(append([]string{"pkcs12", "-export", "-in", cert, "-inkey", key, "-passout", "pass:пароль", "-name", "имя", "-out", b.Path("out.p12")}, more...)...)
			got, err := pkcs12.Decode(b.Read("out.p12"), []byte("пароль"))
			if err != nil {
				t.Errorf("%s %s: %v", kind.Name(), name, err)
				continue
			}
			if !got.Key.PublicKey().Equal(want.Key.PublicKey()) || !got.Certificate().Equal(want.Certificates[0]) || len(got.Certificates) != 2 || got.FriendlyName != "имя" {
				t.Errorf("%s %s: other contents (%q)", kind.Name(), name, got.FriendlyName)
			}
			if _, err := pkcs12.Decode(b.Read("out.p12"), []byte("Пароль")); name != "bare" && !errors.Is(err, pkcs12.ErrPassword) {
				t.Errorf("%s %s with another password: %v", kind.Name(), name, err)
			}
		}
	}
}

// TestOpenSSLReads: what is written here in its form is read by OpenSSL. It does
// not open RFC 9548 with this engine ("unsupported cipher ctl command").
func TestOpenSSLReads(t *testing.T) {
	for _, kind := range pkitest.Kinds() {
		b := openssltest.New(t)
		want := identity(t, kind)
		file, err := pkcs12.Encode(rand.Reader, want, []byte("пароль"), pkcs12.Options{Cipher: alg.AES256CBC})
		if err != nil {
			t.Fatal(err)
		}
		out := b.Run("pkcs12", "-in", b.Write("our.p12", file), "-passin", "pass:пароль", "-nodes")
		for _, part := range []string{"friendlyName: ", "CN = Root", "BEGIN PRIVATE KEY"} {
			if !bytes.Contains(out, []byte(part)) {
				t.Errorf("%s: no %q in\n%s", kind.Name(), part, out)
			}
		}
		key, err := pkcs8.Read(out, nil)
		if err != nil || !key.PublicKey().Equal(want.Key.PublicKey()) {
			t.Errorf("%s: another key: %v", kind.Name(), err)
		}
		b.Refuses("invalid password", "pkcs12", "-in", b.Path("our.p12"), "-passin", "pass:x", "-nodes")
	}
}

// TestOpenSSLKeys: encrypted PKCS #8 both ways.
func TestOpenSSLKeys(t *testing.T) {
	for _, kind := range pkitest.Kinds() {
		b := openssltest.New(t)
		key := pkitest.Key(t, kind)
		plain := b.WritePEM("plain.pem", pkcs8.PEMKey, pkcs8.Marshal(key))
		for name, more := range map[string][]string{
			"AES": {"-v2", "aes-256-cbc"}, "SHA-512": {"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"}, "3DES": {"-v2", "des3"},
		} {
			b.Run(append([]string{"pkcs8", "-topk8", "-in", plain, "-passout", "pass:пароль", "-out", b.Path("out.pem")}, more...)...)
			got, err := pkcs8.Read(b.Read("out.pem"), []byte("пароль"))
			if err != nil || !got.PublicKey().Equal(key.PublicKey()) {
				t.Errorf("%s %s: %v", kind.Name(), name, err)
			}
		}
		ours, err := pkcs8.Encrypt(rand.Reader, key, []byte("пароль"), pkcs5.Options{Cipher: alg.AES256CBC})
		if err != nil {
			t.Fatal(err)
		}
		out := b.Run("pkcs8", "-inform", "DER", "-in", b.Write("our.p8", ours), "-passin", "pass:пароль")
		got, err := pkcs8.Read(out, nil)
		if err != nil || !got.PublicKey().Equal(key.PublicKey()) {
			t.Errorf("%s: OpenSSL reads another key: %v", kind.Name(), err)
		}
	}
}
