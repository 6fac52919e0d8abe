// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/problem"
	"podpis/internal/service/workplace"
)

// TestNeeds: what a setup asks of a kind is read and compared with what somebody has.
func TestNeeds(t *testing.T) {
	t.Parallel()
	s := workplace.Setup{Needs: map[workplace.Kind]string{
		workplace.Provider: " КриптоПро CSP  5.0,ViPNet CSP ,", workplace.Browser: "*", workplace.Token: "eToken PRO (Java 72K)",
	}}
	line, ok := s.Line(workplace.Provider)
	want := workplace.Line{Kind: workplace.Provider, Wanted: []workplace.Agent{{Name: "КриптоПро CSP", Version: "5.0"}, {Name: "ViPNet CSP"}}}
	if diff := cmp.Diff(want, line); !ok || diff != "" {
		t.Error(diff)
	}
	for have, fits := range map[[2]string]bool{
		{"КриптоПро CSP", "5.0"}: true, {"КриптоПро CSP", "5.0 R3"}: true, {"КриптоПро CSP", "12"}: true, {"КриптоПро CSP", "4.0 R4"}: false, {"КриптоПро CSP", ""}: false,
		{"КриптоПро CSP", "new"}: false, {"ViPNet CSP", ""}: true, {"ViPNet CSP", "4"}: true, {"Signal-COM CSP", "5.0"}: false,
	} {
		if line.Fits(have[0], have[1]) != fits {
			t.Errorf("%q fits: %v", have, !fits)
		}
	}
	if line, ok := s.Line(workplace.Browser); !ok || !line.Any || !line.Fits("Chrome", "109") {
		t.Errorf("any: %+v", line)
	}
	if line, _ := s.Line(workplace.Token); line.Wanted[0].Name != "eToken PRO (Java 72K)" {
		t.Errorf("a name that ends like a version: %+v", line)
	}
	if _, ok := s.Line(workplace.Root); ok {
		t.Error("something is asked of roots")
	}
}

// TestSetups: the setups of the program are put once and ask for nothing that the table does not
// know; an administrator adds one and ends one, of a code only one is in force on a day.
func TestSetups(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	base := dbtest.OpenClock(t, func() time.Time { return now })
	seeds, err := workplace.BuiltIn()
	must(t, err)
	setups, err := workplace.BuiltInSetups()
	must(t, err)
	s := workplace.New(workplace.Parts{DB: base, Table: seeds, Setups: setups})
	must(t, base.Write(ctx, s.Install))
	must(t, base.Write(ctx, s.Install))
	read := func() map[string]workplace.Setup {
		t.Helper()
		list, err := s.Setups(ctx)
		must(t, err)
		in := map[string]workplace.Setup{}
		for _, row := range list {
			if row.InForce(now) {
				in[row.Code] = row
			}
		}
		return in
	}
	if got := read(); len(got) != len(setups) || got["extern"].Names["en"] != "Kontur.Extern" || got[workplace.Here].Needs[workplace.Provider] != "" {
		t.Fatalf("%+v", got)
	}
	for _, row := range setups {
		for _, kind := range workplace.Asked() {
			if line, ok := row.Line(kind); ok && !line.Any && len(line.Named(seeds, now)) == 0 && kind != workplace.System {
				t.Errorf("%s asks of %s what the table does not know", row.Code, kind)
			}
		}
	}
	put := func(change func(row *workplace.Setup)) error {
		row := workplace.Setup{
			Code: "tender", Names: map[string]string{"ru": " Торговая  площадка ", "kk": "Сауда алаңы", "en": "Tender site"}, Needs: map[workplace.Kind]string{workplace.Browser: "Chrome 109", workplace.Root: "*"},
			Site: "https://tender.example/setup", From: now, Source: "руководство площадки", By: "account/admin",
		}
		change(&row)
		return base.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.PutSetup(ctx, tx, row) })
	}
	for field, change := range map[string]func(row *workplace.Setup){
		"word": func(row *workplace.Setup) { row.Code = "Площадка" }, "name_kk": func(row *workplace.Setup) { row.Names["kk"] = " " },
		"browser": func(row *workplace.Setup) { row.Needs[workplace.Browser] = "Netscape 4" }, "provider": func(row *workplace.Setup) { row.Needs[workplace.Provider] = "Chrome" },
		"site": func(row *workplace.Setup) { row.Site = "javascript:alert(1)" }, "from": func(row *workplace.Setup) { row.From = time.Time{} },
		"to": func(row *workplace.Setup) { row.To = row.From }, "source": func(row *workplace.Setup) { row.Source = "" },
	} {
		if p, ok := problem.Of(put(change)); !ok || p.Kind != problem.Invalid || p.Field != field {
			t.Errorf("%s: %+v", field, p)
		}
	}
	must(t, put(func(*workplace.Setup) {}))
	if got := read()["tender"]; got.Names["ru"] != "Торговая площадка" || got.From.Hour() != 0 || got.By != "account/admin" {
		t.Errorf("%+v", got)
	}
	later := now.AddDate(0, 1, 0)
	if p, _ := problem.Of(put(func(row *workplace.Setup) { row.From = later })); p.Kind != problem.Conflict || p.Field != "word" {
		t.Errorf("two of one code in force on a day: %+v", p)
	}
	end := func(id string, to time.Time) error {
		return base.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.EndSetup(ctx, tx, "account/admin", id, to) })
	}
	id := read()["tender"].ID
	for _, wrong := range []error{end(id, time.Time{}), end(id, now.AddDate(0, 0, -1)), end("none", later)} {
		if problem.KindOf(wrong) != problem.Invalid {
			t.Errorf("ended: %v", wrong)
		}
	}
	must(t, end(id, later))
	must(t, put(func(row *workplace.Setup) { row.From, row.Needs[workplace.Browser] = later, "Chrome 130" }))
	if got := read()["tender"]; got.Needs[workplace.Browser] != "Chrome 109" {
		t.Errorf("before the day: %+v", got)
	}
	now = later
	if got := read()["tender"]; got.Needs[workplace.Browser] != "Chrome 130" {
		t.Errorf("from the day on: %+v", got)
	}
}
