// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp_test

import (
	"errors"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// expectation is what OpenSSL 3.0 says of a response of the corpus, with the
// certificates that verify it.
type expectation struct {
	issuer, responder string
	serial            string
	status            ocsp.CertStatus
	produced, revoked string
	reason            x509.Reason
	nonce             string
	err               error
	hash              alg.Hash
	nextUpdatePresent bool
}

func expectations() map[string]expectation {
	return map[string]expectation{
		"ocsp/14_acrob_CADES-XLT1.ocsp.der": {
			issuer: "certs/ru-leaf/cryptopro-test-ca-2024.cer", responder: "certs/ru-leaf/cryptopro-test-ocsp-operator.cer",
			serial: "7C00158A3FF6A9424BF01936EF000800158A3F", produced: "2024-07-16T14:51:51Z", nonce: "\x82\x76\x98\x41\x28\xe4\x3f\x26", hash: alg.Streebog256,
		},
		"ocsp/17_acr_XLT1_revoced.ocsp.der": {
			issuer: "certs/ru-leaf/cryptopro-test2-sub.cer", responder: "certs/ru-leaf/cryptopro-test2-ocsp.cer",
			serial: "057F61B000C7B13D9D42A8A017FAF76DB3", produced: "2024-08-09T10:52:53Z", nonce: "\xf0\xa6\x76\xc4\x41\xac\xb4\xaf", hash: alg.Streebog256,
		},
		"ocsp/26_cades-xlt1-sign.ocsp.der": {
			issuer: "certs/ru-ca/АО__Аналитический_Центр__2023-12-08T13-48-40Z_2038-12-08T13-48-40Z.pem", responder: "certs/ru-leaf/ac-ocsp-2024.cer", nextUpdatePresent: true,
			serial: "01DAEE2D30B79E900007F449381D0002", produced: "2024-09-04T12:05:41Z", nonce: "\x78\xea\xd9\x2b\xf5\x27\x46\xf0", hash: alg.Streebog256,
		},
		"kz/ocsp/ocsp_response_ceo_2015_revoked.bin": {
			issuer: "kz/ca/nca_gost2015_test.cer", status: ocsp.Revoked, revoked: "2022-07-27T10:25:30Z", reason: x509.ReasonCertificateHold,
			serial: "3A90343E720594C55204B19CB9A402422EF0E622", produced: "2022-09-02T16:59:28Z", nonce: "\x15\x7b\x28\xfd\x1a\xc7\x76\x1e", hash: alg.SHA256,
		},
		"kz/ocsp/ocsp_response_individual_2015.bin": {
			issuer: "kz/ca/nca_gost2015_test.cer", status: ocsp.Revoked, revoked: "1970-01-01T00:00:00Z", reason: x509.ReasonCertificateHold,
			serial: "0FF06211DC82BEB00253FFA000F1DE84ABEF454F", produced: "2022-09-02T16:58:34Z", nonce: "\xe4\x08\xff\xb7\x90\x83\x4a\xf2", hash: alg.SHA256,
		},
	}
}

// TestCorpus reads and verifies every response of the corpus.
func TestCorpus(t *testing.T) {
	t.Parallel()
	all := expectations()
	files := append(pkitest.ManifestFiles(t, "ocsp"), pkitest.ManifestFiles(t, "kz/ocsp")...)
	if len(files) != len(all) {
		t.Errorf("%d files, %d expectations", len(files), len(all))
	}
	for _, f := range files {
		want, ok := all[f]
		if !ok {
			t.Errorf("%s: no expectation", f)
			continue
		}
		p, err := ocsp.ParseResponse(pkitest.ReadCorpus(t, f))
		if err != nil || len(p.Singles) != 1 {
			t.Errorf("%s: %v", f, err)
			continue
		}
		a := p.Singles[0]
		if a.ID.Serial.Hex() != want.serial || a.Status != want.status || p.ProducedAt.Format(time.RFC3339) != want.produced || a.ID.Hash != want.hash ||
			string(p.Nonce) != want.nonce || a.NextUpdate.IsZero() == want.nextUpdatePresent {
			t.Errorf("%s: %+v, nonce %x", f, p, p.Nonce)
		}
		if want.revoked != "" && (a.RevokedAt.Format(time.RFC3339) != want.revoked || a.Reason != want.reason) {
			t.Errorf("%s: revoked at %s, %s", f, a.RevokedAt, a.Reason)
		}
		verifyCorpus(t, f, p, want)
	}
}

func verifyCorpus(t *testing.T, f string, p *ocsp.Response, want expectation) {
	t.Helper()
	read := func(name string) *x509.Certificate {
		if name == "" {
			return nil
		}
		list, err := x509.ParseCertificates(pkitest.ReadCorpus(t, name))
		if err != nil {
			t.Fatal(name, err)
		}
		return list[0]
	}
	responder, issuer := read(want.responder), read(want.issuer)
	var others []*x509.Certificate
	if responder != nil {
		others = append(others, responder)
	}
	if !p.Singles[0].ID.IssuedBy(issuer) {
		t.Errorf("%s: another issuer than %s", f, issuer.Subject)
	}
	if _, err := p.Verify(issuer, nil, others); !errors.Is(err, want.err) {
		t.Errorf("%s: %v, want %v", f, err, want.err)
	}
}
