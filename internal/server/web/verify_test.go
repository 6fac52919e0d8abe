// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/server/web/kit"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/bundle"
	"podpis/verify/reasons"
)

// guarded sets a policy of the guard.
func (s *site) guarded(key, value string) {
	s.t.Helper()
	must(s.t, s.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return s.guard.Set(ctx, tx, "test", key, value, tx.Now().Add(-time.Second), time.Time{})
	}))
}

// hand sends a file in the form of the page the visitor is on, with its hidden fields
// and a code.
func (v *visitor) hand(action, name string, content []byte, code string) *visitor {
	v.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if code != "" {
		must(v.t, m.WriteField("code_token", v.fields(action).Get("code_token")))
		must(v.t, m.WriteField("code", code))
	}
	part, err := m.CreateFormFile("files", name)
	must(v.t, err)
	_, err = part.Write(content)
	must(v.t, err)
	must(v.t, m.WriteField("text", ""))
	must(v.t, m.Close())
	r := v.request(http.MethodPost, action, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}

// digits are those of the code on the page: the test holds the key of the server.
func (s *site) digits(v *visitor, action string) (out string) {
	s.t.Helper()
	sealed, err := base64.RawURLEncoding.DecodeString(v.fields(action).Get("code_token"))
	must(s.t, err)
	plain, err := s.Ring.Open(sealed, []byte("guard/code\x00127.0.0.1"))
	must(s.t, err)
	for _, d := range plain[8:] {
		out += string('0' + rune(d))
	}
	return out
}

// S002-003: a certificate file is uploaded, the code of the picture or of the recording
// typed in, and the button pressed: where the policy asks for a code.
func TestCheckWithCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.guarded("verify.guard", "picture")
	cert := s.Authority.Chain()[0].Raw
	const at = "/verify/certificate"
	v := s.visitor()
	v.open(at).shows(200, "Проверить сертификат", "Цифры с картинки", "Послушать цифры")
	if strings.Contains(v.body, "<noscript><div") {
		t.Error("the code is hidden from those with scripts")
	}
	for kind, pattern := range map[string]string{"image/png": `<img src="(/verify/code/picture[^"]*)"`, "audio/wav": `<audio[^>]* src="(/verify/code/sound[^"]*)"`} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(v.body)
		if m == nil {
			t.Fatalf("no %s in %s", kind, v.body)
		}
		other := s.visitor()
		if other.open(m[1]); other.code != 200 || other.head.Get("Content-Type") != kind || other.head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", kind, other.code, other.head)
		}
	}
	form := *v
	v.hand(at, "a.cer", cert, "").refuses(429, "code", "Введите цифры с картинки")
	*v = form
	v.hand(at, "a.cer", cert, "12345").refuses(422, "code", "Цифры не подошли")
	v.hand(at, "a.cer", cert, s.digits(v, at)).shows(200, "Сертификат действителен", "Учебный центр", "Файлы проверил сервер")
	s.visitor().open("/verify/code/picture?t=none").shows(404)
}

// A visitor without scripts has some checks free; after them the form has the code, out
// of the way of those with scripts. Programs have their own door and their own limits.
func TestChecksWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.guarded("verify.guard_free", "2")
	message := s.signedMessage()
	v := s.visitor()
	v.open("/verify").shows(200, "Проверить подпись")
	if strings.Contains(v.body, "code_token") {
		t.Error("a code is asked for at once")
	}
	for range 2 {
		v.hand("/verify", "a.p7m", message, "").shows(200, "Подпись верна", "Кто подписал", "Соколова Анна Ивановна", "99••••••••04", "Взять отчёт с собой")
	}
	v.open("/verify")
	if !regexp.MustCompile(`(?s)<noscript>\s*<div class="card" data-code>`).MatchString(v.body) {
		t.Errorf("no code for those without scripts: %s", v.body)
	}
	v.hand("/verify", "a.p7m", message, "").refuses(429, "code", "Введите цифры с картинки")
	v.hand("/verify", "a.p7m", message, s.digits(v, "/verify")).shows(200, "Подпись верна")
}

// The saved page and what explains it; a program that asks what certificates are judged
// by gets enough to judge, and nobody gets it without a proof once the free ones are
// used up.
func TestEvidence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.guarded("verify.guard_free", "2")
	v := s.visitor()
	own := s.bundle(v.open("/verify/evidence").shows(200).body)
	store := bundle.NewStore()
	must(t, store.Add(own))
	report, err := verify.Check(t.Context(), verify.Input{Signature: s.signedMessage(), MayBeDocument: true}, store.Options(verify.Options{At: store.Made(), Language: reasons.Russian}))
	must(t, err)
	if report.Verdict != reasons.TotalPassed || len(store.Missing()) != 0 {
		t.Errorf("by the own bundle: %+v", report)
	}
	stranger := pkitest.Root(t, alg.GOST256A, "CN=Чужой").Cert
	for _, broken := range []string{"", "{", "{}", `{"certificates":["MAA="]}`, `{"certificates":["` + strings.Repeat(`MAA=","`, 40) + `MAA="]}`} {
		if r := v.asks("/verify/evidence", broken); v.code != 422 {
			t.Errorf("%q: %d %v", broken, v.code, r)
		}
	}
	question, err := json.Marshal(map[string]any{"certificates": [][]byte{stranger.Raw}})
	must(t, err)
	answer := v.asks("/verify/evidence", string(question))
	if v.code != 200 || answer["pass"] == "" || answer["bundle"] == nil {
		t.Fatalf("%d %v", v.code, answer)
	}
	v.asks("/verify/evidence", string(question))
	if refused := v.asks("/verify/evidence", string(question)); v.code != 429 || refused["field"] != "code" {
		t.Errorf("without a proof: %d %v", v.code, refused)
	}
	with, err := json.Marshal(map[string]any{"certificates": [][]byte{stranger.Raw}, "pass": answer["pass"]})
	must(t, err)
	if v.asks("/verify/evidence", string(with)); v.code != 200 {
		t.Errorf("with the pass of the check: %d", v.code)
	}
	challenge := v.asked(v.request(http.MethodGet, "/verify/guard", nil))
	if challenge["mode"] != "work" || challenge["bits"] != 16.0 {
		t.Errorf("%v", challenge)
	}
}

func (v *visitor) asks(path, body string) map[string]any {
	v.t.Helper()
	r := v.request(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	return v.asked(r)
}

func (s *site) bundle(text string) *bundle.Bundle {
	s.t.Helper()
	b, err := bundle.Parse([]byte(text))
	must(s.t, err)
	return b
}

// The saved page is one file that lets through what is in it and nothing else; without
// the module the site says that it is missing.
func TestSavedPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/verify/offline")
	if v.code == 503 {
		v.shows(503, "Модуль проверки не собран")
		return // as it is before make wasm
	}
	v.shows(200, "Автономная проверка", "Списки на")
	link, err := url.Parse("/verify/offline/page")
	must(t, err)
	v.open(link.Path)
	if v.code != 200 || !strings.Contains(v.head.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %v", v.code, v.head)
	}
	page := v.body
	for _, want := range []string{`http-equiv="Content-Security-Policy"`, "default-src &#39;none&#39;", `data-language="kk"`, `id="saved-module"`, `id="saved-bundle"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, unwanted := range []string{`src="`, `href="http`, "import ", "@import"} {
		if at := strings.Index(page, unwanted); at >= 0 {
			t.Errorf("the page reaches out: %.80s", page[at:])
		}
	}
	if v.open(link.Path); v.body != page {
		t.Error("made again though no list has changed")
	}
	must(t, s.Authority.Revoke(context.Background(), "account/h", s.issued().Hex(), x509.ReasonKeyCompromise))
	must(t, s.Authority.PublishLists(context.Background()))
	if v.open(link.Path); v.body != page {
		t.Error("everybody who comes has all lists read")
	}
	s.Clock.Pass(time.Minute)
	if v.open(link.Path); v.body == page {
		t.Error("the page holds old lists")
	}
}

// The check page keeps to the budgets of pages: 60 KB compressed, of which 30 of scripts
// and 15 of styles, in eight requests. The module comes when a file is chosen.
func TestCheckPageBudget(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	fetch := func(path string) []byte {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+path, nil)
		must(t, err)
		r.Header.Set("Accept-Encoding", "gzip") // set by hand: the answer stays as it came
		response, err := s.server.Client().Do(r)
		must(t, err)
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		must(t, err)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, response.StatusCode)
		}
		return content
	}
	plain := s.visitor().open("/verify").body
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped) // as a proxy sends it
	_, err := z.Write([]byte(plain))
	must(t, err)
	must(t, z.Close())
	wanted := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(plain, -1) {
		wanted[m[1]] = true
	}
	for _, script := range []string{"verify.js", "judging.js"} {
		for _, m := range regexp.MustCompile(`from "\./([a-z]+\.js)"`).FindAllStringSubmatch(kit.Source(script), -1) {
			wanted["/static/"+m[1]] = true
		}
	}
	all, scripts, styles := zipped.Len(), 0, 0
	for path := range wanted {
		n := len(fetch(path))
		all += n
		switch {
		case strings.Contains(path, ".js"):
			scripts += n
		case strings.Contains(path, ".css"):
			styles += n
		}
	}
	t.Logf("%d octets, %d of scripts, %d of styles, %d requests", all, scripts, styles, len(wanted)+1)
	if all > 60_000 || scripts > 30_000 || styles > 15_000 || len(wanted)+1 > 8 {
		t.Errorf("over the budget: %d octets, %d of scripts, %d of styles, %d requests", all, scripts, styles, len(wanted)+1)
	}
}
