// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package identity knows who people are: names, numbers the state gave them,
// documents, and the roles they act in (themselves, an entrepreneur, somebody of
// an organisation). It checks what can be checked without asking anybody: check
// digits, dates that contradict each other.
//
// СНИЛС, birth date and passport are sealed in the database (152-ФЗ); they are
// opened for the act that needs them.
//
// Left out: how a person signs in (auth), what is asked for (ra), registers of
// the state (egrip).
package identity

import (
	"strings"
	"time"
)

// Date is a day without a zone, as documents state it. The zero value is no
// date.
type Date struct {
	Year  int `json:"y,omitempty"`
	Month int `json:"m,omitempty"`
	Day   int `json:"d,omitempty"`
}

// ParseDate reads the three parts of a date as people type them. A day that does
// not exist is refused.
func ParseDate(day, month, year string) (Date, bool) {
	d := Date{number(year), number(month), number(day)}
	return d, d.exists()
}

func number(s string) int {
	n := 0
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 4 {
		return -1
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func (d Date) exists() bool {
	t := d.Time()
	return d.Year >= 1900 && d.Year <= 2200 && t.Year() == d.Year && int(t.Month()) == d.Month && t.Day() == d.Day
}

// Time is the beginning of the day in UTC, for comparing.
func (d Date) Time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

// IsZero reports no date.
func (d Date) IsZero() bool { return d == Date{} }

// AddYears returns the same day in another year; 29 February becomes 1 March.
func (d Date) AddYears(n int) Date {
	t := d.Time().AddDate(n, 0, 0)
	return Date{t.Year(), int(t.Month()), t.Day()}
}

// String is the date as Russian documents write it, «21.11.2026».
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format("02.01.2006")
}

// Passport is an identity document: a passport of a citizen of the Russian Federation
// unless Kind names another.
type Passport struct {
	Kind       DocumentKind `json:"kind,omitempty"`
	Number     string       `json:"number"` // series and number, 10 digits in a passport
	IssuedOn   Date         `json:"issued_on"`
	Department string       `json:"department"` // 000-000, of passports
	IssuedBy   string       `json:"issued_by"`
}

// Person is a natural person.
type Person struct {
	ID         string
	Surname    string
	GivenName  string
	Patronymic string // empty when there is none
	BirthDate  Date
	INN        string // 12 digits
	SNILS      string // 11 digits
	IIN        string // 12 digits, of Kazakhstan
	Country    Country
	Passport   Passport
}

// FullName is the name as certificates carry it.
func (p Person) FullName() string {
	return strings.TrimSpace(p.Surname + " " + p.Names())
}

// Names are the given name and the patronymic together, as the attribute
// givenName of a qualified certificate is.
func (p Person) Names() string { return strings.TrimSpace(p.GivenName + " " + p.Patronymic) }

// ShortName is «Соколова А. И.».
func (p Person) ShortName() string {
	name := p.Surname
	for _, part := range []string{p.GivenName, p.Patronymic} {
		for _, first := range part {
			name += " " + string(first) + "."
			break
		}
	}
	return name
}

// Kind is the kind of a role and of a certificate's holder.
type Kind string

// The kinds of holders.
const (
	Individual   Kind = "person"
	Entrepreneur Kind = "ip"
	Organisation Kind = "org"
)

// Valid reports a known kind.
func (k Kind) Valid() bool { return k == Individual || k == Entrepreneur || k == Organisation }

// Company is what is known of an organisation.
type Company struct {
	Name     string `json:"name,omitempty"`
	OGRN     string `json:"ogrn,omitempty"` // 13 digits
	INN      string `json:"inn,omitempty"`  // 10 digits
	KPP      string `json:"kpp,omitempty"`
	BIN      string `json:"bin,omitempty"` // 12 digits, of Kazakhstan
	Region   string `json:"region,omitempty"`
	Locality string `json:"locality,omitempty"`
	Street   string `json:"street,omitempty"`
	Position string `json:"position,omitempty"` // of the person in it
}

// Profile is a role: its id stands in the address of every page of a cabinet.
type Profile struct {
	ID             string
	PersonID       string
	Kind           Kind
	RegisterNumber string // ОГРНИП or ОГРН, empty for a person
	Title          string // as the role chip names it
	Company        Company
}
