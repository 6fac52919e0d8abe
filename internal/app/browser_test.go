// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/pki/openssltest"
	"podpis/pki/x509"
	"podpis/stand/chromium"
	"podpis/stand/sms"
)

// person walks through the site in Chromium and counts what it costs: a click is
// each activation by pointer, Enter or Space, ticks included; typing is not; a
// date of three boxes is one field.
type person struct {
	t       *testing.T
	ctx     context.Context
	app     *App
	shots   string
	clicks  int
	fields  int
	screens int
	quiet   bool // an operator's clicks do not count
}

// leaving marks a page that a form or a link takes the person from: the answer may have the same heading, and until it
// comes the page that is still shown is none.
const leaving = `
addEventListener("submit", (e) => { if (!e.defaultPrevented && e.target.method !== "dialog") window.leaving = true; });
addEventListener("click", (e) => {
	const link = e.target.closest && e.target.closest("a[href]");
	if (link && !e.defaultPrevented && !link.target && !link.hasAttribute("download") && link.pathname + link.search !== location.pathname + location.search) window.leaving = true;
});`

// window starts a browser of a person's own, in Russian.
func window(t *testing.T) context.Context {
	t.Helper()
	ctx := chromium.Start(t, chromedp.Flag("lang", "ru"), chromedp.Flag("accept-lang", "ru"), chromedp.WindowSize(1280, 900))
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: leaving}); err != nil {
		t.Fatal(err)
	}
	return ctx
}

type step = chromedp.Action[chromedp.Void]

// patience is how long a person waits for one thing.
const patience = 40 * time.Second

func (p *person) run(what string, steps ...step) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.gaveUp(what, err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](p *person, what, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.gaveUp(what, err)
	}
	return answer
}

func (p *person) gaveUp(what string, cause error) {
	p.t.Helper()
	seen, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.location.href + "\n" + document.getElementById("main")?.innerText`))
	if err != nil {
		seen = err.Error()
	}
	p.shot("failed-" + regexp.MustCompile(`\W+`).ReplaceAllString(what, "-"))
	p.t.Fatalf("%s: %v\n%s", what, cause, seen)
}

func (p *person) open(path string) {
	p.t.Helper()
	p.run("open "+path, chromedp.Navigate(p.app.PublicURL()+path), chromedp.WaitVisible(chromedp.CSS("h1")))
}

// click activates what the selector finds.
func (p *person) click(selector string) {
	p.t.Helper()
	if !p.quiet {
		p.clicks++
	}
	p.run("click "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

func (p *person) fill(selector, text string) {
	p.t.Helper()
	if !p.quiet {
		p.fields++
	}
	s := chromedp.CSS(selector)
	p.run("fill "+selector, chromedp.WaitVisible(s))
	ask[int](p, "select "+selector, `document.querySelector(`+quoted(p.t, selector)+`).select(), 0`)
	p.run("fill "+selector, chromedp.SendKeys(s, text))
}

// quoted is a text as JavaScript writes it.
func quoted(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (p *person) date(name, day, month, year string) {
	p.t.Helper()
	p.fields -= 2 // three boxes are one field
	p.fill("#f-"+name+"_d", day)
	p.fill("#f-"+name+"_m", month)
	p.fill("#f-"+name+"_y", year)
}

func (p *person) choose(selector string, files ...string) {
	p.t.Helper()
	p.clicks++
	s := chromedp.CSS(selector)
	p.run("choose file "+selector, chromedp.WaitReady(s), chromedp.SetUploadFiles(s, files))
}

// screen waits for a heading, lets axe judge the page at 360 and 1280 px, and
// saves pictures.
func (p *person) screen(name, heading string) {
	p.t.Helper()
	p.screens++
	p.wait(name, heading)
	p.axe(name)
	p.shot(name)
}

// wait waits for a heading.
func (p *person) wait(what, heading string) {
	p.t.Helper()
	if err := p.sees(`document.readyState === "complete" && [...document.querySelectorAll("h1")].some((h) => h.offsetParent && h.innerText.trim().startsWith(` + quoted(p.t, heading) + `))`); err != nil {
		p.gaveUp("screen "+what, err)
	}
}

// shows wants something of the page; what is wrong about one thing does not end the walk.
func (p *person) shows(what, expression string) {
	p.t.Helper()
	if err := p.sees(expression); err != nil {
		p.shot("wrong-" + strings.ReplaceAll(what, " ", "-"))
		p.t.Errorf("%s: %s: %v", what, expression, err)
	}
}

// sees waits until an expression holds in a page that is not about to go.
func (p *person) sees(expression string) error {
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		// Asked while the page changes, the browser answers with an error.
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`!window.leaving && !!(`+expression+`)`))
		if err == nil && holds {
			return nil
		}
		if time.Since(began) > patience {
			return errors.Join(errors.New("does not hold"), err)
		}
	}
}

// shot saves pictures at 360 and 1280 px, the theme alternating with the screen.
func (p *person) shot(name string) {
	p.t.Helper()
	theme := []string{"light", "dark"}[p.screens%2]
	for _, width := range []int64{360, 1280} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
		if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
			p.t.Fatal(err)
		}
		if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(width, 800)); err != nil {
			p.t.Fatal(err)
		}
		picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			p.t.Fatalf("picture of %s: %v", name, err)
		}
		file := filepath.Join(p.shots, fmt.Sprintf("%02d-%s-%d-%s.png", p.screens, name, width, theme))
		if err := os.WriteFile(file, picture, 0o600); err != nil {
			p.t.Error(err)
		}
	}
}

// settled ends the changes of colours that are under way: a button that wakes up is pale for a moment. They are not waited
// for: in a part of the page that is closed none ends.
const settled = `document.getAnimations().filter((a) => Number.isFinite(a.effect.getComputedTiming().endTime)).forEach((a) => a.finish())`

// axe runs the accessibility checker in the page: no violation is allowed.
func (p *person) axe(name string) {
	p.t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "build", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		p.t.Fatalf("axe-core is not installed, run make build/node_modules: %v", err)
	}
	ask[int](p, "load axe", string(source)+";0")
	for _, width := range []int64{360, 1280} {
		p.run("width", chromedp.EmulateViewport(width, 800))
		violations := ask[[]struct {
			ID    string   `json:"id"`
			Help  string   `json:"help"`
			Nodes []string `json:"nodes"`
		}](p, "axe "+name, `(`+settled+`, axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}))
			.then((r) => r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 300))})))`)
		for _, v := range violations {
			p.t.Errorf("%s at %d px: axe %s: %s\n%s", name, width, v.ID, v.Help, strings.Join(v.Nodes, "\n"))
		}
	}
}

// code waits for a message with a code to a phone and returns the code.
func (p *person) code(phone, words string, after time.Time) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	m, err := p.app.stand.servers.SMS.Wait(ctx, func(m sms.Message) bool {
		return strings.HasSuffix(m.To, strings.TrimPrefix(phone, "+")) && strings.Contains(m.Text, words) && m.At.After(after)
	})
	if err != nil {
		p.t.Fatalf("message %q to %s: %v", words, phone, err)
	}
	return regexp.MustCompile(`\d{6}`).FindString(m.Text)
}

// start runs a training installation on a port of its own and returns a person
// in front of it.
func start(t *testing.T) *person { return startOn(t, training(t)) }

// startOn is start on an installation.
func startOn(t *testing.T, a *App) *person {
	t.Helper()
	p := &person{t: t, ctx: window(t), app: a, shots: os.Getenv("PODPIS_SCREENSHOTS")}
	if p.shots == "" {
		p.shots = filepath.Join("..", "..", "build", "screenshots", t.Name())
	}
	if err := os.MkdirAll(p.shots, 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// passport is a picture as a phone would take it: a real PNG.
func passport(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "passport.png")
	if err := os.WriteFile(file, picture(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// bigFile is a document of 25 MB.
func bigFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "договор.bin")
	content := make([]byte, 25<<20)
	for i := range content {
		content[i] = byte(i*i>>7 + i)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestNewcomerWalk is the whole way of a newcomer: from the first page to a
// signed file that the check page and OpenSSL call good.
//
// It shows the password window and the five steps of signing (S000-16, S000-17,
// S000-18), the consent to the data of the certificate before the issue (S002-085,
// S004-038, S002-123), the gauge that opens once the store is chosen and counts
// movements (S004-042, S004-044), the holder's own password of the key with its
// rules beside the field (S002-017, S002-096).
func TestNewcomerWalk(t *testing.T) {
	p := start(t)
	const phone = "+79123456789"
	p.open("/")
	p.screen("landing", "Электронная подпись")
	p.click(`a[href="/signup"]`)
	p.screen("signup-phone", "Ваш телефон")
	began := time.Now().Add(-time.Second)
	p.fill("#f-phone", "912 345-67-89")
	p.click(`form[action="/signup/phone"] [type=submit]`)
	p.screen("signup-code", "Код из СМС")
	p.fill("#f-code", p.code(phone, "регистрация", began))
	p.screen("signup-mail", "Почта и пароль")
	p.fill("#f-mail", "anna@example.org")
	p.fill("#f-password", "Ясный-день-7")
	p.click(`[type=submit].btn`)
	p.screen("signup-name", "Как вас зовут")
	p.fill("#f-surname", "Соколова")
	p.fill("#f-given_name", "Анна")
	p.fill("#f-patronymic", "Ивановна")
	p.date("birth_date", "21", "11", "1990")
	p.click(`[type=submit].btn`)
	p.screen("signup-documents", "Документы")
	p.fill("#f-inn", "990000001704")
	p.fill("#f-snils", "990-000-001 53")
	p.fill("#f-passport_number", "9210 123456")
	p.date("passport_issued", "5", "3", "2011")
	p.fill("#f-passport_department", "160-001")
	p.fill("#f-passport_issued_by", "Отделом УФМС")
	p.click(`[type=submit].btn`)
	p.screen("signup-check", "Проверьте данные")
	p.click("#f-accept_terms")
	p.click("#f-accept_data")
	p.click(`[type=submit].btn`)
	p.screen("signup-done", "Кабинет создан")
	p.click(`[type=submit].btn`)
	p.apply(phone)
	operator := p.operator()
	operator.approve()
	p.issue(phone)
	document := bigFile(t)
	signature := p.sign(document)
	p.check(document, signature)
	p.openssl(document, signature)
	t.Logf("newcomer: %d clicks, %d fields, %d screens", p.clicks, p.fields, p.screens)
	if p.clicks > 40 {
		t.Errorf("a newcomer needs %d clicks, 40 is the bar", p.clicks)
	}
	p.checkKeys()
}

// apply fills an application in and sends it.
func (p *person) apply(phone string) {
	p.t.Helper()
	p.screen("apply-purposes", "Для чего нужна подпись")
	p.click(`input[value="reports"]`)
	p.click(`[type=submit].btn`)
	p.screen("apply-holder", "На кого сертификат")
	p.click(`[type=submit].btn`)
	p.screen("apply-data", "Проверьте данные")
	p.fill("#f-region", "16 Республика Татарстан")
	p.fill("#f-locality", "Казань")
	p.click(`[type=submit].btn`)
	p.screen("apply-documents", "Документы")
	p.choose("#f-file_passport", passport(p.t))
	p.click(`[type=submit].btn`)
	p.screen("apply-sign", "Проверьте и отправьте")
	sent := time.Now().Add(-time.Second)
	p.click(`form[action$="/sign"] [type=submit]`)
	p.run("field of the code", chromedp.WaitVisible(chromedp.CSS("#f-code")))
	p.screen("apply-code", "Проверьте и отправьте")
	p.fill("#f-code", p.code(phone, "подпись заявления", sent))
	p.screen("apply-sent", "Заявление А-")
}

// operator is another person in a browser window of their own, in front of the queue.
func (p *person) operator() *person {
	p.t.Helper()
	o := p.staff(auth.Operator)
	o.screen("queue", "Заявления на проверку")
	return o
}

// staff signs a member of staff in, in a browser window of their own.
func (p *person) staff(role auth.Role) *person {
	p.t.Helper()
	o := &person{t: p.t, ctx: window(p.t), app: p.app, shots: p.shots, quiet: true, screens: 50}
	password, err := p.app.trainingStaff(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	began := time.Now().Add(-time.Second)
	o.open("/login")
	o.screen("login", "Вход")
	o.fill("#f-login", trainingMail(role))
	o.fill("#f-password", password)
	o.click(`form[action="/login"] [type=submit]`)
	o.screen("second", "Второй шаг входа")
	o.fill("#f-code", o.code(trainingPhone(slices.Index(auth.StaffRoles(), role)), "вход оператора", began))
	o.run("signed in", chromedp.WaitNotPresent(chromedp.CSS("#f-code")))
	return o
}

func (p *person) approve() {
	p.t.Helper()
	p.click(`.list a`)
	p.screen("check", "Проверка заявления")
	for _, tick := range []string{"passport", "snils", "inn", "person_present"} {
		p.click(`input[value="` + tick + `"]`)
	}
	p.click(`form[action$="/approve"] [type=submit]`)
	p.screen("queue-empty", "Заявления на проверку")
}

// issue makes the key in the browser and gets the certificate.
func (p *person) issue(phone string) {
	p.t.Helper()
	p.run("reload", chromedp.Reload())
	p.screen("approved", "Заявление А-")
	p.click(`a.btn[href$="/issue"]`)
	p.order(phone, "browser")
	p.click("[data-install]")
	p.screen("issue-done", "Готово")
}

// order goes from the consent to the certificate, with the key kept in a place.
func (p *person) order(phone, place string) {
	p.t.Helper()
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#issue[data-ready=yes]`)))
	p.screen("issue-check", "Проверьте будущий сертификат")
	p.click("#f-agree")
	sent := time.Now().Add(-time.Second)
	p.click(`[data-form=check] [type=submit]`)
	p.screen("issue-store", "Где хранить ключ")
	if place != "browser" {
		p.click(`input[value="` + place + `"]`)
	}
	p.click(`[data-form=store] [type=submit]`)
	p.screen("issue-entropy", "Случайность для ключа")
	ask[int](p, "movements", `(() => { const g = document.querySelector("[data-gauge]"); for (let i = 0; i < 200; i++) g.dispatchEvent(new PointerEvent("pointermove", {clientX: i, clientY: i*i%97})); return 0; })()`)
	p.click("[data-gauge-go]")
	p.screen("issue-password", "Придумайте пароль ключа")
	p.fill("#f-key_password", keyPassword)
	p.fill("#f-key_password2", keyPassword)
	p.click(`[data-form=password] [type=submit]`)
	p.screen("issue-code", "Подтвердите кодом")
	p.fill("#f-code", p.code(phone, "выпуск сертификата", sent))
	p.screen("issue-install", "Установите сертификат")
}

const keyPassword = "Зимний-лес-2026!"

// sign signs a document with the key of the browser and returns the signature.
func (p *person) sign(document string) string {
	p.t.Helper()
	p.click(`[data-screen=done] a.btn`)
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#signer[data-ready=yes]`)))
	p.screen("sign-file", "Подписать документ")
	p.choose("#f-document", document)
	p.screen("sign-key", "Чем подписать")
	p.fill("#f-key_password", keyPassword)
	began := time.Now()
	p.click(`[data-form=key] [type=submit]`)
	p.run("signing", chromedp.WaitVisible(chromedp.CSS("[data-download]")))
	p.t.Logf("25 MB hashed and signed in %v", time.Since(began).Round(time.Millisecond))
	p.screen("sign-done", "Подписано")
	return p.download("[data-download]", "*.sig")
}

// download saves what a button offers as the browser does and returns the file.
func (p *person) download(button, pattern string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	allow := browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}
	if _, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, allow); err != nil {
		p.t.Fatal(err)
	}
	p.click(button)
	for began := time.Now(); time.Since(began) < patience; time.Sleep(50 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			p.t.Fatal(err)
		}
		if len(files) == 1 {
			ask[int](p, "stays", `window.leaving = false, 0`)
			return files[0]
		}
	}
	p.gaveUp("download", context.DeadlineExceeded)
	return ""
}

// check lets the public page judge a signature, without an account.
func (p *person) check(document, signature string) {
	p.t.Helper()
	p.click(`a[href="/verify"].btn`)
	p.screen("verify", "Проверить подпись")
	p.choose("#f-files", document, signature)
	p.click(`[data-verify] [type=submit]`)
	p.screen("verdict", "Подпись верна")
}

// openssl lets a stranger judge what the browser signed: OpenSSL with the GOST
// engine, the installation's root, and the revocation list of the issuing CA.
func (p *person) openssl(document, signature string) {
	p.t.Helper()
	b := openssltest.New(p.t)
	var roots, lists []byte
	for _, role := range []ca.Role{ca.Root, ca.Issuing} {
		key, err := p.app.authority.Key(role)
		if err != nil {
			p.t.Fatal(err)
		}
		raw, _, err := p.app.authority.CRL(p.ctx, key.ID)
		if err != nil {
			p.t.Fatal(err)
		}
		if role == ca.Root {
			roots = x509.EncodePEM("CERTIFICATE", key.Certificate.Raw)
		}
		lists = append(lists, x509.EncodePEM("X509 CRL", raw)...)
	}
	trust := b.Write("trust.pem", append(roots, lists...))
	b.Run("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content", document, "-CAfile", trust,
		"-crl_check_all", "-purpose", "any", "-out", b.Path("out"))
	if err := os.WriteFile(document, []byte("changed"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	b.Refuses("erification failure", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content", document, "-CAfile", trust,
		"-crl_check_all", "-purpose", "any", "-out", b.Path("out"))
}

// TestTryOut: a signature with a throw-away key in at most four clicks.
func TestTryOut(t *testing.T) {
	p := start(t)
	p.open("/")
	p.click(`a.btn[href="/try"]`)
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#signer[data-ready=yes]`)))
	p.screen("try-file", "Попробовать подпись")
	p.choose("#f-document", bigFile(t))
	p.screen("try-key", "Чем подписать")
	p.click("[data-try]")
	p.run("signing", chromedp.WaitVisible(chromedp.CSS("[data-download]")))
	p.screen("try-done", "Подписано")
	t.Logf("try-out: %d clicks", p.clicks)
	if p.clicks > 4 {
		t.Errorf("trying needs %d clicks, 4 is the bar", p.clicks)
	}
	// A name that turns the direction of writing is shown as it is, and so is the size of little.
	turned := filepath.Join(t.TempDir(), "счёт\u202efdp.txt")
	if err := os.WriteFile(turned, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.open("/try")
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#signer[data-ready=yes]`)))
	p.choose("#f-document", turned)
	p.screen("try-turned", "Чем подписать")
	p.shows("name and size", `(() => { const s = document.querySelector("main [data-size]"); return s.parentElement.innerText.includes("счётfdp.txt") && /^5\s/.test(s.textContent); })()`)
}

// TestKeyInFile: the key is kept in a file; a page that was closed before the
// certificate was installed goes on where it stopped; the file signs later, and signs in (ux F4).
func TestKeyInFile(t *testing.T) {
	p := start(t)
	const phone = "+79123456790"
	pid, application := p.approved(phone)
	p.open("/c/" + pid + "/applications/" + application + "/issue")
	p.order(phone, "file")
	p.run("the page is closed and opened again", chromedp.Reload())
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#issue[data-ready=yes]`)))
	p.screen("issue-resume", "Установите сертификат")
	p.fill("#f-resume_password", "Не-тот-пароль-2026")
	p.click(`[data-form=resume] [type=submit]`)
	p.run("refusal", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	p.fill("#f-resume_password", keyPassword)
	p.click(`[data-form=resume] [type=submit]`)
	p.run("install", chromedp.WaitVisible(chromedp.CSS("[data-save]")))
	file := p.download("[data-save]", "*.p12")
	p.screen("issue-done", "Готово")
	p.open("/c/" + pid + "/sign")
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#signer[data-ready=yes]`)))
	document := bigFile(t)
	p.choose("#f-document", document)
	p.screen("sign-key-file", "Чем подписать")
	p.choose("#f-keyfile", file)
	p.fill("#f-key_password", "Не-тот-пароль-2026")
	p.click(`[data-form=key] [type=submit]`)
	p.run("refusal", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	p.fill("#f-key_password", keyPassword)
	p.click(`[data-form=key] [type=submit]`)
	p.run("signing", chromedp.WaitVisible(chromedp.CSS("[data-download]")))
	p.check(document, p.download("[data-download]", "*.sig"))
	p.open("/c/" + pid + "/")
	p.leave()
	p.costs("F4: key file", 3, func() { p.keyFileSignsIn(file, p.click) })
	p.leave()
	p.inFront()
	p.keyFileSignsIn(file, p.enter)
	p.leave()
	p.signedIn(phone) // a key signed just now would be the second step
	p.cabinet(pid, phone)
}

// keyFileSignsIn is F4 with a key in a file, by a way of pressing things.
func (p *person) keyFileSignsIn(file string, press func(selector string)) {
	p.t.Helper()
	press(`a[href^="/login/certificate"]`)
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#keyholder[data-ready=yes]`)))
	p.screen("login-key-file", "Вход по сертификату")
	p.choose("#f-keyfile", file)
	p.fill("#f-key_password", keyPassword)
	press(`[data-form] [type=submit]`)
	p.screen("home-by-key-file", "Главная")
}

// cabinet visits the pages of a holder with a certificate, and revokes it.
func (p *person) cabinet(pid, phone string) {
	p.t.Helper()
	p.open("/c/" + pid + "/applications")
	p.screen("applications", "Заявления")
	p.open("/c/" + pid + "/certificates")
	p.screen("certificates", "Сертификаты")
	p.click(".list a")
	p.screen("certificate", "Сертификат С-")
	p.click(`a[href$="/revoke"]`)
	p.step("revoke", phone)
	p.screen("revoke", "Отозвать сертификат")
	p.click(`[type=submit].btn-wax`)
	p.run("refusal", chromedp.WaitVisible(chromedp.CSS("#errors")))
	p.screen("revoke-refused", "Отозвать сертификат")
	p.click(`input[value="unneeded"]`)
	serial := ask[string](p, "number", `document.querySelector("main .mono").innerText`)
	p.fill("#f-tail", serial[len(serial)-4:])
	p.click(`[type=submit].btn-wax`)
	p.screen("revoked", "Сертификат С-")
	if text := ask[string](p, "status", `document.querySelector(".tag").innerText`); !strings.Contains(text, "Отозван") {
		p.t.Errorf("status after the revocation: %q", text)
	}
}

// step takes the second step by a message.
func (p *person) step(name, phone string) {
	p.t.Helper()
	p.screen(name+"-step", "Подтвердите, что это вы")
	sent := time.Now().Add(-time.Second)
	p.click(`form[action="/login/second/ask"] [type=submit]`)
	p.fill("#f-code", p.code(phone, "подтверждение действия", sent))
}

// approved makes a holder with an approved application through the services, and
// signs the browser in.
func (p *person) approved(phone string) (pid, application string) {
	p.t.Helper()
	account, application := p.applied(phone)
	p.decide(application)
	roles, err := p.app.accounts.Profiles(context.Background(), account)
	if err != nil {
		p.t.Fatal(err)
	}
	p.signedIn(phone)
	return roles[0].ID, application
}

// signedIn signs in by the phone and the password of applied.
func (p *person) signedIn(phone string) {
	p.t.Helper()
	p.open("/login")
	p.fill("#f-login", phone)
	p.fill("#f-password", "Ясный-день-7")
	p.click(`form[action="/login"] [type=submit]`)
	p.screen("home", "Главная")
}

// join makes an account by the steps of a sign-up, and returns it.
func (p *person) join(phone, mail, password string, who identity.Person) auth.Account {
	p.t.Helper()
	ctx, signups, from := context.Background(), p.app.signups, auth.Client{Network: "192.0.2.1"}
	began := time.Now().Add(-time.Second)
	token, err := signups.Start(ctx, "", phone, from)
	must(p.t, err)
	must(p.t, signups.ConfirmPhone(ctx, token, p.code(phone, "регистрация", began)))
	must(p.t, signups.SetMailAndPassword(ctx, token, mail, password))
	must(p.t, signups.SetName(ctx, token, who))
	must(p.t, signups.SetDocuments(ctx, token, who))
	session, err := signups.Finish(ctx, token, true, from)
	must(p.t, err)
	s, err := p.app.accounts.Session(ctx, session)
	must(p.t, err)
	return s.Account
}

// applied makes a holder with an application that waits for an operator, through the services.
func (p *person) applied(phone string) (account auth.Account, application string) {
	p.t.Helper()
	ctx, desk := context.Background(), p.app.desk
	must := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatal(err)
		}
	}
	began := time.Now().Add(-time.Second)
	person := identity.Person{
		Surname: "Соколов", GivenName: "Борис", BirthDate: identity.Date{Year: 1990, Month: 11, Day: 21}, INN: "990000001704", SNILS: "99000000153",
		Passport: identity.Passport{Number: "9210123456", IssuedOn: identity.Date{Year: 2011, Month: 3, Day: 5}, Department: "160-001", IssuedBy: "Отделом УФМС"},
	}
	account = p.join(phone, "boris@example.org", "Ясный-день-7", person)
	holder := ra.Actor{Account: account}
	application, err := desk.Start(ctx, holder, "test")
	must(err)
	must(desk.Fill(ctx, holder, application, ra.SetPurposes([]string{"documents"}), nil))
	must(desk.Fill(ctx, holder, application, ra.SetHolder(identity.Individual, "", identity.Company{}), nil))
	must(desk.Fill(ctx, holder, application, ra.SetData(person, "16 Республика Татарстан", "Казань", "boris@example.org"), nil))
	must(desk.Attach(ctx, holder, application, "passport", "passport.png", picture()))
	must(desk.AskSignature(ctx, holder, application))
	must(desk.Submit(ctx, holder, application, p.code(phone, "подпись заявления", began)))
	return account, application
}

// decide approves an application as the training operator does.
func (p *person) decide(application string) {
	p.t.Helper()
	ctx, accounts, desk := context.Background(), p.app.accounts, p.app.desk
	password, err := p.app.trainingStaff(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	began := time.Now().Add(-time.Second)
	waiting, challenge, err := accounts.Login(ctx, operatorMail, password, auth.Client{})
	if err != nil {
		p.t.Fatal(err)
	}
	token, err := accounts.Second(ctx, waiting, auth.Proof{Way: factor.SMS, Challenge: challenge, Code: p.code(trainingPhone(0), "вход оператора", began)}, auth.Client{})
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := accounts.Session(ctx, token)
	if err != nil {
		p.t.Fatal(err)
	}
	operator := ra.Actor{Account: s.Account}
	seen, err := desk.Inspect(ctx, operator, application, false)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := desk.Approve(ctx, operator, application, ra.SeenDigest(seen), ra.CheckTicks()); err != nil {
		p.t.Fatal(err)
	}
}

// TestPagesAreAccessible visits the pages that no walk passes.
func TestPagesAreAccessible(t *testing.T) {
	p := start(t)
	listed(t, p.app)
	for path, heading := range map[string]string{
		"/ca": "Удостоверяющий центр", "/ca/accredited": "Аккредитованные удостоверяющие центры", "/ca/accredited?q=none": "Аккредитованные", "/ca/accredited/9000": "Учебный УЦ",
		"/ca/accredited/9009": "Образец", "/help": "Помощь", "/help/kep": "КЭП", "/help/errors/KEY-101": "Пароль ключа", "/legal/terms": "Соглашение",
		"/legal/privacy": "Персональные данные", "/accessibility": "Доступность", "/login/phone": "Вход по коду", "/confirm/unknown": "Подтверждение почты", "/nothing-here": "Такой страницы нет",
	} {
		p.open(path)
		p.screen(strings.Trim(strings.NewReplacer("/", "-", "?", "-").Replace(path), "-"), heading)
	}
}
