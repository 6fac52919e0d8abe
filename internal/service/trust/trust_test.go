// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"podpis/internal/service/ca"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// own is the evidence of an authority, as an installation gives it.
func own(a *ca.Service) trust.Own {
	return trust.Own{Chain: a.Chain, Lists: a.Lists}
}

// signed makes a signature with a certificate of the world's authority.
func signed(t testing.TB, w *servicetest.World, document []byte) (signature []byte, serial string) {
	t.Helper()
	key, request := servicetest.Request(t, alg.P256)
	issued, err := w.Authority.Issue(ctx, ca.Order{
		Key: "test/1", Profile: "person", Request: request, Approval: []byte{1}, ApprovedBy: "account/o", OrderedBy: "account/h",
		Subject: map[string]string{
			"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань",
			"INN": "990000001704", "SNILS": "99000000153", "E": "anna@example.org",
		},
	})
	must(t, err)
	cert, err := x509.ParseCertificate(issued.DER)
	must(t, err)
	signature, err = sign.Detached(ctx, rand.Reader, bytes.NewReader(document), key, sign.Options{Certificate: cert, Time: w.DB.Now()})
	must(t, err)
	return signature, issued.Serial.Hex()
}

// check judges a signature and returns the verdict.
func check(t *testing.T, s *trust.Service, signature, document []byte) reasons.Code {
	t.Helper()
	report, err := s.Check(ctx, verify.Input{Name: "a.sig", Signature: signature, Document: bytes.NewReader(document)}, "ru")
	must(t, err)
	return report.Verdict
}

// Signatures with certificates of the own authority are judged by its own root and
// lists; a revocation is seen as soon as the list says so.
func TestOwnAuthority(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	document := []byte("Договор")
	signature, serial := signed(t, w, document)
	s, err := trust.New(own(w.Authority), nil, "", w.DB.Now)
	must(t, err)
	if v := check(t, s, signature, document); v != reasons.TotalPassed {
		t.Errorf("good: %s", v)
	}
	if v := check(t, s, signature, []byte("Договор!")); v != reasons.TotalFailed {
		t.Errorf("changed: %s", v)
	}
	must(t, w.Authority.Revoke(ctx, "account/h", serial, x509.ReasonKeyCompromise))
	must(t, w.Authority.PublishLists(ctx))
	if v := check(t, s, signature, document); v == reasons.TotalPassed {
		t.Errorf("revoked: %s", v)
	}
}

// A foreign authority is trusted when its root lies in the directory.
func TestDirectoryOfRoots(t *testing.T) {
	t.Parallel()
	home, foreign := servicetest.NewDesk(t), servicetest.NewDesk(t)
	document := []byte("Договор")
	signature, _ := signed(t, foreign, document)
	alone, err := trust.New(own(home.Authority), nil, "", home.DB.Now)
	must(t, err)
	if v := check(t, alone, signature, document); v == reasons.TotalPassed {
		t.Errorf("a stranger: %s", v)
	}
	dir := t.TempDir()
	chain := foreign.Authority.Chain()
	must(t, os.WriteFile(filepath.Join(dir, "root.cer"), chain[len(chain)-1].Raw, 0o600))
	lists, err := own(foreign.Authority).Lists(ctx)
	must(t, err)
	pool := &verify.Pool{Certificates: chain}
	for _, raw := range lists {
		must(t, pool.AddCRL(raw, "test"))
	}
	both, err := trust.New(own(home.Authority), nil, dir, foreign.DB.Now, pool) // the later of the two clocks
	must(t, err)
	if v := check(t, both, signature, document); v != reasons.TotalPassed {
		t.Errorf("trusted by decision: %s", v)
	}
}

func TestBadEvidence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "root.cer"), []byte("no certificate"), 0o600))
	if _, err := trust.New(trust.Own{}, nil, dir, nil); err == nil {
		t.Error("a root that is none was taken")
	}
	if _, err := trust.New(trust.Own{}, nil, "[", nil); err == nil {
		t.Error("a directory that is none was taken")
	}
	must(t, os.Remove(filepath.Join(dir, "root.cer")))
	must(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	if _, err := trust.New(trust.Own{}, nil, dir, nil); err == nil {
		t.Error("a folder among the roots was passed over silently")
	}
	broken := errors.New("no list")
	for _, lists := range []func(context.Context) ([][]byte, error){
		func(context.Context) ([][]byte, error) { return nil, broken },
		func(context.Context) ([][]byte, error) { return [][]byte{[]byte("no list")}, nil },
	} {
		s, err := trust.New(trust.Own{Chain: func() []*x509.Certificate { return nil }, Lists: lists}, nil, "", nil)
		must(t, err)
		if _, err := s.Check(ctx, verify.Input{}, "ru"); err == nil {
			t.Error("judged without the own lists")
		}
	}
}
