// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/server/middleware"
	"podpis/internal/server/web"
	"podpis/internal/service/draft"
	"podpis/internal/service/servicetest"
)

// keptSecret reports a field that by its name holds a secret and by what it is would be
// kept: the script leaves out what page.js calls secret.
func keptSecret(attr map[string]string) bool {
	_, marked := attr["data-secret"]
	out := marked || slices.Contains([]string{"password", "hidden", "file", "submit"}, attr["type"]) ||
		attr["autocomplete"] == "one-time-code" || strings.HasSuffix(attr["autocomplete"], "password")
	return draft.Secret(attr["name"]) && !out
}

var savePattern = regexp.MustCompile(`data-ticket="([^"]*)"`)

func (v *visitor) ticket() string {
	v.t.Helper()
	m := savePattern.FindStringSubmatch(v.body)
	if m == nil {
		v.t.Fatalf("%s lets nobody save", v.at)
	}
	return m[1]
}

// types does what the script does a second after the last key.
func (v *visitor) types(ticket, form string, pairs ...string) *visitor {
	v.t.Helper()
	values := [][2]string{}
	for i := 0; i < len(pairs); i += 2 {
		values = append(values, [2]string{pairs[i], pairs[i+1]})
	}
	body, err := json.Marshal(map[string]any{"ticket": ticket, "form": form, "place": 0, "values": values})
	must(v.t, err)
	at := v.at
	r := v.request(http.MethodPost, "/drafts", strings.NewReader(string(body)))
	r.Header.Set("Accept", "application/json")
	v.do(r)
	v.at = at
	return v
}

// restored are the values that a page brings back.
func (v *visitor) restored() string {
	m := regexp.MustCompile(`data-drafts="([^"]*)"`).FindStringSubmatch(v.body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// TestDraftComesBack: what was typed comes back after the session has ended, on another
// device, to its account alone, until the form is taken.
func TestDraftComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	anna := s.visitor()
	anna.signUp()
	base := "/c/" + strings.Split(anna.open("/login").at, "/")[2]
	page, form := base+"/support/new", base+"/support"
	ticket := anna.open(page).ticket()
	if anna.restored() != "" {
		t.Errorf("a new page brings back %s", anna.restored())
	}
	if anna.types(ticket, form, "words", "Не вижу ключ", "password", "тайна"); anna.code != http.StatusOK || !strings.Contains(anna.body, "Сохранено в") {
		t.Fatalf("save: %d %s", anna.code, anna.body)
	}
	if anna.open(page); !strings.Contains(anna.restored(), "Не вижу ключ") || strings.Contains(anna.body, "тайна") {
		t.Errorf("brought back: %s", anna.restored())
	}
	if anna.open(base + "/support"); anna.restored() != "" {
		t.Error("another page shows it too")
	}

	// The session ends: the open page saves on, the form leads to the sign-in and back.
	s.Clock.Pass(20 * time.Minute)
	anna.at = page
	anna.types(ticket, form, "words", "Не вижу ключ на флешке")
	if anna.post(form, "words", "Не вижу ключ на флешке"); !strings.HasPrefix(anna.at, "/login?return=") {
		t.Fatalf("led to %s", anna.at)
	}
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris := s.visitor()
	boris.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	if boris.open(page); strings.Contains(boris.body, "флешке") {
		t.Error("somebody else is shown the draft")
	}
	phoneOfAnna := s.visitor() // another device
	phoneOfAnna.open("/login?return="+page).send("/login", "login", mail, "password", pass)
	if phoneOfAnna.open(page); !strings.Contains(phoneOfAnna.restored(), "на флешке") {
		t.Errorf("after the sign-in %s brings back %q", phoneOfAnna.at, phoneOfAnna.restored())
	}

	// A form that is refused keeps it, one that is taken does not.
	if phoneOfAnna.sendFiles(form, nil, "words", ""); phoneOfAnna.code != http.StatusUnprocessableEntity {
		t.Fatalf("an empty letter: %d", phoneOfAnna.code)
	}
	if again := regexp.MustCompile(`data-page="([^"]*)"`).FindStringSubmatch(phoneOfAnna.body); again == nil || again[1] != page {
		t.Errorf("the refused form says it stood on %q", again)
	}
	if phoneOfAnna.open(page); phoneOfAnna.restored() == "" {
		t.Error("a refused form took the draft away")
	}
	phoneOfAnna.sendFiles(form, nil, "words", "Не вижу ключ на флешке", "topic", "other")
	if phoneOfAnna.code != http.StatusOK {
		t.Fatalf("letter: %d", phoneOfAnna.code)
	}
	if phoneOfAnna.open(page); phoneOfAnna.restored() != "" {
		t.Errorf("after sending: %s", phoneOfAnna.restored())
	}

	for _, wrong := range []string{"", "AAAA", ticket + "A"} {
		if anna.types(wrong, form, "words", "чужое"); anna.code != http.StatusUnprocessableEntity && anna.code != http.StatusBadRequest {
			t.Errorf("ticket %q: %d", wrong, anna.code)
		}
	}
}

// TestDraftOfGuest: who has not signed in gets their draft back in their browser, for a
// day, and not who comes after a sign-out.
func TestDraftOfGuest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, other := s.visitor(), s.visitor()
	ticket := v.open("/recover/password").ticket()
	v.types(ticket, "/recover/password", "contact", "anna@example.org")
	if v.open("/recover/password"); !strings.Contains(v.restored(), "anna@example.org") {
		t.Errorf("brought back: %s", v.restored())
	}
	if other.open("/recover/password"); other.restored() != "" {
		t.Error("another browser shows it")
	}
	if other.types(ticket, "/recover/password", "contact", "other"); strings.Contains(v.open("/recover/password").restored(), "other") {
		t.Error("another browser wrote over it")
	}
	s.Clock.Pass(25 * time.Hour)
	if v.open("/recover/password"); v.restored() != "" {
		t.Error("it stays after a day")
	}
	ticket = v.ticket()
	v.types(ticket, "/recover/password", "contact", "anna@example.org")
	v.post("/logout")
	if v.open("/recover/password"); v.restored() != "" {
		t.Error("it stays after a sign-out")
	}
	s.Set("draft.guest_rate", "5")
	for range 6 {
		v.types(ticket, "/recover/password", "contact", "x")
	}
	if v.code != http.StatusTooManyRequests {
		t.Errorf("the seventh save of a minute: %d", v.code)
	}
}

// TestCapabilitiesAreNotHandedOn: an address that is a secret is neither printed at the foot
// of its page, nor handed to the help, nor written to the log.
func TestCapabilitiesAreNotHandedOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, patterns := web.Routes(s.parts)
	n := 0
	for _, pattern := range patterns {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.Contains(path, "{token}") {
			continue
		}
		n++
		address := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "capability-of-somebody")
		if shown := middleware.PublicPath(address); strings.Contains(shown, "capability") {
			t.Errorf("%s is written to the log as %s", pattern, shown)
		}
		if method != http.MethodGet {
			continue
		}
		v := s.visitor().open(address)
		for _, part := range regexp.MustCompile(`(?s)<p class="printed">.*?</p>|href="/help[^"]*"`).FindAllString(v.body, -1) {
			if strings.Contains(part, "capability") {
				t.Errorf("%s hands its secret on: %s", pattern, part)
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d routes with capabilities", n)
	}
}

// TestSignatureSection: the menu has a section of the electronic signature beside the services
// (S000-08), from which a certificate is issued, remotely with ЕСИА and ЕБС, in the role one is in
// (S003-22, S003-23); «Мой профиль» leads to «Мои услуги» of the role (S001-067); help says what to
// do when the section is not seen (S000-09), and that nobody restores the password of a key, be
// it for the tax service or for the pension fund (S002-022, S002-023). Every form of a role
// shows in whose name it is filed (S001-108).
func TestSignatureSection(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	base := "/c/" + ip
	v.open(base+"/profile").shows(200, "Мои услуги")
	if !strings.Contains(v.body, `href="`+base+`/services"`) || !strings.Contains(v.body, `href="`+base+`/kep"`) {
		t.Error("no way to the services or to the section")
	}
	v.open(base+"/services").shows(200, "предприниматель")
	v.open(base+"/kep").shows(200, "Электронная подпись (КЭП)", "Выпустить сертификат ЭП", "Для ИП", "Дистанционно, с помощью ЕСИА и ЕБС", "Получение КЭП")
	v.send(base+"/applications/new").shows(200, "Для чего нужна подпись?", "предприниматель")
	for _, path := range []string{"/roles/new", "/support/new", "/people/members/new", "/people/powers/new", "/registry"} {
		v.open(base+path).shows(200, "Соколова А", "предприниматель")
	}
	nobody := s.visitor()
	nobody.open("/").shows(200, "КЭП")
	nobody.open("/help?q="+url.QueryEscape("нет раздела КЭП")).shows(200, "Почему не видно раздела")
	nobody.open("/help/section").shows(200, "в верхнем меню", "Напишите в поддержку", "Написать")
	nobody.open("/help/lost").shows(200, "Восстановить его нельзя никому, и нам тоже", "для налоговой и для Социального фонда")
}
