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

	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
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
