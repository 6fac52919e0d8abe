// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/server/web"
	"podpis/internal/service/auth"
	"podpis/pki/cms"
)

// staff signs a member of staff in; each role has one.
func (s *site) staff(role auth.Role) *visitor {
	s.t.Helper()
	n := map[auth.Role]int{auth.Operator: 1, auth.Officer: 2, auth.Auditor: 3, auth.Administrator: 4}[role]
	phone, mail := fmt.Sprintf("+7999000100%d", n), string(role)+"@example.org"
	s.Staff(role, phone, mail, "Сотрудник "+string(role))
	v := s.visitor()
	v.open("/login").send("/login", "login", mail, "password", pass)
	return v.send("/login/second", "code", s.Code(phone)).shows(200)
}

// TestEachConsoleAdmitsItsRole: every route of every console answers its one role and
// refuses the others, a holder and nobody.
func TestEachConsoleAdmitsItsRole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitors := map[auth.Role]*visitor{}
	for _, role := range auth.StaffRoles() {
		visitors[role] = s.staff(role)
	}
	holder := s.visitor()
	holder.signUp()
	visitors[auth.Holder] = holder
	areas := map[string]auth.Role{"/op/": auth.Operator, "/audit/": auth.Auditor, "/ca-office/": auth.Officer, "/admin/": auth.Administrator}
	params, tried := regexp.MustCompile(`\{[a-z]+\}`), 0
	_, patterns := web.Routes(s.parts)
	for _, pattern := range patterns {
		method, path, _ := strings.Cut(params.ReplaceAllString(pattern, "none"), " ")
		for area, owner := range areas {
			if !strings.HasPrefix(path, area) || path == "/op/{$}" { // which leads on
				continue
			}
			tried++
			for role, v := range visitors {
				if v.do(v.request(method, path, nil)); (v.code == http.StatusForbidden) == (role == owner) {
					t.Errorf("%s answers %s with %d", pattern, role, v.code)
				}
			}
			outside := s.visitor()
			if outside.do(outside.request(method, path, nil)); outside.code == http.StatusOK && !strings.HasPrefix(outside.at, "/login") {
				t.Errorf("%s opens to nobody", pattern)
			}
		}
	}
	if tried < 100 {
		t.Fatalf("only %d routes found", tried)
	}
	// A console session is never one of a cabinet.
	home := strings.Replace(holder.open("/welcome").formOf("/applications/new"), "/applications/new", "/", 1)
	for role, v := range visitors {
		if v.open(home); (v.code == http.StatusOK) != (role == auth.Holder) {
			t.Errorf("%s: the cabinet answers %d", role, v.code)
		}
	}
}

// TestAuditorSeesTampering: a change, a deletion, a swap and a cut of the record are each
// shown on the page, and an untouched one as whole.
func TestAuditorSeesTampering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ query, words string }{
		"whole":     {"", "Цепочка цела до"},
		"changed":   {"UPDATE audit_entry SET actor = 'account/other' WHERE id = (SELECT entry_id FROM audit_link WHERE seq = 3)", "Запись изменена"},
		"deleted":   {"DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_link WHERE seq = 3)", "Запись удалена"},
		"reordered": {"UPDATE audit_link SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 ELSE seq END WHERE seq IN (3, 4)", "Запись удалена"},
		"truncated": {"DELETE FROM audit_link WHERE seq >= 5", "Хвост отрезан"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			v := s.staff(auth.Auditor)
			s.Seal()
			if c.query != "" {
				s.Write(func(ctx context.Context, tx *db.Tx) error { _, err := tx.ExecContext(ctx, c.query); return err })
			}
			v.open("/audit/chain").shows(200, c.words)
			if c.query != "" {
				v.shows(200, "Журнал изменён")
			}
		})
	}
}

// TestAuditorSearchesAndExports: the record is searched and taken along with a signature,
// and each of both is in the record.
func TestAuditorSearchesAndExports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.visitor().signUp()
	op := s.staff(auth.Operator)
	op.open("/op/applications")
	v := s.staff(auth.Auditor)
	v.open("/audit/log?actor=Сотрудник+operator").shows(200, "auth.login")
	if strings.Contains(v.text(), "auth.signup") {
		t.Error("others' acts are shown")
	}
	v.open("/audit/log?action=auth.signup").shows(200, "auth.signup")
	v.open("/audit/log?from_d=31&from_m=2&from_y=2026").refuses(422, "from", "Такой даты нет")
	v.open("/audit/log?action=no.such").shows(200, "Таких записей нет")
	v.open("/audit/log.csv?action=auth.").shows(200)
	if n := strings.Count(v.body, "\n"); n < 4 {
		t.Errorf("%d lines", n)
	}
	v.open("/audit/log.zip?action=auth.").shows(200)
	z, err := zip.NewReader(strings.NewReader(v.body), int64(len(v.body)))
	must(t, err)
	content := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		content[f.Name], err = io.ReadAll(r)
		must(t, err)
	}
	if _, err := cms.ParseSignedData(content["audit.json.sig"]); err != nil || !bytes.Contains(content["audit.json"], []byte("auth.login")) {
		t.Errorf("%v: %s", err, content["audit.json"])
	}
	v.open("/audit/exports").shows(200, "audit.export", "verdict.seal")
	v.open("/audit/log?action=audit.").shows(200, "audit.look", "audit.export")
}

// TestAdministratorChangesPolicy: a value is changed with its day, and who did it is shown;
// jobs, health and connections have their pages.
func TestAdministratorChangesPolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	const page = "/admin/policies/auth.password.tries"
	v.open("/admin/policies").shows(200, "Изменены", "egrip.role.level simplified standard", "Вход и второй шаг")
	v.open("/admin/policies?area=all").shows(200, "auth.password.tries", "Не менялось", "auth.password.age 90 дней", "auth.mail.life 24 часа", "auth.code.life 5 минут", "auth.mail.resend 1 минута", "egrip.pause 5 секунд", "auth.password.wall нет", "Через сколько пароль считается старым и появляется совет его сменить. auth.password.age")
	v.open("/admin/policies/auth.password.age").shows(200, "Сейчас 90 дней", "Через сколько пароль считается старым").holds("/admin/policies/auth.password.age", "value", "2160h")
	v.open(page).send(page, "value", "many").refuses(422, "value", "Значение не того вида")
	v.send(page, "value", "5", "from_d", "1", "from_m", "1", "from_y", "2020").refuses(422, "from", "Этот день уже прошёл")
	v.send(page, "value", "5", "from_d", "", "from_m", "", "from_y", "").shows(200, "Сотрудник administrator", "5")
	v.open("/admin/policies").shows(200, "Изменены", "auth.password.tries 5 3")
	v.open("/admin/policies/takeout.hour").send("/admin/policies/takeout.hour", "value", "25").refuses(422, "value", "Подходит от 0 до 23")
	v.open("/admin/policies/no.such").shows(404)

	s.Write(func(ctx context.Context, tx *db.Tx) error {
		return jobs.Insert(ctx, tx, strange{}, jobs.MaxAttempts(1))
	})
	s.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE job SET state = 'dead', last_error = 'no route' WHERE kind = 'test.strange'")
		return err
	})
	v.open("/admin/jobs").shows(200, "test.strange", "no route").send(v.formOf("/revive")).shows(200, "Таких нет")
	v.open("/admin/connectors").shows(200, "Проверим снова").send("/admin/connectors/mail/try").shows(200, "Не ответила вовремя")
	v.send("/admin/connectors/sms/try").shows(200, "Работает")
	v.open("/admin/health").shows(200, "База данных").send("/admin/health/test/sms").shows(200, "Отправлено")
	s.Deliver()
	if n := len(s.SMS.To("+79990001004")); n < 2 {
		t.Errorf("%d messages to the administrator", n)
	}
}

var ruleLink = regexp.MustCompile(`href="/admin/policies/([^"]+)"`)

// TestRulesAreFound: a rule is found by area, by its name, by words in any form of letters and by its value; the
// areas together have each rule once, and the heaviest page of them is within the budget (ux 10).
func TestRulesAreFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	rules := func(query string) (keys []string) {
		v.open("/admin/policies?" + query).shows(200)
		for _, m := range ruleLink.FindAllStringSubmatch(v.body, -1) {
			keys = append(keys, m[1])
		}
		return keys
	}
	all := rules("area=all")
	if n := zipped(t, v.body); n > 30<<10 || len(all) < 150 {
		t.Errorf("%d rules in %d octets", len(all), n)
	}
	v.open("/admin/policies").shows(200, "Все правила "+strconv.Itoa(len(all)))
	areas := regexp.MustCompile(`href="/admin/policies\?area=([a-z]+)"[^<]*>[^<]*</a> *<span class="muted">(\d+)<`).FindAllStringSubmatch(v.body, -1)
	var inAreas []string
	for _, area := range areas {
		if keys := rules("area=" + area[1]); strconv.Itoa(len(keys)) != area[2] {
			t.Errorf("area %s says %s rules and has %d", area[1], area[2], len(keys))
		} else if area[1] != "all" {
			inAreas = append(inAreas, keys...)
		}
	}
	slices.Sort(all)
	slices.Sort(inAreas)
	if !slices.Equal(all, inAreas) {
		t.Errorf("the areas have %d rules of %d", len(inAreas), len(all))
	}
	for query, want := range map[string]string{"password.tries": "auth.password.tries", "НЕВЕРНЫХ  паролей": "auth.password.tries", "еще письмо": "auth.mail.resend", "пароль 90 дней": "auth.password.age"} {
		if keys := rules("q=" + url.QueryEscape(query)); !slices.Contains(keys, want) || len(keys) > 5 {
			t.Errorf("%q finds %v", query, keys)
		}
	}
	rules("q=auth.password.tries")
	v.shows(200, "Нашлось 1 правило", "Вход и второй шаг")
	if keys := rules("q=" + url.QueryEscape("<нет такого>")); len(keys) > 0 {
		t.Errorf("nothing is %v", keys)
	}
	v.shows(200, "Ничего не нашли по «<нет такого>»", "Сбросить поиск")
}

type strange struct{}

func (strange) Kind() string { return "test.strange" }

// TestAdministratorHires: a new member gets a one-time password, another role, a closed
// account; the administrator cannot shut themselves out.
func TestAdministratorHires(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Administrator)
	v.open("/admin/users").send("/admin/users", "title", "Новикова О. П.", "mail", "new@example.org", "phone", "+79990001111", "role", "operator").shows(200, "Одноразовый пароль")
	password := regexp.MustCompile(`P7-[a-z0-9-]+`).FindString(v.text())
	v.open("/admin/users").shows(200, "Новикова О. П.")
	if strings.Contains(v.text(), password) {
		t.Error("the password is shown twice")
	}
	fresh := s.visitor()
	fresh.open("/login").send("/login", "login", "new@example.org", "password", password)
	fresh.send("/login/second", "code", s.Code("+79990001111"))
	if !strings.HasPrefix(fresh.at, "/login/password") {
		t.Errorf("a new member lands on %s", fresh.at)
	}
	member := regexp.MustCompile(`href="(/admin/users/[^"]+)">`).FindAllStringSubmatch(v.body, -1)
	for _, m := range member {
		if strings.HasSuffix(m[1], "/import") {
			continue
		}
		v.open(m[1])
		if strings.Contains(v.text(), "Свою учётную запись") {
			v.post(m[1] + "/block").shows(409)
			continue
		}
		v.send(m[1]+"/role", "role", "auditor").shows(200, "Аудитор")
		v.send(m[1]+"/block").shows(200, "Открыть вход")
	}
	fresh.open("/op/applications")
	if fresh.code == http.StatusOK && !strings.HasPrefix(fresh.at, "/login") {
		t.Error("a closed account goes on")
	}
	s.visitor().signUp()
	v.open("/admin/users").send("/admin/users/find", "inn", "990000001704").shows(200, "Учётная запись есть")
	if strings.Contains(v.text(), "Соколова") {
		t.Error("the holder is named")
	}
}

// TestOfficerRevokes: the register is searched, a certificate revoked with the number of
// the act; a late list is red.
func TestOfficerRevokes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.staff(auth.Officer)
	v.open("/ca-office/registry").shows(200, "Сертификатов пока нет").open("/ca-office/revocations").shows(200, "Отозванных сертификатов нет")
	anna := s.visitor()
	anna.signUp()
	address := anna.apply()
	anna.submitted(address)
	s.operator().approve(address)
	cert := anna.certified(address)
	v.open("/ca-office/registry?q=соколова").shows(200, "Действует")
	v.open("/ca-office/registry?q=никто").shows(200, "Сертификатов не нашли")
	page := "/ca-office/registry/" + cert.Serial.Hex()
	v.open(page).send(page+"/revoke", "reason", "1").refuses(422, "act", "Укажите номер акта")
	v.send(page+"/revoke", "reason", "1", "act", "12/2026").shows(200, "Отозван", "Ключ мог попасть к чужим")
	v.open("/ca-office/revocations").shows(200, cert.Serial.Hex())
	v.open("/ca-office/crl").shows(200, "Следующий список через")
	for _, p := range []string{"profiles", "keys", "requests"} {
		v.open("/ca-office/" + p).shows(200)
	}
	s.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE crl SET this_update = this_update - 7200000000") // two hours
		return err
	})
	v.open("/ca-office/crl").shows(200, "Список опаздывает")
}

// TestStatusPage: states for everybody, without secrets.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/status").shows(200, "Состояние сервиса", "База данных", "Всё работает")
	if strings.Contains(v.body, "example:") {
		t.Error("addresses are shown")
	}
}
