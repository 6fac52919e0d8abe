// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
	"podpis/internal/service/servicetest"
)

// stepUp takes the second step by the phone, on the page that asks for it, and comes back.
func (v *visitor) stepUp() *visitor {
	v.t.Helper()
	v.shows(200, "Подтвердите, что это вы").send("/login/second/ask")
	return v.shows(200, "Код").send("/login/second", "code", v.site.Code(phone)).shows(200)
}

var recoveryPattern = regexp.MustCompile(`<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})</li>`)

// recoveryCodes makes recovery codes on the page of the second step and types one back.
func (v *visitor) recoveryCodes(base string) (codes []string) {
	v.t.Helper()
	second := base + "/security/second"
	v.shows(200, "Сначала — коды восстановления").send(second + "/codes")
	v.shows(200, "больше мы их не покажем")
	for _, m := range recoveryPattern.FindAllStringSubmatch(v.body, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) != 10 {
		v.t.Fatalf("%d recovery codes: %s", len(codes), v.text())
	}
	v.send(second+"/codes/confirm", "code", "0000-0000-0000").refuses(422, "code", "Такого кода в этом списке нет")
	v.send(second+"/codes/confirm", "code", strings.ToLower(strings.ReplaceAll(codes[3], "-", " "))).shows(200, "Добавить способ")
	return codes
}

// atHome is a person who has signed up, and the address of the cabinet.
func (s *site) atHome() (v *visitor, base string) {
	s.t.Helper()
	v = s.visitor().signUp()
	v.open("/login") // leads home: they are signed in
	return v, strings.TrimSuffix(v.at, "/")
}

func (v *visitor) login(password string) *visitor {
	v.t.Helper()
	return v.open("/login").send("/login", "login", mail, "password", password)
}

var secretPattern = regexp.MustCompile(`data-secret[^>]*>([A-Z2-7]{32})<`)

// The second step is set up by its pages: codes first, then the application; then a
// password alone opens nothing, a code counts once, and a recovery code helps once.
//
// S001-065, S001-170: two-step verification by SMS or an application; S001-180: the check-list says whether it is;
// S001-066, S001-181, S000-23: the page says where to keep the password and where not to use
// it.
func TestSecondStepIsSetUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	second := base + "/security/second"
	v.open(base+"/security").shows(200, "Посмотрите: Второй шаг входа выключен", "в менеджере паролей, не в браузере", "не используйте его на других сайтах")
	v.open(second).stepUp()
	codes := v.recoveryCodes(base)
	v.open(second+"/codes").shows(200, "Второй шаг входа") // shown once, not again
	v.send(second+"/app").shows(200, "Отсканируйте")
	secret := secretPattern.FindStringSubmatch(v.body)
	if secret == nil {
		t.Fatalf("no secret: %s", v.body)
	}
	if v.open(second + "/app.png"); v.head.Get("Content-Type") != "image/png" || v.code != http.StatusOK {
		t.Errorf("picture: %d %s", v.code, v.head.Get("Content-Type"))
	}
	v.open(second + "/codes.txt") // the set was typed back: nothing to be downloaded
	v.shows(404)
	code := func() string {
		text, err := totp.GenerateCode(secret[1], s.DB.Now())
		must(t, err)
		return text
	}
	v.open(second+"/app").send(second+"/app/confirm", "code", servicetest.Wrong(code())).refuses(422, "code", "Код не подошёл")
	v.send(second+"/app/confirm", "code", code()).shows(200, "Приложение", "Последний способ убрать нельзя")
	v.open(base+"/security").shows(200, "В порядке: Второй шаг входа включён")

	other := s.visitor()
	other.login(pass).shows(200, "Второй шаг входа", "Код из приложения")
	other.open(base+"/").shows(200, "Вход").login(pass)                                    // the password alone opens nothing
	other.send("/login/second", "code", code()).refuses(422, "code", "Осталось 4 попытки") // was used when it was set up
	s.Clock.Pass(30 * time.Second)
	other.send("/login/second", "code", code()).shows(200, "Главная")

	third := s.visitor()
	third.login(pass).open("/login/second?way=recovery").send("/login/second", "code", codes[0]).shows(200, "Главная")
	fourth := s.visitor()
	fourth.login(pass).open("/login/second?way=recovery").send("/login/second", "code", codes[0]).refuses(422, "code", "Не подошло")
	s.Deliver()
	told := ""
	for _, m := range s.Mail.To(mail) {
		told += m.Body
	}
	for _, what := range []string{"Коды восстановления заменены", "Добавлен второй шаг: Приложение", "Использован код восстановления, осталось 9", "Новый вход"} {
		if !strings.Contains(told, what) {
			t.Errorf("no letter tells %q", what)
		}
	}
}

// The last method stays; another one lets it go.
func TestLastMethodStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	second := base + "/security/second"
	v.open(second).stepUp().recoveryCodes(base)
	s.Clock.Pass(time.Minute)
	v.send(second+"/sms").shows(200, "Отправили код").send(second+"/sms/confirm", "code", s.Code(phone))
	v.shows(200, "Последний способ убрать нельзя")
	if strings.Contains(v.body, "/remove/") {
		t.Error("the last method has a button")
	}
	v.post(second + "/remove/none").shows(404)
	v.open("/logout")
	other := s.visitor()
	other.login(pass).shows(200, "Второй шаг входа", "Пришлём код в СМС")
	s.Clock.Pass(time.Hour)
	other.login(pass).send("/login/second/ask").send("/login/second", "code", s.Code(phone)).shows(200, "Главная")
}

// Keys are ordered and revoked with a second step that was shown lately, and those who look
// may not do either; within its time it is asked for once.
//
// S001-192: two factors for what needs a signature; S001-087: no repeated prompts.
func TestKeyOperationsNeedAStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	anna := s.visitor().signUp()
	address := anna.apply()
	anna.submitted(address)
	s.operator().approve(address)
	base, _, _ := strings.Cut(address, "/applications")
	anna.open(address+"/issue").shows(200, "Соколова Анна Ивановна") // the issue asks for a code itself
	second := base + "/security/second"
	anna.open(second).stepUp().recoveryCodes(base)
	s.Clock.Pass(time.Minute)
	anna.send(second+"/sms").send(second+"/sms/confirm", "code", s.Code(phone)).shows(200, "Последний способ")
	anna.open(address+"/issue").shows(200, "Соколова Анна Ивановна") // asked for just now
	s.Clock.Pass(11 * time.Minute)
	if a := anna.ask("POST", address+"/consent", "agree", "yes"); anna.code != 403 || a["code"] != "auth.step.needed" {
		t.Errorf("%d %v", anna.code, a)
	}
	anna.open(address+"/issue").stepUp().shows(200, "Соколова Анна Ивановна")
	cert := anna.certified(address)
	revoke := base + "/certificates/" + cert.Serial.Hex() + "/revoke"
	anna.open(revoke).shows(200, "После отзыва")
	s.Clock.Pass(11 * time.Minute)
	anna.post(revoke, "reason", "unneeded", "tail", cert.Serial.Hex()[28:]).shows(200, "Подтвердите, что это вы")
	if rec, err := s.Authority.Certificate(t.Context(), cert.Serial.Hex()); err != nil || !rec.RevokedAt.IsZero() {
		t.Errorf("revoked without the step: %v", err)
	}
}

// A sign-in from a browser that the account has not come from is told, and «Это не я» of
// the letter ends every session, once.
func TestNotMe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	again := v.open(base + "/").shows(200)
	s.Deliver()
	before := len(s.Mail.To(mail))
	again.post("/logout")
	again.login(pass).shows(200, "Главная")
	s.Deliver()
	if n := len(s.Mail.To(mail)); n != before {
		t.Errorf("%d letters of a browser that is known", n-before)
	}
	stranger := s.visitor()
	stranger.login(pass).shows(200, "Главная")
	s.Deliver()
	letters, messages := s.Mail.To(mail), s.SMS.To(phone)
	m := regexp.MustCompile(regexp.QuoteMeta(servicetest.PublicURL) + `(/not-me/\S+)`).FindStringSubmatch(letters[len(letters)-1].Body)
	if m == nil || !strings.Contains(messages[len(messages)-1].Body, "новый вход") || strings.Contains(messages[len(messages)-1].Body, "http") {
		t.Fatalf("letter %q, message %q", letters[len(letters)-1].Body, messages[len(messages)-1].Body)
	}
	nobody := s.visitor()
	nobody.open(m[1]+"x").shows(404, "Ссылка устарела")
	nobody.open(m[1]).shows(200, "Это были не вы?")
	stranger.open(base+"/").shows(200, "Главная") // to look ends nothing: programs follow links
	nobody.send(m[1])
	stranger.open(base+"/").shows(200, "Вход")
	v.login(pass).shows(200, "Главная")
	nobody.open(m[1]).send(m[1]) // pressed again it ends nothing
	v.open(base+"/").shows(200, "Главная")
}

// A password that somebody else set is changed at the first entry, before anything else.
//
// S001-059: the first sign-in asks for another password.
func TestIssuedPasswordIsChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	account, found, err := s.holderBy("990000001704")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	password, hash, err := s.Accounts.DrawPassword(t.Context())
	must(t, err)
	s.Write(func(ctx context.Context, tx *db.Tx) error {
		return s.Accounts.ResetPassword(ctx, tx, "test", account.ID, hash, true)
	})
	v.open(base+"/").shows(200, "Вход").login(password).shows(200, "Придумайте новый пароль", "Пароль вам задали")
	v.open(base+"/certificates").shows(200, "Придумайте новый пароль")
	if a := v.ask("POST", base+"/mail"); v.code != 403 || a["code"] != "auth.password.must" {
		t.Errorf("%d %v", v.code, a)
	}
	v.send("/login/password", "password", password).refuses(422, "password", "прежний пароль")
	v.send("/login/password", "password", "Ясный-день-7").shows(200, "Сертификаты")
}

// holderBy finds the account of a number.
func (s *site) holderBy(inn string) (a auth.Account, found bool, err error) {
	err = s.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		a, found, err = s.Accounts.HolderByINN(ctx, tx, inn)
		return err
	})
	return a, found, err
}

// The page that replaces an issued password is no way around the second step.
func TestPasswordPageIsNoDetour(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _ := s.atHome()
	v.open("/login/password").shows(200, "Подтвердите, что это вы")
	v.post("/login/password", "old_password", pass, "password", "Ясный-день-7").shows(200, "Подтвердите, что это вы")
	v.post("/logout")
	v.login(pass).shows(200, "Главная")
}

// An old password is a task on the first page, and a wall where the policy says so.
//
// S001-171, S001-064: rotation at least once in 90 days is advised or demanded.
func TestOldPasswordIsAWall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	s.Clock.Pass(91 * 24 * time.Hour)
	v.login(pass).shows(200, "Главная", "Пароль давно не меняли")
	s.Set("auth.password.wall", "true")
	v.open(base+"/certificates").shows(200, "Придумайте новый пароль")
	v.send("/login/password", "old_password", "wrong", "password", "Ясный-день-7").refuses(422, "old_password", "Осталось 2 попытки")
	v.send("/login/password", "old_password", pass, "password", pass).refuses(422, "password", "прежний пароль")
	v.send("/login/password", "old_password", pass, "password", "Ясный-день-7").shows(200, "Сертификаты")
	v.post("/logout")
	v.login(pass).refuses(422, "", "Логин или пароль не подошли")
}

// S001-182, S001-174, S001-128: the journal shows who did what, operators who looked too, and can be
// taken along; sessions are listed and can be ended.
func TestJournalAndSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	anna := s.visitor().signUp()
	address := anna.apply()
	anna.submitted(address)
	op := s.operator()
	op.approve(address)
	base, _, _ := strings.Cut(address, "/applications")
	anna.open(base+"/security/log").shows(200, "Вы", "Регистрация", "Оператор: Иванова О. П.", "Оператор смотрел заявление", "Это не я")
	anna.open(base+"/security/log?area=others").shows(200, "Оператор смотрел заявление")
	if strings.Contains(anna.text(), "Регистрация") {
		t.Error("others of the journal has own acts")
	}
	anna.open(base+"/security/log?from_d=1&from_m=1&from_y=2099").shows(200, "записей нет")
	anna.open(base + "/security/log.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(anna.body, "\xEF\xBB\xBF"))).ReadAll()
	if err != nil || len(rows) < 6 || rows[0][1] != "Кто" {
		t.Errorf("%d rows, %v: %v", len(rows), err, rows)
	}
	other := s.visitor()
	other.login(pass).shows(200, "Главная")
	anna.open(base+"/security/sessions").shows(200, "этот", "Завершить все другие").send(base + "/security/sessions/others")
	other.open(base+"/").shows(200, "Вход")
	anna.open(base+"/security/sessions").shows(200, "этот")
	// Of somebody else nothing ends.
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris := s.visitor()
	boris.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	own := strings.Split(boris.at, "/")[2]
	id := regexp.MustCompile(`/sessions/([0-9a-z]+)/end`).FindStringSubmatch(anna.body)[1]
	boris.post("/c/" + own + "/security/sessions/" + id + "/end").shows(200)
	anna.open(base+"/").shows(200, "Главная")
}

// TestScriptsKeepNoSessionAlive: the list of who waits is asked for anew by its page as often as somebody
// comes, and the operator has gone home.
func TestScriptsKeepNoSessionAlive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.operator()
	ask := func(mode string) int {
		r := v.request(http.MethodGet, "/op/chats", nil)
		r.Header.Set("Sec-Fetch-Dest", "empty") // also of a page, through a service worker
		r.Header.Set("Sec-Fetch-Mode", mode)
		s.Clock.Pass(8 * time.Minute)
		return v.do(r).code
	}
	if a, b := ask("navigate"), ask("navigate"); a != 200 || b != 200 || !strings.HasSuffix(v.at, "/op/chats") {
		t.Errorf("who looks is answered %d, %d at %s", a, b, v.at)
	}
	if ask("cors"); !strings.HasSuffix(v.at, "/op/chats") {
		t.Errorf("a script is led to %s", v.at)
	}
	if ask("cors"); !strings.Contains(v.at, "/login") {
		t.Errorf("a page that nobody looks at has kept the session: %s", v.at)
	}
}

// A session is asked for without being kept alive, and kept alive when asked to.
func TestSessionLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _ := s.atHome()
	if a := v.ask("GET", "/session"); a["left"] != 900.0 || a["warn"] != 780.0 {
		t.Errorf("%v", a)
	}
	s.Clock.Pass(13 * time.Minute)
	if a := v.ask("GET", "/session"); a["left"] != 120.0 || a["warn"] != 0.0 {
		t.Errorf("after 13 minutes: %v", a)
	}
	if a := v.ask("POST", "/session"); a["left"] != 900.0 {
		t.Errorf("kept alive: %v", a)
	}
	s.Clock.Pass(16 * time.Minute)
	if a := v.ask("GET", "/session"); v.code != 403 || a["code"] != "auth.session.ended" {
		t.Errorf("%d %v", v.code, a)
	}
}

// No way in leads off the site.
func TestReturnStaysHere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, base := s.atHome()
	for _, to := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\evil.example"} {
		v := s.visitor()
		v.open("/login?return="+strings.ReplaceAll(to, "\\", "%5C")).send("/login", "return", to, "login", mail, "password", pass)
		if v.at != base+"/" {
			t.Errorf("%s leads to %s", to, v.at)
		}
	}
}
