// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package ocsp_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/openssltest"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// stand is an authority with a responder and three certificates, of which it
// knows the first two. OpenSSL compares answers with the clock of the machine:
// everything holds now.
type stand struct {
	*openssltest.Bench
	ca, responder *pkitest.Identity
	leaves        []*pkitest.Identity
}

func newStand(t *testing.T, k alg.Kind) *stand {
	t.Helper()
	now := func(c *x509.Template) {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour).Truncate(time.Second), time.Now().Add(time.Hour).Truncate(time.Second)
	}
	s := &stand{Bench: openssltest.New(t), ca: pkitest.Root(t, k, "CN=УЦ", now)}
	key, err := alg.Generate(k, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.responder = s.ca.IssueFor(t, key, "CN=OCSP", now, func(c *x509.Template) {
		c.KeyUsage, c.ExtKeyUsage, c.OCSPNoCheck = x509.DigitalSignature, []der.OID{x509.OIDOCSPSigning}, true
	})
	s.WritePEM("ca.pem", x509.PEMCertificate, s.ca.Cert.Raw)
	for _, name := range []string{"good", "revoked", "unknown"} {
		leaf := s.ca.Signer(t, k, "CN="+name, now)
		s.leaves = append(s.leaves, leaf)
		s.WritePEM(name+".pem", x509.PEMCertificate, leaf.Cert.Raw)
	}
	return s
}

// answer does what a responder does with a request.
func (s *stand) answer(t *testing.T, request []byte) []byte {
	t.Helper()
	q, err := ocsp.ParseRequest(request)
	if err != nil || len(q.IDs) == 0 || q.Nonce == nil {
		t.Fatalf("%+v, %v", q, err)
	}
	template := &ocsp.Template{ResponderKey: x509.KeyID(s.responder.Cert.PublicKey), ProducedAt: time.Now(), Nonce: q.Nonce}
	for _, id := range q.IDs {
		a := ocsp.Single{ID: id, Status: ocsp.Unknown, ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour), ArchiveCutoff: pkitest.Start}
		switch {
		case !id.IssuedBy(s.ca.Cert):
		case id.Serial.Equal(s.leaves[0].Cert.Serial):
			a.Status = ocsp.Good
		case id.Serial.Equal(s.leaves[1].Cert.Serial):
			a.Status, a.RevokedAt, a.Reason = ocsp.Revoked, pkitest.Start, x509.ReasonKeyCompromise
		}
		template.Singles = append(template.Singles, a)
	}
	raw, err := ocsp.Create(rand.Reader, template, s.responder.Key, s.responder.Cert)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestOpenSSLAsksUs lets OpenSSL ask about a good, a revoked and an unknown
// certificate, by every digest it has, and judge the answers.
func TestOpenSSLAsksUs(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			s := newStand(t, k)
			for _, digest := range []string{"-sha1", "-sha256", "-md_gost12_256", "-md_gost12_512"} {
				ask := []string{digest, "-issuer", "ca.pem", "-cert", "good.pem", digest, "-cert", "revoked.pem", digest, "-cert", "unknown.pem"}
				s.Run(append([]string{"ocsp", "-reqout", "q.der"}, ask...)...)
				response := s.answer(t, s.Read("q.der"))
				s.Write("r.der", response)
				// The nonce is compared with that of a request from a file, the
				// statuses are shown for certificates of the command line: two runs.
				bound := []string{"ocsp", "-reqin", "q.der", "-respin", "r.der", "-CAfile", "ca.pem", "-issuer", "ca.pem", "-no_nonce"}
				check := append([]string{"ocsp", "-no_nonce", "-respin", "r.der", "-CAfile", "ca.pem"}, ask...)
				out := string(s.Run(bound...)) + string(s.Run(check...))
				for _, want := range []string{"Response verify OK", "good.pem: good", "revoked.pem: revoked", "Reason: keyCompromise", "unknown.pem: unknown"} {
					if !strings.Contains(out, want) {
						t.Errorf("%s: OpenSSL does not say %q:\n%s", digest, want, out)
					}
				}
				if strings.Contains(out, "WARNING") {
					t.Errorf("%s: OpenSSL warns:\n%s", digest, out)
				}
				response[len(response)-len(s.responder.Cert.Raw)-60] ^= 1 // within the signature
				s.Write("r.der", response)
				s.Refuses("Response Verify Failure", check...)
			}
			another, err := ocsp.NewRequest([]byte("another nonce"), certID(t, alg.SHA1, s.ca.Cert, 1))
			if err != nil {
				t.Fatal(err)
			}
			s.Write("r.der", s.answer(t, another))
			s.Refuses("Nonce Verify error", "ocsp", "-no_nonce", "-reqin", "q.der", "-respin", "r.der", "-CAfile", "ca.pem", "-issuer", "ca.pem")
		})
	}
}

// TestWeAskOpenSSL asks the responder of OpenSSL.
func TestWeAskOpenSSL(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			s := newStand(t, k)
			info := der.Sequence(der.Int(0), s.responder.Key.Algorithm(), der.OctetString(s.responder.Key.Encode()))
			s.WritePEM("responder.key", "PRIVATE KEY", info)
			s.WritePEM("responder.pem", x509.PEMCertificate, s.responder.Cert.Raw)
			var index bytes.Buffer
			index.WriteString("V\t361231235959Z\t\t" + s.leaves[0].Cert.Serial.Hex() + "\tunknown\t/CN=good\n")
			index.WriteString("R\t361231235959Z\t260101000000Z,superseded\t" + s.leaves[1].Cert.Serial.Hex() + "\tunknown\t/CN=revoked\n")
			s.Write("index.txt", index.Bytes())
			for _, h := range []alg.Hash{alg.SHA1, alg.SHA256, alg.Streebog256} {
				var ids []ocsp.CertID
				for _, leaf := range s.leaves {
					id, err := ocsp.NewCertID(h, s.ca.Cert, leaf.Cert.Serial)
					if err != nil {
						t.Fatal(err)
					}
					ids = append(ids, id)
				}
				request, err := ocsp.NewRequest([]byte("0123456789abcdef"), ids...)
				if err != nil {
					t.Fatal(err)
				}
				s.Write("q.der", request)
				s.Run("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem", "-rkey", "responder.key", "-nmin", "5", "-reqin", "q.der", "-respout", "r.der")
				s.checkTheirs(t)
			}
		})
	}
}

func (s *stand) checkTheirs(t *testing.T) {
	t.Helper()
	p, err := ocsp.ParseResponse(s.Read("r.der"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := p.Verify(s.ca.Cert, nil, nil)
	if err != nil || !signer.Equal(s.responder.Cert) || p.CheckNonce([]byte("0123456789abcdef")) != nil {
		t.Errorf("%v, nonce %q", err, p.Nonce)
	}
	for i, want := range []ocsp.CertStatus{ocsp.Good, ocsp.Revoked, ocsp.Unknown} {
		a, ok := p.Find(s.ca.Cert, s.leaves[i].Cert.Serial)
		if !ok || a.Status != want || a.CheckFresh(time.Now(), time.Minute, 0) != nil {
			t.Errorf("%d: %+v, want %v", i, a, want)
		}
		if ok && want == ocsp.Revoked && (a.Reason != x509.ReasonSuperseded || !a.RevokedAt.Equal(pkitest.Start)) {
			t.Errorf("revoked at %s, %s", a.RevokedAt, a.Reason)
		}
	}
}
