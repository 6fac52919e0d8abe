// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
)

// A form of another site is refused, whatever it would do.
func TestFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	done := v.formOf("/applications/new")
	for _, path := range []string{"/login", "/logout", "/view", "/signup/phone", "/signup/draft", done, "/verify", "/login/second", "/op/applications/x/approve"} {
		for name, change := range map[string]func(http.Header){
			"fetch metadata": func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
			"origin":         func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "https://evil.example") },
		} {
			r := v.request(http.MethodPost, path, strings.NewReader("key=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(r.Header)
			v.do(r)
			v.shows(403, "Форма пришла с другого сайта")
			if len(v.head.Values("Set-Cookie")) != 0 {
				t.Errorf("%s, %s: a cookie is set", path, name)
			}
		}
	}
	if s.Count("application", "1 = 1") != 0 || s.Count("session", "1 = 1") != 1 {
		t.Error("a form of another site did something")
	}
	v.open("/login").shows(200, "Выйти") // still in
}

// «Получить сертификат» stands on its pages for ever: what was withdrawn is not what it opens.
func TestButtonAfterWithdrawal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp()
	first := v.apply()
	v.submitted(first)
	v.send(first+"/withdraw").shows(200, "Отменено")
	base := strings.Split(first, "applications")[0]
	opened := map[string]bool{first: true}
	for _, page := range []string{base + "certificates", base, base + "sign", base + "certificates"} {
		key := v.open(page).fields(base + "applications/new").Get("key")
		for range 2 { // a second press opens nothing more
			v.post(base+"applications/new", "key", key).shows(200, "Для чего нужна подпись?")
		}
		address := applicationPattern.FindString(v.at)
		opened[address] = true
		v.post(address + "/withdraw")
	}
	if n := s.Count("application", "1 = 1"); n != 5 || len(opened) != 5 {
		t.Errorf("%d applications, %d opened", n, len(opened))
	}
}

// TestFilesAreAskedAbout: a file whose address says no version, and a module of megabytes, are kept and asked
// about, in each of their forms.
func TestFilesAreAskedAbout(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor()
	for path, encodings := range map[string][]string{"/static/worker.js": {"gzip", "identity"}, "/wasm/sign.wasm": {"gzip", "gzip, br"}} {
		tags := map[string]bool{"": true}
		for _, encoding := range encodings {
			ask := func(known string) *visitor {
				r := v.request(http.MethodGet, path, nil)
				r.Header.Set("Accept-Encoding", encoding)
				r.Header.Set("If-None-Match", known)
				return v.do(r)
			}
			if ask(""); v.code == http.StatusNotFound && strings.HasPrefix(path, "/wasm/") {
				continue // as it is before make wasm
			}
			tag := v.head.Get("ETag")
			if v.code != 200 || v.head.Get("Cache-Control") != "no-cache" || tags[tag] || v.head.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s, %s: %d %v", path, encoding, v.code, v.head)
			}
			tags[tag] = true
			if ask(tag); v.code != http.StatusNotModified || v.body != "" {
				t.Errorf("%s, %s, known: %d, %d octets", path, encoding, v.code, len(v.body))
			}
		}
	}
}

// A second press of a button makes one object.
func TestSecondSubmit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	welcome := v.formOf("/applications/new")
	key := v.fields(welcome).Get("key")
	v.post(welcome, "key", key)
	first := v.at
	v.post(welcome, "key", key)
	if v.at != first || s.Count("application", "1 = 1") != 1 {
		t.Errorf("%s and %s", first, v.at)
	}
	v.open("/welcome")
	address := v.apply() // the same form: the same application
	for range 2 {
		v.upload(address+"/files", map[string][]byte{"file_passport": picture(1)}).shows(200)
	}
	if n := s.Count("application_file", "1 = 1"); n != 1 {
		t.Errorf("%d files", n)
	}
	v.open(address).send(address + "/sign").shows(200)
	v.post(address + "/sign").shows(200)
	codes := s.Codes(phone)
	if len(codes) != 2 {
		t.Errorf("%d codes", len(codes))
	}
	for range 2 {
		v.post(address+"/submit", "code", codes[1]).shows(200, "На проверке")
	}
	if n := s.Count("application_event", "kind = 'submit'"); n != 1 {
		t.Errorf("sent %d times", n)
	}
	for range 2 {
		v.post(address + "/withdraw")
	}
	if n := s.Count("application_event", "kind = 'withdraw'"); n != 1 || v.code != 409 {
		t.Errorf("withdrawn %d times, %d", n, v.code)
	}
}

// What is somebody else's is not found, and a console is no cabinet.
func TestDoorsOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	address := v.apply()
	pid := strings.Split(address, "/")[2]
	file := regexp.MustCompile(regexp.QuoteMeta(address) + `/files/[0-9a-z]+`).FindString(v.open(address + "?step=documents").body)
	v.open(file).shows(200)
	if got := v.head.Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") || v.head.Get("Content-Type") != "image/png" || v.head.Get("Cache-Control") != "no-store" {
		t.Errorf("a document comes as %v", v.head)
	}
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	other := s.visitor()
	other.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	own := strings.Split(other.at, "/")[2]
	for _, path := range []string{
		"/c/" + pid + "/", "/c/" + pid + "/sign", address, address + "/issue", file, "/c/none/", "/c/" + pid + "/certificates/01",
		strings.Replace(address, pid, own, 1), strings.Replace(file, pid, own, 1), "/c/" + own + "/certificates/01", "/c/%00/", "/c/%ff/", "/c/" + own + "/applications/%ff",
	} {
		other.open(path).shows(404)
	}
	for _, act := range []string{"purposes", "holder", "data", "draft", "sign", "resend", "submit", "withdraw", "consent", "mend", "order", "installed", "files/" + file[strings.LastIndex(file, "/")+1:] + "/delete"} {
		for _, p := range []string{pid, own} {
			path := strings.Replace(address, pid, p, 1) + "/" + act
			r := other.request(http.MethodPost, path, strings.NewReader(`{"request":"`+orderBody(t)+`"}`))
			r.Header.Set("Content-Type", "application/json")
			if other.do(r); other.code != 404 && other.code != 422 || act != "consent" && other.code != 404 {
				t.Errorf("%s: %d %s", path, other.code, other.text())
			}
		}
	}
	op := s.operator()
	op.open("/c/" + pid + "/").shows(403)
	op.open(strings.Replace(file, "/c/"+pid, "/op", 1)).shows(404) // a draft
	other.open("/op/applications").shows(403)
	for _, path := range []string{"/c/" + pid + "/", "/op/applications", address} {
		nobody := s.visitor()
		nobody.open(path).shows(200, "Вход")
		if nobody.at != "/login?return="+url.QueryEscape(path) {
			t.Errorf("%s leads to %s", path, nobody.at)
		}
	}
	// A right password without the code opens nothing.
	half := s.visitor()
	half.open("/login").send("/login", "login", "op@example.org", "password", pass)
	half.open("/op/applications").shows(200, "Вход")
}

// orderBody is a request in base64, as a browser posts it.
func orderBody(t *testing.T) string {
	t.Helper()
	_, request := servicetest.Request(t, alg.P256)
	return b64(request)
}

// Programs get the refusals of every form as JSON, with the same code and words.
func TestRefusalsForPrograms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	for _, c := range []struct {
		path   string
		form   []string
		status int
		code   string
		field  string
	}{
		{"/signup/phone", []string{"phone", "1"}, 422, "auth.phone.wrong", "phone"},
		{"/signup/draft", nil, 404, "auth.signup.missing", ""},
		{"/signup/phone", []string{"phone", "\xff"}, 422, "form.broken", ""},
		{"/login", []string{"login", "x", "password", "y"}, 422, "LOG-151", ""},
		{"/login/phone", []string{"phone", "1"}, 422, "auth.phone.wrong", "phone"},
		{"/verify", nil, 422, "form.broken", ""},
		{"/c/none/applications/new", nil, 403, "auth.session.needed", ""},
		{"/confirm/none", nil, 404, "auth.mail.link_old", ""},
		{"/none", nil, 404, "error.page_missing", ""},
	} {
		a := v.ask("POST", c.path, c.form...)
		if v.code != c.status || a["code"] != c.code || a["title"] == "" || c.field != "" && a["field"] != c.field {
			t.Errorf("%s: %d %v", c.path, v.code, a)
		}
		if v.head.Get("Content-Type") != "application/json; charset=utf-8" || v.head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", c.path, v.head)
		}
	}
	v.signUp()
	address := v.apply()
	a := v.ask("POST", address+"/data", "locality", "", "mail", "x")
	if list, _ := a["errors"].([]any); v.code != 422 || len(list) < 10 || a["field"] != "surname" {
		t.Errorf("%d %v", v.code, a)
	}
	if a = v.ask("POST", address+"/submit", "code", "1"); v.code != 404 || a["code"] != "auth.code.expired" {
		t.Errorf("%d %v", v.code, a)
	}
}

// Every step of an application keeps what was typed when it is refused.
func TestApplicationRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	v.send(v.formOf("/applications/new"))
	address := applicationPattern.FindString(v.at)
	v.send(address+"/purposes").refuses(422, "purposes", "Отметьте хотя бы одно назначение подписи")
	v.send(address+"/purposes", "purposes", "documents", "purposes", "trade")
	v.send(address+"/holder", "kind", "ip", "ogrnip", "399990000000122").refuses(422, "ogrnip", "").holds(address+"/holder", "ogrnip", "399990000000122").
		holds(address+"/holder", "kind", "ip")
	v.open(address).shows(200, "На кого сертификат?").holds(address+"/holder", "ogrnip", "399990000000122")
	v.send(address+"/holder", "kind", "person")
	v.send(address+"/data", "region", "16 Татарстан", "locality", "", "inn", "1").refuses(422, "locality", "").refuses(422, "inn", "").
		holds(address+"/data", "region", "16 Татарстан").holds(address+"/data", "inn", "1")
	v.open(address).holds(address+"/data", "inn", "1")
	v.send(address+"/data", "locality", "Казань", "inn", "990000001704").shows(200, "Документы")
	v.upload(address+"/files", map[string][]byte{"file_passport": []byte("MZ")}).refuses(422, "file_passport", "Файл не похож на JPG, PNG или PDF")
	v.upload(address+"/files", nil).refuses(422, "file_passport", "Выберите файл")
	v.post(address + "/files").shows(422)
	s.Set("ra.file.size", "100000")
	v.upload(address+"/files", map[string][]byte{"file_passport": append(picture(1), make([]byte, 100<<10)...)}).shows(422, "Файл больше", "UPL-801")
	s.Set("ra.file.size", "10485760")
	v.open(address + "?step=documents")
	v.upload(address+"/files", map[string][]byte{"file_passport": picture(1)})
	v.open(address+"?step=data").send(address+"/data", "surname", strings.Repeat("Я", 65)).open(address + "?step=sign").send(address + "/sign")
	v.shows(422, "В поле «Фамилия» сертификата не больше 64 знаков, у вас 65")
	v.open(address+"?step=data").send(address+"/data", "surname", "Соколова").open(address + "?step=sign").send(address + "/sign")
	v.send(address+"/submit", "code", servicetest.Wrong(s.Code(phone))).refuses(422, "code", "Код не подошёл. Осталось попыток: 4")
	for range 4 {
		v.send(address+"/submit", "code", servicetest.Wrong(s.Code(phone))).shows(422)
	}
	v.shows(422, "Код не подошёл").send(address+"/sign").send(address+"/submit", "code", s.Code(phone)).shows(200, "На проверке")
}

// A body over the limit is refused before it is read: the answer comes although
// nothing of the body was sent.
func TestLargeBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	v.send(v.formOf("/applications/new"))
	address := applicationPattern.FindString(v.at)
	site, err := url.Parse(s.server.URL)
	must(t, err)
	var cookies []string
	for _, c := range v.http.Jar.Cookies(site) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	for path, c := range map[string]struct {
		size   int64
		status int
	}{
		"/login": {1 << 20, 413}, "/signup/documents": {1 << 40, 413}, address + "/order": {1 << 20, 413}, address + "/files": {11 << 20, 422}, "/verify": {513 << 20, 422},
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", site.Host)
		must(t, err)
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=x\r\nAccept-Language: ru\r\nOrigin: %s\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n",
			path, site.Host, s.server.URL, strings.Join(cookies, "; "), c.size)
		must(t, err)
		answer, err := io.ReadAll(conn) // until the server closes
		must(t, err)
		must(t, conn.Close())
		if want := fmt.Sprintf("HTTP/1.1 %d ", c.status); !strings.HasPrefix(string(answer), want) || !strings.Contains(string(answer), "UPL-801") || c.status == 422 && !strings.Contains(string(answer), "МБ") {
			t.Errorf("%s: %.300s", path, answer)
		}
	}
	// Without a stated length it is stopped at the limit.
	r := v.request(http.MethodPost, "/login", io.MultiReader(strings.NewReader("login="), bytes.NewReader(bytes.Repeat([]byte("x"), 1<<20))))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.do(r).shows(413)
}

// What browsers are told with every page.
//
// S003-01: shown here.
func TestHeadersAndCookies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	for _, path := range []string{"/", "/login", "/none", "/verify", v.open("/login").at} {
		v.open(path)
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := v.head.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		policy := v.head.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe-inline") || !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: %s", path, policy)
		}
		if inline := regexp.MustCompile(`<script>|<style|style="| on[a-z]+="`).FindString(v.body); inline != "" {
			t.Errorf("%s holds %s", path, inline)
		}
	}
	v.open("/login")
	home := v.at
	v.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v.post("/login", "login", phone, "password", pass)
	cookie := v.head.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "session=") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("cookie %s", cookie)
	}
	old := strings.TrimPrefix(strings.Split(cookie, ";")[0], "session=")
	v.post("/view", "language", "en", "theme", "dark", "contrast", "x\"y", "size", "150", "back", "//evil.example/")
	if cookie = v.head.Get("Set-Cookie"); !strings.HasPrefix(cookie, "view=en.dark..150...;") || v.head.Get("Location") != "/" {
		t.Errorf("cookie %s, to %s", cookie, v.head.Get("Location"))
	}
	v.open(home)
	if !strings.Contains(v.body, `<html lang="en" data-theme="dark" data-contrast="" data-size="150" data-spacing="" data-motion="" data-keys="">`) {
		t.Errorf("%.200s", v.body)
	}
	v.post("/logout")
	thief := s.visitor()
	r := thief.request(http.MethodGet, home, nil)
	r.AddCookie(&http.Cookie{Name: "session", Value: old})
	if thief.do(r).shows(200); thief.at == home {
		t.Error("the token is good after signing out")
	}
}

var assetPattern = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

// Each page stays within its budget, compressed: 60 KB in all, 30 of scripts, 15 of
// styles, 8 requests; nothing comes from elsewhere. The figures are printed.
func TestPageWeights(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	address := v.apply()
	base, _, _ := strings.Cut(address, "/applications")
	pages := []string{"/", "/try", "/verify", "/ca", "/help", "/signup", "/login/phone", "/legal/terms", base + "/", base + "/sign", base + "/applications", address, base + "/certificates"}
	for _, step := range []string{"purposes", "holder", "data", "documents"} {
		pages = append(pages, address+"?step="+step)
	}
	worst := [4]int{}
	for _, path := range pages {
		v.open(path).shows(200)
		if other := regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`).FindString(v.body); other != "" {
			t.Errorf("%s asks elsewhere: %s", path, other)
		}
		page, js, css := zipped(t, v.body), 0, 0
		list := []string{}
		for _, m := range assetPattern.FindAllStringSubmatch(v.body, -1) {
			if !slices.Contains(list, m[1]) {
				list = append(list, m[1])
			}
		}
		total, requests := page, 1+len(list)
		for _, a := range list {
			n, imported := asset(t, v, a)
			total += n
			requests += imported
			switch name, _, _ := strings.Cut(a, "?"); {
			case strings.HasSuffix(name, ".js"):
				js += n
			case strings.HasSuffix(name, ".css"):
				css += n
			}
		}
		for i, n := range []int{total, js, css, requests} {
			worst[i] = max(worst[i], n)
		}
		if total > 60<<10 || js > 30<<10 || css > 15<<10 || requests > 8 {
			t.Errorf("%s: %d octets, %d of scripts, %d of styles, %d requests", path, total, js, css, requests)
		}
	}
	t.Logf("heaviest of %d pages, gzip: %.1f KB, scripts %.1f KB, styles %.1f KB, %d requests", len(pages),
		float64(worst[0])/1024, float64(worst[1])/1024, float64(worst[2])/1024, worst[3])
}

func zipped(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	must(t, err)
	must(t, z.Close())
	return b.Len()
}

var importPattern = regexp.MustCompile(`(?m)^import .* from "\./([^"]+)"`)

// asset is the compressed size of a file with the modules it imports, and how many
// those are.
func asset(t *testing.T, v *visitor, address string) (size, imported int) {
	t.Helper()
	name, _, _ := strings.Cut(strings.TrimPrefix(address, "/static/"), "?")
	content, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.site.server.URL+"/static/"+name, nil)
	must(t, err)
	content.Header.Set("Accept-Encoding", "gzip")
	answer, err := v.http.Do(content)
	must(t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s: %d %v", address, answer.StatusCode, answer.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	must(t, err)
	text, err := io.ReadAll(z)
	must(t, err)
	size = len(raw)
	for _, m := range importPattern.FindAllStringSubmatch(string(text), -1) {
		n, more := asset(t, v, "/static/"+m[1])
		size, imported = size+n, imported+1+more
	}
	return size, imported
}

// Every code of the catalogue has its page, other codes have none.
func TestErrorPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	for _, code := range kit.Catalogue() {
		v.open("/help/errors/"+code).shows(200, code)
	}
	v.open("/help/errors/XXX-000").shows(404)
}

// No token of a link stands in the log, on whatever route: the routes are read from the
// sources of this door and of the others.
func TestTokensAreNotLogged(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`"(?:GET |POST )?(/[^"\s]*\{token\}[^"\s]*)"`)
	var routes []string
	must(t, filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range pattern.FindAllStringSubmatch(string(source), -1) {
			routes = append(routes, m[1])
		}
		return err
	}))
	if len(routes) < 8 {
		t.Fatalf("%d routes with a token: %v", len(routes), routes)
	}
	s := newSite(t)
	v := s.visitor()
	const secret = "Zm9yIHRoZSBsb2cgb25seQ"
	for _, route := range routes {
		address := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(strings.ReplaceAll(route, "{token}", secret), "x")
		v.open(address)
		v.post(address)
		v.open(address + ".ics")
		if strings.Contains(s.log.String(), secret) {
			t.Fatalf("the token of %s stands in the log", route)
		}
	}
	if !strings.Contains(s.log.String(), "/not-me/…") {
		t.Error("the log has no lines of these routes")
	}
}
