// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"strings"
	"time"

	"podpis/internal/platform/problem"
	"podpis/pki/x509"
)

// Stated is whom a certificate names. What it does not state is empty.
type Stated struct {
	Person  Person
	Kind    Kind
	Number  string // ОГРНИП of an entrepreneur, ОГРН or БИН of an organisation
	Company Company
	Mail    string
}

// Certified is a certificate that its holder has shown to sign up, and what follows from it.
type Certified struct {
	DER    []byte    `json:"der"`
	At     time.Time `json:"at"`
	Level  Level     `json:"level"`  // that it proves
	Source string    `json:"source"` // of the proof: its issuer and number
	Until  time.Time `json:"until"`
	Stated Stated    `json:"stated"`
}

// StatedBy reads the subject of a certificate: of Russia by the form of the order of the
// FSB 795, of Kazakhstan as НУЦ РК writes it. Nothing is judged here but the digits.
func StatedBy(n x509.Name) Stated {
	s := Stated{Mail: strings.TrimSpace(n.Get(x509.OIDEmailAddress))}
	s.Person.Surname = spelled(n.Get(x509.OIDSurname))
	iin, bin := numberAfter(n.Get(x509.OIDSerialNumber), "IIN"), numberAfter(n.Get(x509.OIDOrganizationalUnitName), "BIN")
	if bin == "" { // some certificates hold it here
		bin = numberAfter(n.Get(x509.OIDSerialNumber), "BIN")
	}
	if iin != "" || bin != "" {
		s.kazakh(n, iin, bin)
	} else {
		s.russian(n)
	}
	s.Person = s.Person.Normalise()
	return s
}

func numberAfter(text, mark string) string {
	digits, found := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(text)), mark)
	if !found || !Digits(digits, 12) {
		return ""
	}
	return digits
}

// kazakh reads a certificate of НУЦ РК: the given name stands in CN only, the attribute
// givenName holds the patronymic.
func (s *Stated) kazakh(n x509.Name, iin, bin string) {
	p := &s.Person
	p.Country, p.IIN = Kazakhstan, iin
	p.Patronymic = spelled(n.Get(x509.OIDGivenName))
	for _, word := range strings.Fields(spelled(n.Get(x509.OIDCommonName))) {
		if foldName(word) != foldName(p.Surname) && foldName(word) != foldName(p.Patronymic) {
			p.GivenName = OneLine(p.GivenName + " " + word)
		}
	}
	if born, ok := iinBirth(iin); ok {
		p.BirthDate = born
	}
	s.Kind = Individual
	if bin != "" {
		s.Kind, s.Number = Organisation, bin
		s.Company = Company{Name: OneLine(n.Get(x509.OIDOrganizationName)), BIN: bin, Position: OneLine(n.Get(x509.OIDTitle))}
	}
}

func (s *Stated) russian(n x509.Name) {
	p := &s.Person
	p.Country = Russia
	names := strings.Fields(spelled(n.Get(x509.OIDGivenName))) // given name and patronymic together
	if len(names) > 0 {
		p.GivenName, p.Patronymic = names[0], strings.Join(names[1:], " ")
	}
	p.SNILS = Clean(n.Get(x509.OIDSNILS))
	inn, company := Clean(n.Get(x509.OIDINN)), Clean(n.Get(x509.OIDINNLE))
	if strings.HasPrefix(inn, "00") { // of an organisation, before 1.09.2021
		inn, company = "", strings.TrimPrefix(inn, "00")
	}
	p.INN = inn
	s.Kind = Individual
	if number := Clean(n.Get(x509.OIDOGRNIP)); number != "" {
		s.Kind, s.Number = Entrepreneur, number
	}
	if number := Clean(n.Get(x509.OIDOGRN)); number != "" {
		s.Kind, s.Number = Organisation, number
		s.Company = Company{
			Name: OneLine(n.Get(x509.OIDOrganizationName)), OGRN: number, INN: company, Region: OneLine(n.Get(x509.OIDStateOrProvinceName)),
			Locality: OneLine(n.Get(x509.OIDLocalityName)), Street: OneLine(n.Get(x509.OIDStreetAddress)), Position: OneLine(n.Get(x509.OIDTitle)),
		}
	}
}

// Numbered reports a person with a number of the state.
func (p Person) Numbered() bool { return p.INN != "" || p.IIN != "" }

// Is reports that a person whom a certificate states is another one, known here: by ИИН, or
// by ИНН and СНИЛС together. One number alone may have been typed wrong.
func (p Person) Is(known Person) bool {
	if p.Country.Of() == Kazakhstan {
		return p.IIN != "" && p.IIN == known.IIN
	}
	return p.INN != "" && p.INN == known.INN && p.SNILS != "" && p.SNILS == known.SNILS
}

// ValidBIN checks a БИН of Kazakhstan: the sum of an ИИН, and the fifth digit tells the
// kind of organisation (4 resident, 5 not, 6 entrepreneurs together).
func ValidBIN(s string) bool { return ValidIIN(s) && s[4] >= '4' && s[4] <= '6' }

// CheckStated checks a person as a certificate states them: the names, and the numbers by
// which the state knows them.
func (p Person) CheckStated() problem.List {
	var wrong problem.List
	add := func(field, key string) {
		wrong = append(wrong, problem.New(problem.Invalid, key).At(field))
	}
	if _, ok := NormalName(p.Surname); !ok {
		add("surname", "identity.stated.name")
	} else if _, ok := NormalName(p.GivenName); !ok {
		add("given_name", "identity.stated.name")
	}
	if p.Country.Of() == Kazakhstan {
		if _, ok := iinBirth(p.IIN); !ok || !ValidIIN(p.IIN) {
			add("iin", "identity.stated.iin")
		}
		return wrong
	}
	if !ValidPersonINN(p.INN) {
		add("inn", "identity.stated.inn")
	}
	if !ValidSNILS(p.SNILS) {
		add("snils", "identity.stated.snils")
	}
	return wrong
}
