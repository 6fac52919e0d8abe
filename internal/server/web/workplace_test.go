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

	"podpis/internal/service/auth"
)

// as opens the check with the header of a browser.
func (v *visitor) as(agent string) *visitor {
	v.t.Helper()
	return v.with(agent, "/check").shows(http.StatusOK, "Проверка рабочего места")
}

// with opens a page with the header of a browser.
func (v *visitor) with(agent, path string) *visitor {
	v.t.Helper()
	r := v.request(http.MethodGet, path, nil)
	r.Header.Set("User-Agent", agent)
	return v.do(r)
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
		"cache": {"wait", "Файлы сайта"}, "tool": {"none", "не видит программ"},
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
		Now           int64 `json:"now"`
		Script, Style string
	}
	must(t, json.Unmarshal([]byte(v.body), &said))
	v.open("/check")
	for _, file := range []string{said.Script, said.Style} { // what the browser compares with what it keeps
		if !strings.Contains(file, "?v=") || !strings.Contains(v.body, `"`+file+`"`) {
			t.Errorf("the page does not name %q", file)
		}
	}
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

const (
	chrome140  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	explorerXP = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)"
)

// TestWorkplaceTables: an administrator adds a row to the dated tables and ends it, each
// recorded; the check and the public tables read them: the person names a tool, the page says
// whether its certificate is past its last day. With TestCheckPage, TestUnfitBrowser and
// TestWorkplaceWalk it is A-12.
func TestWorkplaceTables(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const page = "/admin/workplace"
	admin := s.staff(auth.Administrator)
	admin.open(page).shows(200, "Chrome", "КриптоПро CSP", "Рутокен", "Не менялось")
	row := func(source, month string) []string {
		return []string{
			"kind", "tool", "name", "Средство ЭП", "version", "1.0", "state", "works", "from_d", "1", "from_m", month, "from_y", "2026", "certificate", "СФ/000-0001",
			"certified_to_d", "22", "certified_to_m", "11", "certified_to_y", "2026", "source", source,
		}
	}
	admin.send(page, row("", "1")...).refuses(422, "source", "откуда это известно").holds(page, "name", "Средство ЭП")
	admin.send(page, row("Формуляр", "13")...).refuses(422, "from", "Такой даты нет")
	admin.send(page, append(row("Формуляр", "13"), "certified_to_m", "13", "to_d", "31", "to_m", "2", "to_y", "2026")...).refuses(422, "from", "Такой даты нет") // the first of three
	admin.open(page).send(page, row("Формуляр", "1")...).shows(200, "Средство ЭП", "СФ/000-0001, 22.11.2026", "Сотрудник administrator")
	admin.send(page, row("Формуляр", "1")...).refuses(409, "from", "уже есть")
	if n := len(s.Entries("admin.workplace.add")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	id := regexp.MustCompile(`<option value="(\w+)">Средство ЭП 1.0`).FindStringSubmatch(s.visitor().open("/check").body)
	if id == nil {
		t.Fatal("the check does not offer the tool")
	}
	v := s.visitor()
	tool := func() [2]string {
		t.Helper()
		v.open("/check?tool=" + id[1]).shows(200)
		return v.checkRows()["tool"]
	}
	day := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s.Clock.Pass(day.Sub(s.DB.Now()))
	if got := tool(); got[0] != "ok" || !strings.Contains(got[1], "СФ/000-0001, до 22.11.2026") {
		t.Errorf("on the last day: %q", got)
	}
	s.Clock.Pass(24 * time.Hour)
	if got := tool(); got[0] != "fix" || !strings.Contains(got[1], "закончился 22.11.2026") {
		t.Errorf("a day after: %q", got)
	}
	v.open("/check/table").shows(200, "сертификат закончился", "Internet Explorer", "Windows XP", "с 06.05.2008 до 08.04.2014", "пока не работает здесь")

	admin = s.visitor().open("/login").send("/login", "login", "administrator@example.org", "password", pass)
	admin.send("/login/second", "code", s.Code("+79990001004")).shows(200)
	one := page + "/" + id[1]
	admin.open(one).shows(200, "Формуляр").send(one+"/end", "to_d", "1", "to_m", "1", "to_y", "2020").refuses(422, "to", "позже первого дня")
	admin.send(one+"/end", "to_d", "1", "to_m", "11", "to_y", "2026").shows(200, "время прошло")
	if got := tool(); got[0] != "none" || len(s.Entries("admin.workplace.end")) != 1 {
		t.Errorf("an ended row still speaks: %q", got)
	}
	admin.open(page + "/none").shows(404)
}

// TestUnfitBrowser: the pages of the application and of the issue read the same tables: who
// comes with a browser that will not do is told before a key is made, with the way out.
func TestUnfitBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/").signUp()
	address := v.apply()
	const warning = "может не подойти"
	look := func(path string) {
		t.Helper()
		v.with(explorerXP, path).shows(200, warning, "Internet Explorer. Не поддерживается", "Изготовитель не обновляет её с 08.04.2014", "Откройте эту страницу в другом браузере")
		if !strings.Contains(v.body, `href="/check"`) || !strings.Contains(v.body, `href="/help/browser"`) {
			t.Errorf("%s: no way out", path)
		}
		if v.with(chrome140, path).shows(200); strings.Contains(v.body, warning) {
			t.Errorf("%s warns of Chrome 140", path)
		}
	}
	look(address + "?step=purposes")
	v.open(address).submitted(address)
	s.operator().approve(address)
	look(address + "/issue")
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
