// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// as opens the check with the header of a browser.
func (v *visitor) as(agent string) *visitor {
	v.t.Helper()
	r := v.request(http.MethodGet, "/check", nil)
	r.Header.Set("User-Agent", agent)
	return v.do(r).shows(http.StatusOK, "Проверка рабочего места")
}

var rowPattern = regexp.MustCompile(`(?s)<li data-check="(\w+)" data-state="(\w+)"[^>]*>(.*?)</li>`)

// checkRows are the rows of the check: state and words by name.
func (v *visitor) checkRows() map[string][2]string {
	rows := map[string][2]string{}
	for _, m := range rowPattern.FindAllStringSubmatch(v.body, -1) {
		rows[m[1]] = [2]string{m[2], html.UnescapeString(strings.Join(strings.Fields(tagPattern.ReplaceAllString(m[3], " ")), " "))}
	}
	return rows
}

// TestCheckPage: the check opens with results and without a button (S004-030, S004-096); it
// names each thing that is looked at, says what is not needed instead of asking for a crypto
// provider (S000-10), tells the age of the revocation lists and that camera and microphone
// are looked for (S003-20), and each row leads to its guide.
func TestCheckPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.as("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
	rows := v.checkRows()
	for name, want := range map[string][2]string{
		"browser": {"ok", "Chrome 140.0. Подходит."}, "system": {"ok", "Windows 10, 11. Подходит."}, "time": {"wait", "Часы сервера сверять не с чем"},
		"wasm": {"wait", "WebAssembly"}, "storage": {"wait", "Место для ключей"}, "window": {"wait", "Окно"}, "cookies": {"wait", "Cookie"}, "net": {"wait", "Связь"},
		"tls": {"none", "Связь не выходит"}, "lists": {"ok", "следующий до"}, "extensions": {"wait", "Расширения"}, "media": {"wait", "Камера и микрофон"},
		"program": {"none", "Для токенов её пока нет"}, "token": {"none", "Не нужен"},
	} {
		if got := rows[name]; got[0] != want[0] || !strings.Contains(got[1], want[1]) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if strings.Contains(v.body, "data-start") || !strings.Contains(v.body, "check.js") {
		t.Error("the check waits for a button, or has no script")
	}
	for _, m := range regexp.MustCompile(`href="(/help/\w+)" data-guide`).FindAllStringSubmatch(v.body, -1) {
		s.visitor().open(m[1]).shows(http.StatusOK)
	}
	v.as("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)")
	if rows := v.checkRows(); rows["browser"][0] != "fix" || rows["system"][0] != "fix" || !strings.Contains(rows["system"][1], "не обновляет её с 08.04.2014") {
		t.Errorf("an outdated workplace: %q", rows)
	}
	v.as("<script>alert(1)</script>")
	if rows := v.checkRows(); rows["browser"][0] != "unknown" || strings.Contains(v.body, "<script>alert") {
		t.Errorf("a strange browser: %q", rows["browser"])
	}
}

// TestCheckMeasures: the page compares the clock with the server (S001-093) and makes a test
// connection (S001-034); over TLS it shows that the exchange is encrypted and how (S001-035).
func TestCheckMeasures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/check/time").shows(http.StatusOK)
	var said struct {
		Now int64 `json:"now"`
	}
	must(t, json.Unmarshal([]byte(v.body), &said))
	if off := time.UnixMilli(said.Now).Sub(s.DB.Now()).Abs(); off > 5*time.Second {
		t.Errorf("the time is %v off", off)
	}
	for i := range 40 {
		if v.open("/check/load"); v.code == http.StatusTooManyRequests && i > 10 {
			break
		}
		if len(v.body) != 256<<10 || v.head.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d octets, %s", len(v.body), v.head.Get("Cache-Control"))
		}
	}
	if v.code != http.StatusTooManyRequests {
		t.Errorf("forty measurements in a row, the last answers %d", v.code)
	}

	over := httptest.NewTLSServer(s.server.Config.Handler)
	defer over.Close()
	answer, err := over.Client().Get(over.URL + "/check")
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	if !strings.Contains(string(body), "TLS 1.3, TLS_") {
		t.Error("the check does not say how the connection is encrypted")
	}
}

// TestDiagnosisReachesSupport: what the check found comes into the form of a ticket as text,
// bounded, and nothing in it becomes a page.
func TestDiagnosisReachesSupport(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor()
	v.open("/recover/write?topic=key&from=/check&diagnosis=workplace+ABCD-1234%0Atime%3A+ok").shows(http.StatusOK, "workplace ABCD-1234")
	v.open("/recover/write?diagnosis=%3C%2Ftextarea%3E%3Cscript%3Ealert(1)%3C/script%3E").shows(http.StatusOK)
	if strings.Contains(v.body, "<script>alert") {
		t.Error("a diagnosis became a script")
	}
	v.open("/recover/write?diagnosis=" + strings.Repeat("x", 9000))
	if n := strings.Count(v.body, "x"); v.code != http.StatusOK || n > 5000 {
		t.Errorf("%d: a diagnosis of %d signs", v.code, n)
	}
}

// TestViewIsKept: every choice of «Вид» comes back with each page, an old cookie is read, and
// nothing else gets into it.
func TestViewIsKept(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor()
	v.post("/view", "theme", "dark", "contrast", "more", "size", "150", "spacing", "more", "motion", "none", "back", "/help")
	v.post("/view", "language", "kk", "back", "/help")
	v.open("/check")
	for _, want := range []string{`lang="kk"`, `data-theme="dark"`, `data-contrast="more"`, `data-size="150"`, `data-spacing="more"`, `data-motion="none"`} {
		if !strings.Contains(v.body, want) {
			t.Errorf("no %s", want)
		}
	}
	v.post("/view", "spacing", "\"><script>", "motion", "fast", "back", "/help")
	if v.open("/check"); !strings.Contains(v.body, `data-spacing=""`) || !strings.Contains(v.body, `data-motion=""`) {
		t.Error("a value that is no choice stays")
	}
	old := newSite(t).visitor()
	r := old.request(http.MethodGet, "/check", nil)
	r.AddCookie(&http.Cookie{Name: "view", Value: "en.light..125"})
	if old.do(r); !strings.Contains(old.body, `data-size="125"`) || !strings.Contains(old.body, `data-spacing=""`) {
		t.Error("a cookie of the older form is not read")
	}
	if !strings.Contains(old.body, "Printed on") {
		t.Error("what is printed does not say when")
	}
}
