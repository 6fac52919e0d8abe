// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"archive/zip"
	"io"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/auth"
)

// TestOwnData: consents with their versions, a copy of one's own, a request with the term
// of the law, and the consent taken back.
//
// withdrawal of consent, the subject's request with a term.
func TestOwnData(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	base := strings.TrimSuffix(v.formOf("/applications/new"), "/applications/new")
	page := base + "/security/privacy"
	v.open(page).shows(200, "Обработка персональных данных", "Действует", "Версия текста")
	v.send(page+"/ask", "words", " ").refuses(422, "words", "")
	v.send(page+"/ask", "words", "Какие мои данные вы храните?").shows(200, "Какие мои данные вы храните?", s.DB.Now().In(s.Words.For("ru").Location()).AddDate(0, 0, 10).Format("02.01.2006"))

	v.open(page + "/data.zip").stepUp()
	v.open(page + "/data.zip").shows(200)
	z, err := zip.NewReader(strings.NewReader(v.body), int64(len(v.body)))
	must(t, err)
	all := ""
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		all += f.Name + string(content)
	}
	for _, want := range []string{"data.json", "applications.json", "990000001704", "auth.signup", mail} {
		if !strings.Contains(all, want) {
			t.Errorf("the copy has no %s", want)
		}
	}
	if strings.Contains(all, "argon2") {
		t.Error("the copy has the password")
	}

	v.open(page).send(page+"/withdraw").refuses(422, "agree", "Отметьте, что понимаете последствия")
	v.send(page+"/withdraw", "agree", "yes").shows(200, "Отозвано")
	if strings.Contains(v.body, page+"/withdraw") {
		t.Error("the form is there again")
	}
	v.post(page+"/withdraw", "agree", "yes").shows(409)
	v.open(base+"/support").shows(200, "Мои персональные данные")

	boris := s.visitor()
	boris.stranger()
	boris.open(page).shows(404)
	boris.post(page+"/withdraw", "agree", "yes").shows(404)
}

// TestBreachTerms: a breach has its two terms, late ones are red, steps come in order.
func TestBreachTerms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	const page = "/admin/breaches"
	v.open(page).shows(200, "Утечек не было").send(page, "words", "", "people", "3").refuses(422, "words", "Опишите, что случилось")
	v.send(page, "words", "Копия базы на чужом диске", "people", "много").refuses(422, "people", "Укажите число людей")
	v.send(page, "words", "Копия базы на чужом диске", "people", "3").shows(200, "Копия базы на чужом диске", "Сообщили")
	tell := v.formOf("/tell")
	v.post(strings.Replace(tell, "/tell", "/results", 1)).shows(409)
	v.open(page).send(tell).shows(200, "Результаты отправлены")
	v.send(v.formOf("/results")).shows(200, "Сделано")

	v.send(page, "words", "Вторая", "people", "1").shows(200, "Вторая")
	s.Clock.Pass(25 * time.Hour)
	v = s.visitor()
	v.open("/login").send("/login", "login", "administrator@example.org", "password", pass)
	v.send("/login/second", "code", s.Code("+79990001004"))
	v.open(page).shows(200, "Срок прошёл")
}
