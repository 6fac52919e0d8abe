// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"podpis/internal/platform/keys"
	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

func TestIssueRevokeAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	issued, err := w.Issue(ctx, order(t, "a/1"))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(issued.DER)
	if err != nil {
		t.Fatal(err)
	}
	if len(issued.Chain) != 2 {
		t.Fatalf("chain of %d", len(issued.Chain))
	}
	for _, raw := range issued.Chain {
		parent, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := cert.CheckSignatureFrom(parent); err != nil {
			t.Fatal(err)
		}
		cert = parent
	}
	if got := ask(t, w.Service, issued.Serial)[0].Status; got != ocsp.Good {
		t.Errorf("before revocation: %v", got)
	}
	if err := w.Revoke(ctx, "account/h", issued.Serial.Hex(), x509.ReasonSuperseded); err != nil {
		t.Fatal(err)
	}
	// No cache stands between: the next answer knows it, on every node.
	other, _ := w.node(w.db)
	for _, node := range []*Service{w.Service, other} {
		single := ask(t, node, issued.Serial)[0]
		if single.Status != ocsp.Revoked || single.Reason != x509.ReasonSuperseded {
			t.Errorf("after revocation: %v, %v", single.Status, single.Reason)
		}
		if w.clock.now().Sub(single.ThisUpdate) > 2*time.Second || !single.NextUpdate.After(single.ThisUpdate) {
			t.Errorf("answer of %v until %v", single.ThisUpdate, single.NextUpdate)
		}
	}
	if entry, ok := w.publish().Find(issued.Serial); !ok || entry.Reason != x509.ReasonSuperseded {
		t.Errorf("entry of the list: %+v, %v", entry, ok)
	}
	want := []string{"ca.plan", "ca.sign", "ca.issue", "ca.revoke"}
	if got := w.actions(issued.Serial.Hex()); !equal(got, want) {
		t.Errorf("audit %q, want %q", got, want)
	}
	plan := w.entries(issued.Serial.Hex())[0]
	if plan.Details["approval"] != "abcd" || plan.Details["approved_by"] != "account/o" || plan.Actor != "account/h" {
		t.Errorf("audit of the plan: %+v", plan)
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// The authority's own keys answer for themselves, and what it never issued is
// never good: serial numbers of nobody, and of another authority.
func TestOwnAndForeign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, role := range []Role{Responder, Stamping, Auditing, Sealing} {
		a, err := w.Key(role)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Certificate.CheckSignatureFrom(w.Chain()[0]); err != nil {
			t.Error(role, err)
		}
		if got := ask(t, w.Service, a.Certificate.Serial)[0].Status; got != ocsp.Good {
			t.Errorf("%s: %v", role, got)
		}
	}
	if got := ask(t, w.Service, x509.NewSerial([]byte{1, 2, 3}))[0].Status; got != ocsp.Unknown {
		t.Errorf("never issued: %v", got)
	}
	serial := w.issue("a/1")
	root := w.Chain()[1]
	id, err := ocsp.NewCertID(alg.SHA1, root, serial)
	if err != nil {
		t.Fatal(err)
	}
	req, err := ocsp.NewRequest(nil, id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.Answer(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponse(raw)
	if err != nil || answer.Singles[0].Status != ocsp.Unknown {
		t.Errorf("number of one authority under the name of another: %+v, %v", answer, err)
	}
	// The root has no responder, so nothing it issued may name one.
	if issuing := w.Chain()[0]; len(issuing.OCSPServers) != 0 || len(issuing.CRLAddresses()) != 1 {
		t.Errorf("issuing CA names OCSP %q, CRL %q", issuing.OCSPServers, issuing.CRLAddresses())
	}
}

func TestAnswerRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, q := range map[string][]byte{
		"empty": {}, "garbage": []byte("garbage"), "large": make([]byte, maxOCSPRequest+1),
		"cut": question(t, w.Service, x509.NewSerial([]byte{1}))[:20],
	} {
		raw, err := w.Answer(context.Background(), q)
		answer, bad := ocsp.ParseResponse(raw)
		if err != nil || bad != nil || answer.Status != ocsp.MalformedRequest {
			t.Errorf("%s: %v, %v, %+v", name, err, bad, answer)
		}
	}
	q := question(t, w.Service, x509.NewSerial([]byte{1}))
	later := func(name string) {
		t.Helper()
		raw, err := w.Answer(context.Background(), q)
		answer, bad := ocsp.ParseResponse(raw)
		if err == nil || bad != nil || answer.Status != ocsp.TryLater {
			t.Errorf("%s: %v, %v, %+v", name, err, bad, answer)
		}
	}
	w.clock.move(600 * 24 * time.Hour)
	later("certificate of the responder has run out")
	w.clock.move(-600 * 24 * time.Hour)
	w.exec("ALTER TABLE certificate RENAME TO elsewhere")
	later("register cannot be read")
	w.exec("ALTER TABLE elsewhere RENAME TO certificate")
	delete(w.keys, Responder)
	later("no key")
	if _, err := w.Key(Responder); !errors.Is(err, errNoKey) {
		t.Error(err)
	}
}

// The keys survive a restart, and only under the key they were sealed with.
func TestReopen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	again, _ := w.node(w.db)
	for _, role := range roles() {
		a, _ := w.Key(role)
		b, err := again.Key(role)
		if err != nil || !a.Certificate.Equal(b.Certificate) || a.ID != b.ID {
			t.Errorf("%s after a restart: %v", role, err)
		}
	}
	if got := len(again.Authorities()); got != 4 {
		t.Errorf("%d authorities", got)
	}
	// Without an address, the one of the founding stands in certificates.
	nowhere, err := New(Parts{DB: w.db, Ring: w.ring, Policies: w.book})
	if err != nil {
		t.Fatal(err)
	}
	if err := nowhere.Open(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	done, err := nowhere.Issue(context.Background(), order(t, "a/1"))
	if err != nil {
		t.Fatal(err)
	}
	if cert, err := x509.ParseCertificate(done.DER); err != nil || cert.OCSPServers[0] != "http://ca.example.org/pki/ocsp" {
		t.Errorf("address of the founding: %v", err)
	}
	stranger, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Parts{DB: w.db, Ring: stranger, Policies: w.book, PublicURL: "http://ca.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(context.Background(), testNames()); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("opened with another key: %v", err)
	}
	// A key moved to another row is noticed.
	w.exec("UPDATE ca_key SET sealed = (SELECT sealed FROM ca_key WHERE role = 'root') WHERE role = 'issuing'")
	if err := again.Open(context.Background(), testNames()); !errors.Is(err, keys.ErrForged) {
		t.Errorf("opened a key of another row: %v", err)
	}
}

// A key that came with a later version of the program is made at its first start, and the others stay.
func TestLaterRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("DELETE FROM ca_key WHERE role = 'seal'")
	again, _ := w.node(w.db)
	for _, role := range roles() {
		a, err := w.Key(role)
		if err != nil {
			t.Fatal(err)
		}
		b, err := again.Key(role)
		if err != nil {
			t.Fatal(err)
		}
		if same := a.Certificate.Equal(b.Certificate); same != (role != Sealing) {
			t.Errorf("%s: the same certificate: %v", role, same)
		}
	}
	b, _ := again.Key(Sealing)
	if err := b.Certificate.CheckSignatureFrom(again.Chain()[0]); err != nil {
		t.Error(err)
	}
}

// A name that the profile does not let pass stops the founding: no half of an
// authority stays.
func TestFoundingIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("DELETE FROM ca_key")
	if err := w.Open(context.Background(), nil); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("opened nothing: %v", err)
	}
	names := testNames()
	names[Stamping] = map[string]string{"CN": "Служба \u202e", "O": "Подпись", "C": "RU"}
	s, err := New(Parts{DB: w.db, Ring: w.ring, Policies: w.book, PublicURL: "http://ca.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(context.Background(), names); err == nil {
		t.Fatal("founded with a hidden character in a name")
	}
	if err := s.Open(context.Background(), testNames()); err != nil {
		t.Fatal(err)
	}
	bad, err := New(Parts{DB: w.db, Ring: w.ring, Policies: w.book, PublicURL: "ftp://ca.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	w.exec("DELETE FROM ca_key")
	if err := bad.Open(context.Background(), testNames()); err == nil {
		t.Error("founded with an address that is not of HTTP")
	}
}
