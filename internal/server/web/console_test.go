// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"podpis/internal/service/auth"
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
// revocations, sealed numbers of people.
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
	}{
		{auth.Administrator, "POST", "/admin/policies/auth.password.tries"},
		{auth.Administrator, "POST", "/admin/users"},
		{auth.Administrator, "POST", "/admin/users/none/block"},
		{auth.Administrator, "POST", "/admin/breaches"},
		{auth.Officer, "POST", "/ca-office/registry/01/revoke"},
		{auth.Operator, "GET", application + "?reveal=1"},
		{auth.Operator, "GET", "/op/clients/none?reveal=1"},
		{auth.Operator, "POST", "/op/clients/none/issue"},
		{auth.Operator, "POST", "/op/cases/none/identify"},
		{auth.Operator, "POST", "/op/cases/none/agree"},
		{auth.Operator, "GET", "/staff/security/second"},
		{auth.Operator, "POST", "/staff/security/password"},
	} {
		if a := visitors[c.role].ask(c.method, c.path); visitors[c.role].code != http.StatusForbidden || a["code"] != "auth.step.needed" {
			t.Errorf("%s %s: %d %v", c.method, c.path, visitors[c.role].code, a)
		}
	}
	if n := len(s.Entries("identity.reveal")); n != 0 {
		t.Errorf("%d looks before the step", n)
	}
	op.open(application+"?reveal=1").stepUpStaff("+79990001001").shows(200, "9999123456")
}
