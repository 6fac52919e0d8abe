// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package egr reads what the state registers of entrepreneurs (ЕГРИП) and of
// organisations (ЕГРЮЛ) give out: extract files VO_RIGF 4.03 and VO_RUGF 4.04 in
// windows-1251 or UTF-8, archives of such files, and the JSON of the project's own
// interface, whose records are the same tree ("@attributes" as public services of the
// register write it).
//
// Files are read as a stream: one record is held at a time, whatever the size of the
// file. Codes of statuses are kept with the names the file gives them: the directory
// of the tax service changes, and no meaning is built into the program.
//
// Left out: founders, branches, history of names, funds, the list of all entries, and
// any check of digits (package identity knows those).
package egr

import (
	"errors"
	"strings"
	"time"
)

// Register is one of the two registers.
type Register string

// The registers.
const (
	EGRIP Register = "egrip" // entrepreneurs
	EGRUL Register = "egrul" // organisations
)

// Valid reports a known register.
func (r Register) Valid() bool { return r == EGRIP || r == EGRUL }

// Name is what a person is called. The register writes in capitals.
type Name struct {
	Surname    string `json:"surname,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
	Patronymic string `json:"patronymic,omitempty"`
}

// String is the whole name.
func (n Name) String() string {
	return strings.Join(strings.Fields(n.Surname+" "+n.GivenName+" "+n.Patronymic), " ")
}

// Coded is a code of a directory with the name the register gave.
type Coded struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name,omitempty"`
}

// Status is a block about the state of an entry. Dates are YYYY-MM-DD, may be empty.
type Status struct {
	Coded
	Date string `json:"date,omitempty"`
}

// Address is an address in Russia, part by part as given.
type Address struct {
	Index, RegionCode                                               string `json:",omitempty"`
	Region, District, City, Place, Street, House, Building, Premise string `json:",omitempty"`
}

// Empty reports no address.
func (a Address) Empty() bool { return a == Address{} }

// Locality is the city, or the smaller place, or the region that is a city itself.
func (a Address) Locality() string {
	for _, s := range []string{a.City, a.Place, a.Region} {
		if s != "" {
			return s
		}
	}
	return ""
}

// StreetLine is the part below the locality.
func (a Address) StreetLine() string { return joined(a.Street, a.House, a.Building, a.Premise) }

// String is the address in one line.
func (a Address) String() string {
	return joined(a.Index, a.Region, a.District, a.City, a.Place, a.Street, a.House, a.Building, a.Premise)
}

func joined(parts ...string) string {
	var list []string
	for _, p := range parts {
		if p != "" {
			list = append(list, p)
		}
	}
	return strings.Join(list, ", ")
}

// Head is a person who acts for an organisation without a power of attorney.
type Head struct {
	Name     Name   `json:"name"`
	INN      string `json:"inn,omitempty"`
	Position string `json:"position,omitempty"`
}

// Licence is a licence as the register repeats it (СвЛицензия). The registers give only those
// in force and suspended ones, and none of an entry that has ceased. Dates are YYYY-MM-DD;
// what a licence does not have is empty.
type Licence struct {
	Series      string   `json:"series,omitempty"`
	Number      string   `json:"number"`
	Sort        string   `json:"sort,omitempty"` // ВидЛиц, letters of the body that gave it
	Date        string   `json:"date,omitempty"`
	From        string   `json:"from,omitempty"`
	Until       string   `json:"until,omitempty"`
	Kinds       []string `json:"kinds,omitempty"`  // of activity
	Places      []string `json:"places,omitempty"` // of work
	Issuer      string   `json:"issuer,omitempty"`
	Suspended   string   `json:"suspended,omitempty"`    // date
	SuspendedBy string   `json:"suspended_by,omitempty"` // body
}

// Record is an entry of a register: of an entrepreneur, or of an organisation.
type Record struct {
	Register   Register  `json:"register"`
	Number     string    `json:"number"`     // ОГРНИП or ОГРН
	Registered string    `json:"registered"` // date of the number
	Extracted  string    `json:"extracted"`  // date of the extract
	INN        string    `json:"inn,omitempty"`
	KPP        string    `json:"kpp,omitempty"`
	Open       bool      `json:"open"` // without what only closed extracts have
	Form       Coded     `json:"form"` // kind of entrepreneur, legal form
	Person     Name      `json:"person"`
	Sex        string    `json:"sex,omitempty"`
	Citizen    string    `json:"citizen,omitempty"`
	BirthDate  string    `json:"birth_date,omitempty"` // closed extracts
	FullName   string    `json:"full_name,omitempty"`  // of an organisation
	ShortName  string    `json:"short_name,omitempty"`
	Address    Address   `json:"address"` // of an entrepreneur in closed extracts only
	Mail       string    `json:"mail,omitempty"`
	Statuses   []Status  `json:"statuses,omitempty"` // states of an acting one
	Ceased     *Status   `json:"ceased,omitempty"`   // the entry is closed
	TaxOffice  Coded     `json:"tax_office"`         // where it is on the books
	Registrar  Coded     `json:"registrar"`
	Main       Coded     `json:"main"` // kind of activity (ОКВЭД)
	Additional []Coded   `json:"additional,omitempty"`
	Heads      []Head    `json:"heads,omitempty"`
	Licences   []Licence `json:"licences,omitempty"`
	LastEntry  string    `json:"last_entry,omitempty"` // ГРНИП or ГРН of the latest entry
}

// Title is how the register calls the one the entry is about.
func (r *Record) Title() string {
	switch {
	case r.Register == EGRIP:
		return r.Person.String()
	case r.ShortName != "":
		return r.ShortName
	}
	return r.FullName
}

// Date is the day of the extract; the zero time when it is not known.
func (r *Record) Date() time.Time { return day(r.Extracted) }

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// What is wrong with a file or an answer. A file that is broken cannot be read on; a
// record that is wrong ([RecordError]) is left out.
var (
	ErrSyntax   = errors.New("egr: no well-formed document")
	ErrEncoding = errors.New("egr: unknown encoding")
	ErrDTD      = errors.New("egr: a document type is not allowed")
	ErrFormat   = errors.New("egr: no extract of ЕГРИП or ЕГРЮЛ")
	ErrLarge    = errors.New("egr: larger than allowed")
)

// RecordError says that one record is wrong.
type RecordError struct {
	Number string // of the register, as far as known
	Field  string // attribute or element of the format
}

// Error names the field.
func (e *RecordError) Error() string { return "egr: record " + e.Number + ": wrong " + e.Field }
