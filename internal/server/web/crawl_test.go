// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/internal/server/web"
	"podpis/internal/service/servicetest"
)

// unlinked are pages that no page links to, or that a crawler without scripts and codes does
// not meet, and the test that opens them instead.
func unlinked() map[string]string {
	return map[string]string{
		"/login/code":                         "TestPhoneCodeAndSecondStep",
		"/login/password":                     "TestOldPasswordIsAWall",
		"/not-me/{token}":                     "TestNotMe",
		"/c/{pid}/security/second/codes":      "TestSecondStepIsSetUp",
		"/c/{pid}/security/second/codes.txt":  "TestSecondStepIsSetUp",
		"/c/{pid}/security/second/app":        "TestSecondStepIsSetUp",
		"/c/{pid}/security/second/app.png":    "TestSecondStepIsSetUp",
		"/c/{pid}/security/second/sms":        "TestLastMethodStays",
		"/login/staff":                        "TestStaffLogin",
		"/offline":                            "TestInstallable",
		"/sw.js":                              "TestInstallable",
		"/app/letter/{id}":                    "TestDevicesPage",
		"/approve/{id}":                       "TestSignInByDevice",
		"/login/second/device":                "TestSignInByDevice",
		"/brand/logo.png":                     "TestBranding",
		"/staff/security/second/codes":        "TestStaffSecondStep",
		"/staff/security/second/codes.txt":    "TestStaffSecondStep",
		"/staff/security/second/app":          "TestStaffSecondStep",
		"/staff/security/second/app.png":      "TestStaffSecondStep",
		"/staff/security/second/sms":          "TestStaffSecondStep",
		"/staff/security/second/passkey":      "TestStaffSecondStep",
		"/staff/security/second/certificate":  "TestStaffSecondStep",
		"/welcome":                            "TestNewcomer",
		"/session":                            "TestSessionLeft",
		"/confirm/{token}":                    "TestMailLinkPage",
		"/verify/r/{token}":                   "TestReportIsTakenAlong",
		"/verify/r/{token}/{form}":            "TestReportIsTakenAlong",
		"/verify/evidence":                    "TestEvidence",
		"/check/time":                         "TestCheckMeasures",
		"/check/load":                         "TestCheckMeasures",
		"/downloads/{name}":                   "TestDownloads",
		"/verify/guard":                       "TestEvidence",
		"/verify/code/picture":                "TestCheckWithCode",
		"/verify/code/sound":                  "TestCheckWithCode",
		"/verify/offline/page":                "TestSavedPage",
		"/wasm/{name}":                        "TestSavedPage",
		"/op/{$}":                             "TestDoorsOfOthers",
		"/roles/confirm/{token}":              "TestOrganisationJoins",
		"/login/external/account":             "TestSignupByESIA",
		"/login/external/{provider}/callback": "TestSignupByESIA",
		"/people/join/{token}":                "TestPeople",
		"/powers/{guid}":                      "TestPeople",

		"/help/chat/stream":            "TestChatPages",
		"/help/chat/files/{file}":      "TestChatPages",
		"/c/{pid}/support/{id}/stream": "TestChatPages",
		"/op/chats/{id}":               "TestChatPages",
		"/op/chats/{id}/stream":        "TestChatPages",
		"/op/chats/stream":             "TestChatPages",

		"/recover/guest":                       "TestGuestWrites",
		"/recover/ticket/{token}":              "TestGuestWrites",
		"/recover/ticket/{token}/files/{file}": "TestGuestWrites",
		"/recover/case":                        "TestRecoverPages",
		"/recover/stop/{token}":                "TestRecoverPages",
		"/contacts/stop/{token}":               "TestContactPages",
		"/connect/state/{token}":               "TestConnectionRequest",
		"/op/connections/{id}":                 "TestConnectionRequest",
		"/c/{pid}/documents/{id}":              "TestMyDocuments",

		"/c/{pid}/security/takeout/{id}/archive.zip": "TestTakeoutPages",

		"/c/{pid}/support/{id}":              "TestTicketPages",
		"/c/{pid}/support/{id}/files/{file}": "TestTicketPages",
		"/calendar/{token}":                  "TestInboxPages",
		"/op/tickets/{id}":                   "TestTicketPages",
		"/op/tickets/{id}/files/{file}":      "TestTicketPages",
		"/op/clients/{id}":                   "TestVisitPages",
		"/op/clients/{id}/order":             "TestOrderPages",
		"/op/cases/{id}":                     "TestVisitPages",
	}
}

// crawler opens every page that can be reached by links and looks at each.
type crawler struct {
	*visitor
	who    string
	pages  map[string]string // address: the page that led there
	queue  []string
	looked []string          // addresses of pages, in the order of the visits
	acts   []string          // addresses that forms of the pages post to
	forms  map[string]string // address of a form: the page it is on
	closed bool              // sections may be closed to them, which their pages tell
}

func (v *visitor) crawler(who string) *crawler {
	return &crawler{visitor: v, who: who, pages: map[string]string{}, forms: map[string]string{}}
}

var (
	linkPattern    = regexp.MustCompile(`(?s)<(?:a|link|img|script|source)\s[^>]*?(?:href|src)="([^"]*)"`)
	actionPattern  = regexp.MustCompile(`<(?:form|button)\s[^>]*?(?:form)?action="([^"]*)"`)
	hiddenPattern  = regexp.MustCompile(`(?s)<section[^>]* hidden[ >].*?</section>`) // another screen of the same page
	headingPattern = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`)
	titlePattern   = regexp.MustCompile(`<title>(.*?)</title>`)
	idPattern      = regexp.MustCompile(`\sid="([^"]*)"`)
	labelPattern   = regexp.MustCompile(`<label[^>]*\sfor="([^"]*)"`)
	judgedPattern  = regexp.MustCompile(`<(?:input|select|textarea)\s[^>]*(?: required| type="(?:email|url|number|date)"| (?:pattern|min|max|step)=)[^>]*>`)
	controlPattern = regexp.MustCompile(`(?s)<(?:input|select|textarea)\s([^>]*)>`)
	elsewhere      = regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//[^"]*"`)
)

// address is what a link leads to on this site, without what only says where it came from.
func (c *crawler) address(link string) (string, bool) {
	base, err := url.Parse(c.at)
	must(c.t, err)
	u, err := base.Parse(html.UnescapeString(link))
	if err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "/pki/") { // another door
		return "", false
	}
	u.Fragment = ""
	q := u.Query()
	q.Del("from")
	q.Del("return")
	u.RawQuery = q.Encode()
	return u.RequestURI(), true
}

func (c *crawler) found(link string) {
	address, ok := c.address(link)
	if _, seen := c.pages[address]; !ok || seen {
		return
	}
	c.pages[address] = c.at
	c.queue = append(c.queue, address)
}

// maxPages is far above what there is: a site whose links have no end is a fault of its own.
const maxPages = 1500

func (c *crawler) crawl(from ...string) {
	c.t.Helper()
	c.at = "/"
	for _, address := range from {
		c.found(address)
	}
	for len(c.queue) > 0 {
		address := c.queue[0]
		c.queue = c.queue[1:]
		if len(c.pages) > maxPages {
			c.t.Fatalf("%s: more than %d pages, lately %s", c.who, maxPages, address)
		}
		if c.open(address); c.code == http.StatusServiceUnavailable && address == "/verify/offline" {
			continue // the module has not been built
		}
		if c.code != http.StatusOK && (!c.closed || c.code != http.StatusForbidden) {
			c.t.Errorf("%s: %s links to %s, which answers %d", c.who, c.pages[address], address, c.code)
			continue
		}
		if strings.HasPrefix(c.head.Get("Content-Type"), "text/html") && !strings.HasPrefix(address, "/verify/offline/page") {
			c.look(address)
			for _, m := range linkPattern.FindAllStringSubmatch(c.body, -1) {
				c.found(m[1])
			}
			for _, m := range actionPattern.FindAllStringSubmatch(c.body, -1) {
				if act := html.UnescapeString(m[1]); !slices.Contains(c.acts, act) {
					c.acts = append(c.acts, act)
					c.forms[act] = c.at
				}
			}
		}
	}
}

// look judges a page by what is the same on all of them (ux 2, 10).
func (c *crawler) look(address string) {
	c.t.Helper()
	c.looked = append(c.looked, address)
	wrong := func(what string, args ...any) {
		c.t.Helper()
		c.t.Errorf("%s: %s: "+what, append([]any{c.who, address}, args...)...)
	}
	title := titlePattern.FindStringSubmatch(c.body)
	if title == nil || !strings.HasSuffix(title[1], " — Подпись") && title[1] != "Подпись" {
		wrong("title %q", title)
	}
	heading := headingPattern.FindAllStringSubmatch(hiddenPattern.ReplaceAllString(c.body, ""), -1)
	if len(heading) != 1 || strings.TrimSpace(tagPattern.ReplaceAllString(heading[0][1], "")) == "" {
		wrong("headings %q", heading)
	}
	if !strings.Contains(c.body, `<html lang="ru"`) {
		wrong("no language")
	}
	if other := elsewhere.FindString(c.body); other != "" && !strings.Contains(c.body, `<a `+other) && !strings.HasPrefix(other, `href="`) {
		wrong("asks elsewhere: %s", other)
	}
	ids := map[string]bool{}
	for _, m := range idPattern.FindAllStringSubmatch(c.body, -1) {
		if ids[m[1]] {
			wrong("two elements are %q", m[1])
		}
		ids[m[1]] = true
	}
	labels := map[string]bool{}
	for _, m := range labelPattern.FindAllStringSubmatch(c.body, -1) {
		if labels[m[1]] = true; !ids[m[1]] {
			wrong("a label of nothing: %q", m[1])
		}
	}
	for _, at := range controlPattern.FindAllStringSubmatchIndex(c.body, -1) {
		attr := map[string]string{}
		for _, a := range attrPattern.FindAllStringSubmatch(" "+c.body[at[2]:at[3]], -1) {
			attr[a[1]] = a[2]
		}
		if keptSecret(attr) {
			wrong("a secret would be kept as a draft: %s", c.body[at[0]:at[1]])
		}
		before := c.body[:at[0]]
		inside := strings.LastIndex(before, "<label") > strings.LastIndex(before, "</label>")
		if !inside && !labels[attr["id"]] && attr["aria-label"] == "" && attr["aria-labelledby"] == "" &&
			!slices.Contains([]string{"hidden", "submit"}, attr["type"]) {
			wrong("a field without a name: %s", c.body[at[0]:at[1]])
		}
	}
	for _, form := range formPattern.FindAllString(c.body, -1) {
		opening, inside, _ := strings.Cut(form, ">")
		must := judgedPattern.FindString(inside)
		if must != "" && !strings.Contains(opening, " novalidate") {
			wrong("the browser judges before the page can, in its own words: %s> %s", opening, must)
		}
		if strings.Contains(opening, `method="get"`) && strings.Contains(must, " required") && strings.Count(form, "<label") > 1 {
			wrong("a filter that must be filled in whole: %s", must)
		}
	}
	c.weigh(address)
}

// weigh holds the budgets of a page (ux 10).
func (c *crawler) weigh(address string) {
	c.t.Helper()
	total, requests := zipped(c.t, c.body), 1
	var js, css int
	body := c.body
	counted := map[string]bool{}
	for _, m := range assetPattern.FindAllStringSubmatch(body, -1) {
		if counted[m[1]] {
			continue
		}
		counted[m[1]] = true
		n, more := asset(c.t, c.visitor, m[1])
		total += n
		requests += 1 + more
		switch name, _, _ := strings.Cut(m[1], "?"); {
		case strings.HasSuffix(name, ".js"):
			js += n
		case strings.HasSuffix(name, ".css"):
			css += n
		}
	}
	if total > 60<<10 || js > 30<<10 || css > 15<<10 || requests > 8 {
		c.t.Errorf("%s: %s: %d octets, %d of scripts, %d of styles, %d requests", c.who, address, total, js, css, requests)
	}
}

// routes are the patterns of all pages: one that nobody registered a visit to is one that
// nobody looks at.
func (s *site) routes() (list []string) {
	s.t.Helper()
	_, all := web.Routes(s.parts)
	for _, pattern := range all {
		if path, ok := strings.CutPrefix(pattern, "GET "); ok {
			list = append(list, path)
		}
	}
	if len(list) < 100 {
		s.t.Fatalf("%d routes of pages", len(list))
	}
	return list
}

// TestEveryPage: every page of every role is reached by links and is whole, no link is dead,
// and what belongs to one person opens to nobody else.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	consoles := s.everyone()
	nobody, holder, staff := consoles[0], consoles[1], consoles[3]

	mux := http.NewServeMux()
	all := s.routes()
	for _, pattern := range all {
		mux.HandleFunc("GET "+pattern, func(http.ResponseWriter, *http.Request) {})
	}
	visited := map[string]bool{}
	for _, c := range consoles {
		for address := range c.pages {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			must(t, err)
			_, pattern := mux.Handler(r)
			visited[strings.TrimPrefix(pattern, "GET ")] = true
		}
	}
	known := unlinked()
	tests := ""
	files, err := filepath.Glob("*_test.go")
	must(t, err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		must(t, err)
		tests += string(text)
	}
	for pattern, test := range known {
		if !slices.Contains(all, pattern) || !strings.Contains(tests, "func "+test+"(t *testing.T)") {
			t.Errorf("%s or %s does not exist", pattern, test)
		}
	}
	for _, pattern := range all {
		if !visited[pattern] && known[pattern] == "" {
			t.Errorf("no link leads to %s", pattern)
		}
		if visited[pattern] && known[pattern] != "" && pattern != "/verify/offline/page" { // linked once the module was built
			t.Errorf("%s is reached by links: take it from the list", pattern)
		}
	}
	foreign(t, s, holder, staff, mux)
	t.Logf("pages: %d of nobody, %d of a holder, %d of an operator; %d of %d routes reached by links",
		len(nobody.pages), len(holder.pages), len(staff.pages), len(visited), len(all))
}

// foreign opens what one person saw as another one, as nobody, and what staff saw as a holder.
func foreign(t *testing.T, s *site, holder, staff *crawler, mux *http.ServeMux) {
	t.Helper()
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris := s.visitor()
	boris.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	own := strings.Split(boris.at, "/")[2]
	outside := s.visitor()
	tried := 0
	for _, address := range slices.Sorted(maps.Keys(holder.pages)) {
		if !strings.HasPrefix(address, "/c/") {
			continue
		}
		tried++
		if boris.open(address); boris.code != http.StatusNotFound && boris.code != http.StatusForbidden {
			t.Errorf("%s opens to another holder: %d", address, boris.code)
		}
		if outside.open(address); outside.code == http.StatusOK && !strings.HasPrefix(outside.at, "/login") {
			t.Errorf("%s opens to nobody", address)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		must(t, err)
		_, pattern := mux.Handler(r)
		public := strings.Contains(pattern, "/news/") // what everybody may read is the same under each role
		if strings.Count(pattern, "{") > 1 && !strings.HasSuffix(pattern, "{$}") && !public {
			pid := strings.Split(address, "/")[2]
			mixed := strings.Replace(address, pid, own, 1)
			if boris.open(mixed); boris.code != http.StatusNotFound && boris.code != http.StatusForbidden {
				t.Errorf("%s opens under another role: %d", mixed, boris.code)
			}
		}
	}
	for _, address := range slices.Sorted(maps.Keys(staff.pages)) {
		if !strings.HasPrefix(address, "/op/") {
			continue
		}
		tried++
		if boris.open(address); boris.code != http.StatusForbidden && boris.code != http.StatusNotFound {
			t.Errorf("%s opens to a holder: %d", address, boris.code)
		}
		if outside.open(address); outside.code == http.StatusOK && !strings.HasPrefix(outside.at, "/login") {
			t.Errorf("%s opens to nobody", address)
		}
	}
	if tried < 10 {
		t.Errorf("only %d addresses tried", tried)
	}
}
