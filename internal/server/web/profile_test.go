// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
)

var contactCode = regexp.MustCompile(`Подпись: (\d{6}) — новый контакт`)

// contactCode is the latest code sent to a new contact.
func (s *site) contactCode(to string) string {
	s.t.Helper()
	s.Deliver()
	code := ""
	for _, m := range append(s.SMS.To(to), s.Mail.To(to)...) {
		if c := contactCode.FindStringSubmatch(m.Body); c != nil {
			code = c[1]
		}
	}
	if code == "" {
		s.t.Fatalf("no code was sent to %s", to)
	}
	return code
}

// TestContactPages: a new phone is asked for with a second step, proved by a code, cools,
// can be called off, and is stopped by the link that the old phone has; what was typed comes
// back after a refusal and after the code has run out.
func TestContactPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	contacts := base + "/profile/contacts"
	if v.open(base + "/profile"); !strings.Contains(v.body, `href="`+contacts+`"`) {
		t.Error("«Мои сведения» do not lead to the contacts")
	}
	v.open(contacts).shows(200, "Контакты", "+7 999 000-00-01", "Подтверждено", "Не подтверждено")
	ticket := v.ticket()
	v.types(ticket, contacts+"/phone", "phone", "+7 999 000-00-77")
	v.at = contacts
	v.post(contacts+"/phone", "phone", "+7 999 000-00-77").stepUp().shows(200, "Контакты")
	if !strings.Contains(v.restored(), "+7 999 000-00-77") {
		t.Errorf("the number is lost on the way to the second step: %q", v.restored())
	}
	v.send(contacts+"/phone", "phone", "12").refuses(422, "phone", "Введите номер").holds(contacts+"/phone", "phone", "12")
	v.send(contacts+"/phone", "phone", "+7 999 000-00-77").shows(200, "Отправили код: +79990000077", "Ваш ход", "Прислать ещё раз", "Написать в поддержку")
	v.send(contacts+"/phone/code", "code_phone", "000000").refuses(422, "code_phone", "Код не подошёл")
	s.Clock.Pass(3 * time.Hour)
	v = s.visitor()
	v.login(pass).open(contacts).shows(200, "Код не ввели вовремя").holds(contacts+"/phone", "phone", "+79990000077")
	v.send(contacts + "/phone").stepUp()
	v.send(contacts+"/phone").send(contacts+"/phone/code", "code_phone", s.contactCode("+79990000077"))
	v.shows(200, "+79990000077 заработает", "Ход системы", "Сообщим").send(contacts+"/phone/drop").shows(200, "Новый мобильный телефон")
	v.send(contacts+"/phone", "phone", "+79990000078").send(contacts+"/phone/code", "code_phone", s.contactCode("+79990000078"))
	v.shows(200, "+79990000078 заработает")

	s.Deliver()
	stop := ""
	for _, m := range s.SMS.To(phone) {
		if c := regexp.MustCompile(regexp.QuoteMeta(servicetest.PublicURL) + `(/contacts/stop/\S+)`).FindStringSubmatch(m.Body); c != nil {
			stop = c[1]
		}
	}
	old := s.visitor()
	old.open(stop).shows(200, "Остановить смену контакта", "Все сеансы кабинета завершатся")
	v.open(contacts).shows(200, "+79990000078 заработает") // looking stops nothing
	old.open(stop).send(stop).shows(200, "Смена контакта остановлена", "смените пароль")
	old.open(stop).shows(404)
	if v.open(contacts); !strings.HasPrefix(v.at, "/login") {
		t.Errorf("the session goes on at %s", v.at)
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(stop, "/contacts/stop/")) {
		t.Error("the link is in the log")
	}
}

// TestCodeOfApplication: an application is signed by a code to the phone it names, which can
// be sent once more and costs nothing; then support helps.
//
// S004-049: a code to the phone of the application, once more, then support; S004-058: it is
// free.
func TestCodeOfApplication(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	v.open(base + "/applications")
	address := v.apply()
	v.send(address+"/sign").shows(200, "Отправили код на номер +7 ··· ··-01. Получить его ничего не стоит.", "Отправить заявку", "Прислать ещё раз", "Написать в поддержку")
	first := s.Code(phone)
	s.Clock.Pass(time.Minute)
	v.send(address+"/resend").shows(200, "Отправили код")
	if second := s.Code(phone); second == first {
		t.Error("no second code")
	}
	if !strings.Contains(v.body, `href="`+base+`/support/new?topic=login"`) {
		t.Error("no way to support")
	}
	v.send(address+"/submit", "code", first).shows(200, "На проверке") // messages overtake each other
}

// TestOneWindow: there is one sign-in for all regions, by mail and password or another way; the region is
// asked where it matters, in an application. «Забыли пароль?» leads to the recovery.
//
// S004-056: mail, password and «Забыли пароль?»; S001-195: the link; S004-057: no region at the door.
func TestOneWindow(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	other := s.visitor()
	other.open("/login").shows(200, "Забыли пароль?")
	if strings.Contains(other.body, `name="region"`) || !strings.Contains(other.body, `href="/recover/password"`) {
		t.Error("the sign-in asks for a region, or does not lead to the recovery")
	}
	other.send("/login", "login", mail, "password", pass).shows(200, "Главная")
	other.open("/recover/password").shows(200, "Телефон или почта")
	v.open(base + "/applications").send(v.formOf("/applications/new"))
	address := applicationPattern.FindString(v.at)
	v.send(address+"/purposes", "purposes", "documents").send(address+"/holder", "kind", "person")
	if !strings.Contains(v.body, `name="region"`) {
		t.Error("the application does not ask for the region")
	}
}
