// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	"github.com/pquerna/otp/totp"

	"podpis/internal/server/web"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/federation"
	"podpis/internal/service/oversight"
	"podpis/internal/service/servicetest"
)

// stepUpStaff takes the second step of a member of staff by the phone and comes back.
func (v *visitor) stepUpStaff(phone string) *visitor {
	v.t.Helper()
	v.shows(200, "Подтвердите, что это вы").send("/login/second/ask")
	return v.shows(200, "Код").send("/login/second", "code", v.site.Code(phone)).shows(200)
}

// Staff set up their own second step by the pages holders have: codes first, then the
// application, which is asked for at the next sign-in instead of a message.
func TestStaffSecondStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Operator)
	const base, second = "/staff", "/staff/security/second"
	v.open("/op/applications").shows(200, "Безопасность")
	v.open("/staff/security").shows(200, "Второй шаг входа выключен")
	if strings.Contains(v.body, "/staff/security/log") || strings.Contains(v.body, "/privacy") {
		t.Error("staff are offered what only holders have")
	}
	v.open("/staff/security/sessions").shows(200, "Сеансы")
	s.Clock.Pass(11 * time.Minute)
	v.open(second).stepUpStaff("+79990001001").recoveryCodes(base)
	v.open(second + "/passkey").shows(200)
	v.open(second + "/certificate").shows(200)
	v.open(second+"/codes").shows(200, "Второй шаг входа")
	v.open(second + "/codes.txt").shows(404)
	v.open(second).send(second+"/app").shows(200, "Отсканируйте")
	secret := secretPattern.FindStringSubmatch(v.body)
	if secret == nil {
		t.Fatalf("no secret: %s", v.body)
	}
	if v.open(second + "/app.png"); v.head.Get("Content-Type") != "image/png" {
		t.Errorf("picture: %d %s", v.code, v.head.Get("Content-Type"))
	}
	code := func() string {
		text, err := totp.GenerateCode(secret[1], s.DB.Now())
		must(t, err)
		return text
	}
	v.open(second+"/app").send(second+"/app/confirm", "code", code()).shows(200, "Последний способ убрать нельзя")
	s.Clock.Pass(time.Minute)
	v.open(second).send(second+"/sms").shows(200, "Отправили код")
	v.send(second+"/sms/confirm", "code", s.Code("+79990001001")).shows(200, "Код из СМС")

	fresh := s.visitor()
	fresh.open("/login").send("/login", "login", "operator@example.org", "password", pass).shows(200, "Код из приложения")
	fresh.open("/op/applications").shows(200, "Вход") // the password alone opens nothing
	fresh.open("/login").send("/login", "login", "operator@example.org", "password", pass)
	fresh.send("/login/second", "code", code()).shows(200, "Заявления")

	holder := s.visitor().signUp()
	for _, path := range []string{"/staff/security", second, "/staff/security/sessions", "/staff/security/password"} {
		if holder.open(path); holder.code != http.StatusForbidden {
			t.Errorf("%s answers a holder with %d", path, holder.code)
		}
		if outside := s.visitor().open(path); outside.code == http.StatusOK && !strings.HasPrefix(outside.at, "/login") {
			t.Errorf("%s opens to nobody", path)
		}
	}
}

// What is dangerous asks staff for a second step that was shown lately: rules, people,
// revocations, sealed numbers of people, and whatever opens an account, a role or a certificate.
func TestStaffStepUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	anna := s.visitor().signUp()
	address := anna.apply()
	anna.submitted(address)
	visitors := map[auth.Role]*visitor{}
	for _, role := range auth.StaffRoles() {
		visitors[role] = s.staff(role)
	}
	application := "/op/applications/" + address[strings.LastIndex(address, "/")+1:]
	op := visitors[auth.Operator]
	op.open(application).shows(200, "990000001704")
	s.Clock.Pass(11 * time.Minute)
	op.open(application).shows(200, "Соколова")
	for _, c := range []struct {
		role         auth.Role
		method, path string
		fields       []string
	}{
		{auth.Administrator, "POST", "/admin/policies/auth.password.tries", nil},
		{auth.Administrator, "POST", "/admin/users", nil},
		{auth.Administrator, "POST", "/admin/users/none/block", nil},
		{auth.Administrator, "POST", "/admin/breaches", nil},
		{auth.Officer, "POST", "/ca-office/registry/01/revoke", nil},
		{auth.Operator, "GET", application + "?reveal=1", nil},
		{auth.Operator, "GET", "/op/clients/none?reveal=1", nil},
		{auth.Operator, "POST", "/op/clients/none/issue", nil},
		{auth.Operator, "POST", "/op/clients/none/identity", nil},
		{auth.Operator, "POST", "/op/clients/none/help", []string{"what", "unlock"}},
		{auth.Operator, "POST", application + "/approve", nil},
		{auth.Operator, "POST", "/op/roles/none", []string{"decision", "approve"}},
		{auth.Operator, "POST", "/op/cases/none/identify", nil},
		{auth.Operator, "POST", "/op/cases/none/agree", nil},
		{auth.Operator, "GET", "/staff/security/second", nil},
		{auth.Operator, "POST", "/staff/security/password", nil},
	} {
		if a := visitors[c.role].ask(c.method, c.path, c.fields...); visitors[c.role].code != http.StatusForbidden || a["code"] != "auth.step.needed" {
			t.Errorf("%s %s: %d %v", c.method, c.path, visitors[c.role].code, a)
		}
	}
	if n := len(s.Entries("identity.reveal")); n != 0 {
		t.Errorf("%d looks before the step", n)
	}
	// A form that is refused draws its page anew, and asked for no step: it opens nothing.
	op.post(application+"/return?reveal=1", "words", "").shows(422, "Соколова")
	if strings.Contains(op.body, "9999123456") {
		t.Error("a refused form shows the number of the passport")
	}
	op.open("/op/unlock").send("/op/clients", "inn", "990000001704", "register", "99000000153", "name", "Соколова Анна Ивановна").shows(200, "Соколова")
	op.post(op.at+"/help?reveal=1", "what", "nothing", "reveal", "1").shows(422, "Соколова")
	if strings.Contains(op.body, "990000001704") {
		t.Error("a refused form shows the ИНН")
	}
	client := op.open("/op/unlock").send("/op/clients", "inn", "990000001704", "register", "99000000153", "name", "Соколова Анна Ивановна").at
	op.send(client+"/help", "what", "signout").shows(200, "Соколова") // what closes waits for nothing
	op.send(client+"/help", "what", "unlock").stepUpStaff("+79990001001").shows(200, "Соколова")
	if n := len(s.Entries("client.unlock")); n != 0 {
		t.Error("unlocked before the step")
	}
	op.send(client+"/help", "what", "unlock").shows(200, "Соколова")
	if n := len(s.Entries("client.unlock")); n != 1 {
		t.Error("not unlocked after the step")
	}
	op.open(application+"?reveal=1").shows(200, "9999123456")
}

// colleague is somebody whom the provider of a company knows.
type colleague map[string]any

func (c colleague) ID() string { return c["sub"].(string) } //nolint:forcetypeassert // of this test

func (c colleague) Userinfo([]string) ([]byte, error) { return json.Marshal(c) }

func (colleague) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	return base, nil
}

// Staff go to the provider of their company and come back to the second step of this
// site; a directory that does not answer is told on its form.
func TestStaffLogin(t *testing.T) {
	t.Parallel()
	newSite(t).visitor().open("/login/staff").shows(404)
	provider, err := mockoidc.Run()
	must(t, err)
	t.Cleanup(func() { must(t, provider.Shutdown()) })
	s := newSite(t, func(s *site, p *web.Parts) {
		provider.FastForward(s.Clock.Ahead())
		outside, err := federation.New(federation.Parts{
			DB: s.DB, Ring: s.Ring, Policies: s.Book, PublicURL: servicetest.PublicURL,
			OIDC: []federation.OIDCConfig{{ID: "corp", Name: "Компания", Issuer: provider.Issuer(), Client: provider.ClientID, Secret: provider.ClientSecret, Scopes: []string{"openid", "email"}, Staff: true}},
		})
		must(t, err)
		p.Employees, err = employee.New(employee.Parts{
			DB: s.DB, Accounts: s.Accounts, Outside: outside, OIDC: map[string]map[string]string{"corp": {"auditors": "auditor"}},
			LDAP: []employee.LDAPConfig{{ID: "ad", Name: "Каталог", URL: "ldap://127.0.0.1:1", Base: "dc=example", Roles: map[string]string{"cn=a": "auditor"}}},
		})
		must(t, err)
	})
	v := s.visitor()
	v.open("/login?return=/audit/chain").shows(200, "Вход сотрудников").open("/login/staff?return=/audit/chain").shows(200, "Имя в каталоге организации", "Войти через Компания")
	olga := colleague{"sub": "42", "family_name": "Орлова", "given_name": "Ольга", "email": "olga@example.org", "email_verified": true, "phone_number": "+79990002010", "groups": []string{"auditors"}}
	provider.QueueUser(olga)
	v.abroad("/login/staff/corp", "", "").shows(200, "Второй шаг входа")
	v.open("/audit/log").shows(200, "Вход") // not before the step
	v.open("/login/second?return=/audit/chain").send("/login/second/ask").send("/login/second", "code", s.Code("+79990002010"))
	if v.at != "/audit/chain" || v.code != http.StatusOK {
		t.Errorf("lands on %s with %d", v.at, v.code)
	}
	guest := s.visitor()
	provider.QueueUser(colleague{"sub": "43", "family_name": "Гость", "given_name": "Глеб", "email": "g@example.org", "email_verified": true, "phone_number": "+79990002011"})
	guest.open("/login/staff").abroad("/login/staff/corp", "", "").shows(409, "не дают доступа")
	guest.open("/login/staff").send("/login/staff/ad", "login", "olga", "password", "x").shows(503, "Каталог организации не отвечает")
	guest.post("/login/staff/none").shows(404)
	guest.post("/login/external/corp").shows(404) // not for holders
}

// employees are imported after a look at what changes, and each member of staff reads
// the guide of their role.
func TestStaffPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	const page = "/admin/users/import"
	v.open("/admin/users").shows(200, "Загрузить сотрудников").open(page).send(page, "csv", "x").refuses(422, "csv", "Список не читается")
	v.send(page, "csv", "Нет роли;r@example.org;+79990003009;holder").shows(200, "В списке есть ошибки", "Роль: operator")
	if strings.Contains(v.body, page+"/take") {
		t.Error("a bad list may be taken")
	}
	v.send(page, "csv", "Новикова О. П.;new@example.org;+79990003001;operator").shows(200, "Будет добавлен", "Изменений: 1")
	v.send(page+"/take").shows(200, "Загружено, изменений: 1", "P7-")
	v.send(page, "csv", "Новикова О. П.;new@example.org;+79990003001;operator").shows(200, "Менять нечего")
	v.post(page+"/take", "csv", "Нет роли;r@example.org;+79990003009;holder").shows(409, "В списке есть ошибки")

	v.open("/staff/rules").shows(200, "Вы ещё не подтверждали", "Администратору", "Закрывайте вход в день увольнения").send("/staff/rules").shows(200, "Вы подтвердили")
	auditor := s.staff(auth.Auditor)
	auditor.open("/staff/rules").shows(200, "Аудитору", "Вы ещё не подтверждали")
	if strings.Contains(auditor.text(), "Закрывайте вход") {
		t.Error("the guide of another role")
	}
	s.visitor().signUp().open("/staff/rules").shows(403)
}

// A connection is switched off with a reason and on again.
func TestAdministratorSwitchesConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	const page = "/admin/connectors/sms"
	v.open("/admin/connectors").shows(200, "Проверим снова").open(page).send(page+"/off").refuses(422, "reason", "Напишите причину")
	v.send(page+"/off", "reason", "<b>шлюз</b> шлёт дважды").shows(200, "Выключено", "<b>шлюз</b> шлёт дважды", "Сотрудник administrator")
	if strings.Contains(v.body, "<b>шлюз") {
		t.Error("the reason is not escaped")
	}
	v.open("/admin/connectors").shows(200, "Выключено").open(page).send(page+"/on").shows(200, "Работает")
	v.open("/admin/connectors/none").shows(404)
}

// The administrator says a text in own words after a preview; it is escaped on pages, and
// the original is put back.
func TestAdministratorChangesTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	const page = "/admin/texts/ru/frame.help"
	v.open("/admin/texts").shows(200, "Все тексты исходные").open("/admin/texts?language=ru&q=frame.help").shows(200, "frame.help").open(page).shows(200, "Исходный", "Помощь")
	v.send(page+"/preview", "value", "Помощь {{.Name}}").refuses(422, "value", "Места в двойных скобках")
	v.send(page+"/preview", "value", "<i>Выручим</i>").shows(200, "Так это будет выглядеть", "<i>Выручим</i>")
	v.send(page).shows(200, "<i>Выручим</i>", "Сотрудник administrator")
	visitor := s.visitor().open("/")
	if !strings.Contains(visitor.body, "&lt;i&gt;Выручим&lt;/i&gt;") || strings.Contains(visitor.body, "<i>Выручим") {
		t.Error("not said, or not escaped")
	}
	s.Clock.Pass(time.Second)
	v.open("/admin/texts").shows(200, "frame.help").open(page).send(page+"/undo").shows(200, "Исходный текст")
	if strings.Contains(visitor.open("/").body, "Выручим") {
		t.Error("the original is not back")
	}
	v.open("/admin/texts/ru/no.such").shows(404)
	v.post("/admin/texts/ru/frame.not_state", "value", "Государственный сервис").shows(422, "требует закон")
}

var (
	rulePattern = regexp.MustCompile(`(:root[^{]*)\{([^}]*--ink[^}]*)\}`)
	pairPattern = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{3,6})`)
)

// luminance is the relative luminance of a colour (WCAG 2.2).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := colour[1:]
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	must(t, err)
	linear := func(c uint64) float64 {
		v := float64(c&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

// Each palette one may choose is readable on every paper of both themes: 4.5 to 1.
func TestPalettesAreReadable(t *testing.T) {
	t.Parallel()
	css := kit.Source("podpis.css")
	papers := map[bool][]string{false: {"#faf9f6", "#ffffff", "#f0eee8"}, true: {"#14141b", "#1d1d27", "#101016"}}
	measured := map[string]int{}
	for _, m := range rulePattern.FindAllStringSubmatch(css, -1) {
		name := ""
		if brand := regexp.MustCompile(`data-brand="([a-z]+)"`).FindStringSubmatch(m[1]); brand != nil {
			name = brand[1]
		} else if strings.Count(m[1], ":root") > 1 { // of print
			continue
		}
		c := map[string]string{}
		for _, p := range pairPattern.FindAllStringSubmatch(m[2], -1) {
			c[p[1]] = p[2]
		}
		dark := luminance(t, c["ink"]) > 0.3
		pairs := [][2]string{{c["on-ink"], c["ink"]}, {c["on-ink"], c["ink-hover"]}, {c["ink"], c["ink-soft"]}, {c["ink-hover"], c["ink-soft"]}}
		for _, paper := range papers[dark] {
			pairs = append(pairs, [2]string{c["ink"], paper}, [2]string{c["ink-hover"], paper})
		}
		for _, pair := range pairs {
			a, b := luminance(t, pair[0]), luminance(t, pair[1])
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
				t.Errorf("%q, dark %v: %s on %s is %.2f to 1", name, dark, pair[0], pair[1], ratio)
			}
		}
		measured[name]++
	}
	for _, name := range oversight.Palettes() {
		if measured[name] != 3 { // light, dark by the system, dark by choice
			t.Errorf("palette %q has %d rules", name, measured[name])
		}
	}
}

// the administrator's pages of connections, texts, look, jobs and health are there, and
// the public state of the service is linked from each page; the look reaches everybody.
func TestBranding(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, auditor := s.staff(auth.Administrator), s.staff(auth.Auditor)
	for _, path := range []string{"connectors", "texts", "branding", "jobs", "health"} {
		v.open("/admin/"+path).shows(200, "Состояние сервиса")
		if auditor.open("/admin/" + path); auditor.code != http.StatusForbidden {
			t.Errorf("%s opens to the auditor", path)
		}
	}
	var seal bytes.Buffer
	must(t, png.Encode(&seal, image.NewGray(image.Rect(0, 0, 28, 28))))
	v.open("/brand/logo.png").shows(404)
	v.open("/admin/branding").upload("/admin/branding", map[string][]byte{"files": []byte("<svg/>")}, "palette", "pine").refuses(422, "files", "Файл не читается")
	v.open("/admin/branding").upload("/admin/branding", map[string][]byte{"files": seal.Bytes()}, "palette", "pine").shows(200, "Изменено")
	visitor := s.visitor().open("/")
	logo := regexp.MustCompile(`src="(/brand/logo\.png\?v=[0-9a-f]+)"`).FindStringSubmatch(visitor.body)
	if logo == nil || !strings.Contains(visitor.body, `data-brand="pine"`) {
		t.Fatal("the look is not shown")
	}
	if visitor.open(logo[1]); visitor.code != 200 || visitor.head.Get("Content-Type") != "image/png" {
		t.Errorf("logo: %d %v", visitor.code, visitor.head)
	}
}
