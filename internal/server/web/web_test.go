// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/policy"
	"podpis/internal/server/web"
	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/page"
	"podpis/internal/service/people"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
)

const (
	phone = "+79990000001"
	mail  = "anna@example.org"
	pass  = servicetest.Password
	// mailKey is what a mail server shows.
	mailKey = "key-of-the-mail-server"
)

// site is the whole site over real services, behind a real server.
type site struct {
	*servicetest.World
	t        *testing.T
	server   *httptest.Server
	log      *lockedBuffer
	guard    *policy.Book // of the one rule book that services do not know
	register *trust.Register
	parts    web.Parts
}

func newSite(t *testing.T, change ...func(*site, *web.Parts)) *site {
	t.Helper()
	w := servicetest.NewDesk(t, servicetest.WithOutside)
	blobs, err := blob.Open(t.TempDir())
	must(t, err)
	register := trust.NewRegister(trust.RegisterParts{DB: w.DB, Policies: w.Book, Blobs: blobs})
	judge, err := trust.New(trust.Own{Chain: w.Authority.Chain, Lists: w.Authority.Lists}, register, "", w.DB.Now)
	must(t, err)
	s := &site{World: w, t: t, log: &lockedBuffer{}, register: register}
	base := &page.Base{
		Words: w.Words, Accounts: w.Accounts, External: w.External, PublicURL: servicetest.PublicURL, Now: w.DB.Now,
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	s.guard, err = policy.New(guard.Rules())
	must(t, err)
	base.Letters, base.Drafts = w.Letters, w.Drafts
	s.parts = web.Parts{
		Base: base, Desk: w.Desk, Factors: w.Factors, Signups: w.Signups, Certified: w.Certified, Registry: w.Registry, Authority: w.Authority, Trust: judge, Register: register, Gate: trust.NewGate(w.DB, w.Book), Verdicts: w.Verdicts, Stamps: w.Stamps,
		Oversight: w.Oversight, Privacy: w.Privacy,
		People: people.New(people.Parts{
			DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Persons: w.Persons, Registers: w.Registry, Judge: judge, PublicURL: servicetest.PublicURL,
		}),
		Guard:   guard.New(w.DB, s.guard, w.Ring, w.DB.Now),
		Support: w.Support, Recovery: w.Recovery, Workplaces: w.Workplaces, Letters: w.Letters, Push: w.Push, Approvals: w.Approvals, News: w.News, Chats: w.Chats, MailKey: mailKey,
		Contacts: w.Contacts, Documents: w.Documents, Connections: w.Connections, Consult: w.Consult, Habits: w.Habits, Takeout: w.Takeout, Downloads: w.Downloads,
	}
	for _, f := range change {
		f(s, &s.parts)
	}
	s.server = httptest.NewServer(web.New(s.parts))
	t.Cleanup(s.server.Close)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// visitor is a browser without scripts: it keeps cookies, follows redirects, and
// sends the forms of the page it is on.
type visitor struct {
	t    *testing.T
	site *site
	http *http.Client
	at   string // path of the page
	code int
	head http.Header
	body string
}

func (s *site) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &visitor{t: s.t, site: s, http: &http.Client{Jar: jar}}
}

func (v *visitor) do(r *http.Request) *visitor {
	v.t.Helper()
	r.Header.Set("Accept-Language", "ru")
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html")
	}
	answer, err := v.http.Do(r)
	must(v.t, err)
	defer answer.Body.Close()
	var body []byte
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") { // a stream lasts for minutes; see listen
		body, err = io.ReadAll(answer.Body)
		must(v.t, err)
	}
	v.at, v.code, v.head, v.body = answer.Request.URL.RequestURI(), answer.StatusCode, answer.Header, string(body)
	if !keepable(answer.Request.URL.Path) && v.head.Get("Cache-Control") != "no-store" {
		v.t.Errorf("%s may be kept by the browser and by what stands between: %q", v.at, v.head.Get("Cache-Control"))
	}
	return v
}

// keepable tells what holds nothing of anybody, and the feed that its address alone opens.
func keepable(path string) bool {
	return slices.ContainsFunc([]string{"/static/", "/wasm/", "/downloads/", "/calendar/", "/brand/", "/manifest.webmanifest", "/sw.js", "/news.atom", "/verify/offline/page"}, func(p string) bool {
		return strings.HasPrefix(path, p)
	})
}

func (v *visitor) request(method, path string, body io.Reader) *http.Request {
	v.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, v.site.server.URL+path, body)
	must(v.t, err)
	if v.at != "" {
		r.Header.Set("Referer", v.site.server.URL+v.at)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (v *visitor) open(path string) *visitor {
	v.t.Helper()
	return v.do(v.request(http.MethodGet, path, nil))
}

// post sends a form that need not be on the page.
func (v *visitor) post(path string, pairs ...string) *visitor {
	v.t.Helper()
	r := v.request(http.MethodPost, path, strings.NewReader(values(pairs).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

func values(pairs []string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

var (
	formPattern  = regexp.MustCompile(`(?s)<form [^>]*?action="([^"]*)"[^>]*>(.*?)</form>`)
	inputPattern = regexp.MustCompile(`(?s)<input ([^>]*)>`)
	attrPattern  = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	tagPattern   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// fields are what the form of an address holds on this page: prefilled values,
// ticks that are ticked.
func (v *visitor) fields(action string) url.Values {
	v.t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(v.body, -1) {
		if html.UnescapeString(m[1]) != action {
			continue
		}
		form := url.Values{}
		for _, input := range inputPattern.FindAllStringSubmatch(m[2], -1) {
			attr := map[string]string{}
			for _, a := range attrPattern.FindAllStringSubmatch(input[1], -1) {
				attr[a[1]] = html.UnescapeString(a[2])
			}
			box := attr["type"] == "checkbox" || attr["type"] == "radio"
			if attr["name"] == "" || attr["type"] == "file" || box && !strings.Contains(input[1], " checked") {
				continue
			}
			form.Add(attr["name"], attr["value"])
		}
		return form
	}
	v.t.Fatalf("%s has no form for %s:\n%s", v.at, action, v.text())
	return nil
}

// send fills in and sends a form of this page.
func (v *visitor) send(action string, pairs ...string) *visitor {
	v.t.Helper()
	form := v.fields(action)
	for name, list := range values(pairs) {
		form[name] = list
	}
	r := v.request(http.MethodPost, action, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

// upload sends files in a form.
func (v *visitor) upload(action string, files map[string][]byte, pairs ...string) *visitor {
	v.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, content := range files {
		part, err := m.CreateFormFile(name, name+".png")
		must(v.t, err)
		_, err = part.Write(content)
		must(v.t, err)
	}
	for name, values := range values(pairs) {
		must(v.t, m.WriteField(name, values[0]))
	}
	must(v.t, m.Close())
	r := v.request(http.MethodPost, action, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}

// text is what a person reads.
func (v *visitor) text() string {
	text := regexp.MustCompile(`(?s)<head>.*?</head>`).ReplaceAllString(v.body, " ")
	text = tagPattern.ReplaceAllString(text, " ")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

// shows checks the status of the answer and words on the page.
func (v *visitor) shows(code int, words ...string) *visitor {
	v.t.Helper()
	if v.code != code {
		v.t.Fatalf("%s answers %d, want %d: %s", v.at, v.code, code, v.text())
	}
	for _, w := range words {
		if !strings.Contains(v.text(), w) {
			v.t.Fatalf("%s does not say %q: %s", v.at, w, v.text())
		}
	}
	return v
}

// refuses checks that a form came back: the same words in the summary and at the
// field, the title that says so, and nothing done.
func (v *visitor) refuses(code int, field, words string) *visitor {
	v.t.Helper()
	v.shows(code, "Не получилось продолжить", words)
	if !strings.Contains(v.body, "<title>Ошибка: ") || !strings.Contains(v.body, `role="alert"`) {
		v.t.Errorf("%s: the refusal is not announced", v.at)
	}
	if field == "" {
		return v
	}
	if !strings.Contains(v.body, `<a href="#f-`+field+`">`) || !strings.Contains(v.body, `id="f-`+field+`"`) {
		v.t.Errorf("%s: the summary does not lead to %s", v.at, field)
	}
	if n := strings.Count(v.text(), words); n < 2 {
		v.t.Errorf("%s: %q stands %d times, want it in the summary and at the field", v.at, words, n)
	}
	return v
}

// holds checks what stands in a field.
func (v *visitor) holds(action, name, want string) *visitor {
	v.t.Helper()
	if got := v.fields(action).Get(name); got != want {
		v.t.Errorf("%s: %s holds %q, want %q", v.at, name, got, want)
	}
	return v
}

// ask sends a form as a program does and returns the answer.
func (v *visitor) ask(method, path string, pairs ...string) map[string]any {
	v.t.Helper()
	r := v.request(method, path, strings.NewReader(values(pairs).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.asked(r)
}

// json posts JSON and returns the answer.
func (v *visitor) json(path string, content any) map[string]any {
	v.t.Helper()
	body, err := json.Marshal(content)
	must(v.t, err)
	r := v.request(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return v.asked(r)
}

func (v *visitor) asked(r *http.Request) (out map[string]any) {
	v.t.Helper()
	at, body := v.at, v.body
	r.Header.Set("Accept", "application/json")
	v.do(r)
	if err := json.Unmarshal([]byte(v.body), &out); err != nil {
		v.t.Fatalf("%s answers a program with %d %s", r.URL.Path, v.code, v.body)
	}
	v.at, v.body = at, body // scripts do not leave the page
	return out
}

// picture is a picture that can be read; n makes it another one.
func picture(n byte) []byte { return gray(func(i int) byte { return byte(i) + n }) }

// signUp walks through the sign-up by its forms.
func (v *visitor) signUp() *visitor {
	v.t.Helper()
	v.open("/signup").shows(200, "Ваш телефон").send("/signup/phone", "phone", "8 999 000-00-01")
	v.shows(200, "Код из СМС").send("/signup/code", "code", v.site.Code(phone))
	v.shows(200, "Почта и пароль").send("/signup/mail", "mail", mail, "password", pass)
	v.shows(200, "Как вас зовут").send("/signup/name", "surname", "Соколова", "given_name", "Анна", "patronymic", "Ивановна",
		"birth_date_d", "17", "birth_date_m", "5", "birth_date_y", "1990")
	v.shows(200, "Документы").send("/signup/documents", "inn", "990000001704", "snils", "990-000-001 53", "passport_number", "9999 123456",
		"passport_issued_d", "1", "passport_issued_m", "6", "passport_issued_y", "2010", "passport_department", "160001",
		"passport_issued_by", "МВД по Республике Татарстан")
	v.shows(200, "Проверьте данные", "Соколова Анна Ивановна", "17.05.1990", "990-000-001 53").
		send("/signup/finish", "accept_terms", "yes", "accept_data", "yes")
	return v.shows(200, "Кабинет создан")
}

var applicationPattern = regexp.MustCompile(`^/c/[0-9a-z]+/applications/[0-9a-z]+`)

// apply opens an application and fills it in, up to the button that asks for the
// code. It returns the address of the application.
func (v *visitor) apply() (address string) {
	v.t.Helper()
	v.send(v.formOf("/applications/new"))
	address = applicationPattern.FindString(v.at)
	v.shows(200, "Для чего нужна подпись?").send(address+"/purposes", "purposes", "documents")
	if strings.Contains(v.at+v.body, address+"/holder") { // a role of an entrepreneur is the holder already
		v.shows(200, "На кого сертификат?").send(address+"/holder", "kind", "person")
	}
	v.shows(200, "Проверьте данные").send(address+"/data", "region", "16 Республика Татарстан", "locality", "Казань")
	v.shows(200, "Документы").upload(address+"/files", map[string][]byte{"file_passport": picture(1)})
	v.shows(200, "Проверьте и отправьте")
	return address
}

// formOf is the address of the form of this page that ends so.
func (v *visitor) formOf(end string) string {
	v.t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(v.body, -1) {
		if strings.HasSuffix(m[1], end) {
			return m[1]
		}
	}
	v.t.Fatalf("%s has no form for …%s: %s", v.at, end, v.text())
	return ""
}

// submitted signs and sends the application of an address.
func (v *visitor) submitted(address string) {
	v.t.Helper()
	v.send(address+"/sign").shows(200, "Код")
	v.send(address+"/submit", "code", v.site.Code(phone)).shows(200, "На проверке")
}

// operator signs an operator in.
func (s *site) operator() *visitor {
	s.t.Helper()
	s.Operator("+79990000009", "op@example.org", "Иванова О. П.")
	v := s.visitor()
	v.open("/login").send("/login", "login", "op@example.org", "password", pass)
	v.send("/login/second", "code", s.Code("+79990000009"))
	return v.shows(200, "Заявления")
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
