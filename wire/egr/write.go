// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

// element makes an element of pairs of attribute and value; empty ones are left out.
func element(name string, pairs ...string) *node {
	n := &node{name: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			n.attrs = append(n.attrs, attribute{pairs[i], pairs[i+1]})
		}
	}
	return n
}

// add puts children below an element; empty ones are left out.
func (n *node) add(children ...*node) *node {
	for _, c := range children {
		if c != nil && (len(c.attrs) > 0 || len(c.children) > 0 || c.text != "") {
			n.children = append(n.children, c)
		}
	}
	return n
}

// node is the inverse of [node.record].
func (r *Record) node() *node {
	var n *node
	if r.Register == EGRIP {
		n = r.entrepreneurNode()
	} else {
		n = r.organisationNode()
	}
	n.add(element("СвРегОрг", "КодНО", r.Registrar.Code, "НаимНО", r.Registrar.Name),
		(&node{name: "СвУчетНО"}).add(element("СвНО", "КодНО", r.TaxOffice.Code, "НаимНО", r.TaxOffice.Name)))
	activities := (&node{name: "СвОКВЭД"}).add(element("СвОКВЭДОсн", "КодОКВЭД", r.Main.Code, "НаимОКВЭД", r.Main.Name))
	for _, a := range r.Additional {
		activities.add(element("СвОКВЭДДоп", "КодОКВЭД", a.Code, "НаимОКВЭД", a.Name))
	}
	n.add(activities)
	for _, l := range r.Licences {
		licence := element("СвЛицензия", "СерЛиц", l.Series, "НомЛиц", l.Number, "ВидЛиц", l.Sort, "ДатаЛиц", l.Date, "ДатаНачЛиц", l.From, "ДатаОкончЛиц", l.Until)
		for _, k := range l.Kinds {
			licence.add(&node{name: "НаимЛицВидДеят", text: k})
		}
		for _, k := range l.Places {
			licence.add(&node{name: "МестоДейстЛиц", text: k})
		}
		n.add(licence.add(&node{name: "ЛицОргВыдЛиц", text: l.Issuer}, element("СвПриостЛиц", "ДатаПриостЛиц", l.Suspended, "ЛицОргПриостЛиц", l.SuspendedBy)))
	}
	return n
}

func (r *Record) entrepreneurNode() *node {
	n := element("СвИП", "ДатаВып", r.Extracted, "ОГРНИП", r.Number, "ДатаОГРНИП", r.Registered, "ИННФЛ", r.INN, "КодВидИП", r.Form.Code, "НаимВидИП", r.Form.Name)
	n.add(element("СвФЛ", "Пол", r.Sex).add(personNode("ФИОРус", r.Person)), element("СвГражд", "ВидГражд", r.Citizen))
	if !r.Open {
		n.add(element("СвРожд", "ДатаРожд", r.BirthDate), (&node{name: "СвАдрМЖ"}).add(r.Address.node()))
	}
	n.add(element("СвАдрЭлПочты", "E-mail", r.Mail))
	for _, s := range r.Statuses {
		n.add((&node{name: "СвСтатус"}).add(element("СвСтатус", "КодСтатус", s.Code, "НаимСтатус", s.Name)))
	}
	if c := r.Ceased; c != nil {
		n.add((&node{name: "СвПрекращ"}).add(element("СвСтатус", "КодСтатус", c.Code, "НаимСтатус", c.Name, "ДатаПрекращ", c.Date)))
	}
	return n.add(element("СвЗапЕГРИП", "ГРНИП", r.LastEntry))
}

func (r *Record) organisationNode() *node {
	n := element("СвЮЛ", "ДатаВып", r.Extracted, "ОГРН", r.Number, "ДатаОГРН", r.Registered, "ИНН", r.INN, "КПП", r.KPP, "КодОПФ", r.Form.Code, "ПолнНаимОПФ", r.Form.Name)
	n.add(element("СвНаимЮЛ", "НаимЮЛПолн", r.FullName).add(element("СвНаимЮЛСокр", "НаимСокр", r.ShortName)),
		(&node{name: "СвАдресЮЛ"}).add(r.Address.node()), element("СвАдрЭлПочты", "E-mail", r.Mail))
	for _, s := range r.Statuses {
		n.add((&node{name: "СвСтатус"}).add(element("СвСтатус", "КодСтатусЮЛ", s.Code, "НаимСтатусЮЛ", s.Name), element("СвРешИсклЮЛ", "ДатаРеш", s.Date)))
	}
	if c := r.Ceased; c != nil {
		n.add(element("СвПрекрЮЛ", "ДатаПрекрЮЛ", c.Date).add(element("СпПрекрЮЛ", "КодСпПрекрЮЛ", c.Code, "НаимСпПрекрЮЛ", c.Name)))
	}
	for _, h := range r.Heads {
		person := personNode("СвФЛ", h.Name)
		if h.INN != "" {
			person.attrs = append(person.attrs, attribute{"ИННФЛ", h.INN})
		}
		n.add((&node{name: "СведДолжнФЛ"}).add(person, element("СвДолжн", "НаимДолжн", h.Position)))
	}
	return n.add(element("СвЗапЕГРЮЛ", "ГРН", r.LastEntry))
}

func personNode(name string, p Name) *node {
	return element(name, "Фамилия", p.Surname, "Имя", p.GivenName, "Отчество", p.Patronymic)
}

func (a Address) node() *node {
	return element("АдресРФ", "Индекс", a.Index, "КодРегион", a.RegionCode, "Дом", a.House, "Корпус", a.Building, "Кварт", a.Premise).add(
		element("Регион", "НаимРегион", a.Region), element("Район", "НаимРайон", a.District), element("Город", "НаимГород", a.City),
		element("НаселПункт", "НаимНаселПункт", a.Place), element("Улица", "НаимУлица", a.Street))
}
