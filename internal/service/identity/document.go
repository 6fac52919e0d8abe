// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"strings"
	"time"
	"unicode"

	"podpis/internal/platform/problem"
)

// Country decides which numbers and documents a person has.
type Country string

// The countries that differ. Nothing is Russia, as it was before others were known.
const (
	Russia     Country = "RU"
	Kazakhstan Country = "KZ"
	Elsewhere  Country = "ZZ"
)

// Countries are those of the form, the first is the default.
func Countries() []Country { return []Country{Russia, Kazakhstan, Elsewhere} }

// Of is the country a person counts as: Russia when none is stated.
func (c Country) Of() Country {
	if c == Kazakhstan || c == Elsewhere {
		return c
	}
	return Russia
}

// DocumentKind is a kind of identity document by the code of the directory of the tax
// service (СПДУЛ). Nothing is a passport of the Russian Federation.
type DocumentKind string

// The kinds that are taken.
const (
	RussianPassport  DocumentKind = "21"
	MilitaryID       DocumentKind = "07"
	ForeignPassport  DocumentKind = "10"
	ResidencePermit  DocumentKind = "12"
	TemporaryID      DocumentKind = "14"
	AnotherDocument  DocumentKind = "91"
	maxDocumentDigit              = 30
)

// Of is the kind a document counts as.
func (k DocumentKind) Of() DocumentKind {
	switch k {
	case MilitaryID, ForeignPassport, ResidencePermit, TemporaryID, AnotherDocument:
		return k
	}
	return RussianPassport
}

// DocumentKinds are what people of a country may show, the first is the default. Those
// of Kazakhstan show none: ИИН stands for it.
func DocumentKinds(c Country) []DocumentKind {
	switch c.Of() {
	case Kazakhstan:
		return nil
	case Elsewhere:
		return []DocumentKind{ForeignPassport, ResidencePermit, TemporaryID, AnotherDocument}
	}
	return []DocumentKind{RussianPassport, MilitaryID, TemporaryID, AnotherDocument}
}

// CheckDocuments checks numbers and document of a normalised person on a day. Which are
// needed depends on the country: ИНН and СНИЛС of Russians, ИИН of people of
// Kazakhstan, of others what they have.
func (p Person) CheckDocuments(now time.Time) problem.List {
	var wrong problem.List
	add := func(field, key string) {
		wrong = append(wrong, problem.New(problem.Invalid, key).At(field))
	}
	needed := p.Country.Of() == Russia
	switch {
	case p.INN == "" && !needed:
	case !Digits(p.INN, 12):
		add("inn", "identity.inn.length")
	case !ValidPersonINN(p.INN):
		add("inn", "identity.inn.check")
	}
	switch {
	case p.SNILS == "" && !needed:
	case !Digits(p.SNILS, 11):
		add("snils", "identity.snils.length")
	case !ValidSNILS(p.SNILS):
		add("snils", "identity.snils.check")
	}
	if p.Country.Of() == Kazakhstan {
		switch born, ok := iinBirth(p.IIN); {
		case !Digits(p.IIN, 12):
			add("iin", "identity.iin.length")
		case !ValidIIN(p.IIN) || !ok:
			add("iin", "identity.iin.check")
		case p.BirthDate.exists() && born != p.BirthDate:
			add("iin", "identity.iin.birth")
		}
		return wrong
	}
	return append(wrong, p.checkDocument(now)...)
}

func (p Person) checkDocument(now time.Time) problem.List {
	var wrong problem.List
	add := func(field, key string) {
		wrong = append(wrong, problem.New(problem.Invalid, key).At(field))
	}
	d := p.Passport
	kind := d.Kind.Of()
	allowed := false
	for _, k := range DocumentKinds(p.Country) {
		allowed = allowed || k == kind
	}
	if !allowed {
		add("document_kind", "identity.document.kind")
	}
	if kind == RussianPassport && !Digits(d.Number, 10) {
		add("passport_number", "identity.passport.number")
	} else if kind != RussianPassport && !documentNumber(d.Number) {
		add("passport_number", "identity.document.number")
	}
	issued := d.IssuedOn
	switch {
	case !issued.exists():
		add("passport_issued", "identity.passport.issued")
	case issued.Time().After(now.UTC()):
		add("passport_issued", "identity.passport.future")
	case p.BirthDate.exists() && kind == RussianPassport && issued.Time().Before(p.BirthDate.AddYears(14).Time()):
		add("passport_issued", "identity.passport.young")
	case p.BirthDate.exists() && issued.Time().Before(p.BirthDate.Time()):
		add("passport_issued", "identity.document.before_birth")
	}
	c := d.Department
	unknown := kind == RussianPassport && (len(c) != 7 || c[3] != '-' || !Digits(c[:3]+c[4:], 6))
	if unknown {
		add("passport_department", "identity.passport.department")
	}
	// A right code may tell who issued it, so nothing is asked before the code is mended.
	if !PlainText(d.IssuedBy, 200) && (!unknown || d.IssuedBy != "") {
		add("passport_issued_by", "identity.passport.issued_by")
	}
	return wrong
}

// documentNumber reports letters and digits as documents of other states have.
func documentNumber(s string) bool {
	if s == "" || len([]rune(s)) > maxDocumentDigit {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '/' && r != '№' })
}

// ValidIIN checks an ИИН or a БИН of Kazakhstan: 12 digits, the last a sum by 11; when
// that is 10 a second set of weights, and when it is 10 again the number is not issued.
func ValidIIN(s string) bool {
	if !Digits(s, 12) {
		return false
	}
	for _, shift := range []int{0, 2} {
		sum := 0
		for i := range 11 {
			sum += ((i+shift)%11 + 1) * int(s[i]-'0')
		}
		if sum %= 11; sum < 10 {
			return s[11] == byte('0'+sum)
		}
	}
	return false
}

// iinBirth is the date of birth in an ИИН: YYMMDD and a digit of century and sex.
func iinBirth(s string) (Date, bool) {
	if !Digits(s, 12) || s[6] < '1' || s[6] > '6' {
		return Date{}, false
	}
	d := Date{Year: number(s[:2]) + 1800 + int(s[6]-'1')/2*100, Month: number(s[2:4]), Day: number(s[4:6])}
	return d, d.exists()
}
