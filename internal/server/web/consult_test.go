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

// prepared finds a client by the three fields and prepares an application for them.
func (v *visitor) prepared(register string, pairs ...string) *visitor {
	v.t.Helper()
	v.open("/op/orders").shows(200, "Подпишет заявление только сам клиент").open("/op/unlock")
	v.send("/op/clients", "inn", "990000001704", "register", register, "name", "Соколова Анна Ивановна").shows(200, "Заказ по телефону")
	client := v.at
	v.open(client+"/order").shows(200, "Для чего", "На кого")
	return v.send(client+"/order", pairs...)
}

// TestOrderPages: the number to order by is a setting and is shown where one applies; a consultant prepares an application for a client
// who was found, and sees nothing of it; the client sees in the cabinet who prepared what, whose turn it is, until when and how
// they were told, refuses it, or takes it, completes it and signs; who prepared it does not approve it.
//
// S004-014: ordered by phone with consultants.
func TestOrderPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp().open("/").open("/login")
	base := "/c/" + v.pid()
	for _, page := range []string{"/signup", "/connect", base + "/applications"} {
		if s.visitor().open("/login"); strings.Contains(v.open(page).body, `href="tel:`) {
			t.Errorf("%s has a number that nobody set", page)
		}
	}
	s.Set("consult.phone", "+78435550508")
	for _, page := range []string{"/connect", base + "/applications"} {
		v.open(page).shows(200, "Можно заказать по телефону", "+78435550508")
	}
	s.visitor().open("/signup").shows(200, "Можно заказать по телефону", "+78435550508")

	op := s.operator()
	op.prepared("99000000153").refuses(422, "purposes", "Отметьте").refuses(422, "kind", "")
	client := strings.TrimSuffix(op.at, "/order")
	op.send(client+"/order", "purposes", "documents", "kind", "person", "words", "Приложите паспорт").shows(200, "Заявление подготовлено, клиенту сообщили")
	op.open(client+"/order").shows(200, "Уже ждёт проверки: А-1001")
	op.open("/op/orders").shows(200, "А-1001", "Ход клиента", "Иванова О. П.")
	if strings.Contains(op.text(), "Соколова") {
		t.Error("the list names clients")
	}
	v.open(base+"/").shows(200, "Заявление А-1001 подготовил консультант")
	link := applicationPattern.FindString(regexp.MustCompile(base + `/applications/[0-9a-z]{20,}`).FindString(v.body))
	v.open(link).shows(200, "Заявление А-1001 подготовлено по телефону консультантом, проверьте и подпишите", "Ваш ход", "до ", "Сообщим по СМС и почте", "Документы с партнёрами", "Иванова О. П.", "Приложите паспорт")
	id := link[strings.LastIndexByte(link, '/')+1:]
	op.open("/op/applications/" + id).shows(404)
	v.post(link+"/sign").refuses(409, "", "Сначала проверьте")
	v.open(link).send(link+"/take").shows(200, "Проверьте данные", "Подготовлено по телефону, консультант: Иванова О. П.")
	op.open("/op/applications/" + id).shows(404)
	v.open(link+"?step=purposes").holds(link+"/purposes", "purposes", "documents")
	v.send(link+"/purposes", "purposes", "reports").shows(200, "Проверьте данные").send(link+"/data", "region", "16 Республика Татарстан", "locality", "Казань")
	v.upload(link+"/files", map[string][]byte{"file_passport": picture(1)}).shows(200, "Проверьте и отправьте", "Отчётность")
	v.submitted(link)
	op.open("/op/applications/"+id).shows(200, "Подготовил")
	op.send("/op/applications/"+id+"/approve", "ticks", "passport", "ticks", "snils", "ticks", "inn", "ticks", "person_present").refuses(409, "", "Решение примет другой оператор")
	s.Operator("+79990000018", "op2@example.org", "Петров С. С.")
	two := s.visitor().open("/login").send("/login", "login", "op2@example.org", "password", pass)
	two.send(two.formOf("/login/second"), "code", s.Code("+79990000018"))
	two.approve(link)
	v.open(link).shows(200, "Одобрено")

	op.prepared("99000000153", "purposes", "documents", "kind", "person").shows(200, "клиенту сообщили")
	v.open(base + "/applications")
	second := ""
	for _, a := range regexp.MustCompile(base+`/applications/[0-9a-z]{20,}`).FindAllString(v.body, -1) {
		if a != link {
			second = a
		}
	}
	v.open(second).send(second+"/withdraw").shows(200, "Отменено")
	v.open(base+"/security/log").shows(200, "Подготовлено по телефону консультантом", "Консультант смотрел ваши роли")

	other := s.visitor()
	s.SignUp("+79990000077", "boris@example.org", servicetest.Boris())
	other.open("/login").send("/login", "login", "+79990000077", "password", pass)
	for _, path := range []string{client + "/order", "/op/orders", "/op/orders/new"} {
		if other.open(path); other.code != 403 && other.code != 404 {
			t.Errorf("%s answers %d to a holder", path, other.code)
		}
	}
	s.Clock.Pass(31 * time.Minute)
	two.open("/login")
	op = s.visitor()
	op.open("/login").send("/login", "login", "op@example.org", "password", pass).send("/login/second", "code", s.Code("+79990000009"))
	op.open(client+"/order").shows(200, "Найти клиента") // found too long ago
}

// TestOrderOfStranger: for a caller without a cabinet the order waits for whoever signs up with the phone; the SMS has a plain link.
func TestOrderOfStranger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	op := s.operator()
	op.open("/op/orders/new").send("/op/orders", "phone", "12").refuses(422, "phone", "").refuses(422, "purposes", "").refuses(422, "agreed", "Спросите").holds("/op/orders", "phone", "12")
	op.send("/op/orders", "phone", phone, "purposes", "reports", "kind", "ip", "words", "Ждём вас", "language", "kk", "agreed", "yes")
	op.shows(200, "Заказ З-101", "Ждёт звонившего", "Ход звонившего", "Звонившему отправлено СМС", "Отчётность", "Ждём вас")
	at := op.at
	if strings.Contains(op.text(), phone) {
		t.Error("the phone is shown in full")
	}
	s.Deliver()
	if sms := s.SMS.To(phone); len(sms) != 1 || !strings.Contains(sms[0].Body, servicetest.PublicURL+"/signup ") || !strings.Contains(sms[0].Body, "тіркеліңіз") {
		t.Errorf("%+v", sms)
	}
	op.open("/op/orders").shows(200, "З-101", "Ход звонившего")
	op.open("/op/orders/new").send("/op/orders", "phone", phone, "purposes", "reports", "kind", "ip", "agreed", "yes").refuses(409, "phone", "уже записан заказ З-101")

	v := s.visitor().signUp().open("/login")
	v.open("/c/"+v.pid()+"/").shows(200, "Заявление А-1001 подготовил консультант")
	link := regexp.MustCompile(`/c/[0-9a-z]+/applications/[0-9a-z]{20,}`).FindString(v.body)
	v.open(link).shows(200, "Индивидуальный предприниматель", "Ждём вас").send(link+"/take").shows(200, "На кого сертификат?")
	op.open(at).shows(200, "Передан в кабинет", "А-1001", "Черновик")
	op.open("/op/orders/new").send("/op/orders", "phone", "+79990000078", "purposes", "reports", "kind", "person", "agreed", "yes")
	op.send(op.at+"/cancel").shows(200, "Отменён")
}

// TestReplacementPages: an operator offers another carrier in a ticket of a certificate; the person reads what it means, whose turn it is and until
// when, and answers; both sides see what became of it.
//
// S001-213: support offers to replace a token.
func TestReplacementPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set("consult.replace.media", "token file")
	v := s.visitor().signUp().open("/").open("/login")
	base := "/c/" + v.pid()
	address := v.apply()
	v.submitted(address)
	op := s.operator()
	op.approve(address)
	v.certified(address)
	ask := func(certificate string) (mine, theirs string) {
		s.Clock.Pass(time.Second)
		v.open(base+"/support/new").sendFiles(base+"/support", nil, "words", "Токен не виден", "certificate", certificate).shows(200, "Обращение")
		mine = v.at
		return mine, "/op/tickets/" + mine[strings.LastIndexByte(mine, '/')+1:]
	}
	_, theirs := ask("С-77")
	if op.open(theirs).shows(200, "Замену предложить нельзя"); strings.Contains(op.body, theirs+"/replacement") {
		t.Error("a replacement of nothing can be offered")
	}
	mine, theirs := ask("С-1001")
	op.open(theirs).shows(200, "Предложить замену носителя", "Сертификат С-1001").send(theirs+"/replacement", "medium", "token").refuses(422, "offer_words", "Напишите")
	op.send(theirs+"/replacement", "medium", "token", "offer_words", "Возьмите паспорт: Баумана, 1").shows(200, "Ждёт ответа", "Ход клиента: ответить до", "Токен")
	v.open(mine).shows(200, "Замена носителя", "Ваш ход", "до ", "Сообщим по СМС и почте", "Баумана, 1", "Носитель: Токен", "Прежний сертификат отзовут", "остаются в силе", "Носитель утерян", "Заменить носитель")
	v.post(mine+"/replacement", "answer", "perhaps").shows(404)
	v.open(mine).send(mine+"/replacement", "answer", "decline").shows(200, "Отклонена клиентом", "От замены носителя отказались", "Ход оператора")
	op.open(theirs).shows(200, "Отклонена клиентом")
	s.Clock.Pass(time.Second)
	op.send(theirs+"/replacement", "medium", "file", "offer_words", "Приходить не нужно").shows(200, "Ждёт ответа")
	v.open(mine).send(mine+"/replacement", "answer", "accept").shows(200, "Документы", "Замена носителя", "Файл на флешке")
	application := applicationPattern.FindString(v.at)
	v.open(mine).shows(200, "Принята", "Заявление А-1002", "Черновик", "Замена носителя принята")
	op.open(theirs).shows(200, "Принята", "Заявление А-1002", "Черновик")
	v.open(application).upload(application+"/files", map[string][]byte{"file_passport": picture(2)}).shows(200, "Проверьте и отправьте")
	v.submitted(application)
	op.open("/op/applications/"+application[strings.LastIndexByte(application, '/')+1:]).shows(200, "Взамен сертификата")
	op.approve(application)
	v.certified(application)
	v.open(mine).shows(200, "Завершено")
	v.open(base+"/certificates").shows(200, "Отозван")

	other := s.visitor()
	s.SignUp("+79990000077", "boris@example.org", servicetest.Boris())
	other.open("/login").send("/login", "login", "+79990000077", "password", pass)
	for _, path := range []string{mine + "/replacement", strings.Replace(mine, base, "/c/"+other.pid(), 1) + "/replacement", theirs + "/replacement"} {
		if other.post(path, "answer", "accept"); other.code != 404 && other.code != 403 {
			t.Errorf("%s answers %d to somebody else", path, other.code)
		}
	}
}
