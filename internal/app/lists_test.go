// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"podpis/internal/service/ca"
	"podpis/internal/service/trust"
	"podpis/pki/x509"
	"podpis/verify"
)

// listed waits until the list of accredited centres has been fetched.
func listed(t *testing.T, a *App) *trust.List {
	t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		lists, err := a.register.Lists(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(lists) > 0 {
			return lists[0]
		}
		if time.Since(began) > 20*time.Second {
			f, err := a.register.Fetched(context.Background())
			t.Fatalf("no list was fetched: %+v, %v", f, err)
		}
	}
}

// In training the list is fetched over HTTP by the ordinary job, and the own authority is
// one of its centres: what it issues is called accredited because the list says so
// (S002-106).
func TestTrainingAuthorityIsAccredited(t *testing.T) {
	t.Parallel()
	a := training(t)
	list := listed(t, a)
	if list.Kind != trust.Signed || list.Centres < 20 || list.AcceptedBy != "trust" {
		t.Errorf("list %+v", list)
	}
	// What pages know of the list is a moment behind the database.
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		reply, err := http.Get(a.PublicURL() + "/ca/accredited?q=9000")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(reply.Body)
		reply.Body.Close()
		if err == nil && bytes.Contains(page, []byte("Учебный УЦ «Подпись»")) {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("the page does not show the own authority: %v\n%s", err, page)
		}
	}
	judge, err := trust.New(trust.Own{Chain: a.authority.Chain, Lists: a.authority.Lists}, a.register, "", a.db.Now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := a.authority.Key(ca.Responder)
	if err != nil {
		t.Fatal(err)
	}
	report, err := judge.Check(context.Background(), verify.Input{Signature: key.Certificate.Raw}, "ru")
	if err != nil || len(report.Certificates) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	c := report.Certificates[0]
	if c.Accredited != verify.Yes || c.Authority == nil || c.Authority.Number != "9000" || c.Authority.Site != a.PublicURL() || report.Lists.Date == nil {
		t.Errorf("accredited %q of %+v, lists %+v", c.Accredited, c.Authority, report.Lists)
	}
}

// A second run has another stand with another key and goes on from the list of the first.
func TestTrainingListAfterRestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	run := func() (signer *x509.Certificate, list *trust.List, anchors []*trust.Anchor) {
		ctx := context.Background()
		a, err := New(ctx, Settings{Data: data, Listen: "127.0.0.1:8080", Training: true}, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}()
		if err := a.register.Fetch(ctx); err != nil {
			t.Fatal(err)
		}
		list = listed(t, a)
		if f, err := a.register.Fetched(ctx); err != nil || f.Failure != "" {
			t.Errorf("fetch %+v, %v", f, err)
		}
		anchors, err = a.register.Anchors(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return a.stand.servers.Lists.Certificate(), list, anchors
	}
	_, first, _ := run()
	signer, second, anchors := run()
	if second.ID == first.ID || second.Version < first.Version {
		t.Errorf("after the restart %+v, before %+v", second, first)
	}
	if len(anchors) != 1 || !anchors[0].Certificate.Equal(signer) {
		t.Errorf("%d certificates are trusted to sign lists", len(anchors))
	}
}
