// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mchd

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrKind says that a power has a party or a shape that is read and not written.
var ErrKind = errors.New("mchd: only powers of Russian organisations, entrepreneurs and persons are written, without transfers")

// FileName is the name of a power's file without its end: ON_EMCHD_{yyyymmdd}_{GUID}.
func FileName(number string, issued time.Time) string {
	return "ON_EMCHD_" + issued.Format("20060102") + "_" + number
}

// Marshal writes a power in UTF-8, signed by nobody yet. What it returns has been parsed: an error is an
// [*FormatError] when a value is not of its kind, or [ErrKind].
func (p *Power) Marshal() ([]byte, error) {
	if p.First != nil || p.Before != nil {
		return nil, ErrKind
	}
	w := &writer{}
	w.text(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	w.open("Доверенность", "xmlns", Namespace, "ВерсФорм", "EMCHD_1", "ПрЭлФорм", "00000000", "ИдФайл", FileName(p.Number, p.IssuedOn))
	w.open("Документ")
	w.open("Довер")
	w.open("СвДов", "ВидДовер", chosen(p.Irrevocable, "2", "1"), "ПрПередов", strconv.Itoa(p.Transferable+1), "ВнНомДовер", p.InternalNumber,
		"НомДовер", p.Number, "ДатаВыдДовер", p.IssuedOn.Format(time.DateOnly), "СрокДейст", p.ValidTill.Format(time.DateOnly))
	w.leaf("СведСист", p.Registry)
	w.close("СвДов")
	for _, by := range p.Principals {
		w.principal(by)
	}
	for _, to := range p.Representatives {
		w.representative(to)
	}
	w.open("СвПолн", "ТипПолн", chosen(p.Text == "", "1", "0"), "ПрСовмПолн", chosen(p.Together, "1", "2"))
	if p.Text != "" {
		w.leaf("ТекстПолн", p.Text)
	}
	for _, e := range p.Entries {
		w.entry(e)
	}
	w.close("СвПолн", "Довер", "Документ", "Доверенность")
	if w.err != nil {
		return nil, w.err
	}
	out := []byte(w.b.String())
	if _, err := Parse(out); err != nil {
		return nil, err
	}
	return out, nil
}

func chosen(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// writer puts elements one after another; attributes without a value are left out.
type writer struct {
	b   strings.Builder
	err error
}

func (w *writer) text(s string) { w.b.WriteString(s) }

func (w *writer) tag(name string, pairs []string) {
	w.text("<" + name)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			w.text(" " + pairs[i] + `="` + escape(pairs[i+1]) + `"`)
		}
	}
}

func (w *writer) open(name string, pairs ...string) {
	w.tag(name, pairs)
	w.text(">")
}

func (w *writer) empty(name string, pairs ...string) {
	w.tag(name, pairs)
	w.text("/>")
}

func (w *writer) leaf(name, text string) {
	w.open(name)
	w.text(escape(text))
	w.close(name)
}

func (w *writer) close(names ...string) {
	for _, n := range names {
		w.text("</" + n + ">")
	}
}

// escape writes a value so that it comes back as it was: line ends and tabs of attributes would
// become spaces (XML 1.0, 3.3.3).
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;").Replace(s)
}

func (w *writer) principal(by Party) {
	kinds := map[Kind]string{Organisation: "1", Entrepreneur: "3", Individual: "4"}
	w.open("СвДоверит", "ТипДоверит", kinds[by.Kind])
	w.open("Доверит")
	switch by.Kind {
	case Organisation:
		w.open("РосОргДовер", "ЕИОУК", "0", "ЕИОФЛ", "1", "ЕИОИП", "0")
		w.organisation("СвРосОрг", by)
		for _, h := range by.Heads {
			if h.Manager != nil || len(h.Persons) != 1 {
				w.err = ErrKind
				return
			}
			w.open("ЛицоБезДов", "ПолнЮЛ", "1")
			w.person("СвФЛ", h.Persons[0], "")
			w.close("ЛицоБезДов")
		}
		w.close("РосОргДовер")
	case Entrepreneur:
		w.person("ИПДовер", by.Person, by.OGRN)
	case Individual:
		w.person("ФЛДовер", by.Person, "")
	default:
		w.err = ErrKind
	}
	w.close("Доверит", "СвДоверит")
}

func (w *writer) representative(to Party) {
	kinds := map[Kind]string{Organisation: "1", Entrepreneur: "2", Individual: "3", Branch: "4"}
	w.open("СвУпПред", "ТипПред", kinds[to.Kind])
	w.open("Пред")
	switch to.Kind {
	case Organisation:
		w.organisation("СведОрг", to)
	case Branch:
		w.organisation("СведФилиал", to)
	case Entrepreneur:
		w.person("СведИП", to.Person, to.OGRN)
	case Individual:
		w.person("СведФизЛ", to.Person, "")
	default:
		w.err = ErrKind
	}
	w.close("Пред", "СвУпПред")
}

func (w *writer) organisation(name string, o Party) {
	w.empty(name, "НаимОрг", o.Name, "ИННЮЛ", o.INN, "КПП", o.KPP, "ОГРН", o.OGRN)
}

// person writes numbers and names; ogrnip is that of an entrepreneur.
func (w *writer) person(element string, p Person, ogrnip string) {
	if element != "СвФЛ" && element != "СведФизЛ" { // the others have none
		p.Position = ""
	}
	w.open(element, "ОГРНИП", ogrnip, "ИННФЛ", p.INN, "СНИЛС", p.SNILS, "Должность", p.Position)
	w.open("СведФЛ", "ДатаРожд", p.BirthDate)
	w.empty("ФИО", "Фамилия", p.Surname, "Имя", p.GivenName, "Отчество", p.Patronymic)
	if d := p.Document; d != (Document{}) {
		w.empty("УдЛичнФЛ", "КодВидДок", d.Code, "СерНомДок", d.Number, "ДатаДок", d.IssuedOn, "ВыдДок", d.IssuedBy, "КодВыдДок", d.Department)
	}
	w.close("СведФЛ", element)
}

func (w *writer) entry(e Entry) {
	if len(e.Limits) == 0 {
		w.empty("МашПолн", "КодПолн", e.Code, "НаимПолн", e.Name)
		return
	}
	w.open("МашПолн", "КодПолн", e.Code, "НаимПолн", e.Name)
	for i, l := range e.Limits {
		w.open("ОгрСвПолн", "ИдОгр", strconv.Itoa(i+1), "КодОгр", l.Code, "НаимОгр", l.Name)
		w.leaf("ТексЗначОгр", l.Value)
		w.close("ОгрСвПолн")
	}
	w.close("МашПолн")
}
