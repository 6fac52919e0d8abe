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

	v.open(base+"/keys/backups").send(base+"/keys/backups", "which", "С-1001", "medium", "usb", "place", "Сейф в кабинете", "conditions", "Под замком", "made_d", "1", "made_m", "1", "made_y", "2026").shows(200)
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
	for _, want := range []string{"data.json", "applications.json", "990000001704", "auth.signup", mail, "Сейф в кабинете"} {
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

// TestAccountIsClosed: a person leaves after a while in which they may think better of it; certificates are
// revoked, every way in is gone, and the same human may come anew. What is kept is erased in its time.
func TestAccountIsClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	address := v.apply()
	v.submitted(address)
	s.operator().approve(address)
	cert := v.certified(address)
	base, _, _ := strings.Cut(address, "/applications")
	page := base + "/security/privacy"
	draft := v.open(base + "/applications").apply()
	v.reach(page).send(page + "/close")
	if strings.HasPrefix(v.at, "/login/second") {
		s.Clock.Pass(time.Minute)
		v.stepUp().open(page).send(page + "/close")
	}
	v.refuses(422, "agree_close", "Отметьте, что понимаете последствия")
	v.send(page+"/close", "agree_close", "yes").shows(200, "Кабинет закроется", "ход за вами")
	v.post(page+"/close", "agree_close", "yes").refuses(409, "", "уже закрывается")
	v.open(page).send(page+"/keep").shows(200, "Закрыть кабинет")
	v.send(page+"/close", "agree_close", "yes").shows(200, "Кабинет закроется")
	s.Deliver()
	if last := s.SMS.To(phone); !strings.Contains(last[len(last)-1].Body, "кабинет закроется") {
		t.Errorf("%+v", last[len(last)-1])
	}
	v.open(base + "/support/new")
	v.types(v.ticket(), base+"/support", "words", "Не успею")
	s.Clock.Pass(167 * time.Hour)
	s.Deliver()
	if s.Count("closing", "done_at <> 0") != 0 {
		t.Fatal("closed before its time")
	}
	s.Clock.Pass(2 * time.Hour)
	s.Deliver()
	s.Deliver() // what follows from it
	v.open(page)
	if !strings.HasPrefix(v.at, "/login") {
		t.Errorf("a session outlived the account: %s", v.at)
	}
	v.login(pass).refuses(422, "", "")
	if rec, err := s.Authority.Certificate(t.Context(), cert.Serial.Hex()); err != nil || rec.RevokedAt.IsZero() {
		t.Errorf("the certificate is not revoked: %v", err)
	}
	if s.Count("application", "state = 'withdrawn'") != 1 || s.Count("letter", "1 = 1") != 0 || s.Count("factor", "1 = 1")+s.Count("draft", "1 = 1") != 0 {
		t.Errorf("%s is open, or letters and ways in are there", draft)
	}
	if letters := s.Mail.To(mail); !strings.Contains(letters[len(letters)-1].Subject, "Кабинет закрыт") {
		t.Errorf("%+v", letters[len(letters)-1])
	}
	s.visitor().signUp() // the same human, the same number
	if s.Count("person", "surname = 'Соколова'") != 2 {
		t.Error("what the law has us keep is gone already")
	}
	s.Clock.Pass(7 * 365 * 24 * time.Hour)
	s.Deliver()
	s.Deliver()
	if s.Count("person", "surname = 'Соколова'") != 1 || s.Count("application_file", "1 = 1") != 0 || s.Count("application", "title <> ''") != 0 || s.Count("closing", "erased_at <> 0") != 1 {
		t.Error("what was kept is not erased")
	}
	for _, action := range []string{"privacy.close.ask", "privacy.close.cancel", "privacy.close", "privacy.erase"} {
		if len(s.Entries(action)) == 0 {
			t.Errorf("%s is not recorded", action)
		}
	}
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
