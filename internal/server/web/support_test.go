// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
)

// sendFiles sends a form of this page that has files; the fields are those of the page,
// with the pairs over them.
func (v *visitor) sendFiles(action string, files map[string][]byte, pairs ...string) *visitor {
	v.t.Helper()
	form := v.fields(action)
	for name, list := range values(pairs) {
		form[name] = list
	}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, list := range form {
		for _, value := range list {
			must(v.t, m.WriteField(name, value))
		}
	}
	for name, content := range files {
		part, err := m.CreateFormFile("files", name)
		must(v.t, err)
		_, err = part.Write(content)
		must(v.t, err)
	}
	must(v.t, m.Close())
	r := v.request(http.MethodPost, action, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}

var (
	casePattern   = regexp.MustCompile(`/op/cases/[0-9a-z]+`)
	ticketPattern = regexp.MustCompile(`/op/tickets/[0-9a-z]+`)
	stopPattern   = regexp.MustCompile(`/recover/stop/[A-Za-z0-9_-]{43}`)
	filePattern   = regexp.MustCompile(`"(/[^"]*/files/[0-9a-z]+)"`)
	icsPattern    = regexp.MustCompile(`/calendar/[A-Za-z0-9_-]{43}\.ics`)
	issuedPattern = regexp.MustCompile(`P7-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`)
)

// A ticket on pages: the holder writes, the operator answers, «Решено?», the mark. Another
// holder gets what does not exist, an active file is refused, and files come back as data.
func TestTicketPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp()
	base := "/c/" + strings.Split(v.open("/").open("/login").at, "/")[2]
	v.open(base+"/support").shows(200, "Обращений нет").open(base+"/support/new?code=KEY-101").shows(200, "KEY-101", "Браузер и система")
	v.holds(base+"/support", "attach", "yes").sendFiles(base+"/support", nil, "topic", "certificate", "words", "", "attach", "").refuses(422, "words", "Напишите, что случилось")
	v.holds(base+"/support", "code", "KEY-101").holds(base+"/support", "attach", "") // what was taken off does not come back
	v.sendFiles(base+"/support", map[string][]byte{"a.svg": []byte("<svg/>")}, "words", "Не ставится").refuses(422, "files", "не принимаем")
	v.open(base+"/support/new?code=KEY-101").sendFiles(base+"/support", map[string][]byte{"экран.png": picture(1)}, "words", "Не ставится", "certificate", "С-7", "attach", "yes", "diagnostics", "Браузер: проба")
	v.shows(200, "Обращение Т-1001", "Открыто", "Ход оператора", "до ", "Сообщим по СМС и почте", "Не ставится", "Браузер: проба")
	ticket := v.at
	file := filePattern.FindStringSubmatch(v.body)[1]
	v.open(file).shows(200)
	if v.head.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || v.head.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a file is handed out as %v", v.head)
	}

	op := s.operator()
	op.open("/op/tickets").shows(200, "Т-1001", "Осталось")
	address := ticketPattern.FindString(op.body)
	op.open(address).shows(200, "Не ставится", "KEY-101", "С-7", "Браузер: проба")
	op.open(strings.Replace(file, base+"/support/", "/op/tickets/", 1)).shows(200)
	op.open(address).send(address, "move", "solve").refuses(422, "words", "Напишите")
	op.send(address, "words", "Спросить коллег", "move", "note").shows(200, "Заметка")
	op.send(address, "words", "Очистите кэш", "move", "solve").shows(200)

	v.open(ticket).shows(200, "Очистите кэш", "Решено?", "Ваш ход")
	if strings.Contains(v.body, "Спросить коллег") {
		t.Error("the holder reads a note of staff")
	}
	v.sendFiles(ticket, nil, "move", "confirm").shows(200, "Закрыто")
	v.send(ticket+"/rate", "rating_words", "Отвечали долго").refuses(422, "rating", "").shows(422, "Отвечали долго")
	v.send(ticket+"/rate", "rating", "5").shows(200, "Ваша оценка: 5")

	other := s.visitor()
	s.SignUp("+79990000077", "boris@example.org", servicetest.Boris())
	other.open("/login").send("/login", "login", "+79990000077", "password", pass)
	own := "/c/" + strings.Split(other.at, "/")[2]
	for _, path := range []string{ticket, file, strings.Replace(ticket, base, own, 1), strings.Replace(file, base, own, 1), address, "/op/tickets"} {
		if other.open(path); other.code != 404 && other.code != 403 {
			t.Errorf("%s answers %d to somebody else", path, other.code)
		}
	}
}

// A guest's ticket: the code opens it, its address reads it, and the log holds neither.
func TestGuestWrites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/login").shows(200, "Не получается войти").open("/recover").shows(200, "Забыл пароль", "Нет телефона")
	v.open("/recover/write").sendFiles("/recover/write", nil).refuses(422, "words", "Напишите")
	v.sendFiles("/recover/write", map[string][]byte{"паспорт.png": picture(3)}, "name", "Анна", "contact", phone, "words", "Не могу войти")
	v.shows(200, "Введите код").send("/recover/guest", "code", servicetest.Wrong(s.Code(phone))).refuses(422, "code", "Код не подошёл")
	v.send("/recover/guest/resend").refuses(429, "", "Новый код")
	v.send("/recover/guest", "code", s.Code(phone)).shows(200, "Т-1001", "Не могу войти")
	token := v.at[strings.LastIndexByte(v.at, '/')+1:]
	v.open(filePattern.FindStringSubmatch(v.body)[1]).shows(200).open("/recover/ticket/" + token)
	v.sendFiles(v.at, nil, "words", "Добавлю").shows(200, "Добавлю")
	if strings.Contains(s.log.String(), token) {
		t.Error("the address of the ticket stands in the log")
	}
	if other := s.visitor().open("/recover/ticket/" + strings.Repeat("A", 22)); other.code != 404 {
		t.Errorf("a made-up address answers %d", other.code)
	}

	// What a mail server and a chat hand over needs the key.
	for _, path := range []string{"/support/mail", "/support/chat"} {
		if v.json(path, map[string]any{"words": "x"}); v.code != 403 {
			t.Errorf("%s answers %d without the key", path, v.code)
		}
	}
}

// The ways back by forms alone: a forgotten password, the page that stops it, each path's
// first screen, and no word of whether an account exists.
//
// S001-207: the last page says to check the
// contacts and to switch the second step on.
func TestRecoverPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.SignUp(phone, mail, servicetest.Anna())
	v := s.visitor()
	v.open("/recover")
	for _, path := range []string{"password", "phone", "mail", "locked", "key", "intruder", "desk", "visit", "write"} {
		if !strings.Contains(v.body, `href="/recover/`+path+`"`) {
			t.Errorf("no way to %s", path)
		}
	}
	v.open("/recover/nothing").shows(404)
	v.open("/recover/phone").send("/recover/phone", "contact", phone).refuses(422, "contact", "Введите почту кабинета")
	v.open("/recover/phone").shows(200, "Почта кабинета Адрес, на который").open("/recover/mail").shows(200, "Телефон кабинета Например, +7")
	v.open("/recover/password").send("/recover/password", "contact", "12").refuses(422, "contact", "Введите телефон или почту")
	unknown := s.visitor().open("/recover/password").send("/recover/password", "contact", "+79990000088").shows(200, "Введите код").text()
	v.send("/recover/password", "contact", phone).shows(200, "Введите код")
	if strings.Replace(unknown, "88", "01", 1) != v.text() {
		t.Errorf("an unknown number is told apart:\n%s\n%s", unknown, v.text())
	}
	v.send("/recover/case/code", "code", s.Code(phone)).shows(200, "Новый пароль")
	v.send("/recover/case/password", "password", "коротко").refuses(422, "password", "")
	v.send("/recover/case/password", "password", "Летний дождь 7!").shows(200, "Доступ восстановлен", "второй шаг")
	v.open("/login").send("/login", "login", phone, "password", "Летний дождь 7!").shows(200)

	s.Clock.Pass(time.Minute)
	s.Deliver()
	stop := ""
	for _, m := range s.Mail.To(mail) {
		if link := stopPattern.FindString(m.Body); link != "" {
			stop = link
		}
	}
	holder := s.visitor().open(stop).shows(200, "Остановить восстановление", "В-1002")
	if h := holder.head.Get("Referrer-Policy"); h != "no-referrer" {
		t.Errorf("the address of the page leaves with referrers: %q", h)
	}
	holder.send(stop).shows(200, "Восстановление остановлено").open(stop).shows(404)
	v.open("/login").send("/login", "login", phone, "password", "Летний дождь 7!").refuses(429, "", "Вход закрыт до")
	if strings.Contains(s.log.String(), stop[len("/recover/stop/"):]) {
		t.Error("the link stands in the log")
	}
}

// What a thief set up in the cabinet reads nothing more once its owner came back by a recovery: the calendar's address is
// void, the webhook is paused with its address kept, and is called again after a step that was shown lately. The address
// of a calendar is made after such a step, too.
func TestRecoveryEndsChannels(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	thief, base := s.atHome()
	hooks := base + "/developers/webhooks"
	thief.open(base + "/profile/notices").send(base + "/calendar/feed").stepUp()
	thief.open(base+"/profile/notices").send(base+"/calendar/feed").shows(200, "больше его не покажем")
	feed := icsPattern.FindString(thief.body)
	thief.open(hooks).send(hooks, "address", "https://thief.example/in", "events", "case").shows(200, "Вебхук добавлен")
	anybody := s.visitor().open(feed).shows(200)

	v := s.visitor().open("/recover/password").send("/recover/password", "contact", phone).send("/recover/case/code", "code", s.Code(phone))
	v.send("/recover/case/password", "password", "Летний дождь 7!").shows(200, "Доступ восстановлен")
	s.Deliver()
	anybody.open(feed).shows(404)
	v.open("/login").send("/login", "login", phone, "password", "Летний дождь 7!")
	v.open(hooks).shows(200, "https://thief.example/in", "Приостановлен", "все входы в кабинет были завершены", "Возобновить")
	if told := s.Mail.Latest(mail, regexp.MustCompile(`(вебхуки приостановлены: thief\.example)`)); told == "" {
		t.Errorf("the owner is told %v", s.Mail.To(mail))
	}
	s.Clock.Pass(11 * time.Minute)
	v.open(base+"/profile/notices").send(base+"/calendar/feed").shows(200, "Подтвердите, что это вы")
	resume := v.open(hooks).formLike(hooks + "/[0-9a-z]+/resume")
	v.send(resume).stepUp().open(hooks).shows(200, "Приостановлен").send(resume).shows(200, "Отправить проверку")
	if strings.Contains(v.text(), "Приостановлен") {
		t.Error("the webhook stays paused")
	}
}

// formLike is the address of the form of this page that fits a pattern.
func (v *visitor) formLike(pattern string) string {
	v.t.Helper()
	found := regexp.MustCompile(`action="(` + pattern + `)"`).FindStringSubmatch(v.body)
	if found == nil {
		v.t.Fatalf("no form like %s: %s", pattern, v.text())
	}
	return found[1]
}

// The desk on pages: three fields, masked data, a visit with a one-time password shown once
// and changed at the first entry, another phone by another operator.
func TestVisitPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	account, _ := s.SignUp(phone, mail, servicetest.Anna())
	v := s.visitor().open("/recover/visit").send("/recover/visit", "name", "Соколова", "contact", phone).shows(200, "В-1001", "Ваш ход")
	op := s.operator()
	op.open("/op/clients/"+account.ID).shows(200, "Найти клиента") // an address is no search
	op.open("/op/visits").shows(200, "В-1001")
	fields := []string{"inn", "990000001704", "register", "99000000153", "name", "Соколова Анна Ивановна"}
	op.send("/op/clients", "inn", "990000001704", "register", "99000000153", "name", "Соколова").refuses(404, "inn", "Никого не нашли")
	op.send("/op/clients", fields...).shows(200, "Соколова Анна Ивановна", "Вход", "Открыт")
	client := op.at
	if strings.Contains(op.body, "990000001704") || strings.Contains(op.body, phone) {
		t.Error("numbers are shown before they are asked for")
	}
	op.open(client+"?reveal=1").shows(200, "990000001704", phone)
	op.open(client).send(client+"/help", "what", "instruct").shows(200, "Инструкция отправлена")
	op.open(client).send(client+"/identity", "passport", "9999123456").refuses(422, "visited", "Отметьте всё, что проверено")
	all := []string{"visited", "original", "visited", "face", "visited", "data"}
	op.send(client+"/identity", append(all, "passport", "9999123457")...).refuses(422, "passport", "Номер не совпадает")
	s.Deliver()
	op.send(client+"/identity", append(all, "passport", "99 99 №123456")...).shows(200, "Личность подтверждена, клиенту сообщили")
	s.Deliver()
	if letters := s.Mail.To(mail); !strings.Contains(letters[len(letters)-1].Subject, "подтверждена визитом") {
		t.Errorf("the client is told %q", letters[len(letters)-1].Subject)
	}
	op.open(client).sendFiles(client+"/issue", nil).refuses(422, "seen", "Отметьте все оригиналы")
	op.sendFiles(client+"/issue", map[string][]byte{"заявление.png": picture(5)}, "seen", "passport", "seen", "inn", "seen", "snils", "phone", "+79990000055")
	password := issuedPattern.FindString(op.shows(200, "Одноразовый пароль").body)
	if op.open(client); strings.Contains(op.body, password) {
		t.Error("the one-time password is shown twice")
	}
	v.open("/login").send("/login", "login", phone, "password", password).shows(200, "Придумайте новый пароль")
	v.send("/login/password", "password", "Летний дождь 7!").shows(200, "Соколова")
	v.open("/c/"+v.pid()+"/identity").shows(200, "Подтверждена", "Визит")

	op.open("/op/unlock")
	address := casePattern.FindString(op.shows(200, "Ход второго оператора").body)
	op.open(address).shows(200, "Решение подтверждает другой оператор").post(address+"/agree", "compared", "yes", "called", "yes").refuses(409, "", "другой оператор")
	s.Operator("+79990000018", "op2@example.org", "Петров С. С.")
	two := s.visitor().open("/login").send("/login", "login", "op2@example.org", "password", pass)
	two.send(two.formOf("/login/second"), "code", s.Code("+79990000018"))
	two.open(address).send(address+"/agree").refuses(422, "ticks", "Отметьте")
	two.send(address+"/agree", "compared", "yes", "called", "yes").shows(200)
	two.open(address).shows(200, "Новый контакт скоро заработает")
}

// The inbox on pages: the count in the header, the letter, quiet hours, the calendar's
// address shown once and made void by another, and nothing of it for others.
func TestInboxPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp()
	base := "/c/" + strings.Split(v.open("/").open("/login").at, "/")[2]
	v.open(base+"/inbox").shows(200, "Входящих нет")
	v.open(base + "/support/new")
	v.sendFiles(base+"/support", nil, "words", "Вопрос").shows(200, "Входящие 1")
	v.open(base+"/inbox").shows(200, "Обращение Т-1001 принято", "Новое")
	letter := regexp.MustCompile(base + `/inbox/[0-9a-z]+`).FindString(v.body)
	v.open(letter).shows(200, "Обращение Т-1001 принято", "Что сделать", "Ничего делать не нужно").open(base + "/inbox")
	if strings.Contains(v.text(), "Новое") {
		t.Error("a letter that was read is new")
	}
	v.open(base+"/inbox?show=news").shows(200, "Входящих нет")
	settings := base + "/profile/notices"
	v.open(settings).shows(200, "отключить нельзя").send(settings, "quiet_from", "25:00").refuses(422, "quiet_from", "Время тихих часов")
	v.send(settings, "quiet_from", "22:00", "quiet_until", "08:00", "zone", "Asia/Omsk", "notice_language", "kk").shows(200, "Сохранено")
	v.holds(settings, "quiet_from", "22:00")
	v.send(base + "/calendar/feed").stepUp()
	v.open(settings).send(base+"/calendar/feed").shows(200, "больше его не покажем")
	first := icsPattern.FindString(v.body)
	anybody := s.visitor().open(first).shows(200)
	if !strings.HasPrefix(anybody.body, "BEGIN:VCALENDAR\r\n") || anybody.head.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Errorf("%q", anybody.body)
	}
	v.send(base + "/calendar/feed")
	anybody.open(first).shows(404)
	anybody.open(icsPattern.FindString(v.body)).shows(200)

	other := s.visitor()
	s.SignUp("+79990000077", "boris@example.org", servicetest.Boris())
	other.open("/login").send("/login", "login", "+79990000077", "password", pass)
	own := "/c/" + strings.Split(other.at, "/")[2]
	for _, path := range []string{letter, strings.Replace(letter, base, own, 1), settings} {
		if other.open(path); other.code != 404 {
			t.Errorf("%s answers %d to somebody else", path, other.code)
		}
	}
}

// Numbers of call centres are settings: a page shows the one that is set and none when none is.
//
// S001-198, S003-30: the hot line, whatever number the installation has (ODD-08).
func TestHotLineIsASetting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/recover").shows(200)
	if strings.Contains(v.body, `href="tel:`) {
		t.Error("a number that nobody set")
	}
	s.Set("support.phone", "+78431234567")
	s.Set("recover.place", "МФЦ, Казань")
	for _, page := range []string{"/recover", "/recover/desk"} {
		v.open(page).shows(200, "+78431234567")
	}
	v.open("/login").shows(200, "Не получается войти")
}
