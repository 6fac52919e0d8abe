// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

import (
	"slices"
	"strings"
)

// The bounds of one record. The largest real ones (organisations with hundreds of
// branches and founders) have some ten thousand elements.
const (
	maxRecord = 16 << 20 // octets of its XML or JSON
	maxNodes  = 200_000
	maxDepth  = 24
)

// node is an element: what XML and the JSON of the interface have in common.
type node struct {
	name     string
	attrs    []attribute
	text     string
	children []*node
}

type attribute struct{ name, value string }

func (n *node) get(name string) string {
	if n != nil {
		for _, a := range n.attrs {
			if a.name == name {
				return a.value
			}
		}
	}
	return ""
}

// child follows a path of element names; nil when there is no such element.
func (n *node) child(path ...string) *node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		i := slices.IndexFunc(n.children, func(c *node) bool { return c.name == name })
		if i < 0 {
			return nil
		}
		n = n.children[i]
	}
	return n
}

func (n *node) all(name string) (list []*node) {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			list = append(list, c)
		}
	}
	return list
}

// clean makes a text one line without signs that cannot be printed.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' ' // nothing turns the direction of writing
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func registerOf(name string) (Register, bool) {
	switch name {
	case "СвИП":
		return EGRIP, true
	case "СвЮЛ":
		return EGRUL, true
	}
	return "", false
}

// record reads a whole element СвИП or СвЮЛ.
func (n *node) record(open bool) (*Record, error) {
	register, ok := registerOf(n.name)
	if !ok {
		return nil, ErrFormat
	}
	r := &Record{Register: register, Open: open, Extracted: n.get("ДатаВып")}
	if register == EGRIP {
		n.entrepreneur(r)
	} else {
		n.organisation(r)
	}
	n.common(r)
	return r, r.check()
}

func (n *node) entrepreneur(r *Record) {
	r.Number, r.Registered, r.INN = n.get("ОГРНИП"), n.get("ДатаОГРНИП"), n.get("ИННФЛ")
	r.Form = Coded{n.get("КодВидИП"), clean(n.get("НаимВидИП"))}
	person := n.child("СвФЛ")
	r.Sex, r.Person = person.get("Пол"), nameOf(person.child("ФИОРус"))
	r.Citizen = n.child("СвГражд").get("ВидГражд")
	r.BirthDate = n.child("СвРожд").get("ДатаРожд")
	r.Address = addressOf(n.child("СвАдрМЖ", "АдресРФ"))
	r.Mail = clean(n.child("СвАдрЭлПочты").get("E-mail"))
	for _, s := range n.all("СвСтатус") {
		inner := s.child("СвСтатус")
		r.Statuses = append(r.Statuses, Status{Coded{inner.get("КодСтатус"), clean(inner.get("НаимСтатус"))}, ""})
	}
	if s := n.child("СвПрекращ"); s != nil {
		inner := s.child("СвСтатус")
		r.Ceased = &Status{Coded{inner.get("КодСтатус"), clean(inner.get("НаимСтатус"))}, inner.get("ДатаПрекращ")}
	}
	for _, e := range n.all("СвЗапЕГРИП") {
		r.LastEntry = e.get("ГРНИП")
	}
}

func (n *node) organisation(r *Record) {
	r.Number, r.Registered, r.INN, r.KPP = n.get("ОГРН"), n.get("ДатаОГРН"), n.get("ИНН"), n.get("КПП")
	r.Form = Coded{n.get("КодОПФ"), clean(n.get("ПолнНаимОПФ"))}
	name := n.child("СвНаимЮЛ")
	r.FullName, r.ShortName = clean(name.get("НаимЮЛПолн")), clean(name.get("НаимЮЛСокр"))
	if short := name.child("СвНаимЮЛСокр"); short != nil { // newer files
		r.ShortName = clean(short.get("НаимСокр"))
	}
	r.Address = addressOf(n.child("СвАдресЮЛ", "АдресРФ"))
	r.Mail = clean(n.child("СвАдрЭлПочты").get("E-mail"))
	for _, s := range n.all("СвСтатус") {
		inner := s.child("СвСтатус")
		r.Statuses = append(r.Statuses, Status{Coded{inner.get("КодСтатусЮЛ"), clean(inner.get("НаимСтатусЮЛ"))}, s.child("СвРешИсклЮЛ").get("ДатаРеш")})
	}
	if s := n.child("СвПрекрЮЛ"); s != nil {
		way := s.child("СпПрекрЮЛ")
		r.Ceased = &Status{Coded{way.get("КодСпПрекрЮЛ"), clean(way.get("НаимСпПрекрЮЛ"))}, s.get("ДатаПрекрЮЛ")}
	}
	for _, h := range n.all("СведДолжнФЛ") {
		person, post := h.child("СвФЛ"), h.child("СвДолжн")
		position := clean(post.get("НаимДолжн"))
		if position == "" {
			position = clean(post.get("НаимВидДолжн"))
		}
		r.Heads = append(r.Heads, Head{nameOf(person), person.get("ИННФЛ"), position})
	}
	for _, e := range n.all("СвЗапЕГРЮЛ") {
		r.LastEntry = e.get("ГРН")
	}
}

// common reads what both registers have.
func (n *node) common(r *Record) {
	office := n.child("СвУчетНО", "СвНО")
	r.TaxOffice = Coded{office.get("КодНО"), clean(office.get("НаимНО"))}
	registrar := n.child("СвРегОрг")
	r.Registrar = Coded{registrar.get("КодНО"), clean(registrar.get("НаимНО"))}
	activities := n.child("СвОКВЭД")
	r.Main = activityOf(activities.child("СвОКВЭДОсн"))
	for _, a := range activities.all("СвОКВЭДДоп") {
		r.Additional = append(r.Additional, activityOf(a))
	}
	for _, l := range n.all("СвЛицензия") {
		stop := l.child("СвПриостЛиц")
		licence := Licence{
			Series: clean(l.get("СерЛиц")), Number: clean(l.get("НомЛиц")), Sort: clean(l.get("ВидЛиц")), Date: l.get("ДатаЛиц"), From: l.get("ДатаНачЛиц"), Until: l.get("ДатаОкончЛиц"),
			Suspended: stop.get("ДатаПриостЛиц"), SuspendedBy: clean(stop.get("ЛицОргПриостЛиц")),
		}
		for _, k := range l.all("НаимЛицВидДеят") {
			licence.Kinds = append(licence.Kinds, clean(k.text))
		}
		for _, k := range l.all("МестоДейстЛиц") {
			licence.Places = append(licence.Places, clean(k.text))
		}
		if issuer := l.child("ЛицОргВыдЛиц"); issuer != nil {
			licence.Issuer = clean(issuer.text)
		}
		r.Licences = append(r.Licences, licence)
	}
}

func nameOf(n *node) Name {
	return Name{clean(n.get("Фамилия")), clean(n.get("Имя")), clean(n.get("Отчество"))}
}

func activityOf(n *node) Coded {
	return Coded{n.get("КодОКВЭД"), clean(n.get("НаимОКВЭД"))}
}

func addressOf(n *node) Address {
	if n == nil {
		return Address{}
	}
	part := func(element, kind, name string) string {
		c := n.child(element)
		return clean(c.get(kind) + " " + c.get(name))
	}
	return Address{
		Index: clean(n.get("Индекс")), RegionCode: clean(n.get("КодРегион")),
		Region: part("Регион", "ТипРегион", "НаимРегион"), District: part("Район", "ТипРайон", "НаимРайон"),
		City: part("Город", "ТипГород", "НаимГород"), Place: part("НаселПункт", "ТипНаселПункт", "НаимНаселПункт"),
		Street: part("Улица", "ТипУлица", "НаимУлица"), House: clean(n.get("Дом")), Building: clean(n.get("Корпус")), Premise: clean(n.get("Кварт")),
	}
}

// check refuses what cannot be compared with anything.
func (r *Record) check() error {
	wrong := func(field string) error { return &RecordError{Number: clip(r.Number), Field: field} }
	length := map[Register]int{EGRIP: 15, EGRUL: 13}[r.Register]
	if !digits(r.Number, length) {
		return wrong("ОГРН")
	}
	if r.INN != "" && !digits(r.INN, map[Register]int{EGRIP: 12, EGRUL: 10}[r.Register]) {
		return wrong("ИНН")
	}
	dates := []struct{ field, value string }{{"ДатаОГРН", r.Registered}, {"ДатаВып", r.Extracted}, {"ДатаРожд", r.BirthDate}}
	for _, s := range r.Statuses {
		dates = append(dates, struct{ field, value string }{"СвСтатус", s.Date})
	}
	if r.Ceased != nil {
		dates = append(dates, struct{ field, value string }{"СвПрекращ", r.Ceased.Date})
	}
	for _, l := range r.Licences {
		dates = append(dates, []struct{ field, value string }{
			{"ДатаЛиц", l.Date}, {"ДатаНачЛиц", l.From}, {"ДатаОкончЛиц", l.Until}, {"ДатаПриостЛиц", l.Suspended},
		}...)
	}
	for _, d := range dates {
		if d.value != "" && day(d.value).IsZero() {
			return wrong(d.field)
		}
	}
	if r.Extracted == "" {
		return wrong("ДатаВып")
	}
	if r.Title() == "" {
		return wrong("ФИО")
	}
	return nil
}

func clip(s string) string {
	s = clean(s)
	if len(s) > 20 {
		return s[:20]
	}
	return s
}

func digits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
