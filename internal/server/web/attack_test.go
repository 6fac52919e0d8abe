// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/internal/server/web"
	"podpis/internal/service/servicetest"
)

var parameter = regexp.MustCompile(`\{[a-z]+(?:\.\.\.)?\}`)

// acts are the patterns of everything that changes something.
func (s *site) acts() (list []string) {
	s.t.Helper()
	_, all := web.Routes(s.parts)
	for _, pattern := range all {
		if path, ok := strings.CutPrefix(pattern, "POST "); ok {
			list = append(list, path)
		}
	}
	if len(list) < 120 {
		s.t.Fatalf("%d routes of acts", len(list))
	}
	return list
}

// TestNoActOfOtherSites: every route that changes something refuses what another site sends, by
// each of the signs by which a browser tells, and what comes with a session and no sign at all.
func TestNoActOfOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp()
	before := s.Count("audit_entry", "1 = 1")
	for _, pattern := range s.acts() {
		address := parameter.ReplaceAllString(pattern, "x")
		for name, change := range map[string]func(http.Header){
			"metadata": func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
			"sister":   func(h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
			"origin":   func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "https://evil.example") },
			"null":     func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "null") },
			"nothing":  func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Del("Origin") },
		} {
			r := v.request(http.MethodPost, address, strings.NewReader("key=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(r.Header)
			if v.do(r); v.code != http.StatusForbidden || !strings.Contains(v.text(), "Форма пришла с другого сайта") || len(v.head.Values("Set-Cookie")) != 0 {
				t.Errorf("%s, %s: %d", pattern, name, v.code)
			}
		}
	}
	if n := s.Count("audit_entry", "1 = 1"); n != before || s.Count("session", "1 = 1") != 1 {
		t.Errorf("%d acts of another site were done", n-before)
	}
}

// TestLooksHaveNoBody: what a request to look carries is not read, whatever it calls itself: neither for
// the page nor into memory and files.
func TestLooksHaveNoBody(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	must(t, m.WriteField("q", "нет такого слова"))
	must(t, m.Close())
	r := v.request(http.MethodGet, "/help", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	if v.do(r).shows(200, "Коды ошибок"); strings.Contains(v.text(), "нет такого слова") {
		t.Error("the body was read")
	}
}

// owned are the addresses of one crawl that name something of somebody: pages and what their
// forms post to.
func owned(t *testing.T, s *site, c *crawler, prefixes ...string) (pages, acts []string) {
	t.Helper()
	mux, _ := web.Routes(s.parts)
	named := func(method, address string) bool {
		u, err := url.Parse(address)
		must(t, err)
		_, pattern := mux.Handler(&http.Request{Method: method, URL: &url.URL{Path: u.Path}})
		return strings.Contains(pattern, "{") && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(address, p) })
	}
	for address := range c.pages {
		if named(http.MethodGet, address) {
			pages = append(pages, address)
		}
	}
	for _, address := range c.acts {
		if named(http.MethodPost, address) {
			acts = append(acts, address)
		}
	}
	slices.Sort(pages)
	slices.Sort(acts)
	return pages, acts
}

// guessed are the acts of patterns that no form posted to, with the numbers that other addresses
// of the crawl have in the same places.
func (s *site) guessed(addresses, acts []string) (list []string) {
	s.t.Helper()
	mux, _ := web.Routes(s.parts)
	met := map[string]bool{}
	for _, a := range acts {
		_, pattern := mux.Handler(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: a}})
		met[pattern] = true
	}
	for _, pattern := range s.acts() {
		if met["POST "+pattern] || !strings.HasPrefix(pattern, "/c/") {
			continue
		}
		end := strings.LastIndex(pattern, "}") + 1
		shape := regexp.MustCompile("^" + parameter.ReplaceAllString(pattern[:end], `[0-9A-Za-z]{8,}`))
		for _, address := range addresses {
			if found := shape.FindString(address); found != "" {
				list = append(list, found+pattern[end:])
				break
			}
		}
	}
	return list
}

// TestOthersActsAreRefused: what names something of one person does nothing for another holder,
// under the owner's role or their own; for an employee of one of the roles; for staff of whatever
// duty; for nobody. It tells nothing of the owner either, and the owner's pages are as before.
// The addresses are those of all forms and links of the owner's pages, and of the routes beside
// them, so that a new act is tried as soon as it is registered.
func TestOthersActsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	crowd := s.everyone()
	anna, vera := crowd[1], crowd[2]
	pages, acts := owned(t, s, anna, "/c/")
	acts = append(acts, s.guessed(append(slices.Clone(pages), acts...), acts)...)
	own := map[string]bool{}
	for _, address := range append(slices.Clone(pages), acts...) {
		own[strings.Split(address, "/")[2]] = true
	}
	if len(own) < 3 || len(acts) < 60 || len(pages) < 100 {
		t.Fatalf("%d roles, %d acts, %d pages", len(own), len(acts), len(pages))
	}
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris := s.visitor()
	boris.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	at := "/c/" + boris.pid()
	boris.open(at+"/security/second").shows(200, "Подтвердите, что это вы").send("/login/second/ask")
	boris.send("/login/second", "code", s.Code("+79990000002")).shows(200)

	before := anna.portrait(own)
	try := func(who string, v *visitor, address string, closed ...int) {
		t.Helper()
		v.post(address)
		if v.code == http.StatusOK && strings.HasPrefix(v.at, "/login") && who == "nobody" {
			return
		}
		if !slices.Contains(closed, v.code) {
			t.Errorf("%s: POST %s answers %d at %s", who, address, v.code, v.at)
		}
		for _, secret := range []string{"990000001704", "Соколова Анна", "9999 123456", "9999123456", mail, "999 000-00-01"} {
			if strings.Contains(v.text(), secret) {
				t.Errorf("%s: POST %s tells %q", who, address, secret)
			}
		}
	}
	nobody := s.visitor()
	for _, act := range acts {
		try("another holder", boris, act, 403, 404)
		try("employee", vera.visitor, act, 403, 404)
		try("nobody", nobody, act, 403, 404)
		for _, staff := range crowd[3:] {
			try(staff.who, staff.visitor, act, 403, 404)
		}
		parts := strings.Split(act, "/")
		if pattern := s.patternOf(act); strings.Count(pattern, "{") > 1 && !strings.Contains(pattern, "{provider}") && !strings.Contains(pattern, "/news/") { // news are everybody's
			parts[2] = strings.TrimPrefix(at, "/c/")
			closed := []int{403, 404, 422}
			if strings.HasSuffix(pattern, "/sessions/{id}/end") {
				closed = append(closed, http.StatusOK) // what has ended may be ended again; the portrait has all that go on
			}
			try("under another role", boris, strings.Join(parts, "/"), closed...)
		}
	}
	for _, page := range pages {
		for _, staff := range crowd[3:] {
			if staff.open(page); staff.code != 403 && staff.code != 404 {
				t.Errorf("%s: %s answers %d", staff.who, page, staff.code)
			}
		}
	}
	for page, text := range anna.portrait(own) {
		if text != before[page] {
			t.Errorf("%s has changed:\n%s\n%s", page, before[page], text)
		}
	}
	for _, staff := range crowd[3:] {
		_, acts := owned(t, s, staff, "/op/", "/audit/", "/ca-office/", "/admin/")
		for _, act := range acts {
			try("holder", boris, act, 403, 404)
			try("nobody", nobody, act, 403, 404)
			for _, other := range crowd[3:] {
				if other != staff {
					try(other.who, other.visitor, act, 403, 404)
				}
			}
		}
	}
	t.Logf("%d acts and %d pages of %d roles", len(acts), len(pages), len(own))
}

// portrait is what the main pages of the roles say.
func (c *crawler) portrait(roles map[string]bool) map[string]string {
	c.t.Helper()
	texts := map[string]string{}
	for pid := range roles {
		for _, section := range []string{"/", "/applications", "/certificates", "/people", "/security/second", "/security/sessions", "/support", "/profile", "/roles/new"} {
			page := "/c/" + pid + section
			texts[page] = c.open(page).text()
		}
	}
	return texts
}

func (s *site) patternOf(act string) string {
	mux, _ := web.Routes(s.parts)
	_, pattern := mux.Handler(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: act}})
	return pattern
}

// TestMadeUpTokens: every address with a token in it tells nothing to whoever makes one up, and
// does nothing.
func TestMadeUpTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, all := web.Routes(s.parts)
	v, tried := s.visitor().signUp(), 0
	asks := map[string]bool{"/confirm/{token}": true, "/roles/confirm/{token}": true} // a button: the token is looked at when it is pressed
	before := s.Count("audit_entry", "1 = 1")
	for _, pattern := range all {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.Contains(path, "{token}") {
			continue
		}
		for _, token := range []string{strings.Repeat("A", 22), strings.Repeat("A", 32), strings.Repeat("A", 43), "%00", "%ff%fe", "' OR 1=1 --", strings.Repeat("я", 200)} {
			address := parameter.ReplaceAllString(strings.ReplaceAll(path, "{token}", url.PathEscape(token)), "x")
			tried++
			if method == http.MethodPost {
				v.post(address)
			} else {
				v.open(address)
			}
			if v.code != http.StatusNotFound && v.code != http.StatusUnprocessableEntity && v.code != http.StatusBadRequest && (method != http.MethodGet || !asks[path]) {
				t.Errorf("%s with %q answers %d", pattern, token, v.code)
			}
		}
	}
	if n := s.Count("audit_entry", "outcome <> 'refused'"); tried < 60 || n != before {
		t.Errorf("%d tried, %d acts done", tried, n-before)
	}
}
