// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/url"
	"regexp"
	"strings"

	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
)

// everyone opens every page that links lead to, as everybody there is: nobody; a holder who is a
// person with certificates and applications in every state, an entrepreneur and the head of an
// organisation; an employee; and each kind of staff.
func (s *site) everyone() (list []*crawler) {
	s.t.Helper()
	s.ministry()
	s.announced()
	anna := s.visitor()
	anna.signUp()
	finished := anna.apply()
	base, _, _ := strings.Cut(finished, "/applications")
	anna.submitted(finished)
	op := s.operator()
	op.approve(finished)
	anna.certified(finished)
	approved := anna.open(base + "/applications").apply()
	anna.submitted(approved)
	op.approve(approved)
	waiting := anna.open(base + "/applications").apply()
	anna.submitted(waiting)
	draft := anna.open(base + "/applications").apply()

	role := base + "/roles/new"
	anna.open(role).send(role, "kind", "org", "number", "1239900000010", "mail", "a@example.org") // for the operator
	organisation := anna.organisation(role)
	anna.open(role).send(role, "kind", "ip", "number", annaIP)
	business := strings.TrimSuffix(regexp.MustCompile(`^/c/[0-9a-z]+/`).FindString(anna.at), "/")
	employee := s.employee(anna.invite(business, "vera@example.org", "view", "register", "sign"))
	anna.invite(business, "boris@example.org", "view") // waits
	power := anna.power(business)

	op.open("/op/orders/new").send("/op/orders", "phone", "+79990000056", "purposes", "reports", "kind", "person", "agreed", "yes").shows(200, "Ждёт звонившего")
	op.prepared(annaIP, "purposes", "documents", "kind", "person").shows(200, "клиенту сообщили")

	nobody := s.visitor().crawler("nobody")
	nobody.crawl("/")
	anna.reach(base + "/security/second").recoveryCodes(base)
	anna.open(base+"/security/takeout").send(base+"/security/takeout", "every", "month", "day", "1", "content", "new").shows(200, "Следующий архив")
	holder := anna.crawler("holder")
	holder.crawl(base+"/", draft)
	holder.crawl(business+"/people", power)
	holder.crawl(organisation + "/")
	for _, step := range []string{"purposes", "holder", "data", "documents"} {
		holder.crawl(draft + "?step=" + step)
	}
	member := employee.crawler("employee")
	member.closed = true
	member.crawl(employee.at)
	operator := op.crawler("operator")
	operator.crawl("/op/applications")
	list = []*crawler{nobody, holder, member, operator}
	for _, role := range []auth.Role{auth.Officer, auth.Auditor, auth.Administrator} {
		v := s.staff(role)
		c := v.crawler(string(role))
		c.crawl(v.at)
		list = append(list, c)
	}
	return list
}

// organisation opens the role of the head of an organisation: the agreement is signed, the link of the letter opened.
func (v *visitor) organisation(form string) (base string) {
	v.t.Helper()
	v.open(form).send(form, "kind", "org", "number", "1 999 900 000 120", "mail", "zarya@example.org").shows(200, "подпишите соглашение")
	agreement := v.at
	v.json(agreement, map[string]any{"signature": v.signText(agreement+"/ask", v.site.Issue("person", annaSubject()))})
	link := "/roles/confirm/" + v.site.RoleLink("zarya@example.org")
	v.open(link).send(link).shows(200, "Расхождений нет")
	return "/c/" + v.pid()
}

// employee takes an invitation and stands at the first page of the employee's role.
func (s *site) employee(link string) *visitor {
	s.t.Helper()
	p := servicetest.Anna()
	p.Surname, p.GivenName, p.INN, p.SNILS = "Белова", "Вера", "990100002363", "11223344696"
	p.BirthDate = identity.Date{Year: 1985, Month: 3, Day: 8}
	s.SignUp("+79990000044", "vera@example.org", p)
	v := s.visitor()
	v.open("/login?return="+url.QueryEscape(link)).send("/login", "login", "vera@example.org", "password", pass)
	v.open(link).shows(200, "Принять приглашение").send(link).shows(200, "Главная")
	v.at = "/c/" + v.pid() + "/"
	return v
}
