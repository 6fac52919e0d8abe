// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/server/web/guard"
	"podpis/internal/service/consult"
	"podpis/internal/service/egrip"
	"podpis/internal/service/ra"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// wire stands between the browser and the installation and keeps what is sent.
type wire struct {
	*httptest.Server
	mu   sync.Mutex
	sent []sent
	cut  string // requests with this method and path end without an answer
}

type sent struct{ line, body string }

func watch(t *testing.T, a *App) *wire {
	t.Helper()
	target, err := url.Parse(a.PublicURL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // forms are of this origin
	}}
	w := &wire{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the browser has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		line := r.Method + " " + r.URL.RequestURI()
		w.sent = append(w.sent, sent{line, string(body)})
		cut := w.cut == line
		w.mu.Unlock()
		if cut {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

// since returns what was sent since the last call.
func (w *wire) since() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.sent
	w.sent = nil
	return out
}

func (p *person) visit(address string) {
	p.t.Helper()
	p.run("visit "+address, chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS("h1")))
}

// drawing is the text of a report, without tags.
func drawing(t *testing.T, page string) string {
	t.Helper()
	start := strings.Index(page, `<section aria-labelledby="verdict-`)
	end := strings.LastIndex(page, "</section>")
	if start < 0 {
		start = strings.Index(page, `<div class="verdict`)
		end = strings.Index(page, `<p class="muted"`)
	}
	if forms := strings.Index(page, `<section aria-labelledby="report-forms"`); forms >= 0 && start >= 0 {
		end = start + strings.LastIndex(page[start:forms], "</")
		if cut := strings.Index(page[start:forms], `<p class="muted">Проверено`); cut >= 0 {
			end = start + cut
		}
	} else if cut := strings.Index(page[max(start, 0):], `<p class="muted">Проверено`); cut >= 0 {
		end = start + cut
	}
	if start < 0 || end < start {
		t.Fatalf("no report in\n%s", page)
	}
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page[start:end], " ")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

// difference shows where two drawings part.
func difference(here, there string) string {
	a, b := []rune(here), []rune(there)
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(r []rune) string { return string(r[max(i-60, 0):min(i+120, len(r))]) }
	return fmt.Sprintf("here: …%s…\nby the server: …%s…", around(a), around(b))
}

// byServer lets the server judge, as a browser without scripts does.
func (p *person) byServer(j judged) string {
	p.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, name := range j.files {
		content, err := os.ReadFile(name)
		if err != nil {
			p.t.Fatal(err)
		}
		w, err := m.CreateFormFile("files", filepath.Base(name))
		if err != nil {
			p.t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		p.t.Fatal(err)
	}
	response, err := http.Post(p.app.PublicURL()+"/verify", m.FormDataContentType(), &b)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: the server says %d: %v\n%s", j.name, response.StatusCode, err, page)
	}
	return drawing(p.t, string(page))
}

// byBrowser lets the page judge, and returns what it shows and how long it took.
func (p *person) byBrowser(j judged) (text string, took time.Duration) {
	p.t.Helper()
	p.choose("#f-files", j.files...)
	began := time.Now()
	p.click(`[data-verify] [type=submit]`)
	p.run("verdict of "+j.name, chromedp.WaitVisible(chromedp.CSS(".verdict")))
	took = time.Since(began)
	return drawing(p.t, ask[string](p, "report", `document.querySelector("main").innerHTML`)), took
}

// kept reports the documents that a request carried away.
func kept(t *testing.T, requests []sent) (asked int) {
	t.Helper()
	for _, r := range requests {
		if strings.HasPrefix(r.line, "POST ") && r.line != "POST /verify/evidence" {
			t.Errorf("the page sent %s", r.line)
		}
		if r.line == "POST /verify/evidence" {
			asked++
		}
		if strings.Contains(r.body, private) {
			t.Errorf("%s carried the document", r.line)
		}
	}
	return asked
}

// TestVerifyInBrowser: files of every kind are judged in the browser as the server
// judges them, and stay there; of a stranger's signature the certificates alone leave.
//
// S002-002: a free check on a public page without sign-in. S002-004: nobody is asked
// which format it is.
func TestVerifyInBrowser(t *testing.T) {
	p := start(t)
	w := watch(t, p.app)
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	for _, j := range files.all() {
		p.visit(w.URL + "/verify")
		w.since()
		p.clicks = 0
		here, took := p.byBrowser(j)
		if n := kept(t, w.since()); n != 0 {
			t.Errorf("%s: the page asked %d times about the own authority", j.name, n)
		}
		p.screen("report-"+j.name, j.heading)
		if there := p.byServer(j); here != there {
			t.Errorf("%s: %s", j.name, difference(here, there))
		}
		if p.clicks > 3 {
			t.Errorf("%s: %d clicks to a verdict, 3 is the bar", j.name, p.clicks)
		}
		if left := ask[string](p, "left", `document.querySelector("[data-left]").dataset.left`); left != "nothing" {
			t.Errorf("%s: says that %s left", j.name, left)
		}
		t.Logf("%s: %d clicks, %v", j.name, p.clicks, took.Round(time.Millisecond))
	}

	big := files.big()
	p.visit(w.URL + "/verify")
	w.since()
	if _, took := p.byBrowser(big); took > 5*time.Second {
		t.Errorf("10 MB took %v, 5 s is the bar", took)
	} else {
		t.Logf("10 MB: %v", took.Round(time.Millisecond))
	}
	kept(t, w.since())

	foreign := files.foreign()
	p.visit(w.URL + "/verify")
	w.since()
	here, took := p.byBrowser(foreign)
	if n := kept(t, w.since()); n == 0 {
		t.Error("nobody was asked about a stranger")
	}
	if there := p.byServer(foreign); here != there {
		t.Errorf("foreign: %s", difference(here, there))
	}
	if left := ask[string](p, "left", `document.querySelector("[data-left]").dataset.left`); left != "certificates" {
		t.Errorf("foreign: says that %s left", left)
	}
	p.screen("report-foreign", foreign.heading)
	t.Logf("foreign, with the proof of work: %v", took.Round(time.Millisecond))

	// What the server is to sign, it judges itself: when the person says so.
	p.click("main [data-server-go]")
	p.run("server", chromedp.WaitVisible(chromedp.CSS(`form[action="/verify/report"]`)))
	p.screen("report-server", foreign.heading)
}

// TestVerifyWithoutConnection: a question that nobody answers leaves the verdict open,
// and the page says that the connection is to blame.
func TestVerifyWithoutConnection(t *testing.T) {
	p := start(t)
	w := watch(t, p.app)
	w.cut = "POST /verify/evidence"
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	foreign := files.foreign()
	p.visit(w.URL + "/verify")
	p.byBrowser(foreign)
	p.screen("report-unreachable", foreign.heading)
	if text := ask[string](p, "note", `document.querySelector(".alert-warn")?.innerText ?? ""`); !strings.Contains(text, "Нет связи с сервером") {
		t.Errorf("the page says %q", text)
	}
	w.mu.Lock()
	w.cut = ""
	w.mu.Unlock()
	p.click("[data-retry]")
	p.run("again", chromedp.WaitNotPresent(chromedp.CSS(".alert-warn")))
	p.screen("report-again", foreign.heading)
	w.mu.Lock()
	w.cut = "GET /verify/evidence"
	w.mu.Unlock()
	p.visit(w.URL + "/verify")
	p.choose("#f-files", foreign.files...)
	p.click(`[data-verify] [type=submit]`)
	p.run("refusal", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	p.screen("verify-unreachable", "Проверить подпись")
}

// set puts a policy in force.
func (p *person) set(key, value string) {
	p.t.Helper()
	policies, err := policy.New(guard.Rules(), egrip.Rules(), ra.Rules(), consult.Rules())
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.app.db.Write(p.ctx, func(ctx context.Context, tx *db.Tx) error {
		return policies.Set(ctx, tx, "test", key, value, tx.Now().Add(-time.Second), time.Time{})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestVerifyWithCode: where the policy asks everybody for a code, it is typed into a
// field beside the picture and the recording, and goes with the question.
func TestVerifyWithCode(t *testing.T) {
	p := start(t)
	p.set("verify.guard", "picture")
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	foreign := files.foreign()
	p.open("/verify")
	if !ask[bool](p, "picture", `document.querySelector("[data-code] img").complete && document.querySelector("[data-code] img").naturalWidth === 240`) {
		t.Error("the picture is not there")
	}
	p.screen("verify-code", "Проверить подпись")
	p.choose("#f-files", foreign.files...)
	p.fill("#f-code", "000000")
	old := ask[string](p, "token", `document.querySelector("[name=code_token]").value`)
	p.click(`[data-verify] [type=submit]`)
	p.run("a wrong code", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	for began := time.Now(); ask[string](p, "token", `document.querySelector("[name=code_token]")?.value ?? ""`) == old; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatal("no new code")
		}
	}
	p.screen("verify-code-wrong", "Проверить подпись")
	sealed, err := base64.RawURLEncoding.DecodeString(ask[string](p, "token", `document.querySelector("[name=code_token]").value`))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := p.app.ring.Open(sealed, []byte("guard/code\x00127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for _, d := range plain[8:] {
		code += string('0' + rune(d))
	}
	p.fill("#f-code", code)
	p.click(`[data-verify] [type=submit]`)
	p.screen("report-code", foreign.heading)
	if left := ask[string](p, "left", `document.querySelector("[data-left]").dataset.left`); left != "certificates" {
		t.Errorf("says that %s left", left)
	}
}

// TestVerifySlowProof: work that takes longer than two seconds is told of, and can be
// given up with everything kept.
func TestVerifySlowProof(t *testing.T) {
	p := start(t)
	p.set("verify.guard_bits", "28")
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	p.open("/verify")
	p.choose("#f-files", files.foreign().files...)
	began := time.Now()
	p.click(`[data-verify] [type=submit]`)
	for !ask[bool](p, "robot", `document.querySelector("[data-stage]").innerText === "Проверяем, что вы не робот"`) {
		if time.Since(began) > patience {
			t.Fatal("nobody tells of the work")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("told after %v: a moment of work needs no words", took)
	}
	p.screen("verify-robot", "Проверить подпись")
	p.click("[data-cancel]")
	p.run("given up", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	if n := ask[int](p, "files", `document.querySelector("#f-files").files.length`); n != 2 {
		t.Errorf("%d files are kept, want 2", n)
	}
	p.screen("verify-given-up", "Проверить подпись")
}

// TestVerifyByKeyboard: choosing is the browser's own dialog; all else is reached and
// done by keys, and the answer has the focus.
func TestVerifyByKeyboard(t *testing.T) {
	p := start(t)
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	p.open("/verify/certificate")
	p.screen("verify-certificate", "Проверить сертификат")
	p.tabTo("textarea", "details > summary")
	p.run("open", chromedp.KeyEvent("\r"))
	p.tabTo("textarea", "#f-text")
	_, o := files.signer("Соколова Анна Ивановна", alg.GOST256B)
	pem := string(x509.EncodePEM("CERTIFICATE", o.Certificate.Raw))
	p.run("paste", chromedp.SendKeys(chromedp.CSS("#f-text"), pem))
	p.tabTo("submit", "[data-verify] [type=submit]")
	p.run("check", chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(".verdict")))
	if !ask[bool](p, "focus", `document.activeElement.tagName === "H1" && document.activeElement.innerText.startsWith("Сертификат действителен")`) {
		t.Error("the answer has not got the focus")
	}
	p.tabTo("details", "main details > summary")
	p.run("open", chromedp.KeyEvent("\r"))
	if !ask[bool](p, "opened", `document.querySelector("main details").open`) {
		t.Error("details do not open by a key")
	}
	p.screen("report-pasted", "Сертификат действителен")
	// A file that cannot be judged is refused in words, in the summary that has the focus.
	p.open("/verify")
	p.tabTo("submit", "[data-verify] [type=submit]")
	p.run("check", chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	if !ask[bool](p, "focus", `document.activeElement.matches("[data-error]")`) {
		t.Error("the refusal has not got the focus")
	}
	p.screen("verify-none", "Проверить подпись")
}

// tabTo presses Tab until the focus is there.
func (p *person) tabTo(what, selector string) {
	p.t.Helper()
	for range 40 {
		p.run("tab to "+what, chromedp.KeyEvent("\t"))
		if ask[bool](p, "focus", `!!document.activeElement?.matches(`+quoted(p.t, selector)+`)`) {
			return
		}
	}
	p.gaveUp("tab to "+what, fmt.Errorf("%s has no focus after 40 tabs", selector))
}

// TestVerifyLanguages: the form and the report in three languages, judged by axe.
func TestVerifyLanguages(t *testing.T) {
	p := start(t)
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	pair := files.all()[1]
	for language, headings := range map[string][4]string{
		"ru": {"Проверить подпись", "Подпись неверна", "Проверить сертификат", "Автономная проверка"},
		"kk": {"Қолтаңбаны тексеру", "Қолтаңба дұрыс емес", "Сертификатты тексеру", "Желісіз тексеру"},
		"en": {"Verify a signature", "The signature is not valid", "Check a certificate", "Offline check"},
	} {
		p.open("/verify")
		ask[int](p, "language", `fetch("/view", {method: "POST", body: new URLSearchParams({language: "`+language+`", back: "/verify"})}).then((r) => r.status)`)
		p.open("/verify")
		p.screen("verify-"+language, headings[0])
		p.choose("#f-files", pair.files...)
		p.click(`[data-verify] [type=submit]`)
		p.screen("report-"+language, headings[1])
		p.open("/verify/certificate")
		p.screen("certificate-"+language, headings[2])
		p.open("/verify/offline")
		p.screen("offline-"+language, headings[3])
	}
}

// TestOfflinePage: one saved file gives the verdicts of the server, from a folder, with
// the network off.
func TestOfflinePage(t *testing.T) {
	p := start(t)
	files := &signedFiles{t: t, dir: t.TempDir(), app: p.app}
	all := files.all()
	p.open("/verify/offline")
	p.screen("offline", "Автономная проверка")
	saved := p.download(`a[href="/verify/offline/page"]`, "*.html")
	info, err := os.Stat(saved)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the saved page weighs %d octets", info.Size())
	var mu sync.Mutex
	var loaded []string
	err = chromedp.Listen(p.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			loaded = append(loaded, e.Request.URL[:min(len(e.Request.URL), 100)])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	off := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}}}
	if _, err := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, off); err != nil {
		t.Fatal(err)
	}
	p.run("open the file", chromedp.Navigate("file://"+saved), chromedp.WaitVisible(chromedp.CSS("[data-verify]")))
	zone, err := p.app.settings.zone() // the day of people, who may have another than the clock of the machine
	if err != nil {
		t.Fatal(err)
	}
	if text := ask[string](p, "date", `document.querySelector("main").innerText`); !strings.Contains(text, "Списки на "+p.app.db.Now().In(zone).Format("02.01.2006")) {
		t.Errorf("the page does not say the date of its lists:\n%s", text)
	}
	p.screen("saved", "Автономная проверка")
	for _, j := range all {
		here, took := p.byBrowser(j)
		if there := p.byServer(j); here != there {
			t.Errorf("%s: %s", j.name, difference(here, there))
		}
		t.Logf("%s: %v", j.name, took.Round(time.Millisecond))
		if j.name == "changed" || j.name == "cms" {
			p.screen("saved-"+j.name, j.heading)
		}
		if j.name != "plain" {
			p.click("[data-again]")
			p.run("form", chromedp.WaitVisible(chromedp.CSS("[data-verify]")))
		}
	}
	// Another language judges the same files again.
	p.click(`button[lang="en"]`)
	p.screen("saved-en", "There is no signature here")
	p.click("[data-again]")
	p.tabTo("submit", "[data-verify] [type=submit]")
	p.run("check", chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	p.screen("saved-none", "Offline check")
	stranger := files.foreign()
	if here, _ := p.byBrowser(stranger); !strings.Contains(here, "Could not verify to the end") {
		t.Errorf("a stranger: %s", here)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, u := range loaded {
		if !strings.HasPrefix(u, "file:") && !strings.HasPrefix(u, "blob:") && !strings.HasPrefix(u, "data:") {
			t.Errorf("the saved page asked for %s", u)
		}
	}
	if len(loaded) == 0 {
		t.Error("no request was seen at all, not even that of the page")
	}
}
