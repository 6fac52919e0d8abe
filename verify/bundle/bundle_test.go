// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package bundle_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/bundle"
	"podpis/verify/reasons"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is an authority below a root, with a signer and a signature.
type world struct {
	t                 *testing.T
	root, ca, signer  *pkitest.Identity
	signature         []byte
	list, top, answer []byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, root: pkitest.Root(t, alg.GOST256A, "CN=root")}
	w.ca = w.root.CA(t, "CN=ca")
	w.signer = w.ca.Signer(t, alg.GOST256A, "CN=signer")
	var err error
	w.signature, err = sign.Detached(t.Context(), rand.Reader, bytes.NewReader([]byte("x")), w.signer.Key, sign.Options{Certificate: w.signer.Cert, Time: pkitest.Now})
	must(t, err)
	this, next := pkitest.Now.Add(-time.Hour), pkitest.Now.Add(time.Hour)
	w.list, w.top = w.ca.CRL(t, this, next), w.root.CRL(t, this, next)
	id, err := ocsp.NewCertID(alg.SHA1, w.ca.Cert, w.signer.Cert.Serial)
	must(t, err)
	w.answer, err = ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderKey: x509.KeyID(w.ca.Key.PublicKey()), ProducedAt: this,
		Singles: []ocsp.Single{{ID: id, Status: ocsp.Good, ThisUpdate: this, NextUpdate: next}},
	}, w.ca.Key)
	must(t, err)
	return w
}

func (w *world) judge(s *bundle.Store) (*verify.Report, []*x509.Certificate) {
	w.t.Helper()
	r, err := verify.Check(w.t.Context(), verify.Input{Name: "a.sig", Signature: w.signature, Document: bytes.NewReader([]byte("x"))},
		s.Options(verify.Options{At: pkitest.Now, Language: reasons.English}))
	must(w.t, err)
	return r, s.Missing()
}

// What a store lacks is named, once; with it the verdict is complete.
func TestStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := bundle.NewStore()
	base := &bundle.Bundle{Made: pkitest.Now, Anchors: []bundle.Anchor{{Certificate: w.root.Cert.Raw}}, CRLs: []bundle.Item{{Octets: w.top, Source: "top"}}, Accreditation: true}
	base.Know(w.root.Cert, nil)
	must(t, s.Add(base))
	r, missing := w.judge(s)
	if r.Verdict == reasons.TotalPassed || len(missing) != 1 || !missing[0].Equal(w.signer.Cert) {
		t.Fatalf("%s, missing %d", r.Verdict, len(missing))
	}
	more := &bundle.Bundle{Made: pkitest.Now.Add(time.Minute), Accreditation: true, Lists: verify.Lists{Anchors: 7}}
	more.AddCertificate(w.ca.Cert)
	more.AddCertificate(w.ca.Cert)
	centre := &verify.Authority{Name: "Centre", Periods: []verify.Period{{From: pkitest.Start}}}
	more.Know(w.ca.Cert, centre)
	more.Know(w.signer.Cert, centre)
	more.Know(w.signer.Cert, nil)
	answer, err := ocsp.ParseResponse(w.answer)
	must(t, err)
	more.AddData(verify.RevocationData{OCSP: answer, Source: "answer"})
	more.AddData(verify.RevocationData{OCSP: answer, Source: "again"})
	content, err := json.Marshal(more)
	must(t, err)
	read, err := bundle.Parse(content)
	must(t, err)
	if d := cmp.Diff(more, read); d != "" {
		t.Errorf("through a file: %s", d)
	}
	if len(more.Certificates) != 1 || len(more.OCSP) != 1 || len(more.Centres) != 1 || len(more.Known) != 2 {
		t.Errorf("the same twice: %+v", more)
	}
	must(t, s.Add(read))
	must(t, s.Add(read))
	r, missing = w.judge(s)
	if r.Verdict != reasons.TotalPassed || len(missing) != 0 || r.Signatures[0].Authority == nil || r.Signatures[0].Revocation[1].Source != "answer" {
		t.Errorf("%+v, missing %d", r, len(missing))
	}
	if !s.Made().Equal(more.Made) || s.Lists().Anchors != 7 {
		t.Error("clock and lists are not those of the last bundle")
	}
}

// Silence: nobody could be asked, which is not the same as having nothing.
func TestSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := bundle.NewStore()
	must(t, s.Add(&bundle.Bundle{Anchors: []bundle.Anchor{{Certificate: w.root.Cert.Raw}}, Certificates: [][]byte{w.ca.Cert.Raw}}))
	before, missing := w.judge(s)
	if len(missing) == 0 {
		t.Fatal("nothing is missing without lists")
	}
	s.Silence()
	after, missing := w.judge(s)
	if len(missing) != 0 || after.Verdict != reasons.Indeterminate || after.Signatures[0].Reason.Text == before.Signatures[0].Reason.Text {
		t.Errorf("%s: %s", after.Verdict, after.Signatures[0].Reason.Text)
	}
	s.Begin()
	if again, missing := w.judge(s); len(missing) == 0 || again.Signatures[0].Reason.Text != before.Signatures[0].Reason.Text {
		t.Error("another check remembers the silence of the one before")
	}
}

// dead cannot be reached.
type dead struct{}

func (dead) Issuers(context.Context, *x509.Certificate) ([]*x509.Certificate, error) {
	return nil, errors.New("dead")
}

func (dead) Revocation(context.Context, *x509.Certificate, *x509.Certificate) ([]verify.RevocationData, error) {
	return nil, errors.New("dead")
}

// What sources bring while a judgement goes on is kept for another judge.
func TestAround(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := &verify.Pool{Certificates: []*x509.Certificate{w.ca.Cert}}
	must(t, pool.AddCRL(w.list, "list"))
	must(t, pool.AddCRL(w.top, "top"))
	b := &bundle.Bundle{Made: pkitest.Now, Anchors: []bundle.Anchor{{Certificate: w.root.Cert.Raw}}}
	o := verify.Options{At: pkitest.Now, Trust: []verify.Anchor{{Certificate: w.root.Cert}}, Evidence: b.Around([]verify.Evidence{dead{}, pool})}
	r, err := verify.CheckCertificates(t.Context(), "", []*x509.Certificate{w.signer.Cert}, o)
	must(t, err)
	if r.Verdict != reasons.TotalPassed || len(b.CRLs) != 2 || len(b.Certificates) != 1 || len(b.Unreachable) != 2 {
		t.Fatalf("%s: %d lists, %d certificates, %d unreachable", r.Verdict, len(b.CRLs), len(b.Certificates), len(b.Unreachable))
	}
	s := bundle.NewStore()
	must(t, s.Add(b))
	if r, missing := w.judge(s); r.Verdict != reasons.TotalPassed || len(missing) != 0 {
		t.Errorf("%s, missing %d", r.Verdict, len(missing))
	}
}

// What is broken is refused as a whole.
func TestBroken(t *testing.T) {
	t.Parallel()
	junk := []byte("junk")
	for name, b := range map[string]*bundle.Bundle{
		"anchor": {Anchors: []bundle.Anchor{{Certificate: junk}}}, "certificate": {Certificates: [][]byte{junk}},
		"list": {CRLs: []bundle.Item{{Octets: junk}}}, "answer": {OCSP: []bundle.Item{{Octets: junk}}},
	} {
		if err := bundle.NewStore().Add(b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, in := range []string{"", "{", `{"made":1}`, `{"anchors":[{"certificate":"%"}]}`} {
		if _, err := bundle.Parse([]byte(in)); err == nil {
			t.Errorf("%q was read", in)
		}
	}
	if _, err := bundle.Parse(make([]byte, bundle.MaxSize+1)); err == nil {
		t.Error("a bundle without bounds was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"made":"2026-11-21T00:00:00Z","anchors":[],"certificates":["MAA="],"crls":[{"octets":"MAA=","source":"x"}],"known":["00"],"centres":[{"name":"x","certificates":["00"]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := bundle.Parse(in)
		if err != nil {
			return
		}
		if bundle.NewStore().Add(b) != nil {
			return
		}
		content, err := json.Marshal(b)
		must(t, err)
		again, err := bundle.Parse(content)
		must(t, err)
		second, err := json.Marshal(again)
		must(t, err)
		if !bytes.Equal(content, second) {
			t.Errorf("%s\n%s", content, second)
		}
	})
}
