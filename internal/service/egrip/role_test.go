// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/internal/platform/problem"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	stand "podpis/stand/egrip"
)

// S000-01: an ИП is bound to the account of a person by the register: its ИНН
// is the person's. The role is filled in from the register.
func TestEntrepreneurRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	p := w.role()
	if p.Kind != identity.Entrepreneur || p.RegisterNumber != annaIP || p.Title != "ИП Соколова А. И." {
		t.Errorf("%+v", p)
	}
	o, err := w.service.Own(ctx, p)
	must(t, err)
	if o.Activity.Code != "62.01" || o.Registered != "2020-02-03" || o.Status != egrip.Active {
		t.Errorf("%+v", o)
	}
	if _, err := w.service.AskRole(ctx, w.anna, identity.Entrepreneur, annaIP, ""); problem.KindOf(err) != problem.Conflict {
		t.Errorf("twice: %v", err)
	}
	for number, reason := range map[string]string{"323990000000011": "egrip.role.other_person", petrov: "egrip.role.ceased", "399990000000134": "egrip.role.missing"} {
		if !identity.ValidOGRNIP(number) {
			continue
		}
		r, err := w.service.AskRole(ctx, w.anna, identity.Entrepreneur, number, "")
		if err != nil || r.State != egrip.Refused || r.Reason != reason || r.ProfileID != "" {
			t.Errorf("%s: %+v, %v", number, r, err)
		}
	}
	for _, c := range []struct {
		kind         identity.Kind
		number, mail string
		field        string
	}{
		{identity.Entrepreneur, "399990000000122", "", "number"}, {identity.Organisation, "1999900000121", "a@example.org", "number"},
		{identity.Organisation, zarya, "no", "mail"}, {identity.Individual, "", "", "kind"},
	} {
		_, err := w.service.AskRole(ctx, w.anna, c.kind, c.number, c.mail)
		if all := problem.All(err); len(all) != 1 || all[0].Field != c.field {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// An organisation is registered by ОГРН and mail; the link of the
// letter activates it, once, for the head alone.
func TestOrganisationRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	r, err := w.service.AskRole(ctx, w.anna, identity.Organisation, zarya, "zarya@example.org")
	must(t, err)
	if r.State != egrip.Letter || r.Title != `ООО "ЗАРЯ"` || r.DueAt.IsZero() {
		t.Fatalf("%+v", r)
	}
	token := w.token("zarya@example.org")
	if _, err := w.service.ConfirmRole(ctx, w.boris, token); problem.KindOf(err) != problem.NotFound {
		t.Errorf("a stranger activates: %v", err)
	}
	if _, err := w.service.ConfirmRole(ctx, w.anna, token+"x"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("another link: %v", err)
	}
	r, err = w.service.ConfirmRole(ctx, w.anna, token)
	must(t, err)
	p := w.profile(w.anna, r.ProfileID)
	if p.Title != `ООО "ЗАРЯ"` || p.Company.INN != "9900000120" || p.Company.KPP != "990001001" || p.Company.Position != "директор" || p.Company.Locality != "ГОРОД КАЗАНЬ" {
		t.Errorf("%+v", p)
	}
	if _, err := w.service.ConfirmRole(ctx, w.anna, token); problem.KindOf(err) != problem.NotFound {
		t.Errorf("the link works twice: %v", err)
	}
	w.clock.Pass(time.Minute)
	report, _, err := w.service.Compare(ctx, w.anna, p)
	must(t, err)
	if report.Differ != 0 || len(report.Rows) != 10 {
		t.Error(show(report))
	}
}

// A link that has run out opens nothing.
func TestLateLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.service.AskRole(context.Background(), w.anna, identity.Organisation, zarya, "zarya@example.org")
	must(t, err)
	token := w.token("zarya@example.org")
	w.clock.Pass(25 * time.Hour)
	if _, err := w.service.ConfirmRole(context.Background(), w.anna, token); problem.KindOf(err) != problem.NotFound {
		t.Error(err)
	}
}

// S002-056: only whom the register names by ИНН owns an organisation's role; a name is
// not enough. Anybody else waits for an operator.
func TestNotTheHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	operator := egrip.Actor{Name: "account/operator"}
	for i, number := range []string{rassvet, zakat} {
		r, err := w.service.AskRole(ctx, w.anna, identity.Organisation, number, "a@example.org")
		must(t, err)
		if r.State != egrip.Reviewing || !r.DueAt.Equal(w.clock.Now().Add(24*time.Hour)) {
			t.Fatalf("%+v", r)
		}
		list, err := w.service.Reviewable(ctx, operator)
		must(t, err)
		if len(list) != 1 || list[0].Register == nil || list[0].Person != "Соколова Анна Ивановна" {
			t.Fatalf("%+v", list)
		}
		if err := w.service.Decide(ctx, operator, r.ID, false, " "); problem.KindOf(err) != problem.Invalid {
			t.Error(err)
		}
		w.clock.Pass(time.Second)
		must(t, w.service.Decide(ctx, operator, r.ID, i == 1, "Приложите приказ"))
		if err := w.service.Decide(ctx, operator, r.ID, true, ""); problem.KindOf(err) != problem.Conflict {
			t.Errorf("decided twice: %v", err)
		}
	}
	list, err := w.service.Requests(ctx, w.anna.PersonID)
	must(t, err)
	if len(list) != 2 || list[0].State != egrip.Letter || list[1].State != egrip.Refused || list[1].Reason != "Приложите приказ" {
		t.Fatalf("%+v", list)
	}
	if _, err := w.service.ConfirmRole(ctx, w.anna, w.token("a@example.org")); err != nil {
		t.Error(err)
	}
	if w.entries("egrip.role.look") != 2 {
		t.Error("the operator's looks are not recorded")
	}
}

// A silent register costs nothing: the request waits and goes on by itself.
func TestRequestWaitsForTheRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.fail(stand.Broken)
	r, err := w.service.AskRole(ctx, w.anna, identity.Entrepreneur, annaIP, "")
	must(t, err)
	if r.State != egrip.Waiting || !r.DueAt.After(w.clock.Now()) {
		t.Fatalf("%+v", r)
	}
	w.fail(stand.None)
	w.clock.Pass(16 * time.Minute)
	w.drain()
	list, err := w.service.Requests(ctx, w.anna.PersonID)
	must(t, err)
	if list[0].State != egrip.Opened || list[0].ProfileID == "" {
		t.Errorf("%+v", list[0])
	}
	if err := w.service.Withdraw(ctx, w.anna, r.ID); problem.KindOf(err) != problem.Conflict {
		t.Error(err)
	}
}

func TestWithdrawAndLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.set("egrip.role.count", "1")
	r, err := w.service.AskRole(ctx, w.anna, identity.Organisation, rassvet, "a@example.org")
	must(t, err)
	if err := w.service.Withdraw(ctx, w.boris, r.ID); problem.KindOf(err) != problem.NotFound {
		t.Errorf("a stranger takes it back: %v", err)
	}
	must(t, w.service.Withdraw(ctx, w.anna, r.ID))
	if _, err := w.service.AskRole(ctx, w.anna, identity.Organisation, zarya, "a@example.org"); problem.KindOf(err) != problem.Limited {
		t.Error(err)
	}
	w.clock.Pass(25 * time.Hour)
	if _, err := w.service.AskRole(ctx, w.anna, identity.Organisation, zarya, "a@example.org"); err != nil {
		t.Error(err)
	}
}

// The holder's own words: address and tax regime (ODD-02, ODD-09).
func TestOwnWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.role()
	ctx := context.Background()
	must(t, w.service.SetOwn(ctx, w.anna, p.ID, "  Казань,  Баумана 1 ", "usn6"))
	o, err := w.service.Own(ctx, p)
	must(t, err)
	if o.Address != "Казань, Баумана 1" || o.Regime != "usn6" || o.Activity.Code != "62.01" {
		t.Errorf("%+v", o)
	}
	if err := w.service.SetOwn(ctx, w.boris, p.ID, "", ""); problem.KindOf(err) != problem.NotFound {
		t.Error(err)
	}
	for _, wrong := range [][2]string{{"a\x00", ""}, {"", "envd"}} {
		if err := w.service.SetOwn(ctx, w.anna, p.ID, wrong[0], wrong[1]); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// TestTypedNumberOpensNothing: an ИНН that nobody proved is anybody's. The operator decides, and then an
// entrepreneur needs no letter.
func TestTypedNumberOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(egrip.PolicyLevel, string(identity.Confirmed)) // more than the proof of the world's people
	r, err := w.service.AskRole(t.Context(), w.anna, identity.Entrepreneur, annaIP, "")
	must(t, err)
	if r.State != egrip.Reviewing || r.ProfileID != "" {
		t.Fatalf("%+v", r)
	}
	o, err := w.service.AskRole(t.Context(), w.anna, identity.Organisation, zarya, "zarya@example.org")
	must(t, err)
	w.drain()
	if o.State != egrip.Reviewing || len(w.mail.To("zarya@example.org")) != 0 {
		t.Errorf("%+v", o)
	}
	operator := egrip.Actor{Name: "account/operator", AccountID: "operator", Origin: "192.0.2.2"}
	must(t, w.service.Decide(t.Context(), operator, r.ID, true, ""))
	list, err := w.service.Requests(t.Context(), w.anna.PersonID)
	must(t, err)
	for _, got := range list {
		if got.ID == r.ID && (got.State != egrip.Opened || got.ProfileID == "") {
			t.Errorf("approved: %+v", got)
		}
	}
}

// What an operator sees beside an application (ux F24): whose the entry is and whether it is in force; another
// head than the applicant differs; a natural person and an entry of which nothing is known have no rows.
func TestBeside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	anna := identity.Person{Surname: "Соколова", GivenName: "Анна", Patronymic: "Ивановна", INN: "990000001704"}
	boris := identity.Person{Surname: "Петров", GivenName: "Борис", INN: "990100002902"}
	company := identity.Company{INN: "9900000120", OGRN: zarya, Name: `ООО "Заря"`}
	beside := func(kind identity.Kind, number string, person identity.Person) map[string]egrip.Result {
		t.Helper()
		rows, _, err := w.service.Beside(ctx, egrip.Actor{Name: "account/operator"}, identity.Profile{Kind: kind, RegisterNumber: number, Company: company}, person)
		must(t, err)
		return results(&egrip.Report{Rows: rows})
	}
	same := map[string]egrip.Result{"inn": egrip.Same, "number": egrip.Same, "name": egrip.Same, "status": egrip.Same}
	if d := cmp.Diff(same, beside(identity.Entrepreneur, annaIP, anna)); d != "" {
		t.Error(d)
	}
	other := maps.Clone(same)
	other["inn"], other["name"] = egrip.Differs, egrip.Differs
	if d := cmp.Diff(other, beside(identity.Entrepreneur, annaIP, boris)); d != "" {
		t.Error(d)
	}
	same["head"] = egrip.Same
	if d := cmp.Diff(same, beside(identity.Organisation, zarya, anna)); d != "" {
		t.Error(d)
	}
	same["head"] = egrip.Differs
	if d := cmp.Diff(same, beside(identity.Organisation, zarya, boris)); d != "" {
		t.Error(d)
	}
	if rows := beside(identity.Individual, "", anna); len(rows) != 0 {
		t.Errorf("a person stands in no register: %v", rows)
	}
	w.fail(stand.Broken)
	if rows := beside(identity.Entrepreneur, "399990000000122", anna); len(rows) != 0 {
		t.Errorf("nothing is known, and yet %v", rows)
	}
}
