// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/internal/platform/problem"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
	stand "podpis/stand/egrip"
	"podpis/wire/egr"
)

// S001-040, S001-041, S001-042, S001-043, S001-044, S001-045 and the table of results:
// nine rows, each switch of the register moves its own row. What open data leave out is
// told apart from what differs (ODD-28).
func TestReconcileTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role()
	compare := func() *egrip.Report {
		t.Helper()
		r, e, err := w.service.Compare(context.Background(), w.anna, role)
		must(t, err)
		if r == nil {
			t.Fatalf("no report, %+v", e)
		}
		return r
	}
	base := map[string]egrip.Result{
		"inn": egrip.Same, "number": egrip.Same, "name": egrip.Same, "birth_date": egrip.Unpublished, "address": egrip.Unpublished,
		"status": egrip.Same, "activity": egrip.Same, "registered": egrip.Same, "regime": egrip.Unpublished,
	}
	for _, c := range []struct {
		failure          stand.Failure
		other            map[string]egrip.Result
		differ, blocking int
	}{
		{stand.None, nil, 0, 0},
		{stand.Renamed, map[string]egrip.Result{"name": egrip.Differs}, 1, 1},
		{stand.Mismatch, map[string]egrip.Result{"activity": egrip.Differs, "registered": egrip.Differs}, 2, 0},
		{stand.Closed, map[string]egrip.Result{"status": egrip.Differs}, 1, 1},
		{stand.Full, map[string]egrip.Result{"birth_date": egrip.Same, "address": egrip.Differs}, 1, 0},
		{stand.Missing, map[string]egrip.Result{
			"inn": egrip.Absent, "number": egrip.Absent, "name": egrip.Absent, "birth_date": egrip.Absent, "address": egrip.Absent,
			"status": egrip.Absent, "activity": egrip.Absent, "registered": egrip.Absent, "regime": egrip.Absent,
		}, 9, 0},
	} {
		w.fail(c.failure)
		r := compare()
		want := map[string]egrip.Result{}
		for k, v := range base {
			want[k] = v
		}
		for k, v := range c.other {
			want[k] = v
		}
		if diff := cmp.Diff(want, results(r)); diff != "" || r.Differ != c.differ || r.Blocking != c.blocking || len(r.Rows) != 9 {
			t.Errorf("%q: %d differ, %d block\n%s", c.failure, r.Differ, r.Blocking, diff)
		}
		kept, err := w.service.Latest(context.Background(), role.ID)
		must(t, err)
		if diff := cmp.Diff(r, kept); diff != "" {
			t.Error(diff)
		}
	}
	if n := w.entries("egrip.compare"); n != 6 {
		t.Errorf("%d records of the audit", n)
	}
}

// S001-046, S001-216: what differs is taken from the register, row by row or all at once; a number
// is never taken, it says whose the entry is.
func TestTakeFromRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role()
	ctx := context.Background()
	w.fail(stand.Renamed)
	_, _, err := w.service.Compare(ctx, w.anna, role)
	must(t, err)
	if _, err := w.service.Take(ctx, w.anna, role.ID, "inn"); problem.KindOf(err) != problem.Conflict {
		t.Errorf("a number is taken: %v", err)
	}
	if _, err := w.service.Take(ctx, w.boris, role.ID, ""); problem.KindOf(err) != problem.NotFound {
		t.Errorf("a stranger takes: %v", err)
	}
	r, err := w.service.Take(ctx, w.anna, role.ID, "name")
	must(t, err)
	w.drain()
	if r.Differ != 0 || len(w.renamed) != 1 || w.renamed[0].Title != "Кузнецова А. И." || w.renamed[0].AccountID != w.anna.AccountID {
		t.Errorf("%d differ, %v", r.Differ, w.renamed)
	}
	w.fail(stand.Mismatch)
	_, _, err = w.service.Compare(ctx, w.anna, role)
	must(t, err)
	r, err = w.service.Take(ctx, w.anna, role.ID, "") // the name is old again, and two more
	must(t, err)
	if r.Differ != 0 {
		t.Error(show(r))
	}
	o, err := w.service.Own(ctx, role)
	must(t, err)
	if o.Activity.Code != "74.20" || o.Registered != "2021-02-03" || o.TakenAt.IsZero() {
		t.Errorf("%+v", o)
	}
	if n := w.entries("egrip.take"); n != 2 {
		t.Errorf("%d records of the audit", n)
	}
}

// S001-214: an entry with another ИНН differs, blocks, and nothing may be taken from it.
func TestAnothersEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role()
	w.register.Put(&egr.Record{
		Register: egr.EGRIP, Number: annaIP, Registered: "2020-02-03", Extracted: "2026-11-21", INN: "990100002902", Open: true,
		Person: egr.Name{Surname: "ПЕТРОВ", GivenName: "ПЁТР"}, Main: egr.Coded{Code: "62.01"},
	})
	w.clock.Pass(time.Minute)
	r, _, err := w.service.Compare(context.Background(), w.anna, role)
	must(t, err)
	if results(r)["inn"] != egrip.Differs || r.Blocking != 2 || slices.ContainsFunc(r.Rows, func(r egrip.Row) bool { return r.Takeable }) {
		t.Error(show(r))
	}
}

// A silent register: the last good answer with its age stays, the question is asked
// again by a job after the time of the policy, nothing closes before the patience ends
// (ux F6, REG-601).
func TestSilentRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role()
	ctx := context.Background()
	w.set("egrip.timeout", "200ms")
	for _, failure := range []stand.Failure{stand.Silent, stand.Broken, stand.Nonsense, stand.Slow} {
		w.fail(failure)
		r, e, err := w.service.Compare(ctx, w.anna, role)
		must(t, err)
		if r == nil || !e.Silent || e.Record == nil || e.AsOf.IsZero() || !e.RetryAt.Equal(w.clock.Now().Add(15*time.Minute)) {
			t.Errorf("%s: %v, %+v", failure, r, e)
		}
		st, err := w.service.Standing(ctx, w.anna, role)
		must(t, err)
		if st.Refusal() != nil || st.Group != egrip.Active || !st.Silent {
			t.Errorf("%s: %+v, %v", failure, st, st.Refusal())
		}
	}
	asked := w.register.State().Asked
	w.clock.Pass(14 * time.Minute)
	if _, err := w.service.Standing(ctx, w.anna, role); err != nil || w.register.State().Asked != asked {
		t.Error("a silent register is asked before its time", err)
	}
	w.clock.Pass(73 * time.Hour)
	st, err := w.service.Standing(ctx, w.anna, role)
	must(t, err)
	if e, _ := problem.Of(st.Refusal()); e == nil || e.Kind != problem.Unavailable || e.Code != "REG-601" {
		t.Errorf("%v", st.Refusal())
	}
	w.fail(stand.None)
	w.clock.Pass(16 * time.Minute)
	w.drain()
	e, err := w.service.Current(ctx, egr.EGRIP, annaIP)
	must(t, err)
	if e.Silent {
		t.Error("the job did not ask again")
	}
}

// S001-109: what needs an acting entrepreneur asks in real time;
// three groups (ODD-03), codes and names as given.
func TestStanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role()
	ctx := context.Background()
	for _, c := range []struct {
		failure stand.Failure
		group   egrip.Group
		refusal string
	}{
		{stand.None, egrip.Active, ""}, {stand.Closed, egrip.Ceased, "egrip.closed.ceased"}, {stand.Missing, egrip.Missing, "egrip.closed.missing"},
	} {
		w.fail(c.failure)
		w.clock.Pass(16 * time.Minute)
		st, err := w.service.Standing(ctx, w.anna, role)
		must(t, err)
		key := ""
		if e, ok := problem.Of(st.Refusal()); ok {
			key = e.Key
		}
		if st.Group != c.group || key != c.refusal {
			t.Errorf("%q: %+v, %s", c.failure, st, key)
		}
		if c.group == egrip.Ceased && (st.Status.Code != "201" || !strings.HasPrefix(st.Status.Name, "Индивидуальный предприниматель прекратил")) {
			t.Errorf("%+v", st.Status)
		}
	}
	if st, err := w.service.Standing(ctx, w.anna, identity.Profile{Kind: identity.Individual}); err != nil || st.Refusal() == nil && st.Group != "" {
		t.Error(st, err)
	}
	asked := w.register.State().Asked
	for range 3 {
		_, err := w.service.Standing(ctx, w.anna, role)
		must(t, err)
	}
	if w.register.State().Asked != asked {
		t.Error("a fresh answer is asked for again")
	}
}

// The periodic check finds a closed entrepreneur and tells once.
//
// S001-056: shown here.
func TestRecheckTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role()
	w.fail(stand.Closed)
	w.clock.Pass(25 * time.Hour)
	w.drain()
	w.drain()
	if len(w.changed) != 1 || w.changed[0].From != egrip.Active || w.changed[0].To != egrip.Ceased || w.changed[0].ProfileID != role.ID || w.changed[0].Status == "" {
		t.Fatal(show(w.changed))
	}
	_, _, err := w.service.Compare(context.Background(), w.anna, role)
	must(t, err)
	w.clock.Pass(25 * time.Hour)
	w.drain()
	if len(w.changed) != 1 {
		t.Error(show(w.changed))
	}
}

// S001-047: the interface is JSON over HTTPS with mutual authentication; who shows no
// certificate, or another's, is not answered, and neither is another's server asked.
func TestMutualAuthentication(t *testing.T) {
	t.Parallel()
	a, err := stand.Start("127.0.0.1:0", nil)
	must(t, err)
	t.Cleanup(func() { _ = a.Close() })
	b, err := stand.Start("127.0.0.1:0", nil)
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	ask := func(url string, ca *x509.Certificate, of *stand.Server) error {
		certificate, key := of.Client()
		c, err := egrip.NewClient(egrip.ClientConfig{URL: url, CA: []*x509.Certificate{ca}, Certificate: certificate, Key: key})
		must(t, err)
		defer c.Close()
		_, err = c.Ask(context.Background(), egr.Request{ID: "1", Register: egr.EGRIP, Number: annaIP})
		return err
	}
	if err := ask(a.URL(), a.Authority(), a); err != nil {
		t.Error(err)
	}
	if ask(a.URL(), a.Authority(), b) == nil {
		t.Error("another's client is answered")
	}
	if ask(a.URL(), b.Authority(), a) == nil {
		t.Error("another's server is asked")
	}
	if ask(strings.Replace(a.URL(), "localhost", "127.0.0.1", 1), a.Authority(), a) == nil {
		t.Error("a server of another name is asked")
	}
	certificate, key := a.Client()
	for name, c := range map[string]egrip.ClientConfig{
		"plain":      {URL: "http://localhost", CA: []*x509.Certificate{a.Authority()}, Certificate: certificate, Key: key},
		"no issuer":  {URL: a.URL(), Certificate: certificate, Key: key},
		"no key":     {URL: a.URL(), CA: []*x509.Certificate{a.Authority()}, Certificate: certificate},
		"no address": {CA: []*x509.Certificate{a.Authority()}, Certificate: certificate, Key: key},
	} {
		if _, err := egrip.NewClient(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if a.State().Asked != 1 || b.State().Asked != 0 {
		t.Error(a.State(), b.State())
	}
}

// Files replace records as a whole, older ones change nothing, wrong ones are counted.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := func(day, surname, number string) string {
		return `<Файл ИдФайл="1" ВерсФорм="4.03" ТипИнф="ЕГРИП_ОТКР_СВЕД"><Документ><СвИП ДатаВып="` + day + `" ОГРНИП="` + number +
			`" ДатаОГРНИП="2020-02-03" ИННФЛ="990000001704"><СвФЛ><ФИОРус Фамилия="` + surname + `" Имя="АННА"/></СвФЛ></СвИП></Документ></Файл>`
	}
	var sum egrip.Imported
	for _, f := range []string{file("2026-05-05", "МАЙСКАЯ", annaIP), file("2026-03-03", "МАРТОВСКАЯ", annaIP), file("2026-06-06", "ЧУЖАЯ", "399990000000122")} {
		must(t, w.service.Import(context.Background(), "test", "x.xml", strings.NewReader(f), &sum))
	}
	if sum.Files != 3 || sum.Taken != 2 || sum.Left != 1 || len(sum.Wrong) != 1 {
		t.Errorf("%+v", sum)
	}
	e, err := w.service.Current(context.Background(), egr.EGRIP, annaIP)
	must(t, err)
	if e.Record.Person.Surname != "МАЙСКАЯ" || e.Source != "file" || e.AsOf.Format(time.DateOnly) != "2026-05-05" {
		t.Errorf("%+v", e)
	}
	if err := w.service.Import(context.Background(), "test", "x.xml", strings.NewReader("no"), &sum); err == nil {
		t.Error("a broken file is taken")
	}
}

func TestActivities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	list, err := w.service.Activities(ctx, "программного ОБЕСПЕЧЕНИЯ")
	must(t, err)
	if len(list) != 1 || list[0].Code != "62.01" {
		t.Error(list)
	}
	if list, err = w.service.Activities(ctx, "%"); err != nil || len(list) < 20 {
		t.Error(len(list), err)
	}
	n, err := w.service.ImportActivities(ctx, "test", strings.NewReader("code;name\n62.01;Иное\n63.12;Порталы\n"))
	if err != nil || n != 2 {
		t.Error(n, err)
	}
	for name, table := range map[string]string{"empty": "", "head only": "code;name\n", "code": "6;x\n", "no name": "62.01;\n", "columns": "62.01;a;b\n", "quotes": "62.01;\"a\n"} {
		if _, err := w.service.ImportActivities(ctx, "test", strings.NewReader(table)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"Соколова", "СОКОЛОВА", "Соколова"}, {"Соколова", "СОКОЛОВСКАЯ", "Соколов[а]"}, {"12", "132", "12"}, {"132", "12", "1[3]2"}, {"", "x", ""}, {"x", "", "[x]"}, {"Семёнова", "СЕМЕНОВА", "Семёнова"},
	} {
		got := ""
		for _, p := range egrip.Pieces(c[0], c[1]) {
			if p.Differs {
				got += "[" + p.Text + "]"
			} else {
				got += p.Text
			}
		}
		want := c[2]
		if c[1] == "СОКОЛОВСКАЯ" {
			want = "Соколов[а]"
		}
		if got != want {
			t.Errorf("%v: %s", c, got)
		}
	}
}

// The table of requests stands in the design page, row by row.
func TestRoleStatesAreDrawn(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/design/registry.md")
	must(t, err)
	var want []string
	for from, table := range egrip.RequestMoves() {
		for move, to := range table {
			want = append(want, fmt.Sprintf("| %s | %s | %s |", from, move, to))
		}
	}
	_, rest, _ := strings.Cut(string(text), "<!-- moves -->")
	drawn, _, _ := strings.Cut(rest, "<!-- /moves -->")
	var got []string
	for line := range strings.Lines(drawn) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| from") {
			got = append(got, line)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
