// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/bundle"
)

// browser judges as a browser does: with a bundle, and with what it asks for then. It
// tells how often it asked.
func browser(t *testing.T, s *trust.Service, signature, document []byte) (report string, asked int) {
	t.Helper()
	store := bundle.NewStore()
	b, err := s.Own(ctx)
	must(t, err)
	for ; ; asked++ {
		must(t, store.Add(reread(t, b)))
		r, err := verify.Check(ctx, verify.Input{Name: "a.sig", Signature: signature, Document: bytes.NewReader(document)},
			store.Options(verify.Options{At: store.Made(), Language: "ru"}))
		must(t, err)
		r.Lists = store.Lists()
		missing := store.Missing()
		if len(missing) == 0 {
			return written(t, r), asked
		}
		b, err = s.About(ctx, missing)
		must(t, err)
	}
}

// reread takes a bundle through its file.
func reread(t *testing.T, b *bundle.Bundle) *bundle.Bundle {
	t.Helper()
	content, err := json.Marshal(b)
	must(t, err)
	b, err = bundle.Parse(content)
	must(t, err)
	return b
}

func written(t *testing.T, r *verify.Report) string {
	t.Helper()
	r.Time = r.Time.UTC()
	content, err := json.MarshalIndent(r, "", " ")
	must(t, err)
	return string(content)
}

func same(t *testing.T, s *trust.Service, signature, document []byte, want int) {
	t.Helper()
	report, err := s.Check(ctx, verify.Input{Name: "a.sig", Signature: signature, Document: bytes.NewReader(document)}, "ru")
	must(t, err)
	here, there := "", written(t, report)
	here, asked := browser(t, s, signature, document)
	if clock := `"time": "`; here[:max(bytes.Index([]byte(here), []byte(clock)), 0)] != there[:max(bytes.Index([]byte(there), []byte(clock)), 0)] || len(here) != len(there) {
		t.Errorf("the browser says otherwise:\n%s\n%s", here, there)
	}
	if asked != want {
		t.Errorf("the browser asked %d times, want %d", asked, want)
	}
}

// Judged by a bundle, a signature gets the report it gets here: of the own authority
// without a question, of another one after one.
func TestBundleGivesTheSameReport(t *testing.T) {
	t.Parallel()
	home, foreign := servicetest.NewDesk(t), servicetest.NewDesk(t)
	document := []byte("Договор")
	chain := foreign.Authority.Chain()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "root.cer"), chain[len(chain)-1].Raw, 0o600))
	lists, err := own(foreign.Authority).Lists(ctx)
	must(t, err)
	pool := &verify.Pool{Certificates: chain}
	for _, raw := range lists {
		must(t, pool.AddCRL(raw, "http://example.org/list.crl"))
	}
	s, err := trust.New(own(home.Authority), nil, dir, foreign.DB.Now, pool)
	must(t, err)

	mine, serial := signed(t, home, document)
	same(t, s, mine, document, 0)
	same(t, s, mine, []byte("Договор!"), 0)
	theirs, _ := signed(t, foreign, document)
	same(t, s, theirs, document, 2) // its authority has the name of ours: the two are told apart by asking
	must(t, home.Authority.Revoke(ctx, "account/h", serial, x509.ReasonKeyCompromise))
	must(t, home.Authority.PublishLists(ctx))
	same(t, s, mine, document, 0)

	all, err := s.All(ctx)
	must(t, err)
	if len(all.Anchors) != 2 || len(all.Certificates) != 4 || len(all.CRLs) != 4 {
		t.Errorf("the bundle of everything has %d anchors, %d certificates, %d lists", len(all.Anchors), len(all.Certificates), len(all.CRLs))
	}
	stranger, _ := signed(t, servicetest.NewDesk(t), document)
	same(t, s, stranger, document, 1)
}

// dead is a source that cannot be reached.
type dead struct{}

func (dead) Issuers(context.Context, *x509.Certificate) ([]*x509.Certificate, error) {
	return nil, errors.New("dead")
}

func (dead) Revocation(context.Context, *x509.Certificate, *x509.Certificate) ([]verify.RevocationData, error) {
	return nil, errors.New("dead")
}

// A source that could not be reached is told apart from one that had nothing, in a
// browser too.
func TestBundleTellsOfSilence(t *testing.T) {
	t.Parallel()
	home, foreign := servicetest.NewDesk(t), servicetest.NewDesk(t)
	document := []byte("Договор")
	chain := foreign.Authority.Chain()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "root.cer"), chain[len(chain)-1].Raw, 0o600))
	s, err := trust.New(own(home.Authority), nil, dir, foreign.DB.Now, &verify.Pool{Certificates: chain}, dead{})
	must(t, err)
	theirs, _ := signed(t, foreign, document)
	same(t, s, theirs, document, 2)
}

// What is known of accredited centres goes along; of a certificate that is not met the
// saved page says that it does not know, never that it is not in the list.
func TestBundleOfCentres(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	now := o.DB.Now().Truncate(time.Second)
	term := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.AddDate(-3, 0, 0), now.AddDate(3, 0, 0) }
	root := pkitest.Root(t, alg.P256, "CN=Head", term)
	first, bare := root.CA(t, "CN=First", term), root.CA(t, "CN=Bare", term)
	centre, other := named("1", "ООО «Первый»", "Действует", now.AddDate(-2, 0, 0)), named("2", "АО Голый", "Действует", now.AddDate(-2, 0, 0))
	centre.Systems = []tsl.System{{Class: "КС1", Keys: []tsl.Key{{ID: first.Cert.SubjectKeyID, Certificates: []tsl.Certificate{{Raw: first.Cert.Raw}, {Raw: []byte("none")}}}}}}
	other.Systems = []tsl.System{{Keys: []tsl.Key{{ID: bare.Cert.SubjectKeyID}}}}
	_, err := o.Accept(ctx, o.signer().list(t, 1, now, centre, other))
	must(t, err)
	_, err = o.Trust(ctx, "test", root.Cert, trust.Root, fingerprint(root.Cert))
	must(t, err)
	s, err := trust.New(trust.Own{Chain: func() []*x509.Certificate { return nil }, Lists: func(context.Context) ([][]byte, error) { return nil, nil }}, o.Register, "", o.DB.Now)
	must(t, err)
	leaf := func(ca *pkitest.Identity, with ...*x509.Certificate) []byte {
		file := pem(ca.Signer(t, alg.P256, "CN=Holder", func(x *x509.Template) { x.NotBefore, x.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0) }).Cert)
		for _, c := range with {
			file = append(file, pem(c)...)
		}
		return file
	}
	listed, named, unknown := leaf(first), leaf(first, first.Cert), leaf(bare, bare.Cert)
	same(t, s, listed, nil, 2) // the issuer, and then what is known of it
	same(t, s, named, nil, 1)
	same(t, s, unknown, nil, 1)

	all, err := s.All(ctx)
	must(t, err)
	if len(all.Certificates) != 1 || len(all.Anchors) != 1 || len(all.Centres) != 1 || all.Lists.Version != "1" {
		t.Errorf("%d certificates, %d anchors, %d centres", len(all.Certificates), len(all.Anchors), len(all.Centres))
	}
	for name, c := range map[string]struct {
		file []byte
		want verify.Answer
	}{"in the list": {listed, verify.Yes}, "met nowhere": {unknown, verify.Unknown}} {
		store := bundle.NewStore()
		must(t, store.Add(reread(t, all)))
		var r *verify.Report
		for range 2 { // the second time nobody could be asked
			r, err = verify.Check(ctx, verify.Input{Signature: c.file}, store.Options(verify.Options{At: store.Made(), Language: "ru"}))
			must(t, err)
			store.Silence()
		}
		if got := r.Certificates[0].Accredited; got != c.want {
			t.Errorf("%s: accredited %s, want %s", name, got, c.want)
		}
	}
}
