// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/service/ca"
	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// names are the subjects of a test authority.
func names() ca.Names {
	n := func(cn string) map[string]string {
		return map[string]string{"CN": cn, "O": "Подпись", "C": "RU"}
	}
	return ca.Names{
		ca.Root: n("Учебный корневой центр"), ca.Issuing: n("Учебный выпускающий центр"),
		ca.Responder: n("Учебная служба OCSP"), ca.Stamping: n("Учебная служба штампов времени"), ca.Auditing: n("Учебный журнал аудита"),
	}
}

// authority is an authority on a database of its own.
func authority(t *testing.T, wrap func(ca.Role, alg.Signer) alg.Signer) (*ca.Service, *db.DB) {
	t.Helper()
	d := dbtest.Open(t)
	book, err := policy.New(ca.Rules())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ca.New(ca.Parts{DB: d, Ring: ring, Policies: book, PublicURL: "http://ca.example.org", Wrap: wrap})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(context.Background(), names()); err != nil {
		t.Fatal(err)
	}
	return s, d
}

func person() map[string]string {
	return map[string]string{
		"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань",
		"INN": "990000001704", "SNILS": "99000000153", "E": "anna@example.org",
	}
}

// order makes an order with a fresh key of a kind.
func order(t *testing.T, key string, kind alg.Kind) ca.Order {
	t.Helper()
	k, err := alg.Generate(kind, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := x509.NameByText("CN=Заявитель")
	if err != nil {
		t.Fatal(err)
	}
	req, err := x509.CreateRequest(rand.Reader, k, subject, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ca.Order{Key: key, Profile: "person", Subject: person(), Request: req, Approval: []byte{1}, ApprovedBy: "account/o", OrderedBy: "account/h"}
}

func TestIssueRevokeAnswer(t *testing.T) {
	t.Parallel()
	s, d := authority(t, nil)
	ctx := context.Background()
	o := order(t, "a/1", alg.GOST256B)
	issued, err := s.Issue(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Issue(ctx, o)
	if err != nil || !again.Serial.Equal(issued.Serial) {
		t.Fatalf("the same order again: serial %s, %v; want %s", again.Serial.Hex(), err, issued.Serial.Hex())
	}
	cert, err := x509.ParseCertificate(issued.DER)
	if err != nil {
		t.Fatal(err)
	}
	issuer := s.Chain()[0]
	if err := cert.CheckSignatureFrom(issuer); err != nil {
		t.Fatal(err)
	}
	if got := status(t, s, issuer, cert.Serial); got != ocsp.Good {
		t.Errorf("before revocation: %v", got)
	}
	if err := s.Revoke(ctx, "account/h", cert.Serial.Hex(), x509.ReasonSuperseded); err != nil {
		t.Fatal(err)
	}
	if got := status(t, s, issuer, cert.Serial); got != ocsp.Revoked {
		t.Errorf("after revocation: %v", got)
	}
	if got := status(t, s, issuer, x509.NewSerial([]byte{1, 2, 3})); got != ocsp.Unknown {
		t.Errorf("never issued: %v", got)
	}
	if err := s.PublishLists(ctx); err != nil {
		t.Fatal(err)
	}
	issuing, err := s.Key(ca.Issuing)
	if err != nil {
		t.Fatal(err)
	}
	raw, next, err := s.CRL(ctx, issuing.ID)
	if err != nil || !next.After(d.Now()) {
		t.Fatalf("CRL: next %v, %v", next, err)
	}
	crl, err := x509.ParseCRL(raw)
	if err != nil {
		t.Fatal(err)
	}
	if entry, ok := crl.Find(cert.Serial); !ok || entry.Reason != x509.ReasonSuperseded {
		t.Errorf("entry of the list: %+v, %v", entry, ok)
	}
}

func status(t *testing.T, s *ca.Service, issuer *x509.Certificate, serial x509.Serial) ocsp.CertStatus {
	t.Helper()
	id, err := ocsp.NewCertID(alg.SHA1, issuer, serial)
	if err != nil {
		t.Fatal(err)
	}
	req, err := ocsp.NewRequest([]byte("0123456789abcdef"), id)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponse(s.Answer(context.Background(), req))
	if err != nil || answer.Status != ocsp.Successful {
		t.Fatalf("answer %v, %v", answer, err)
	}
	if err := answer.CheckNonce([]byte("0123456789abcdef")); err != nil {
		t.Error(err)
	}
	if _, err := answer.Verify(issuer, nil, nil); err != nil {
		t.Fatal(err)
	}
	single, ok := answer.Find(issuer, serial)
	if !ok {
		t.Fatal("no answer for the certificate")
	}
	return single.Status
}
