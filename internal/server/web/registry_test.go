// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
	"podpis/stand/egrip"
)

const annaIP = "399990000000121"

var rolePath = regexp.MustCompile(`/c/([0-9a-z]{26})/`)

// home is the {pid} of the page a visitor is on.
func (v *visitor) pid() string {
	v.t.Helper()
	m := rolePath.FindStringSubmatch(v.at + "/")
	if m == nil {
		v.t.Fatalf("%s names no role", v.at)
	}
	return m[1]
}

// entrepreneur signs up and adds the role of an entrepreneur; it returns both ids.
func (v *visitor) entrepreneur() (person, ip string) {
	v.t.Helper()
	v.signUp().open("/login").open("/roles")
	person = regexp.MustCompile(`name="role" value="([0-9a-z]{26})"`).FindStringSubmatch(v.body)[1]
	v.open("/c/"+person+"/roles/new").send("/c/"+person+"/roles/new", "kind", "ip", "number", annaIP)
	v.shows(http.StatusOK, "Расхождений нет")
	return person, v.pid()
}

// S001-001, S001-053, S001-112: a person binds an ИП to the account by its ОГРНИП; the role opens with
// the comparing; what differs is taken on the page, row by row or all.
func TestEntrepreneurJoins(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	compare := "/c/" + ip + "/registry/compare"
	v.shows(http.StatusOK, "ОГРНИП "+annaIP, "Не публикуется в открытых данных", "Соколова Анна Ивановна", "СОКОЛОВА АННА ИВАНОВНА")

	s.Register.Fail(egrip.Mismatch)
	s.Clock.Pass(10 * time.Second)
	v.send(compare).shows(http.StatusOK, "2 расхождения", "74.20", "Взять всё из реестра")
	if strings.Contains(v.text(), "мешает") || !strings.Contains(v.body, `<strong class="differs">`) {
		t.Error(v.text())
	}
	s.Clock.Pass(10 * time.Second)
	v.post("/c/"+ip+"/registry/take", "field", "activity").shows(http.StatusOK, "1 расхождение")
	s.Clock.Pass(10 * time.Second)
	v.post("/c/"+ip+"/registry/take", "field", "all").shows(http.StatusOK, "Расхождений нет")
	v.post("/c/"+ip+"/registry/take", "field", "inn").shows(http.StatusConflict, "Брать нечего")

	s.Register.Fail(egrip.Renamed)
	s.Clock.Pass(10 * time.Second)
	v.open(compare).send(compare).shows(http.StatusOK, "1 мешает отчётам", "Мешает отчётам", "отличается:")
	v.open("/c/"+person+"/registry").shows(http.StatusNotFound, "Добавьте роль")
	v.open("/c/"+ip+"/registry").shows(http.StatusOK, "Дата регистрации 03.02.2020", "Лист записи (ГРН) "+annaIP) // ODD-46
	v.open("/c/"+ip+"/").shows(http.StatusOK, "Мой статус", "Активен", "По данным ЕГРИП")
}

// S001-050, S001-105, S002-033: a closed ИП is told on the first page and wherever a
// service needs it; services do not vanish.
func TestClosedEntrepreneur(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	v.open("/c/"+ip+"/services").shows(http.StatusOK, "Получить сертификат", "Сверить с реестром")
	if strings.Contains(v.text(), "Сейчас закрыто") {
		t.Error(v.text())
	}
	s.Register.Fail(egrip.Closed)
	s.Clock.Pass(16 * time.Minute)
	v.signIn().open("/c/"+ip+"/").shows(http.StatusOK, "Деятельность прекращена", "прекратил деятельность в связи с принятием")
	v.open("/c/"+ip+"/services").shows(http.StatusOK, "Получить сертификат", "Сейчас закрыто", "По реестру деятельность прекращена")
	v.open("/c/"+person+"/services").shows(http.StatusOK, "Получить сертификат")
	if strings.Contains(v.text(), "Сейчас закрыто") || strings.Contains(v.text(), "Сверить с реестром") {
		t.Error("a person's services depend on the ИП: " + v.text())
	}
	s.Deliver()
	letters := s.Mail.To(mail)
	if last := letters[len(letters)-1]; !strings.Contains(last.Subject, "прекращена") || !strings.Contains(last.Body, annaIP) || !strings.Contains(last.Body, "/registry/compare") {
		t.Errorf("%s: %s", last.Subject, last.Body)
	}
}

// signIn signs in again after the session ran out.
func (v *visitor) signIn() *visitor {
	v.t.Helper()
	return v.open("/login").send("/login", "login", phone, "password", pass)
}

// The register is silent: the last data with their age, the time of the next try.
func TestSilentRegisterIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	s.Register.Fail(egrip.Broken)
	s.Clock.Pass(10 * time.Second)
	v.send("/c/"+ip+"/registry/compare").shows(http.StatusOK, "ЕГРИП не отвечает. Данные от ", "Повторим в ", "отчёты можно готовить", "REG-601")
	v.open("/help/errors/REG-601").shows(http.StatusOK, "Реестр не отвечает")
}

// S001-102, S001-103, S001-104, S001-107: the role is chosen from a list and changed without signing
// in again; the section stays where the other role has it, else the first page says so.
func TestRolesSwitch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	v.open("/c/"+ip+"/services").shows(http.StatusOK, "предприниматель", "Реестр, сертификаты предпринимателя", "Личные документы и сертификаты")
	if !strings.Contains(v.body, `href="/c/`+person+`/services"`) {
		t.Error("the switch does not keep the section")
	}
	v.open("/c/" + ip + "/registry")
	if !strings.Contains(v.body, `href="/c/`+person+`/?no=registry"`) {
		t.Error("the switch does not say what is not there")
	}
	v.open("/c/"+person+"/?no=registry").shows(http.StatusOK, "В роли «лично» нет раздела: сведения из реестра")
	v.open("/c/" + person + "/?no=<b>").shows(http.StatusOK)
	if strings.Contains(v.text(), "нет раздела") {
		t.Error("a section that is none is told")
	}

	// Several roles: the sign-in asks, and remembers when told to.
	v.open("/c/"+ip+"/").send("/logout").signIn().shows(http.StatusOK, "От чьего имени работаем?", "Лично", "ИП Соколова А. И.")
	v.post("/roles", "role", ip, "remember", "yes").shows(http.StatusOK, "Главная")
	if v.pid() != ip {
		t.Error(v.at)
	}
	v.send("/logout").signIn()
	if v.pid() != ip {
		t.Errorf("the role is not remembered: %s", v.at)
	}
	v.post("/roles", "role", "none").shows(http.StatusNotFound)
}

// A link from outside into another role of the person asks before it changes the role; one
// of this site does not.
func TestLinkIntoAnotherRole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	v.open("/c/" + person + "/")
	outside := func(path, site string) *visitor {
		r := v.request(http.MethodGet, path, nil)
		r.Header.Set("Sec-Fetch-Site", site)
		r.Header.Del("Referer")
		return v.do(r)
	}
	for _, site := range []string{"none", "cross-site", "same-site"} {
		outside("/c/"+ip+"/registry", site).shows(http.StatusForbidden, "Это документ: ИП Соколова А. И. Перейти в эту роль?", "Сейчас ваша роль: лично")
	}
	outside("/c/"+ip+"/", "none").shows(http.StatusOK, "Главная") // a first page is no document
	outside("/c/"+person+"/services", "same-origin").shows(http.StatusOK, "Услуги")
}

// S002-061: an organisation by ОГРН and mail, activated by the link of the letter;
// the state says whose turn it is.
func TestOrganisationJoins(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	v.open("/roles")
	person := regexp.MustCompile(`name="role" value="([0-9a-z]{26})"`).FindStringSubmatch(v.body)[1]
	action := "/c/" + person + "/roles/new"
	v.open(action).send(action, "kind", "org", "number", "1999900000121", "mail", "zarya@example.org").refuses(http.StatusUnprocessableEntity, "number", "ОГРН")
	v.open(action).send(action, "kind", "org", "number", "1 999 900 000 120", "mail", "zarya@example.org").shows(http.StatusOK, `ООО "ЗАРЯ"`, "Ваш ход: подпишите соглашение")
	agreement := v.at
	v.json(agreement, map[string]any{"signature": v.signText(agreement+"/ask", s.Issue("person", annaSubject()))})
	v.open(action).shows(http.StatusOK, `ООО "ЗАРЯ"`, "Ваш ход: откройте ссылку", "Подписанное соглашение")
	link := "/roles/confirm/" + s.RoleLink("zarya@example.org")
	v.open(link).shows(http.StatusOK, "Открыть роль организации")
	v.send(link).shows(http.StatusOK, "Расхождений нет", "ОГРН 1999900000120", "Наименование")
	v.open("/roles").shows(http.StatusOK, `ООО "ЗАРЯ", директор`)
	v.open(link).send(link).shows(http.StatusNotFound, "Ссылка устарела")

	// Whom the register does not name waits for an operator.
	v.open(action).send(action, "kind", "org", "number", "1239900000010", "mail", "a@example.org").shows(http.StatusOK, "Ход оператора: ответим до")
	o := s.operator()
	o.open("/op/roles").shows(http.StatusOK, "Соколова Анна Ивановна", "КИМ БОРИС")
	id := regexp.MustCompile(`action="(/op/roles/[0-9a-z]{26})"`).FindStringSubmatch(o.body)[1]
	long := strings.Repeat("Приложите приказ. ", 30)
	o.post(id, "decision", "refuse", "words", long).refuses(http.StatusUnprocessableEntity, "words", "Напишите причину").holds(id, "words", long)
	o.post(id, "decision", "refuse").shows(http.StatusUnprocessableEntity, "Напишите причину")
	o.post(id, "decision", "refuse", "words", "Приложите приказ").shows(http.StatusOK, "Запросов нет")
	v.open(action).shows(http.StatusOK, "Отказано", "Приложите приказ")
}

// words people use lead to the right place (ODD-04).
func TestSearchWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	for words, want := range map[string]string{
		"КЭП": "Получить сертификат", "эцп": "Подписать документ", "КВЭД": "Виды деятельности (ОКВЭД)", "ликвидирован": "Сведения из реестра",
		"сверить": "Сверить с реестром", "огрнип": "Добавить роль",
	} {
		v.open("/c/"+ip+"/search?q="+words).shows(http.StatusOK, want, "Нашли ")
	}
	v.open("/c/"+ip+"/search?q=абракадабра").shows(http.StatusOK, "Ничего не нашли по «абракадабра»")
	v.open("/c/"+ip+"/search?q=<b>").shows(http.StatusOK, "Ничего не нашли по «<b>»")
	v.open("/c/"+ip+"/registry/activities?q=программного").shows(http.StatusOK, "62.01")
	v.open("/c/"+ip+"/services").send("/c/"+ip+"/applications/new").shows(http.StatusOK, "Для чего нужна подпись?")
	number := regexp.MustCompile(`А-\d+`).FindString(v.text())
	v.open("/c/"+ip+"/search?q="+number).shows(http.StatusOK, "Заявление "+number)
	v.open("/c/"+ip+"/search?q="+strings.TrimPrefix(number, "А-")).shows(http.StatusOK, "Заявление "+number)
}

// Somebody else's {pid} is not found on any of these addresses, and somebody else's
// request neither.
func TestStrangersRoleIsNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	boris := s.visitor()
	boris.stranger()
	for _, pid := range []string{person, ip, "none", strings.Repeat("0", 26)} {
		for _, path := range []string{"/", "/services", "/search?q=x", "/roles/new", "/registry", "/registry/compare", "/registry/activities"} {
			boris.open("/c/" + pid + path).shows(http.StatusNotFound)
		}
		for _, path := range []string{"/roles/new", "/registry/own", "/registry/compare", "/registry/take", "/roles/requests/x/withdraw"} {
			boris.post("/c/"+pid+path, "kind", "ip", "number", annaIP, "field", "all").shows(http.StatusNotFound)
		}
	}
	s.visitor().open("/c/"+ip+"/registry").shows(http.StatusOK, "Вход") // nobody is asked to sign in
	v.open("/op/roles").shows(http.StatusForbidden)
	v.open("/c/"+ip+"/registry").send("/c/"+ip+"/registry/own", "address", "Казань", "regime", "envd").refuses(http.StatusUnprocessableEntity, "", "Выберите режим")
	v.open("/c/"+ip+"/registry").send("/c/"+ip+"/registry/own", "address", "Казань", "regime", "usn6").shows(http.StatusOK, "Сведения из ЕГРИП")
}

// stranger signs another person up.
func (v *visitor) stranger() {
	v.t.Helper()
	s := v.site
	const other = "+79990000099"
	s.SignUp(other, "boris@example.org", servicetest.Boris())
	v.open("/login").send("/login", "login", other, "password", pass)
}

// TestOtherRole: a page that a role does not have says so and leads to another role, or to a new
// one: it is no page that is missing.
func TestOtherRole(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor().signUp().open("/help/chat") // in the cabinet of the role
	own := "/c/" + v.pid()
	for _, path := range []string{"/requisites", "/registry", "/people"} {
		v.open(own+path).shows(404, "В этой роли этого нет", "Добавить роль")
		if !strings.Contains(v.body, `class="btn" href="`+own+`/roles/new"`) {
			t.Errorf("%s: no way to another role", path)
		}
	}
	v.open(own+"/none").shows(404, "Такой страницы нет")
}
