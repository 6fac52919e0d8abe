// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
	standesia "podpis/stand/esia"
	"podpis/wire/esia"
)

// abroad sends a form that leads to a provider, presses a button there and comes back.
func (v *visitor) abroad(action, button, value string) *visitor {
	v.t.Helper()
	r := v.request(http.MethodPost, action, strings.NewReader(v.fields(action).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	stay := *v.http
	stay.CheckRedirect = servicetest.NoRedirects.CheckRedirect
	answer, err := stay.Do(r)
	must(v.t, err)
	answer.Body.Close()
	to := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || strings.HasPrefix(to, "/") {
		v.t.Fatalf("%s leads to %q with %s", action, to, answer.Status)
	}
	policy := v.head.Get("Content-Security-Policy")
	if origin := strings.Join(strings.SplitN(to, "/", 4)[:3], "/"); !strings.Contains(policy, "form-action 'self'") || !strings.Contains(policy, origin) {
		v.t.Errorf("%s: a browser would not follow to %s: %s", v.at, origin, policy)
	}
	back := servicetest.Visit(v.t, to, button, value)
	return v.open(back.RequestURI())
}

// TestSignupByESIA signs up with what ЕСИА answers for, signs in by it, and looks at
// «Мои данные».
func TestSignupByESIA(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/login").shows(200, "Войти через другую учётную запись", "Госуслуги esia", "Банк")
	v.abroad("/login/external/esia", "person", "1000400002").shows(200, "Мы вас узнали", "Ким Борис", "Подтверждённая", "Зарегистрироваться с этими данными")
	if strings.Contains(v.body, "+79990002233") {
		t.Error("the phone is not masked")
	}
	v.open("/signup").shows(200, "Ваш телефон").holds("/signup/phone", "phone", "+7 999 000-22-33")
	v.send("/signup/phone").shows(200, "Код из СМС")
	v.send("/signup/code", "code", s.Code("+79990002233")).shows(200, "Почта и пароль").holds("/signup/mail", "mail", "kim@example.org")
	v.send("/signup/mail", "password", pass).shows(200, "Проверьте данные", "990100001169 — из источника «Госуслуги esia», "+s.Words.For("ru").Date(s.Clock.Now()), "112-233-445 95 — из источника")
	v.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes").shows(200, "Кабинет создан")
	v.open("/").open("/login") // signed in: leads home
	profile := strings.TrimSuffix(v.at, "/") + "/profile"
	v.open(profile).shows(200, "Мои данные", "Подтверждённая", "Место рождения", "Привязана", "Отвязать", "••••")
	if strings.Contains(v.body, "990100001169") || strings.Contains(v.body, "9998222333") {
		t.Error("numbers are not masked")
	}
	v.send(profile).shows(200, "990100001169", "112-233-445 95", "9998 222333")
	if len(s.Entries("identity.reveal")) != 1 {
		t.Error("a look at what is masked leaves no line")
	}
	v.open(profile).abroad(profile+"/refresh/esia", "person", "1000400002").shows(200, "Мои данные")
	v.post("/logout")
	v.open("/login").abroad("/login/external/esia", "person", "1000400002")
	if !strings.HasPrefix(v.at, "/c/") || v.code != 200 {
		t.Errorf("signed in to %s", v.at)
	}
	// Nobody looks at the data of another.
	other := s.visitor()
	other.signUp()
	other.open(profile).shows(404)
	other.post(profile).shows(404)
	if other.post("/login/external/nobody").code != 422 && other.code != 404 {
		t.Errorf("%d", other.code)
	}
}

// TestExternalRefusals shows what a person is told when a provider, or what came with it,
// is of no use.
func TestExternalRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/login").abroad("/login/external/esia", "refuse", "yes").shows(409, "Войти не получилось", "вы отказались", "ESIA-007004", "Войти другим способом")
	v.open("/help/errors/ESIA-007004").shows(200, "Владелец данных или служба отказали")
	s.Outside.ESIA.Fail(standesia.Tampered)
	v.open("/login").abroad("/login/external/esia", "person", "1000400001").shows(409, "не прошёл проверку")
	s.Outside.ESIA.Fail(standesia.Works)
	v.open("/login/external/esia/callback?code=x&state=y").shows(409, "начат в другом браузере")
	v.open("/login/external/account").shows(404)
}

// TestEveryErrorOfESIAIsTold: each error that the server documents comes to the page in words, with its code, another
// way in, and a page of the catalogue that says the cause and the step.
func TestEveryErrorOfESIAIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	words := map[string]string{}
	for _, k := range esia.Errors() {
		words[k.Code] = s.Words.For("ru").T("external.refused."+string(k.Meaning), map[string]any{"Code": k.Code})
	}
	told := 0
	for _, failure := range standesia.Failures() {
		_, code, is := strings.Cut(failure, ":")
		if !is {
			continue
		}
		told++
		s.Outside.ESIA.Fail(failure)
		s.Clock.Pass(time.Minute)
		v.open("/login").abroad("/login/external/esia", "person", "1000400001")
		if v.code < 400 || words[code] == "" || !strings.Contains(v.text(), words[code]) || !strings.Contains(v.text(), code) || !strings.Contains(v.text(), "Войти другим способом") {
			t.Errorf("%s: %d, want %q: %s", failure, v.code, words[code], v.text())
		}
		v.open("/help/errors/"+code).shows(200, code, "Почему так", "Что сделать")
	}
	if told < len(words) {
		t.Errorf("%d of %d errors can be played", told, len(words))
	}
}

// TestExternalBind: whose number has a cabinet already is not let into it, but asked to
// sign in as always; then the account is bound.
func TestExternalBind(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	anna := s.visitor()
	anna.signUp()
	v := s.visitor()
	v.open("/login").abroad("/login/external/bank", "person", "b-70001").shows(200, "Похоже, у вас уже есть кабинет")
	v.open("/login?return=/login/external/account").send("/login", "login", phone, "password", pass).shows(200, "Привязать к кабинету")
	v.send("/login/external/account/bind").stepUp() // a way in is added
	v.send("/login/external/account/bind").shows(200, "Мои данные", "Стандартная", "До подтверждённой не хватает")
	v.post("/logout")
	v.open("/login").abroad("/login/external/bank", "person", "b-70001")
	if !strings.HasPrefix(v.at, "/c/") {
		t.Errorf("signed in to %s", v.at)
	}
	// Another person's account is not bound: each difference is told with its code.
	w := s.visitor()
	w.open("/login").abroad("/login/external/esia", "person", "1000400002")
	w.open("/login?return=/login/external/account").send("/login", "login", phone, "password", pass)
	s.Clock.Pass(2 * time.Minute)
	w.send("/login/external/account/bind").stepUp()
	w.send("/login/external/account/bind").shows(409, "Фамилия в кабинете и во внешней учётной записи разная", "ID-201", "ID-205")
	w.open("/help/errors/ID-201").shows(200, "Имя не совпало")
}

// TestSignupOfForeigners asks by country: ИИН of Kazakhstan, a document of another kind and
// no numbers of Russia of others.
func TestSignupOfForeigners(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	begin := func(number, mail, country string, birth ...string) *visitor {
		v := s.visitor()
		v.open("/signup").send("/signup/phone", "phone", number, "country", country)
		v.send("/signup/code", "code", s.Code(number))
		v.send("/signup/mail", "mail", mail, "password", pass)
		v.send("/signup/name", "surname", "Ахметов", "given_name", "Данияр", "birth_date_d", birth[0], "birth_date_m", birth[1], "birth_date_y", birth[2])
		return v.shows(200, "Документы")
	}
	kz := begin("+77010000001", "kz@example.org", "KZ", "1", "1", "1990")
	if strings.Contains(kz.body, "f-snils") || strings.Contains(kz.body, "f-passport_number") {
		t.Error("Kazakhstan is asked for СНИЛС or a passport")
	}
	kz.send("/signup/documents", "iin", "900101300008").refuses(422, "iin", "В ИИН ошибка")
	kz.send("/signup/documents", "iin", "851215300127").refuses(422, "iin", "Дата рождения в ИИН другая")
	kz.send("/signup/documents", "iin", "900101 300007").shows(200, "Проверьте данные", "900101300007", "Казахстан")
	kz.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes").shows(200, "Кабинет создан")

	other := begin("+79990007001", "de@example.org", "ZZ", "30", "1", "1979")
	document := []string{"passport_number", "C01 X00T47", "passport_issued_d", "1", "passport_issued_m", "2", "passport_issued_y", "2020", "passport_issued_by", "Stadt Köln"}
	other.send("/signup/documents", append(document, "document_kind", "10", "inn", "123")...).refuses(422, "inn", "В ИНН человека 12 цифр")
	other.send("/signup/documents", append(document, "inn", "", "document_kind", "21")...).shows(422, "Выберите вид документа")
	other.send("/signup/documents", append(document, "document_kind", "10", "inn", "")...).shows(200, "Проверьте данные", "Паспорт иностранного гражданина C01X00T47", "Другая страна")
	other.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes").shows(200, "Кабинет создан")

	ru := begin("+79990007002", "ru@example.org", "RU", "17", "5", "1990")
	filled := []string{"inn", "990100002902", "snils", "087-654-303 00", "passport_number", "9999 123456", "passport_issued_d", "1", "passport_issued_m", "6", "passport_issued_y", "2010", "passport_department", "160-001", "passport_issued_by", ""}
	ru.send("/signup/documents", filled...).shows(200, "Проверьте данные")
	ru.open("/signup?step=documents").holds("/signup/documents", "passport_issued_by", "ОВД «Учебный» г. Казани")
}

// TestMyData shows what ЕСИА states of a person, with its source and date: property
// and vehicles among it (S002-032).
func TestMyData(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	v.open("/login").post("/logout")
	v.open("/login").abroad("/login/external/esia", "person", "1000400001").shows(200, "Похоже, у вас уже есть кабинет")
	v.open("/login?return=/login/external/account").send("/login", "login", phone, "password", pass)
	v.send("/login/external/account/bind").stepUp()
	v.send("/login/external/account/bind").shows(200, "Мои данные", "Госуслуги esia, "+s.Words.For("ru").Date(s.Clock.Now()))
	profile := v.at
	s.Clock.Pass(11 * time.Minute)
	if strings.Contains(v.body, "LADA Vesta") {
		t.Error("a vehicle is not masked")
	}
	v.send(profile).shows(200, "Документ", "9999 123456", "Водительское удостоверение", "9916 654321", "Место рождения", "г. Казань", "Адрес", "420000",
		"Семья", "Соколов Пётр", "Транспорт", "LADA Vesta", "А001АА116", "Недвижимость", "16:50:000000:0001", "Счёт для выплат", "40817810100000000001", "Организация", "ООО «Заря»", "Самозанятый")
	// A second step before ways in are changed.
	v.send(profile + "/unlink/esia")
	if !strings.HasPrefix(v.at, "/login/second") {
		t.Errorf("a way in is taken away without a second step: %s", v.at)
	}
}
