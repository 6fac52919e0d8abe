// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"crypto/sha256"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestConnectionRequest: whoever comes asks to be connected, for a demo or for full use; the
// form says what is wrong field by field; the receipt has a number, a term and a link that
// nobody guesses; an operator takes it, calls and closes it; each look is recorded.
//
// S004-087: an application for connection; S004-088: its fields.
func TestConnectionRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	if v.open("/"); !strings.Contains(v.body, `href="/connect"`) {
		t.Error("the first page does not lead to the form")
	}
	v.open("/connect").shows(200, "Регион", "Россия", "Город", "Контактное лицо", "Эл. почта", "Мобильный телефон", "Организация", "ИНН", "КПП", "Дополнительно", "Демо", "Работа")
	v.send("/connect", "region", "Москва", "inn", "9900000121").refuses(422, "city", "Введите город").refuses(422, "inn", "проверьте все цифры").holds("/connect", "region", "Москва")
	good := []string{
		"purpose", "full", "country", "RU", "region", "Москва", "city", "Москва", "organisation", "ООО «Заря»", "inn", "9900000120",
		"person", "Иванов Иван", "phone", "+7 999 000-00-55", "mail", "zarya@example.org", "options", "api", "words", "Звоните после обеда",
	}
	v.send("/connect", good...).refuses(422, "kpp", "У организации России есть КПП")
	v.send("/connect", append(good, "kpp", "990001001")...).shows(200, "Заявка П-101", "Отправлена", "Ход оператора", "Сообщим звонком")
	state := v.at
	if !regexp.MustCompile(`^/connect/state/[A-Za-z0-9_-]{20,}$`).MatchString(state) {
		t.Fatalf("receipt at %s", state)
	}
	if strings.Contains(v.text(), "Иванов") || strings.Contains(v.text(), "000-00-55") {
		t.Error("the state tells whom to call")
	}
	other := s.visitor()
	other.open(state + "A").shows(404).open("/op/connections")
	if !strings.HasPrefix(other.at, "/login") {
		t.Errorf("the queue opens to nobody at %s", other.at)
	}
	if s.Count("connection_request", "secret LIKE '%Заря%'") != 0 || strings.Contains(s.log.String(), strings.TrimPrefix(state, "/connect/state/")) {
		t.Error("not sealed, or the link is in the log")
	}

	op := s.operator()
	op.open("/op/connections").shows(200, "П-101", "Москва")
	if strings.Contains(op.text(), "Иванов Иван") {
		t.Error("the list tells of people")
	}
	link := regexp.MustCompile(`/op/connections/[0-9a-z]{26}`).FindString(op.body)
	op.open(link).shows(200, "Иванов Иван", "+79990000055", "990001001", "Подключение своих программ", "Звоните после обеда")
	op.post(link, "to", "taken").shows(200, "Взята в работу")
	op.post(link, "to", "called").refuses(422, "note", "Запишите")
	op.post(link, "to", "taken", "note", "x").shows(http.StatusConflict, "Обновите страницу")
	s.Clock.Pass(25 * time.Hour)
	v.open(state).shows(200, "Взята в работу")
	op = s.visitor()
	op.open("/login").send("/login", "login", "op@example.org", "password", pass).send("/login/second", "code", s.Code("+79990000009"))
	op.open(link).post(link, "to", "called", "note", "Договорились").shows(200, "Оператор позвонил", "Договорились")
	op.post(link, "to", "closed", "note", "Подключили").shows(200, "Заявок на подключение нет")
	v.open(state).shows(200, "Закрыта")
	if strings.Contains(v.text(), "Договорились") {
		t.Error("the notes of staff are shown")
	}
	for _, action := range []string{"connection.ask", "connection.look", "connection.taken", "connection.called", "connection.closed"} {
		if len(s.Entries(action)) == 0 {
			t.Errorf("no record of %s", action)
		}
	}
	s.Clock.Pass(91 * 24 * time.Hour)
	s.Deliver()
	v.open(state).shows(404)
}

// TestStrangersWork: who has no scripts sends some requests without anything, then with the digits of a
// picture; a browser sends a proof of work, which counts once; who has signed in needs neither.
func TestStrangersWork(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.guarded("verify.guard_free", "1")
	good := []string{
		"purpose", "demo", "country", "RU", "region", "Москва", "city", "Москва", "organisation", "ООО «Заря»", "inn", "9900000120", "kpp", "990001001",
		"person", "Иванов Иван", "phone", "+7 999 000-00-55", "mail", "zarya@example.org",
	}
	v := s.visitor()
	v.open("/connect")
	if !strings.Contains(v.body, "/static/work.js") || strings.Contains(v.body, "code_token") {
		t.Error("the form has no script, or asks for a code at once")
	}
	v.send("/connect", good...).shows(200, "Заявка П-101")
	v.open("/connect").send("/connect", good...).refuses(429, "code", "Введите цифры с картинки").holds("/connect", "region", "Москва")
	v.send("/connect", append(good, "code", s.digits(v, "/connect"))...).shows(200, "Заявка П-102")

	challenge := v.asked(v.request(http.MethodGet, "/verify/guard", nil))
	token := challenge["token"].(string)
	proof := ""
	for n := 0; proof == ""; n++ {
		text := token + "." + strconv.Itoa(n)
		if sum := sha256.Sum256([]byte(text)); sum[0] == 0 && sum[1] == 0 { // 16 bits
			proof = text
		}
	}
	v.open("/connect").send("/connect", append(good, "work", proof)...).shows(200, "Заявка П-103")
	v.open("/connect").send("/connect", append(good, "work", proof)...).refuses(429, "code", "Введите цифры с картинки")
	holder := s.visitor().signUp().open("/connect").send("/connect", good...).shows(200, "Заявка П-104")
	if strings.Contains(holder.open("/connect").body, "/static/work.js") {
		t.Error("who has signed in works, too")
	}
}
