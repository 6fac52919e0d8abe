// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The newcomer's way by forms alone, without a script, up to the certificate: from
// the first page to the operator's decision by a browser without scripts, the key
// and the request by a program in place of the one in the browser.
//
// S001-002, S001-022: everything is typed into forms on the site and checked.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/").shows(200).signUp()
	address := v.apply()
	v.submitted(address)

	op := s.operator()
	op.open("/op/applications").shows(200, "Соколова Анна Ивановна", "А-1001")
	id := address[strings.LastIndexByte(address, '/')+1:]
	op.open("/op/applications/"+id).shows(200, "Соколова", "•••••••••53")
	if strings.Contains(op.body, "9999123456") {
		t.Error("the number of the passport is shown before it is asked for")
	}
	op.send("/op/applications/"+id+"/approve", "ticks", "passport").refuses(422, "ticks", "Отметьте всё, что проверено")
	op.approve(address)

	v.open(address).shows(200, "Одобрено").open(address+"/issue").shows(200, "Соколова Анна Ивановна", "990000001704")
	if a := v.ask("POST", address+"/consent"); v.code != 422 || a["field"] != "agree" || a["title"] != "Отметьте, что данные верны и вы согласны на выпуск." {
		t.Errorf("%d %v", v.code, a)
	}
	cert := v.certified(address)
	v.open(address).shows(200, "Завершено")
	base, _, _ := strings.Cut(address, "/applications")
	v.open(base+"/certificates").shows(200, "Действует", "С-1001")
	v.open(base + "/certificates/" + cert.Serial.Hex() + "/certificate.cer").shows(200)
	if v.body != string(cert.Raw) {
		t.Error("another certificate is downloaded")
	}

	// Revoked by its holder, with the number typed wrong first.
	revoke := base + "/certificates/" + cert.Serial.Hex() + "/revoke"
	v.open(revoke).stepUp().send(revoke, "tail", "zzzz").refuses(422, "tail", "")
	v.send(revoke, "reason", "unneeded", "tail", strings.ToLower(cert.Serial.Hex()[len(cert.Serial.Hex())-4:])).shows(200, "Отозван")

	for _, secret := range []string{pass, s.Codes(phone)[0], "9999123456", "990000001704", s.Link(mail)} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
}

// approve ticks everything on the application of an address and approves it.
func (v *visitor) approve(address string) {
	v.t.Helper()
	page := "/op/applications/" + address[strings.LastIndexByte(address, '/')+1:]
	form := []string{}
	for _, tick := range ra.CheckTicks() {
		form = append(form, "ticks", tick)
	}
	v.open(page)
	if !regexp.MustCompile(`data-of="[0-9a-f]+"`).MatchString(v.body) {
		v.t.Error("ticks that were kept would come back to another version of the application")
	}
	v.send(page+"/approve", form...).shows(200)
}

// certified consents, orders the certificate of an approved application and proves the key.
func (v *visitor) certified(address string) *x509.Certificate {
	v.t.Helper()
	v.ask("POST", address+"/consent", "agree", "yes")
	key, request := servicetest.Request(v.t, alg.P256)
	answer := v.json(address+"/order", map[string]any{"code": v.site.Code(phone), "request": request})
	text, ok := answer["certificate"].(string)
	if !ok {
		v.t.Fatalf("no certificate: %v", answer)
	}
	der, err := base64.StdEncoding.DecodeString(text)
	must(v.t, err)
	cert, err := x509.ParseCertificate(der)
	must(v.t, err)
	h := key.PublicKey().Kind().Hash()
	sig, err := key.SignDigest(rand.Reader, h, h.Sum([]byte(answer["test"].(string))))
	must(v.t, err)
	if v.json(address+"/installed", map[string]any{"signature": sig}); v.code != 200 {
		v.t.Fatalf("%d %s", v.code, v.body)
	}
	return cert
}

// S001-003, S001-006, S001-007, S001-025, S002-045: each field that is wrong is told in Russian, in the
// summary and at the field, and everything comes back as it was typed: in the
// answer, after a reload, in another window of the same browser.
//
// S002-041, S002-116, S004-062: shown here.
func TestSignupRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/signup").send("/signup/phone", "phone", "12345").refuses(422, "phone", "Введите номер").holds("/signup/phone", "phone", "12345")
	v.send("/signup/phone", "phone", "9990000001").shows(200, "Код из СМС", "+7 ··· ··-01")
	code := s.Code(phone)
	v.send("/signup/code", "code", servicetest.Wrong(code)).refuses(422, "code", "Код не подошёл. Осталось попыток: 4")
	v.send("/signup/resend").refuses(429, "", "Новый код можно запросить через")
	s.Clock.Pass(6 * time.Minute)
	v.send("/signup/code", "code", code).refuses(422, "code", "Время кода вышло")
	v.send("/signup/resend").shows(200, "Код из СМС")
	v.send("/signup/code", "code", s.Code(phone)).shows(200, "Почта и пароль")

	v.send("/signup/mail", "mail", "anna@", "password", "короткий").refuses(422, "mail", "Проверьте адрес почты").holds("/signup/mail", "mail", "anna@")
	v.refuses(422, "password", "").holds("/signup/mail", "password", "")
	v.open("/signup").holds("/signup/mail", "mail", "anna@")
	v.send("/signup/mail", "mail", mail, "password", "Password1!").refuses(422, "password", "Этот пароль известен взломщикам").holds("/signup/mail", "mail", mail)
	v.send("/signup/mail", "mail", mail, "password", pass).shows(200, "Как вас зовут")

	name := []string{"surname", "Соколова", "given_name", "Анна7", "birth_date_d", "31", "birth_date_m", "2", "birth_date_y", "1990"}
	v.send("/signup/name", name...).refuses(422, "given_name", "").refuses(422, "birth_date", "")
	for i := 0; i < len(name); i += 2 {
		v.holds("/signup/name", name[i], name[i+1])
	}
	v.open("/signup").shows(200, "Как вас зовут").holds("/signup/name", "given_name", "Анна7").holds("/signup/name", "birth_date_d", "31")
	v.send("/signup/name", "given_name", "Анна", "birth_date_d", "17", "birth_date_m", "5").shows(200, "Документы")

	v.send("/signup/documents", "inn", "990000001705", "snils", "1", "passport_number", "12", "passport_department", "1").
		refuses(422, "inn", "В ИНН ошибка: проверьте 11-ю и 12-ю цифры").refuses(422, "snils", "").refuses(422, "passport_number", "").
		refuses(422, "passport_issued", "").refuses(422, "passport_department", "").
		holds("/signup/documents", "inn", "990000001705")
	// A draft typed and left: the tab is killed.
	if a := v.ask("POST", "/signup/draft", "passport_issued_by", "МВД по Респ", "password", "secret"); !strings.HasPrefix(a["saved"].(string), "Сохранено в ") {
		t.Errorf("%v", a)
	}
	s.Clock.Pass(24 * time.Hour)
	v.at = ""
	v.open("/signup").shows(200, "Документы").holds("/signup/documents", "passport_issued_by", "МВД по Респ").holds("/signup/documents", "inn", "990000001705")
	v.send("/signup/documents", "inn", "990000001704", "snils", "99000000153", "passport_number", "9999123456", "passport_issued_d", "1",
		"passport_issued_m", "6", "passport_issued_y", "2010", "passport_department", "160-001", "passport_issued_by", "МВД")
	v.shows(200, "Проверьте данные").send("/signup/finish", "accept_terms", "yes").refuses(422, "", "Отметьте, что принимаете соглашение")
	v.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes").shows(200, "Кабинет создан")
	if n := s.Count("account", "1 = 1"); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

// S001-057: a page with login, password and a button. A refusal keeps the login,
// never the password, and does not say which of the two is wrong; after three the
// page says until when and what else there is.
//
// S001-194: each failure has a code to quote, with a page of its own.
func TestLoginPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.SignUp(phone, mail, servicetest.Anna())
	for _, login := range []string{mail, "nobody@example.org"} {
		v := s.visitor()
		v.open("/login").shows(200, "Телефон, почта или ИНН", "Пароль", "Войти")
		v.send("/login", "login", login, "password", "wrong").refuses(422, "", "Логин или пароль не подошли. Осталось попыток: 2").shows(422, "LOG-151")
		v.holds("/login", "login", login).holds("/login", "password", "")
		v.send("/login", "password", "wrong").refuses(422, "", "Осталась 1 попытка")
		v.send("/login", "password", "wrong").refuses(429, "", "Вход по паролю закрыт до ")
		v.shows(429, "по коду из СМС", "LOG-152") // what else there is
		v.open("/help/errors/LOG-152").shows(200, "на время закрыт", "другим способом")
	}
	s.Clock.Pass(5 * time.Minute)
	v := s.visitor()
	v.open("/login?return="+url.QueryEscape("https://evil.example/")).send("/login", "login", mail, "password", pass)
	if v.code != 200 || !strings.HasPrefix(v.at, "/c/") {
		t.Errorf("landed at %s, %d", v.at, v.code)
	}
}

// A session that ended leads to the sign-in and back to the page; what the tab had
// saved is there.
func TestBackAfterTheSessionEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	v.send(v.formOf("/applications/new"))
	address := applicationPattern.FindString(v.at)
	v.send(address+"/purposes", "purposes", "documents").send(address+"/holder", "kind", "person")
	v.ask("POST", address+"/draft", "locality", "Каз", "region", "16 Тата")
	s.Clock.Pass(16 * time.Minute)
	if a := v.ask("POST", address+"/draft", "locality", "Казань"); v.code != 403 || a["code"] != "auth.session.needed" {
		t.Errorf("%d %v", v.code, a)
	}
	v.post(address+"/data", "region", "16 Татарстан", "locality", "Казань").shows(200, "Вход")
	v.send("/login", "login", phone, "password", pass)
	if v.shows(200, "Проверьте данные"); !strings.HasPrefix(v.at, address) {
		t.Errorf("back at %s, want %s", v.at, address)
	}
	v.holds(address+"/data", "locality", "Каз").holds(address+"/data", "region", "16 Тата")
}

// S002-080, S004-002, S004-022: in by the phone and a code, for looking; what binds
// asks for the password and leads back.
func TestPhoneCodeAndSecondStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	account, _ := s.SignUp(phone, mail, servicetest.Anna())
	id, err := s.Desk.Start(t.Context(), ra.Actor{Account: account, Client: servicetest.Client()}, "x")
	must(t, err)
	v := s.visitor()
	v.open("/login/phone").send("/login/phone", "phone", phone).shows(200, "Код из СМС")
	v.send("/login/code", "code", servicetest.Wrong(s.Code(phone))).refuses(422, "code", "Код не подошёл")
	v.send("/login/code", "code", s.Code(phone)).shows(200)
	base := strings.TrimSuffix(v.at, "/")
	address := base + "/applications/" + id
	v.open(address).shows(200, "Для чего нужна подпись?")
	if v.ask("POST", address+"/draft", "x", "typed"); v.code != 200 {
		t.Errorf("typing is answered with %d", v.code)
	}
	if a := v.ask("POST", address+"/sign"); v.code != 403 || a["code"] != "auth.second.needed" {
		t.Errorf("%d %v", v.code, a)
	}
	must(t, s.Desk.Attach(t.Context(), ra.Actor{Account: account, Client: servicetest.Client()}, id, "passport", "passport.png", picture(1)))
	own, err := s.Desk.Get(t.Context(), ra.Actor{Account: account, Client: servicetest.Client()}, id)
	must(t, err)
	passport := address + "/files/" + own.Files[0].ID
	v.open(passport).shows(200, "Пароль") // who has the SIM alone sees no passport
	v.open(address)
	v.send(address+"/purposes", "purposes", "documents").shows(200, "Пароль")
	v.send("/login/second", "password", "wrong").refuses(422, "", "Осталось попыток: 2")
	v.send("/login/second", "password", pass).shows(200, "Для чего нужна подпись?")
	v.send(address+"/purposes", "purposes", "documents").shows(200, "На кого сертификат?")
	if v.open(passport); v.code != 200 || v.head.Get("Content-Type") != "image/png" {
		t.Errorf("after the second step: %d %s", v.code, v.head.Get("Content-Type"))
	}

	// A code that has run out is asked anew.
	v = s.visitor()
	s.Clock.Pass(time.Minute)
	v.open("/login/phone").send("/login/phone", "phone", phone)
	s.Clock.Pass(6 * time.Minute)
	v.post("/login/code", "code", "000000").refuses(422, "phone", "Время кода вышло")
	v.send("/login/phone", "phone", phone).shows(200, "Код из СМС")
	v.send("/login/resend").refuses(429, "", "Новый код можно запросить через")
	// Somebody unknown sees the same.
	v = s.visitor()
	v.open("/login/phone").send("/login/phone", "phone", "+79995555555").shows(200, "Код из СМС")
	v.send("/login/code", "code", "000000").refuses(422, "code", "Код не подошёл. Осталось попыток: 4")
}

// S001-215: mail that is not confirmed is said on the first page with what to do. The link of
// the letter asks first, so that programs that look at links use nothing up.
func TestMailLinkPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp().open("/login").shows(200, "Подтвердите почту")
	home := v.at
	link := "/confirm/" + s.Link(mail)
	other := s.visitor()
	other.open(link).shows(200, "Подтвер")
	if s.Count("account", "mail_confirmed_at <> 0") != 0 || other.head.Get("Referrer-Policy") != "no-referrer" {
		t.Error("looking at the link has used it")
	}
	other.send(link).shows(200)
	other.post(link).shows(200) // pressed twice
	if s.Count("account", "mail_confirmed_at <> 0") != 1 {
		t.Error("not confirmed")
	}
	other.post("/confirm/none").shows(404, "Ссылка устарела")
	if strings.Contains(s.log.String(), link) {
		t.Error("the link stands in the log")
	}
	v.open(home).shows(200)
	if strings.Contains(v.text(), "Подтвердите почту") {
		t.Error("still asked to confirm")
	}
}

// Messages speak as the page before them does, and an account goes on in the language it was opened in.
func TestMessagesInTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/").send("/view", "language", "kk")
	v.open("/signup").send("/signup/phone", "phone", "8 999 000-00-01").send("/signup/code", "code", s.Code(phone))
	if last := s.SMS.To(phone); !strings.Contains(last[len(last)-1].Body, "тіркелу") {
		t.Errorf("%q", last[len(last)-1].Body)
	}
	v.send("/signup/mail", "mail", mail, "password", pass).send("/signup/name", "surname", "Соколова", "given_name", "Анна", "patronymic", "Ивановна",
		"birth_date_d", "17", "birth_date_m", "5", "birth_date_y", "1990")
	v.send("/signup/documents", "inn", "990000001704", "snils", "990-000-001 53", "passport_number", "9999 123456", "passport_issued_d", "1",
		"passport_issued_m", "6", "passport_issued_y", "2010", "passport_department", "160001", "passport_issued_by", "МВД по Республике Татарстан")
	v.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes")
	s.Deliver()
	if letters := s.Mail.To(mail); !strings.Contains(letters[len(letters)-1].Subject, "поштаны растаңыз") {
		t.Errorf("%+v", letters)
	}
	s.visitor().login(pass) // a browser that says it reads Russian: the notice is for the person
	s.Deliver()
	letters := s.Mail.To(mail)
	if last := letters[len(letters)-1]; !strings.Contains(last.Subject, "Жаңа кіру") || !strings.Contains(last.Body, "Бұл мен емес: http") {
		t.Errorf("%+v", last)
	}
	if s.Count("letter", "kind = 'security.login'") != 1 {
		t.Error("the inbox does not have the notice")
	}
}
