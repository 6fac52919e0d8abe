// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/workplace"
	"podpis/stand/ntp"
)

// TestClockIsCompared asks real time servers over UDP: the middle answer counts, servers
// that do not know the time or do not answer do not, and silence leaves no old reading.
func TestClockIsCompared(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	base, err := db.Open(ctx, db.Config{DataDir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, base.Close()) })
	book, err := policy.New(workplace.Rules())
	must(t, err)
	must(t, base.Write(ctx, book.Install))
	var log bytes.Buffer
	s := workplace.New(workplace.Parts{DB: base, Policies: book, Log: slog.New(slog.NewTextHandler(&log, nil))})

	compare := func() (workplace.Reading, bool) {
		t.Helper()
		every, err := s.Compare(ctx)
		must(t, err)
		if every != time.Hour {
			t.Errorf("asks again after %v", every)
		}
		return s.Clock()
	}
	if _, ok := compare(); ok {
		t.Error("a reading without servers")
	}
	servers := make([]*ntp.Server, 3)
	var list []string
	for i := range servers {
		servers[i], err = ntp.Start("127.0.0.1:0")
		must(t, err)
		t.Cleanup(func() { must(t, servers[i].Close()) })
		list = append(list, servers[i].Addr())
	}
	must(t, base.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return book.Set(ctx, tx, "admin", workplace.PolicyNTP, strings.Join(list, " "), tx.Now(), time.Time{})
	}))

	set := func(shifts [3]time.Duration, failures [3]ntp.Failure) {
		for i, server := range servers {
			server.Set(shifts[i], failures[i])
		}
	}
	near := func(got, want time.Duration) bool { return (got - want).Abs() < 500*time.Millisecond }
	set([3]time.Duration{0, 20 * time.Millisecond, -time.Hour}, [3]ntp.Failure{})
	if r, ok := compare(); !ok || r.Servers != 3 || !near(r.Offset, 0) {
		t.Errorf("with a liar: %+v %v", r, ok)
	}
	log.Reset()
	set([3]time.Duration{90 * time.Second, time.Hour, time.Hour}, [3]ntp.Failure{ntp.None, ntp.Unsure, ntp.Deny})
	if r, ok := compare(); !ok || r.Servers != 1 || !near(r.Offset, 90*time.Second) {
		t.Errorf("two that do not know: %+v %v", r, ok)
	}
	if !strings.Contains(log.String(), "the clock of this computer is off") {
		t.Errorf("nothing said of 90 seconds: %s", log.String())
	}
	set([3]time.Duration{}, [3]ntp.Failure{ntp.Broken, ntp.Deny, ntp.Unsure})
	if r, ok := compare(); ok {
		t.Errorf("an old reading stays: %+v", r)
	}
}

// TestTable: the rows of the program are put once; an administrator adds rows and ends them,
// and what they say follows the days: a tool whose certificate is past its day is not
// certified, whatever its row says.
func TestTable(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	base := dbtest.OpenClock(t, func() time.Time { return now })
	seeds, err := workplace.BuiltIn()
	must(t, err)
	s := workplace.New(workplace.Parts{DB: base, Table: seeds})
	must(t, base.Write(ctx, s.Install))
	table, err := s.Table(ctx)
	must(t, err)
	if len(table) != len(seeds) || len(table.Of(workplace.Token, now)) < 5 {
		t.Fatalf("%d rows of %d", len(table), len(seeds))
	}
	const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
	good := func() bool {
		t.Helper()
		v, err := s.Judge(ctx, chrome)
		must(t, err)
		return v.Good()
	}
	if !good() {
		t.Error("Chrome 120 is not good")
	}
	date := func(text string) time.Time {
		t.Helper()
		d, err := time.Parse(time.DateOnly, text)
		must(t, err)
		return d
	}
	row := func(change func(r *workplace.Row)) error {
		r := workplace.Row{
			Kind: workplace.Tool, Name: "  Средство  ЭП", Version: "1.0", State: workplace.Works, From: date("2026-01-01"), Source: "формуляр", By: "account/admin",
			Certificate: "СФ/000-0001", CertifiedTo: date("2026-11-22"),
		}
		change(&r)
		return base.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Put(ctx, tx, r) })
	}
	must(t, row(func(*workplace.Row) {}))
	for field, change := range map[string]func(r *workplace.Row){
		"kind": func(r *workplace.Row) { r.Kind = "fridge" }, "name": func(r *workplace.Row) { r.Name = " " }, "state": func(r *workplace.Row) { r.State = workplace.Lapsed },
		"from": func(r *workplace.Row) { r.From = time.Time{} }, "to": func(r *workplace.Row) { r.To = r.From }, "source": func(r *workplace.Row) { r.Source = "" },
		"certified_to": func(r *workplace.Row) { r.Certificate = "" },
		"version": func(r *workplace.Row) {
			r.Kind, r.Version, r.Certificate, r.CertifiedTo = workplace.Browser, "new", "", time.Time{}
		},
	} {
		if p, ok := problem.Of(row(change)); !ok || p.Kind != problem.Invalid || p.Field != field {
			t.Errorf("%s: %+v", field, p)
		}
	}
	if err := row(func(*workplace.Row) {}); problem.KindOf(err) != problem.Conflict {
		t.Errorf("the same row twice: %v", err)
	}
	standing := func() workplace.State {
		t.Helper()
		table, err := s.Table(ctx)
		must(t, err)
		for _, r := range table.Of(workplace.Tool, now) {
			if r.Name == "Средство ЭП" {
				return r.Standing(now)
			}
		}
		return ""
	}
	if got := standing(); got != workplace.Works {
		t.Errorf("on the last day of its certificate: %q", got)
	}
	now = now.AddDate(0, 0, 1)
	if got := standing(); got != workplace.Lapsed {
		t.Errorf("a day after: %q", got)
	}
	must(t, row(func(r *workplace.Row) {
		*r = workplace.Row{Kind: workplace.Browser, Name: "Chrome", Version: "130", State: workplace.Works, From: now, Source: "бюллетень", By: "account/admin"}
	}))
	if !good() {
		t.Error("an older row in force no longer counts")
	}
	end := func(id string, to time.Time) error {
		return base.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.End(ctx, tx, "account/admin", id, to) })
	}
	table, err = s.Table(ctx)
	must(t, err)
	for _, r := range table {
		if r.Kind == workplace.Browser && r.Name == "Chrome" && r.Version == "109" {
			if problem.KindOf(end(r.ID, r.From)) != problem.Invalid || problem.KindOf(end("none", now)) != problem.Invalid || problem.KindOf(end(r.ID, time.Time{})) != problem.Invalid {
				t.Error("a row ends before it begins, or one that is not there")
			}
			must(t, end(r.ID, now))
		}
	}
	if good() {
		t.Error("Chrome 120 is good though only 130 is")
	}
	must(t, base.Write(ctx, s.Install))
	if again, err := s.Table(ctx); err != nil || len(again) != len(table) || good() {
		t.Errorf("another start undoes what the administrator did: %d rows of %d, %v", len(again), len(table), err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
