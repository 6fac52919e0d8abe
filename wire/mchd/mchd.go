// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package mchd reads and writes machine-readable powers of attorney (МЧД) of the unified format
// EMCHD_1, version 003: who lets whom do what, until when (63-ФЗ, 17.2 and 17.5).
//
// A power travels as XML beside a document, with the signature of who gives it in a file of its
// own: this package knows the XML, packages pki and verify the signature. [Parse] holds a file to
// the whole shape of the format, transfers, notaries and foreign organisations included; [Power]
// carries what a decision needs. [Power.Problems] says what the format allows and the law does not.
//
// Left out: the older formats (ON_DOVBB, ON_DOV), the format of the social fund, the registry of
// powers, and the meaning of codes of powers, which is a classifier of the state.
package mchd

import (
	"strings"
	"time"

	"podpis/pki/xmltree"
)

// Namespace is that of every element.
const Namespace = "urn://x-artefacts/EMCHD_1"

// Kind is who a party is.
type Kind string

// The kinds of parties.
const (
	Organisation Kind = "org"
	Foreign      Kind = "foreign" // organisation
	Entrepreneur Kind = "ip"
	Individual   Kind = "person"
	Branch       Kind = "branch"
)

// Party gives a power or gets one.
type Party struct {
	Kind Kind
	Name string // of an organisation, may be of an entrepreneur
	INN  string
	OGRN string // or ОГРНИП
	KPP  string
	// Person is the entrepreneur or the individual.
	Person Person
	// Heads act for an organisation without a power (ЛицоБезДов).
	Heads []Head
}

// Person is a natural person.
type Person struct {
	Surname, GivenName, Patronymic string
	BirthDate                      string // 2006-01-02, empty when not stated
	INN, SNILS                     string // SNILS as "112-233-445 95"
	Position                       string
	Document                       Document
}

// Name is the whole name.
func (p Person) Name() string {
	return strings.Join(strings.Fields(p.Surname+" "+p.GivenName+" "+p.Patronymic), " ")
}

// Document proves who a person is.
type Document struct {
	Code, Number, IssuedOn, IssuedBy, Department string
}

// Head is a person who acts for an organisation, or an organisation that does, by its persons.
type Head struct {
	Manager *Party // managing organisation or entrepreneur, nil for a person
	Persons []Person
}

// Entry is one power.
type Entry struct {
	Code, Name string
	Limits     []Limit
}

// Limit narrows a power: a sum, a region.
type Limit struct{ Code, Name, Value string }

// Origin is the first power behind a transferred one, or the one in between.
type Origin struct {
	Number              string // GUID, empty for a paper one
	InternalNumber      string
	IssuedOn, ValidTill time.Time
	By                  []Party
}

// Power is a power of attorney.
type Power struct {
	File                string // ИдФайл
	Number              string // GUID, small letters
	InternalNumber      string
	IssuedOn, ValidTill time.Time // days; the last day is included
	Irrevocable         bool
	Transferable        int    // how far it may go on: 0 not, 1 once, 2 without end
	Registry            string // where its state is told
	Principals          []Party
	Representatives     []Party
	Together            bool // representatives act together
	Text                string
	Entries             []Entry
	// First and Before are set for a transfer: the first power, and the one that was transferred.
	First, Before *Origin
}

// MaxSize bounds a file: with hundreds of powers one takes some 100 KiB.
const MaxSize = 4 << 20

// Parse reads a file. An error is an [*FormatError].
func Parse(in []byte) (*Power, error) {
	if len(in) > MaxSize {
		return nil, &FormatError{Err: xmltree.ErrTooLarge}
	}
	doc, err := xmltree.Parse(in)
	if err != nil {
		return nil, &FormatError{Err: err}
	}
	if !doc.Root.Is(Namespace, "Доверенность") {
		return nil, &FormatError{Path: doc.Root.Local, Why: "not a power of attorney of the format EMCHD_1"}
	}
	if err := check(doc.Root, "Доверенность", ""); err != nil {
		return nil, err
	}
	p := &Power{File: attr(doc.Root, "ИдФайл")}
	body := doc.Root.Child(Namespace, "Документ").Elements()[0]
	facts, received, given := "СвДов", "СвУпПред", "СвДоверит"
	if body.Local == "Передов" {
		facts, received, given = "СвПереДовер", "СвПолучПолн", "СвПередПолн"
		p.First = origin(child(body, "СвПервДовер"), "НомДоверПерв", "ВнНомДоверПерв")
		p.Before = origin(child(body, "СвПередов"), "НомДоверN", "ВнНомДоверN")
	}
	p.facts(child(body, facts))
	for _, n := range body.Elements() {
		switch n.Local {
		case given:
			p.Principals = append(p.Principals, parties(n.Elements()[0])...)
		case received:
			p.Representatives = append(p.Representatives, parties(n.Elements()[0])...)
		}
	}
	p.powers(child(body, "СвПолн"))
	return p, nil
}

// facts are number, days and conditions; the shape has been checked.
func (p *Power) facts(n *xmltree.Node) {
	p.Number = strings.ToLower(attr(n, "НомДовер"))
	p.InternalNumber = attr(n, "ВнНомДовер")
	p.IssuedOn, p.ValidTill = day(attr(n, "ДатаВыдДовер")), day(attr(n, "СрокДейст"))
	p.Irrevocable = attr(n, "ВидДовер") == "2"
	p.Transferable = int(attr(n, "ПрПередов")[0] - '1')
	p.Registry = child(n, "СведСист").Text()
}

func (p *Power) powers(n *xmltree.Node) {
	p.Together = attr(n, "ПрСовмПолн") == "1"
	p.Text = child(n, "ТекстПолн").Text()
	for _, m := range n.Elements() {
		if m.Local != "МашПолн" {
			continue
		}
		e := Entry{Code: attr(m, "КодПолн"), Name: attr(m, "НаимПолн")}
		for _, l := range m.Elements() {
			e.Limits = append(e.Limits, Limit{Code: attr(l, "КодОгр"), Name: attr(l, "НаимОгр"), Value: l.Text()})
		}
		p.Entries = append(p.Entries, e)
	}
}

func origin(n *xmltree.Node, number, internal string) *Origin {
	if n == nil {
		return nil
	}
	o := &Origin{
		Number: strings.ToLower(attr(n, number)), InternalNumber: attr(n, internal),
		IssuedOn: day(attr(n, "ДатаВыдДовер")), ValidTill: day(attr(n, "СрокДейст")),
	}
	for _, by := range n.Elements() {
		if by.Local == "СвДоверПерв" {
			o.By = append(o.By, parties(by.Elements()[0])...)
		}
	}
	return o
}

// parties reads the parties in a Доверит, Пред, ПередПолн or ДоверитПерв: by the rules of the law
// one, by the format any number.
func parties(n *xmltree.Node) (list []Party) {
	for _, c := range n.Elements() {
		switch c.Local {
		case "РосОргДовер", "РосОргПерПолн":
			if own := child(c, "СвРосОрг"); own != nil {
				list = append(list, withHeads(organisation(own, Organisation), c))
			} else { // of the first power, without heads
				list = append(list, organisation(c, Organisation))
			}
		case "ИнОргДовер", "ИнПерПолн":
			if own := child(c, "СвИнОрг"); own != nil {
				list = append(list, withHeads(organisation(own, Foreign), c))
			} else {
				list = append(list, organisation(c, Foreign))
			}
		case "СведОрг":
			list = append(list, organisation(c, Organisation))
		case "СведИО":
			list = append(list, organisation(c, Foreign))
		case "СведФилиал":
			list = append(list, organisation(c, Branch))
		case "ФилПерПолн":
			list = append(list, withHeads(organisation(child(c, "СвФил"), Branch), c))
		case "ИПДовер", "ИППерПолн", "СведИП":
			list = append(list, entrepreneur(c))
		case "ФЛДовер", "ФЛПерПолн", "СведФизЛ":
			p := person(c)
			list = append(list, Party{Kind: Individual, INN: p.INN, Person: p})
		}
	}
	return list
}

func organisation(n *xmltree.Node, kind Kind) Party {
	name := attr(n, "НаимОрг")
	if kind == Foreign {
		name = attr(n, "НаимИО")
	}
	return Party{Kind: kind, Name: name, INN: attr(n, "ИННЮЛ"), OGRN: attr(n, "ОГРН"), KPP: attr(n, "КПП")}
}

func entrepreneur(n *xmltree.Node) Party {
	p := person(n)
	return Party{Kind: Entrepreneur, Name: attr(n, "НаимИП"), INN: p.INN, OGRN: attr(n, "ОГРНИП"), Person: p}
}

func withHeads(p Party, n *xmltree.Node) Party {
	for _, c := range n.Elements() {
		switch c.Local {
		case "СвРукОП", "СвРукФил":
			p.Heads = append(p.Heads, Head{Persons: []Person{person(c)}})
		case "ЛицоБезДов":
			for _, by := range c.Elements() {
				p.Heads = append(p.Heads, head(by))
			}
		}
	}
	return p
}

func head(n *xmltree.Node) Head {
	switch n.Local {
	case "СВЮЛ":
		manager := organisation(child(n, "СвЮЛЕИО"), Organisation)
		h := Head{Manager: &manager}
		for _, c := range n.Elements() {
			if c.Local == "СвФЛ" {
				h.Persons = append(h.Persons, person(c))
			}
		}
		return h
	case "СвИП":
		manager := entrepreneur(n)
		return Head{Manager: &manager, Persons: []Person{manager.Person}}
	}
	return Head{Persons: []Person{person(n)}}
}

// person reads any element that holds numbers of a person and a СведФЛ.
func person(n *xmltree.Node) Person {
	facts := child(n, "СведФЛ")
	name, document := child(facts, "ФИО"), child(facts, "УдЛичнФЛ")
	return Person{
		Surname: attr(name, "Фамилия"), GivenName: attr(name, "Имя"), Patronymic: attr(name, "Отчество"),
		BirthDate: attr(facts, "ДатаРожд"), INN: attr(n, "ИННФЛ"), SNILS: attr(n, "СНИЛС"), Position: attr(n, "Должность"),
		Document: Document{
			Code: attr(document, "КодВидДок"), Number: attr(document, "СерНомДок"), IssuedOn: attr(document, "ДатаДок"),
			IssuedBy: attr(document, "ВыдДок"), Department: attr(document, "КодВыдДок"),
		},
	}
}

func attr(n *xmltree.Node, name string) string {
	value, _ := n.Attr(name)
	return value
}

func child(n *xmltree.Node, name string) *xmltree.Node { return n.Child(Namespace, name) }

func day(text string) time.Time {
	d, _ := time.Parse(time.DateOnly, text) // checked by its shape
	return d
}
