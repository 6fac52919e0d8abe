// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"podpis/internal/service/servicetest"
)

// account makes Anna's account by the services.
func (p *person) account(phone, mail string) {
	p.t.Helper()
	p.join(phone, mail, servicetest.Password, servicetest.Anna())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRecoverWalk: from the sign-in page back into the cabinet with a forgotten password, in
// at most eight clicks; then a ticket (F21) and its letter (F19), each screen judged by axe.
func TestRecoverWalk(t *testing.T) {
	p := start(t)
	const phone, fresh = "+79123450022", "Летний дождь 7!"
	p.account(phone, "anna@example.org")
	p.open("/login")
	p.click(`a[href="/recover"]`)
	p.screen("recover", "Восстановление доступа")
	p.click(`a[href="/recover/password"]`)
	p.screen("recover-password", "Забыл пароль")
	began := time.Now().Add(-time.Second)
	p.fill("#f-contact", phone)
	p.click(`form[action="/recover/password"] [type=submit]`)
	p.screen("recover-code", "Введите код")
	p.fill("#f-code", p.code(phone, "восстановление", began)) // sent at six digits
	p.screen("recover-new", "Новый пароль")
	p.fill("#f-password", fresh)
	p.click(`form[action="/recover/case/password"] .btn[type=submit]`)
	p.screen("recover-done", "Доступ восстановлен")
	p.click(`main a.btn`)
	p.fill("#f-login", phone)
	p.fill("#f-password", fresh)
	p.click(`form[action="/login"] .btn[type=submit]`)
	p.screen("cabinet", "Главная")
	t.Logf("recovery: %d clicks, %d fields", p.clicks, p.fields)
	if p.clicks > 8 {
		t.Errorf("recovery needs %d clicks, 8 is the bar", p.clicks)
	}
	p.click(`nav.push details summary`)
	p.click(`nav a[href$="/support"]`)
	p.screen("support", "Обращения")
	p.click(`main a.btn`)
	p.screen("support-new", "Новое обращение")
	p.fill("#f-words", "Не ставится сертификат")
	p.choose("#f-files", passport(t))
	p.click(`form[enctype] .btn[type=submit]`)
	p.screen("support-ticket", "Обращение Т-1001")
	p.click(`a.inbox`)
	p.screen("inbox", "Входящие")
	p.click(`.letters h2 a`)
	p.run("letter", chromedp.WaitVisible(chromedp.CSS("p.said")))
	p.axe("letter")
	p.open("/help/errors/KEY-101")
	p.axe("help")
	p.open("/recover/desk")
	p.axe("recover-desk")
	p.shot("recover-desk")
}

// TestRecoverByKeyboard: the same way back without a pointer.
func TestRecoverByKeyboard(t *testing.T) {
	p := start(t)
	const phone, fresh = "+79123450023", "Летний дождь 7!"
	p.account(phone, "anna@example.org")
	p.open("/recover")
	press := func(what, text string) { p.run(what, chromedp.KeyEvent(text)) }
	// to moves the focus by Tab until it is on what the selector finds.
	to := func(selector string) {
		t.Helper()
		for range 60 {
			if ask[bool](p, "focus", `!!document.activeElement?.matches(`+quoted(t, selector)+`)`) {
				return
			}
			press("tab", kb.Tab)
		}
		t.Fatalf("the keyboard does not reach %s", selector)
	}
	to(`a[href="/recover/password"]`)
	press("enter", kb.Enter)
	p.screen("path", "Забыл пароль")
	began := time.Now().Add(-time.Second)
	to("#f-contact")
	press("contact", phone)
	press("enter", kb.Enter)
	p.screen("code", "Введите код")
	to("#f-code")
	press("code", p.code(phone, "восстановление", began))
	p.screen("new", "Новый пароль")
	to("#f-password")
	press("password", fresh)
	press("enter", kb.Enter)
	p.screen("done", "Доступ восстановлен")
	to("main a.btn")
	press("enter", kb.Enter)
	p.run("sign-in", chromedp.WaitVisible(chromedp.CSS("#f-login")))
}
