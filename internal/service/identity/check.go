// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"strings"
	"time"

	"podpis/internal/platform/problem"
)

// Normalise cleans what a person typed, as far as it can be cleaned.
func (p Person) Normalise() Person {
	p.Surname, p.GivenName, p.Patronymic = spelled(p.Surname), spelled(p.GivenName), spelled(p.Patronymic)
	p.INN, p.SNILS, p.IIN, p.Passport.Number = Clean(p.INN), Clean(p.SNILS), Clean(p.IIN), Clean(p.Passport.Number)
	p.Passport.Number = strings.ToUpper(p.Passport.Number)
	p.Passport.IssuedBy = OneLine(p.Passport.IssuedBy)
	if d := Clean(p.Passport.Department); Digits(d, 6) {
		p.Passport.Department = d[:3] + "-" + d[3:]
	}
	return p
}

// OneLine returns a text with single spaces and none at its ends.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// CheckName checks the names and the birth date of a normalised person on a day.
func (p Person) CheckName(now time.Time) problem.List {
	var wrong problem.List
	add := func(field, key string) {
		wrong = append(wrong, problem.New(problem.Invalid, key).At(field))
	}
	if _, ok := NormalName(p.Surname); !ok {
		add("surname", "identity.surname.wrong")
	}
	if _, ok := NormalName(p.GivenName); !ok {
		add("given_name", "identity.given_name.wrong")
	}
	if _, ok := NormalName(p.Patronymic); !ok && p.Patronymic != "" {
		add("patronymic", "identity.patronymic.wrong")
	}
	today := now.UTC()
	switch {
	case !p.BirthDate.exists():
		add("birth_date", "identity.birth_date.wrong")
	case p.BirthDate.Time().After(today):
		add("birth_date", "identity.birth_date.future")
	case p.BirthDate.AddYears(14).Time().After(today):
		add("birth_date", "identity.birth_date.young")
	}
	return wrong
}

// Normalise cleans what was typed of an organisation.
func (c Company) Normalise() Company {
	for _, s := range []*string{&c.Name, &c.Region, &c.Locality, &c.Street, &c.Position} {
		*s = OneLine(*s)
	}
	c.OGRN, c.INN, c.KPP = Clean(c.OGRN), Clean(c.INN), strings.ToUpper(Clean(c.KPP))
	return c
}

// Check checks a normalised organisation.
func (c Company) Check() problem.List {
	var wrong problem.List
	add := func(field, key string) {
		wrong = append(wrong, problem.New(problem.Invalid, key).At(field))
	}
	for _, f := range []struct {
		name, value string
		limit       int
	}{{"company_name", c.Name, 250}, {"region", c.Region, 128}, {"locality", c.Locality, 128}, {"street", c.Street, 128}, {"position", c.Position, 128}} {
		if !CertificateText(f.value, f.limit) {
			add(f.name, "identity."+f.name+".wrong")
		}
	}
	if !ValidOGRN(c.OGRN) {
		add("ogrn", "identity.ogrn.check")
	}
	if !ValidCompanyINN(c.INN) {
		add("company_inn", "identity.company_inn.check")
	}
	if c.KPP != "" && !ValidKPP(c.KPP) {
		add("kpp", "identity.kpp.wrong")
	}
	return wrong
}
