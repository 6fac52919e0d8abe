// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
)

func TestIIN(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]bool{
		"900101300007": true, "851215300127": true, "120140000126": true, // vectors; the last is a БИН
		"900101300008": false, "90010130000": false, "9001013000070": false, "90010130000x": false, "": false,
	} {
		if identity.ValidIIN(number) != want {
			t.Errorf("%q: %v", number, !want)
		}
	}
	// A number whose both sums are 10 is not issued, with any digit.
	for d := range 10 {
		if n := "90010130080" + string(rune('0'+d)); identity.ValidIIN(n) {
			t.Errorf("%s is never issued", n)
		}
	}
}

// TestDocumentsByCountry checks which numbers and documents each country needs.
func TestDocumentsByCountry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	russian := servicetest.Anna()
	military := russian
	military.Passport = identity.Passport{Kind: identity.MilitaryID, Number: "АС1234567", IssuedOn: identity.Date{Year: 2010, Month: 6, Day: 1}, IssuedBy: "Военкомат"}
	kazakh := identity.Person{Country: identity.Kazakhstan, IIN: "900101300007", BirthDate: identity.Date{Year: 1990, Month: 1, Day: 1}}
	foreign := identity.Person{Country: identity.Elsewhere, BirthDate: identity.Date{Year: 1979, Month: 1, Day: 30}, Passport: identity.Passport{
		Kind: identity.ForeignPassport, Number: "C01X00T47", IssuedOn: identity.Date{Year: 2020, Month: 2, Day: 1}, IssuedBy: "Stadt Köln",
	}}
	for name, c := range map[string]struct {
		person identity.Person
		change func(*identity.Person)
		want   string
	}{
		"Russian": {russian, nil, ""}, "military": {military, nil, ""}, "Kazakh": {kazakh, nil, ""}, "foreign": {foreign, nil, ""},
		"Russian without СНИЛС":             {russian, func(p *identity.Person) { p.SNILS = "" }, "identity.snils.length"},
		"Russian with a foreign passport":   {russian, func(p *identity.Person) { p.Passport.Kind = identity.ForeignPassport }, "identity.document.kind"},
		"military number":                   {military, func(p *identity.Person) { p.Passport.Number = "<b>" }, "identity.document.number"},
		"military before birth":             {military, func(p *identity.Person) { p.Passport.IssuedOn.Year = 1980 }, "identity.document.before_birth"},
		"Kazakh without ИИН":                {kazakh, func(p *identity.Person) { p.IIN = "" }, "identity.iin.length"},
		"Kazakh with a wrong digit":         {kazakh, func(p *identity.Person) { p.IIN = "900101300008" }, "identity.iin.check"},
		"Kazakh born on another day":        {kazakh, func(p *identity.Person) { p.BirthDate.Day = 2 }, "identity.iin.birth"},
		"Kazakh with a БИН":                 {kazakh, func(p *identity.Person) { p.IIN = "120140000126" }, "identity.iin.check"},
		"foreign without a document":        {foreign, func(p *identity.Person) { p.Passport.Number = "" }, "identity.document.number"},
		"foreign with a long number":        {foreign, func(p *identity.Person) { p.Passport.Number = strings.Repeat("1", 31) }, "identity.document.number"},
		"foreign with a passport of Russia": {foreign, func(p *identity.Person) { p.Passport.Kind = "" }, "identity.document.kind"},
		"foreign with a wrong ИНН":          {foreign, func(p *identity.Person) { p.INN = "990000001705" }, "identity.inn.check"},
	} {
		p := c.person
		if c.change != nil {
			c.change(&p)
		}
		err := p.CheckDocuments(now).Err()
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if e, ok := problem.Of(err); c.want != "" && (!ok || e.Key != c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for _, c := range append(identity.Countries(), "", "XX") {
		for _, k := range identity.DocumentKinds(c) {
			if k.Of() != k {
				t.Errorf("%s offers %s, which counts as %s", c, k, k.Of())
			}
		}
	}
}

// TestLevels follows a level from its proofs.
func TestLevels(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	proof := func(l identity.Level, until time.Time) identity.Proof { return identity.Proof{Level: l, Until: until} }
	for name, c := range map[string]struct {
		proofs []identity.Proof
		want   identity.Level
	}{
		"nothing":   {nil, identity.Simplified},
		"standard":  {[]identity.Proof{proof(identity.Standard, time.Time{})}, identity.Standard},
		"the best":  {[]identity.Proof{proof(identity.Confirmed, time.Time{}), proof(identity.Simplified, time.Time{})}, identity.Confirmed},
		"over":      {[]identity.Proof{proof(identity.Confirmed, now)}, identity.Simplified},
		"still":     {[]identity.Proof{proof(identity.Confirmed, now.Add(time.Second))}, identity.Confirmed},
		"made up":   {[]identity.Proof{proof("root", time.Time{})}, identity.Simplified},
		"one of it": {[]identity.Proof{proof(identity.Confirmed, now), proof(identity.Standard, time.Time{})}, identity.Standard},
	} {
		if got := identity.LevelAt(c.proofs, now); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestProofsAndFacts(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, _ := w.SignUp("+79990001122", "anna@example.org", servicetest.Anna())
	facts := []identity.Fact{{Kind: identity.FactVehicle, Values: []identity.FactValue{{Name: "model", Text: "LADA"}}}}
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		for _, p := range []identity.Proof{
			{PersonID: account.PersonID, Kind: identity.ByBank, Source: "bank", Level: identity.Standard},
			{PersonID: account.PersonID, Kind: identity.ByVisit, Source: "desk", Level: identity.Confirmed, Until: tx.Now().Add(time.Hour)},
			{PersonID: account.PersonID, Kind: identity.ByVisit, Source: "desk", Level: identity.Confirmed},
		} {
			if err := w.Persons.AddProof(ctx, tx, p); err != nil {
				return err
			}
		}
		return w.Persons.PutFacts(ctx, tx, account.PersonID, "esia", facts)
	})
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		proofs, err := w.Persons.Proofs(ctx, tx, account.PersonID)
		if err != nil || len(proofs) != 2 || identity.LevelAt(proofs, tx.Now().AddDate(1, 0, 0)) != identity.Confirmed {
			t.Errorf("%+v, %v", proofs, err)
		}
		list, err := w.Persons.Facts(ctx, tx, account.PersonID)
		if err != nil || len(list) != 1 || list[0].Facts[0].Values[0].Text != "LADA" || list[0].At.IsZero() {
			t.Errorf("%+v, %v", list, err)
		}
		id, err := w.Persons.PersonByINN(ctx, tx, servicetest.Anna().INN)
		if none, _ := w.Persons.PersonByINN(ctx, tx, ""); err != nil || id != account.PersonID || none != "" {
			t.Errorf("%s, %v", id, err)
		}
		return w.Persons.DropFacts(ctx, tx, account.PersonID, "esia")
	})
	err := w.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return w.Persons.AddProof(ctx, tx, identity.Proof{PersonID: account.PersonID, Kind: identity.ByVisit, Source: "desk", Level: "root"})
	})
	if !errors.Is(err, problem.New(problem.Invalid, "identity.proof.wrong")) {
		t.Errorf("%v", err)
	}
	if w.Count("person_facts", "source = 'esia'") != 0 {
		t.Error("facts are still there")
	}
}

// TestCompare names each field that differs, and its code.
func TestCompare(t *testing.T) {
	t.Parallel()
	own := servicetest.Anna()
	same := own
	same.Surname, same.Patronymic = "СОКОЛОВА", "" // letters and what is not stated make no difference
	if err := identity.Compare(own, same).Err(); err != nil {
		t.Error(err)
	}
	for code, change := range map[string]func(*identity.Person){
		"ID-201": func(p *identity.Person) { p.Surname = "Орлова" }, "ID-202": func(p *identity.Person) { p.BirthDate.Day++ },
		"ID-203": func(p *identity.Person) { p.SNILS = "11223344595" }, "ID-204": func(p *identity.Person) { p.Passport.Number = "1" },
		"ID-205": func(p *identity.Person) { p.INN = "990100001169" },
	} {
		stated := own
		change(&stated)
		list := identity.Compare(own, stated)
		if len(list) != 1 || list[0].Code != code || list[0].Field == "" {
			t.Errorf("%s: %v", code, list)
		}
	}
	if !identity.SameNumber(own, own) || identity.SameNumber(own, identity.Person{Surname: own.Surname}) || identity.SameNumber(identity.Person{}, identity.Person{}) {
		t.Error("numbers that both have")
	}
}

func TestDepartments(t *testing.T) {
	t.Parallel()
	d, err := identity.SampleDepartments()
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Names("160-001"); len(got) != 2 || got[0] != "ОВД «Учебный» г. Казани" {
		t.Errorf("%q", got)
	}
	if d.Names("999999") != nil || (*identity.Departments)(nil).Names("160001") != nil {
		t.Error("a code that is not there")
	}
	for name, bad := range map[string]string{
		"no name": "160-001;", "no code": ";ОВД", "letters": "16x-001;ОВД", "three cells": "160-001;ОВД;x", "one cell": "160-001", "control": "160-001;О\x00ВД",
		"long": "160-001;" + strings.Repeat("я", 201), "many": strings.Repeat("160-001;ОВД\n", 51),
	} {
		if _, err := identity.ReadDepartments(strings.NewReader(bad)); !errors.Is(err, identity.ErrDepartments) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadDepartments(f *testing.F) {
	f.Add("160-001;ОВД «Учебный»\n# x\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := identity.ReadDepartments(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, n := range d.Names("160001") {
			if !identity.PlainText(n, 200) {
				t.Fatalf("a name that no form takes: %q", n)
			}
		}
	})
}
