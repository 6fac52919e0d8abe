// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package responder_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"podpis/internal/service/ca"
	"podpis/pki/openssltest"
	"podpis/pki/x509"
)

// TestOpenSSL has OpenSSL make a key and a request of each kind, judge the
// certificate by what the certificate itself says: its addresses are asked, over
// HTTP, for the issuer, the lists, the status and a time stamp.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if err := s.ca.PublishLists(context.Background()); err != nil {
		t.Fatal(err)
	}
	gost := func(bits, set string) []string {
		return []string{"genpkey", "-algorithm", "gost2012_" + bits, "-pkeyopt", "paramset:" + set}
	}
	for name, makeKey := range map[string][]string{
		"CryptoPro-A": gost("256", "A"), "TC26-A": gost("256", "TCA"), "512-A": gost("512", "A"), "512-C": gost("512", "C"),
		"P-256": {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
		"RSA":   {"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"},
	} {
		t.Run(name, func(t *testing.T) {
			b := openssltest.New(t)
			leaf := s.order(t, b, name, makeKey)
			s.fetch(t, b, leaf)
			verify := []string{"verify", "-crl_check_all", "-CAfile", "root.pem", "-untrusted", "issuing.pem", "-CRLfile", "lists.pem", "leaf.pem"}
			b.Run(verify...)
			s.status(t, b, leaf, "good")
			s.stampByOpenSSL(t, b)
			if err := s.ca.Revoke(context.Background(), "test", leaf.Serial.Hex(), x509.ReasonKeyCompromise); err != nil {
				t.Fatal(err)
			}
			s.status(t, b, leaf, "revoked")
			if err := s.ca.PublishLists(context.Background()); err != nil {
				t.Fatal(err)
			}
			s.fetch(t, b, leaf)
			b.Refuses("certificate revoked", verify...)
		})
	}
}

// order has a certificate issued for a key and a request that OpenSSL makes.
func (s *site) order(t *testing.T, b *openssltest.Bench, name string, makeKey []string) *x509.Certificate {
	t.Helper()
	b.Run(append(makeKey, "-out", "key.pem")...)
	b.Run("req", "-new", "-utf8", "-key", "key.pem", "-subj", "/CN=Иванов", "-outform", "DER", "-out", "leaf.csr")
	done, err := s.ca.Issue(context.Background(), ca.Order{
		Key: name + "/1", Profile: "person", Request: b.Read("leaf.csr"), Approval: []byte{1}, ApprovedBy: "test", OrderedBy: "test",
		Subject: map[string]string{
			"CN": "Соколова Анна", "SN": "Соколова", "G": "Анна", "C": "RU", "ST": "16 Казань", "INN": "990000001704", "SNILS": "99000000153",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(done.DER)
	if err != nil {
		t.Fatal(err)
	}
	b.WritePEM("leaf.pem", x509.PEMCertificate, leaf.Raw)
	return leaf
}

// fetch follows the addresses of the certificates up to the root and stores what
// is there: issuing.pem, root.pem and lists.pem.
func (s *site) fetch(t *testing.T, b *openssltest.Bench, leaf *x509.Certificate) {
	t.Helper()
	var lists [][]byte
	cert := leaf
	for _, file := range []string{"issuing.pem", "root.pem"} {
		if len(cert.CRLAddresses()) != 1 || len(cert.IssuingURLs) != 1 {
			t.Fatalf("addresses %q, %q", cert.CRLAddresses(), cert.IssuingURLs)
		}
		lists = append(lists, s.at(t, cert.CRLAddresses()[0]))
		raw := s.at(t, cert.IssuingURLs[0])
		parent, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		b.WritePEM(file, x509.PEMCertificate, raw)
		cert = parent
	}
	b.WritePEM("lists.pem", x509.PEMCRL, lists...)
}

func (s *site) at(t *testing.T, address string) []byte {
	t.Helper()
	path, own := strings.CutPrefix(address, s.url)
	if !own {
		t.Fatalf("address %s is not of %s", address, s.url)
	}
	a := s.do("GET", path, nil)
	if a.status != 200 {
		t.Fatalf("%s: %d", address, a.status)
	}
	return a.body
}

// status asks for the status with each digest that names the issuer; the answer is
// bound to the request by its nonce.
func (s *site) status(t *testing.T, b *openssltest.Bench, leaf *x509.Certificate, want string) {
	t.Helper()
	b.Write("all.pem", append(b.Read("root.pem"), b.Read("issuing.pem")...))
	for _, digest := range []string{"-sha1", "-sha256", "-md_gost12_256"} {
		out := string(b.Run("ocsp", "-url", leaf.OCSPServers[0], "-CAfile", "all.pem", "-issuer", "issuing.pem",
			digest, "-cert", "leaf.pem", digest, "-serial", "0x1234567890abcdef", "-nonce", "-resp_text"))
		lines := []string{"Response verify OK", "leaf.pem: " + want, "0x1234567890abcdef: unknown", "OCSP Nonce"}
		if want == "revoked" {
			lines = append(lines, "Reason: keyCompromise")
		}
		for _, line := range lines {
			if !strings.Contains(out, line) {
				t.Errorf("%s: OpenSSL does not say %q:\n%s", digest, line, out)
			}
		}
		if strings.Contains(out, "WARNING") {
			t.Errorf("%s: OpenSSL warns:\n%s", digest, out)
		}
	}
}

// stampByOpenSSL has OpenSSL make a request for a time stamp and verify the answer.
func (s *site) stampByOpenSSL(t *testing.T, b *openssltest.Bench) {
	t.Helper()
	b.Write("data", []byte("stamped data"))
	for _, digest := range []string{"-md_gost12_256", "-md_gost12_512", "-sha256"} {
		b.Run("ts", "-query", "-data", "data", digest, "-cert", "-out", "q.tsq")
		a := s.do("POST", "/pki/tsp", bytes.NewReader(b.Read("q.tsq")))
		b.Write("r.tsr", a.body)
		out := b.Run("ts", "-verify", "-queryfile", "q.tsq", "-in", "r.tsr", "-CAfile", "root.pem", "-untrusted", "issuing.pem")
		if !bytes.Contains(out, []byte("Verification: OK")) {
			t.Errorf("%s: %s", digest, out)
		}
	}
	b.Write("other", []byte("other data"))
	b.Refuses("imprint", "ts", "-verify", "-data", "other", "-in", "r.tsr", "-CAfile", "root.pem", "-untrusted", "issuing.pem")
}
