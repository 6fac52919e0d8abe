// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestExternalWalk signs up by ЕСИА, binds a bank, and signs in by the bank: with the
// mouse, counting clicks, every page looked at by axe at 360 and 1280 px.
func TestExternalWalk(t *testing.T) {
	p := start(t)
	const phone = "+79990002233" // of Борис Ким, whom the stand's ЕСИА and bank know
	at := time.Now().Add(-time.Second)

	p.open("/login")
	p.screen("external-login", "Вход")
	p.clicks, p.fields = 0, 0
	p.click(`form[action="/login/external/esia"] button`)
	p.screen("esia-person", "Кто входит?")
	p.click(`button[name="person"][value="1000400002"]`)
	p.screen("external-account", "Мы вас узнали. Что дальше?")
	p.click(`main a.btn`)
	p.screen("external-signup", "Ваш телефон")
	p.click(`form[action="/signup/phone"] button`)
	p.screen("external-code", "Код из СМС")
	p.fill("#f-code", p.code(phone, "регистрация", at)) // sent by itself at six digits
	p.run("after the code", chromedp.WaitVisible(chromedp.CSS("#f-password")))
	p.fill("#f-password", "Зимний лес 42!")
	p.click(`form[action="/signup/mail"] button.btn:not([data-reveal])`)
	p.screen("external-check", "Проверьте данные")
	if text := ask[string](p, "sources", `document.getElementById("main").innerText`); strings.Count(text, "из источника «Госуслуги") < 5 {
		t.Errorf("values without their source: %s", text)
	}
	p.click("#f-accept_terms")
	p.click("#f-accept_data")
	p.click(`form[action="/signup/finish"] button`)
	p.screen("external-done", "Кабинет создан")
	if p.clicks > 9 || p.fields > 2 {
		t.Errorf("signed up by ЕСИА with %d clicks and %d fields", p.clicks, p.fields)
	}
	t.Logf("sign-up by ЕСИА: %d clicks, %d fields", p.clicks, p.fields)

	home := ask[string](p, "home", `document.querySelector("a.brand").getAttribute("href")`)
	p.open(home + "profile")
	p.screen("profile", "Мои данные")
	p.click(`form[action$="/profile"] button`)
	p.screen("profile-open", "Мои данные")
	p.shows("revealed", `!document.querySelector('form[action$="/profile"] button') && !document.querySelector("section[aria-labelledby=own]").innerText.includes("•••••••••")`)
	p.bindBank(phone)
	p.open(home + "profile")
	p.screen("profile-bound", "Мои данные")

	p.click(`form[action="/logout"] button`)
	p.screen("external-out", "Электронная подпись")
	p.open("/login")
	p.clicks = 0
	p.click(`form[action="/login/external/bank"] button`)
	p.screen("bank-person", "Кто входит?")
	p.click(`button[name="person"][value="b-70002"]`)
	p.run("home", chromedp.WaitVisible(chromedp.CSS("form[action='/logout']")))
	if p.clicks > 2 {
		t.Errorf("signed in by the bank with %d clicks", p.clicks)
	}
	t.Logf("sign-in by the bank: %d clicks", p.clicks)

	p.app.stand.servers.Identity.ESIA.Fail("redirect:ESIA-007008")
	p.click(`form[action="/logout"] button`)
	p.screen("external-out", "Электронная подпись")
	p.open("/login")
	p.click(`form[action="/login/external/esia"] button`)
	p.screen("external-failed", "Войти не получилось")
}

// bindBank binds the bank in «Мои данные»: a second step stands before it.
func (p *person) bindBank(phone string) {
	p.t.Helper()
	at := time.Now().Add(-time.Second)
	p.click(`form[action$="/link/bank"] button`)
	p.run("second step", chromedp.WaitVisible(chromedp.CSS(`form[action="/login/second/ask"] button, #f-code`)))
	if ask[bool](p, "asks to send", `!!document.querySelector('form[action="/login/second/ask"]') && !document.querySelector("#f-code")`) {
		p.click(`form[action="/login/second/ask"] button`)
	}
	p.fill("#f-code", p.code(phone, "", at))
	p.run("back", chromedp.WaitVisible(chromedp.CSS(`form[action$="/link/bank"] button`)))
	p.click(`form[action$="/link/bank"] button`)
	p.screen("bank-bind", "Кто входит?")
	p.click(`button[name="person"][value="b-70002"]`)
	p.run("bound", chromedp.WaitVisible(chromedp.CSS(`form[action$="/unlink/bank"] button`)))
}
