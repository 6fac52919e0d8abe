// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"podpis/stand/egrip"
	"podpis/wire/egr"
)

// TestSectionsAfterSignIn: after the sign-in the first page leads to applications, extracts and licences; licences stand with number, days,
// places, who gave them and their state, with the day of the register's data; what it does not tell is told apart from none.
//
// S001-060: the three sections. S002-031: licences for kinds of activity are shown.
func TestSectionsAfterSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	at := "/c/" + ip + "/licences"
	v.open("/c/"+ip+"/").shows(http.StatusOK, "Заявления, выписки, лицензии")
	for _, section := range []string{"/applications", "/registry/extracts", "/licences"} {
		if !strings.Contains(v.body, `href="/c/`+ip+section+`"`) {
			t.Errorf("the first page does not lead to %s", section)
		}
		v.open("/c/" + ip + section).shows(http.StatusOK)
		v.open("/c/" + ip + "/")
	}
	today := s.DB.Now().In(s.Words.For("ru").Location()).Format("02.01.2006")
	v.open(at).shows(http.StatusOK, "Данные ЕГРИП от "+today, "ЛО16 01-000123", "Действует", "без срока", "улица Баумана", "16-Т-4410", "Приостановлена", "01.09.2026", "Он снимет отметку",
		"16-О-077", "Прекращена", "Срок закончился 09.02.2025", "в реестре не указано", "19.06.2032, остал")
	if strings.Index(v.body, "16-Т-4410") > strings.Index(v.body, "01-000123") {
		t.Error("what has to be mended does not come first")
	}
	v.open("/c/"+ip+"/registry").shows(http.StatusOK, "3 лицензии")
	v.open("/c/"+ip+"/search?q=лицензия").shows(http.StatusOK, "Лицензии")

	later := func(f egrip.Failure) *visitor {
		s.Register.Fail(f)
		s.Clock.Pass(20 * time.Minute)
		if v.open(at); strings.HasPrefix(v.at, "/login") {
			v.signIn().open(at)
		}
		return v
	}
	later(egrip.Lapsed).shows(http.StatusOK, "В ответе реестра от", "её больше нет", "получите новую лицензию")
	later(egrip.Broken).shows(http.StatusOK, "ЕГРИП не отвечает", "01-000123")
	later(egrip.Closed).shows(http.StatusOK, "Сведений о лицензиях в открытых данных нет", "вместе с ней и лицензия")
	if strings.Contains(v.text(), "не называет лицензий") {
		t.Error("what the register does not tell is told as none")
	}
	later(egrip.Missing).shows(http.StatusOK, "Нет в реестре")
	if strings.Contains(v.text(), "01-000123") {
		t.Error("licences of an entry that is not there")
	}
	later(egrip.None).shows(http.StatusOK, "01-000123")

	v.open("/c/"+person+"/").shows(http.StatusOK, "Заявления, выписки, лицензии", "есть в роли предпринимателя")
	v.open("/c/"+person+"/licences").shows(http.StatusNotFound, "Добавьте роль")
	boris := s.visitor()
	boris.stranger()
	boris.open(at).shows(http.StatusNotFound)
}

// TestNoLicences: none is told in words with what to do next; an organisation of which the register names some shows them.
func TestNoLicences(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	form := strings.TrimSuffix(v.formOf("/applications/new"), "/applications/new") + "/roles/new"
	base := v.organisation(form)
	v.open(base+"/licences").shows(http.StatusOK, "ЛО16 00-000777", "Фармацевтическая деятельность; Медицинская деятельность", "улица Бутлерова", "14.01.2029", "Данные ЕГРЮЛ")

	w := newSite(t)
	w.Register.Put(&egr.Record{
		Register: egr.EGRIP, Number: annaIP, Registered: "2020-02-03", Extracted: "2026-11-20", INN: "990000001704", Open: true,
		Person: egr.Name{Surname: "СОКОЛОВА", GivenName: "АННА", Patronymic: "ИВАНОВНА"}, Main: egr.Coded{Code: "62.01"},
	})
	b := w.visitor()
	_, ip := b.entrepreneur()
	b.open("/c/"+ip+"/licences").shows(http.StatusOK, "Реестр не называет лицензий", "обратитесь в лицензирующий орган", "Что делать дальше")
	if strings.Contains(b.text(), "в открытых данных нет приложений") || strings.Contains(b.text(), "Сведений о лицензиях в открытых данных нет") {
		t.Error("none is told as what the register does not tell")
	}
}
