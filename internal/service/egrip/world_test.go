// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
	"podpis/pki/x509"
	stand "podpis/stand/egrip"
)

const (
	annaIP  = "399990000000121"
	zarya   = "1999900000120"
	rassvet = "1239900000010"
	zakat   = "1209900000012"
	petrov  = "318990000000014"
)

// world is the service with a register over its real interface.
type world struct {
	t        *testing.T
	clock    *servicetest.Clock
	db       *db.DB
	book     *policy.Book
	runner   *jobs.Runner
	mail     *servicetest.Outbox
	persons  *identity.Service
	register *stand.Server
	service  *egrip.Service
	anna     egrip.Actor
	boris    egrip.Actor
	changed  []egrip.Changed
	renamed  []egrip.Renamed
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: servicetest.NewClock(servicetest.Start(t)), mail: &servicetest.Outbox{}}
	w.db = dbtest.OpenClock(t, w.clock.Now)
	ring, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	must(t, err)
	w.book, err = policy.New(egrip.Rules())
	must(t, err)
	words, err := locale.Load(time.UTC)
	must(t, err)
	w.register, err = stand.Start("127.0.0.1:0", w.clock.Now)
	must(t, err)
	t.Cleanup(func() { _ = w.register.Close() })
	certificate, key := w.register.Client()
	client, err := egrip.NewClient(egrip.ClientConfig{URL: w.register.URL(), CA: []*x509.Certificate{w.register.Authority()}, Certificate: certificate, Key: key})
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	w.runner = jobs.New(w.db, jobs.Config{})
	notices := notify.New(ring)
	notices.Work(w.runner, w.db, &servicetest.Outbox{}, w.mail, 0)
	w.persons = identity.New(ring)
	w.service = egrip.New(egrip.Parts{
		DB: w.db, Ring: ring, Policies: w.book, Notices: notices, Words: words, Persons: w.persons, Client: client, PublicURL: servicetest.PublicURL,
	})
	w.service.Work(w.runner, time.Hour)
	jobs.Subscribe(w.runner, "test", func(_ context.Context, _ *db.Tx, e egrip.Changed) error { w.changed = append(w.changed, e); return nil })
	jobs.Subscribe(w.runner, "test", func(_ context.Context, _ *db.Tx, e egrip.Renamed) error { w.renamed = append(w.renamed, e); return nil })
	w.anna, w.boris = w.person(servicetest.Anna()), w.person(servicetest.Boris())
	w.write(w.service.Install)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) write(act func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	must(w.t, w.db.Write(context.Background(), act))
}

func (w *world) person(p identity.Person) (a egrip.Actor) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) error {
		profile, err := w.persons.Register(ctx, tx, p)
		if err != nil {
			return err
		}
		a = egrip.Actor{Name: "account/" + p.INN, AccountID: p.INN, PersonID: profile.PersonID, Origin: "192.0.2.1"}
		return w.persons.AddProof(ctx, tx, identity.Proof{PersonID: profile.PersonID, Kind: identity.ByVisit, Source: "test", Level: identity.Standard})
	})
	return a
}

func (w *world) profile(a egrip.Actor, id string) (p identity.Profile) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.persons.Profile(ctx, tx, a.PersonID, id)
		return err
	})
	return p
}

// role opens the role of an entrepreneur.
func (w *world) role() identity.Profile {
	w.t.Helper()
	r, err := w.service.AskRole(context.Background(), w.anna, identity.Entrepreneur, annaIP, "")
	must(w.t, err)
	if r.State != egrip.Opened {
		w.t.Fatalf("the role is %s", r.State)
	}
	return w.profile(w.anna, r.ProfileID)
}

// fail lets the register misbehave, a moment later.
func (w *world) fail(f stand.Failure) {
	w.register.Fail(f)
	w.clock.Pass(time.Minute)
}

func (w *world) drain() {
	w.t.Helper()
	_, err := w.runner.Drain(context.Background())
	must(w.t, err)
}

func (w *world) set(key, value string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) error {
		return w.book.Set(ctx, tx, "test", key, value, tx.Now().Add(-time.Second), time.Time{})
	})
}

var link = regexp.MustCompile(`/roles/confirm/(\S+)`)

// token is that of the latest letter to an address.
func (w *world) token(address string) string {
	w.t.Helper()
	w.drain()
	found := w.mail.Latest(address, link)
	if found == "" {
		w.t.Fatalf("no link was sent to %s", address)
	}
	return found
}

func (w *world) entries(action string) (n int) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) error {
		list, err := audit.List(ctx, tx, audit.Filter{Action: action, Limit: 1000})
		n = len(list)
		return err
	})
	return n
}

func results(r *egrip.Report) map[string]egrip.Result {
	out := map[string]egrip.Result{}
	for _, row := range r.Rows {
		out[row.Field] = row.Result
	}
	return out
}

func show(v any) string { b, _ := json.Marshal(v); return string(b) } //nolint:errchkjson // of tests
