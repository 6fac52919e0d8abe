// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/server/web"
	"podpis/internal/service/servicetest"
)

// TestNothingLeadsAway: on no route does an address in a parameter lead off the site, become a
// link, or put a line into the headers.
func TestNothingLeadsAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set("auth.network.tries", "1000000")
	holder, base := s.atHome()
	nobody := s.visitor()
	away := []string{
		"//evil.example/", `/\evil.example`, `\\evil.example`, "https:evil.example", "https://evil.example/", "http:///evil.example", "javascript:alert(1)",
		"data:text/html,x", "/x\r\nX-Injected: yes", "/\t/evil.example", "\x01//evil.example", "/\x00", " //evil.example", "evil.example",
	}
	names := []string{"return", "back", "from", "page", "next", "to", "url", "redirect_uri"}
	leads := regexp.MustCompile(`(?i)\s(?:href|src|action|formaction|content|data-[a-z-]+)="\s*(?:(?:https?:)?[/\\]*evil|[/\\]{2,}evil|javascript:|data:text)`)
	for _, v := range []*visitor{holder, nobody} {
		v.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	_, all := web.Routes(s.parts)
	tried := 0
	for n, pattern := range all {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.TrimSuffix(strings.Replace(path, "/c/{pid}", base, 1), "{$}")
		if path == "/logout" || strings.HasSuffix(path, "/end") || strings.HasSuffix(path, "/others") {
			continue
		}
		address := parameter.ReplaceAllString(strings.ReplaceAll(path, "{provider}", "bank"), "x")
		for i, to := range away {
			if (i+n)%4 != 0 && !strings.HasPrefix(path, "/login") && path != "/view" && path != "/roles" {
				continue // each route with three or four of them
			}
			form := url.Values{}
			for _, name := range names {
				form.Set(name, to)
			}
			for who, v := range []*visitor{holder, nobody} {
				if who == 1 && strings.HasPrefix(path, base) {
					continue // leads to the sign-in page
				}
				tried++
				if method == http.MethodPost {
					r := v.request(method, address, strings.NewReader(form.Encode()))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					v.do(r)
				} else {
					v.open(address + "?" + form.Encode())
				}
				location := v.head.Get("Location")
				sent := location != "" && (!strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") || strings.ContainsAny(location, "\\\r\n\t"))
				if sent && !strings.HasPrefix(path, "/login/external/") && !strings.Contains(path, "/profile/") || strings.Contains(location, "//evil") {
					t.Errorf("%s %q leads to %q", pattern, to, location)
				}
				if v.head.Get("X-Injected") != "" {
					t.Errorf("%s: a line in the headers", pattern)
				}
				if link := leads.FindString(html.UnescapeString(v.body)); link != "" && !strings.Contains(link, "data-typed") {
					t.Errorf("%s %q becomes a link: %s", pattern, to, link)
				}
			}
		}
	}
	if tried < 1500 {
		t.Errorf("only %d tried", tried)
	}
	// Where ways in lead in the end.
	for _, to := range away {
		v := s.visitor()
		v.open("/login?return="+url.QueryEscape(to)).send("/login", "return", to, "login", mail, "password", pass)
		if v.at != base+"/" && (to != "/\x00" || v.code != http.StatusUnprocessableEntity) { // no text at all
			t.Errorf("%q leads to %s", to, v.at)
		}
	}
}

// TestNamesAreNoHeaders: what people call themselves and their files puts no line into letters
// or answers.
func TestNamesAreNoHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const evil = "Анна\r\nBcc: evil@example.org\r\n\r\n<script>"
	s.SignUp(phone, mail, servicetest.Anna())
	v := s.visitor()
	v.login(pass)
	base := "/c/" + v.pid()
	v.open(base + "/support/new")
	v.sendNamed(base+"/support", "files", "a\"\r\nX-Injected: yes\r\n.png", picture(7), "words", evil, "certificate", evil).shows(200, "Т-1001")
	v.open(filePattern.FindStringSubmatch(v.body)[1]).shows(200)
	if v.head.Get("X-Injected") != "" || strings.Contains(v.head.Get("Content-Disposition"), "Injected") {
		t.Errorf("the name of a file is in the headers: %v", v.head)
	}
	guest := s.visitor().open("/recover/write")
	guest.sendFiles("/recover/write", nil, "name", evil, "contact", "guest@example.org", "words", evil)
	body, err := json.Marshal(map[string]string{"id": "1", "name": evil, "contact": "chat@example.org", "words": evil})
	must(t, err)
	r := guest.request(http.MethodPost, "/support/chat", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+mailKey)
	guest.do(r)
	s.Deliver()
	letters := 0
	for _, to := range []string{mail, "guest@example.org", "chat@example.org"} {
		for _, m := range s.Mail.To(to) {
			letters++
			if strings.ContainsAny(m.Subject+m.Recipient, "\r\n") {
				t.Errorf("the subject %q has lines", m.Subject)
			}
		}
	}
	if letters == 0 || len(s.Mail.To("evil@example.org")) != 0 {
		t.Errorf("%d letters, %v", letters, s.Mail.To("evil@example.org"))
	}
	// A name with lines in it is no name.
	other := s.visitor()
	other.open("/signup").send("/signup/phone", "phone", "+79990000066").send("/signup/code", "code", s.Code("+79990000066"))
	other.send("/signup/mail", "mail", "x@example.org\r\nBcc: evil@example.org", "password", pass).refuses(422, "mail", "")
	other.send("/signup/mail", "mail", "x@example.org", "password", pass).
		send("/signup/name", "surname", evil, "given_name", "Анна", "birth_date_d", "1", "birth_date_m", "1", "birth_date_y", "1990").refuses(422, "surname", "")
}

// sendNamed sends a form of this page with one file, whose name is sent as it is.
func (v *visitor) sendNamed(action, field, name string, content []byte, pairs ...string) *visitor {
	v.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for key, list := range values(pairs) {
		must(v.t, m.WriteField(key, list[0]))
	}
	quoted := strings.NewReplacer("\\", "\\\\", `"`, `\"`, "\r", "%0D", "\n", "%0A").Replace(name)
	part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + field + `"; filename="` + quoted + `"`}, "Content-Type": {"text/html"}})
	must(v.t, err)
	_, err = io.Copy(part, bytes.NewReader(content))
	must(v.t, err)
	must(v.t, m.Close())
	r := v.request(http.MethodPost, action, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}

// TestUploadsOfActiveContent: what is no picture and no PDF is taken by no form, whatever it
// calls itself; what is taken comes back as data: its own type, no sniffing, a sandbox.
func TestUploadsOfActiveContent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	v.open(base + "/applications").send(base + "/applications/new")
	application := applicationPattern.FindString(v.at)
	v.send(application+"/purposes", "purposes", "documents").send(application+"/holder", "kind", "person")
	v.send(application+"/data", "region", "16 Республика Татарстан", "locality", "Казань").shows(200, "Документы")
	places := map[string]func(content []byte) *visitor{
		"application": func(content []byte) *visitor {
			return v.open(application+"?step=documents").sendNamed(application+"/files", "file_passport", "a.png", content)
		},
		"ticket": func(content []byte) *visitor {
			return v.open(base+"/support/new").sendNamed(base+"/support", "files", "a.png", content, "words", "x")
		},
		"guest": func(content []byte) *visitor {
			g := s.visitor()
			return g.open("/recover/write").sendNamed("/recover/write", "files", "a.png", content, "words", "x", "name", "x", "contact", "g@example.org")
		},
	}
	bomb := append([]byte("PK\x03\x04"), bytes.Repeat([]byte{0}, 1<<20)...)
	for name, content := range map[string][]byte{
		"html": []byte("<!DOCTYPE html><script>alert(1)</script>"), "svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "xml": []byte(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>`),
		"program": []byte("MZ\x90\x00"), "zip": bomb, "gzip": {0x1f, 0x8b, 8, 0}, "late picture": append([]byte("<script>1</script>"), picture(1)...), "script": []byte("alert(1)"), "empty": {},
	} {
		for place, send := range places {
			if at := send(content); at.code != http.StatusUnprocessableEntity {
				t.Errorf("%s takes %s: %d at %s", place, name, at.code, at.at)
			}
		}
	}
	// A picture that is a page to whoever sniffs, and a PDF with a script.
	both := append(picture(9), []byte("<html><script>alert(1)</script>")...)
	seen := map[string]bool{}
	for want, content := range map[string][]byte{"image/png": both, "application/pdf": []byte("%PDF-1.4\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj")} {
		v.open(application+"?step=documents").sendNamed(application+"/files", "file_passport", "a.html", content).shows(200)
		files := regexp.MustCompile(regexp.QuoteMeta(application)+`/files/[0-9a-z]+`).FindAllString(v.open(application+"?step=documents").body, -1)
		for _, file := range files {
			if !seen[file] {
				seen[file] = true
				v.open(file).shows(200).data(t, want)
			}
		}
		v.open(base+"/support/new").sendNamed(base+"/support", "files", "a.html", content, "words", "x").shows(200)
		v.open(filePattern.FindStringSubmatch(v.body)[1]).shows(200)
		v.data(t, want)
	}
}

// data checks that what was opened is data to a browser.
func (v *visitor) data(t *testing.T, kind string) {
	t.Helper()
	if got := v.head.Get("Content-Type"); got != kind {
		t.Errorf("%s comes as %s, want %s", v.at, got, kind)
	}
	if policy := v.head.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") || v.head.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s comes with %v", v.at, v.head)
	}
}

// TestSessionIsAnother: a session begins anew at the sign-in, at the second step and with a new
// password; a token that was known before is worth nothing, and one that was planted never was.
func TestSessionIsAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.SignUp(phone, mail, servicetest.Anna())
	site, err := url.Parse(s.server.URL)
	must(t, err)
	token := func(v *visitor) string {
		for _, c := range v.http.Jar.Cookies(site) {
			if c.Name == "session" {
				return c.Value
			}
		}
		return ""
	}
	with := func(token string) *visitor {
		thief := s.visitor()
		thief.http.Jar.SetCookies(site, []*http.Cookie{{Name: "session", Value: token, Path: "/"}})
		return thief
	}
	const planted = "cGxhbnRlZC1ieS1zb21lYm9keS1lbHNlLWJlZm9yZQ"
	v := with(planted)
	v.login(pass).shows(200, "Главная")
	base := "/c/" + v.pid()
	seen := []string{planted, token(v)}
	v.open(base + "/security/second").stepUp()
	seen = append(seen, token(v))
	v.open(base+"/security/password").send(base+"/security/password", "old_password", pass, "password", "Летний дождь 7!").shows(200)
	seen = append(seen, token(v))
	for i, old := range seen[:len(seen)-1] {
		if old == "" || old == seen[i+1] {
			t.Errorf("after step %d the token is the same", i)
		}
		if with(old).open(base+"/").shows(200, "Вход").at == base+"/" {
			t.Errorf("the token of step %d still opens the cabinet", i)
		}
	}
	with(seen[3]).open(base+"/").shows(200, "Главная")
}
