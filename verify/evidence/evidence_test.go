// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"crypto/rand"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify/evidence"
)

type material struct {
	ca, leaf, other *pkitest.Identity
	list, answer    []byte
}

func newMaterial(t *testing.T) material {
	t.Helper()
	m := material{ca: pkitest.Root(t, alg.GOST256A, "CN=УЦ"), other: pkitest.Root(t, alg.GOST256A, "CN=Другой")}
	m.leaf = m.ca.Signer(t, alg.GOST256A, "CN=Иванов")
	m.list = m.ca.CRL(t, pkitest.Start, pkitest.End)
	id, err := ocsp.NewCertID(alg.SHA1, m.ca.Cert, m.leaf.Cert.Serial)
	if err != nil {
		t.Fatal(err)
	}
	m.answer, err = ocsp.Create(rand.Reader, &ocsp.Template{ResponderName: m.ca.Cert.Subject, ProducedAt: pkitest.Now, Singles: []ocsp.Single{{ID: id, ThisUpdate: pkitest.Now}}}, m.ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPool(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	p := &evidence.Pool{Certificates: []*x509.Certificate{m.other.Cert, m.ca.Cert}}
	if err := p.AddCRL([]byte("x"), ""); err == nil {
		t.Error("a broken list was taken")
	}
	if err := p.AddOCSP([]byte("x"), ""); err == nil {
		t.Error("a broken answer was taken")
	}
	whole, err := ocsp.ParseResponse(m.answer)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{m.answer, whole.Basic} {
		if err := p.AddOCSP(raw, "a"); err != nil {
			t.Error(err)
		}
	}
	for _, raw := range [][]byte{m.list, m.other.CRL(t, pkitest.Start, pkitest.End)} {
		if err := p.AddCRL(raw, "l"); err != nil {
			t.Error(err)
		}
	}
	if list, err := p.Issuers(t.Context(), m.leaf.Cert); err != nil || len(list) != 1 || !list[0].Equal(m.ca.Cert) {
		t.Errorf("%d issuers %v", len(list), err)
	}
	if list, err := p.Revocation(t.Context(), m.leaf.Cert, m.ca.Cert); err != nil || len(list) != 3 {
		t.Errorf("%d lists and answers %v", len(list), err)
	}
	// Lists of who else issues lists for a certificate count too (RFC 5280, 4.2.1.13).
	indirect := *m.leaf.Cert
	indirect.CRLDistributionPoints = []x509.DistributionPoint{{CRLIssuer: []x509.GeneralName{x509.Directory(m.other.Cert.Subject)}}}
	if list, err := p.Revocation(t.Context(), &indirect, m.ca.Cert); err != nil || len(list) != 4 {
		t.Errorf("indirect: %d %v", len(list), err)
	}
}

// TestMessage: what a message and its signatures carry.
func TestMessage(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	b := &cms.Builder{
		Certificates: []*x509.Certificate{m.leaf.Cert}, CRLs: [][]byte{m.list}, OCSP: [][]byte{m.answer},
		Signers: []*cms.SignerInfo{cms.NewSigner(m.leaf.Cert, alg.Streebog256, alg.GOST256A.Algorithm(), nil, []byte{1})},
	}
	b.Signers[0].AddUnsigned(cades.OIDCertificateValues, der.Sequence(m.ca.Cert.Raw))
	b.Signers[0].AddUnsigned(cades.OIDRevocationValues, der.Sequence(der.Explicit(0, der.Sequence(m.list))))
	sd, err := cms.ParseSignedData(b.Detached())
	if err != nil {
		t.Fatal(err)
	}
	p := evidence.FromMessage(sd)
	q := p.With(sd.Signers[0])
	if len(p.Certificates) != 1 || len(p.Data) != 2 || len(q.Certificates) != 2 || len(q.Data) != 3 {
		t.Errorf("%d %d, %d %d", len(p.Certificates), len(p.Data), len(q.Certificates), len(q.Data))
	}
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	p := &evidence.Pool{Certificates: []*x509.Certificate{m.ca.Cert}}
	if err := p.AddCRL(m.list, ""); err != nil {
		t.Fatal(err)
	}
	if err := p.AddOCSP(m.answer, ""); err != nil {
		t.Fatal(err)
	}
	var r evidence.Recorder
	s := r.Around([]evidence.Source{p})[0]
	if len(evidence.AtHand(s)) != 1 || len(evidence.AtHand(p)) != 1 || evidence.AtHand(nil) != nil {
		t.Error("certificates at hand")
	}
	for range 2 { // what comes twice is kept once
		if _, err := s.Issuers(t.Context(), m.leaf.Cert); err != nil {
			t.Error(err)
		}
		if _, err := s.Revocation(t.Context(), m.leaf.Cert, m.ca.Cert); err != nil {
			t.Error(err)
		}
	}
	certificates, lists, answers := r.Recorded()
	if len(certificates) != 1 || len(lists) != 1 || len(answers) != 1 || len(r.Data()) != 2 {
		t.Errorf("%d %d %d %d", len(certificates), len(lists), len(answers), len(r.Data()))
	}
}
