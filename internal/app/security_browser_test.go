// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
)

// device gives the browser an authenticator that has a finger at hand.
func (p *person) device() { p.authenticator("internal") }

// authenticator is device for one that is reached another way.
func (p *person) authenticator(transport webauthn.AuthenticatorTransport) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		p.t.Fatal(err)
	}
	_, err := chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: transport, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			AutomaticPresenceSimulation: true,
		},
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// costs counts the clicks of a part of a walk.
func (p *person) costs(name string, most int, walk func()) {
	p.t.Helper()
	before := p.clicks
	walk()
	n := p.clicks - before
	p.t.Logf("%s: %d clicks", name, n)
	if n > most {
		p.t.Errorf("%s costs %d clicks, %d is the budget", name, n, most)
	}
}

// leave signs out.
func (p *person) leave() {
	p.t.Helper()
	quiet := p.quiet
	p.quiet = true
	p.click(`form[action="/logout"] [type=submit]`)
	p.screen("landing", "Электронная подпись")
	p.quiet = quiet
	p.open("/login")
}

// TestWaysIn goes through the ways in (ux F2–F5) and the pages of security (F20): by
// password with an application, by a passkey alone, by phone code, by a key of this browser.
//
// S004-054: the ways by certificate and by password stand on one page.
func TestWaysIn(t *testing.T) {
	const phone, password = "+79123456701", "Ясный-день-7"
	p := startOn(t, trainingAt(t, "localhost"))
	p.device()
	pid, application := p.approved(phone)
	base := "/c/" + pid
	p.open(base + "/applications/" + application)
	p.click(`a.btn[href$="/issue"]`)
	p.order(phone, "browser")
	p.click("[data-install]")
	p.screen("issue-done", "Готово")

	secret := ""
	p.open(base + "/security")
	p.screen("security", "Безопасность")
	p.costs("F5: codes and application", 7, func() { secret = p.setUp(phone) })
	p.costs("F5: passkey", 3, func() {
		p.click(`a[href$="/second/passkey"]`)
		p.screen("passkey", "Ключ доступа")
		p.click("[data-go]")
		p.run("made", chromedp.WaitVisible(chromedp.CSS(`form[action*="/remove/"]`)))
		p.screen("methods", "Второй шаг входа")
	})
	p.open(base + "/security/sessions")
	p.screen("sessions", "Сеансы")
	p.open(base + "/security/log")
	p.screen("journal", "Журнал действий")
	p.open(base + "/security/password")
	p.screen("password", "Смена пароля")
	p.leave()

	p.screen("login", "Вход")
	p.costs("F2: password and application", 1, func() {
		p.fill("#f-login", phone)
		p.fill("#f-password", password)
		p.click(`form[action="/login"] [type=submit]`)
		p.screen("second-app", "Второй шаг входа")
		p.fill("#f-code", p.totp(secret, 1)) // the code of now was used at the set-up
		p.screen("home", "Главная")
	})
	p.leave()
	p.costs("passkey alone", 1, func() {
		p.click("[data-go]")
		p.screen("home", "Главная")
	})
	p.leave()
	p.costs("F3: phone code", 2, func() {
		p.click(`a[href^="/login/phone"]`)
		p.screen("login-phone", "Вход по коду")
		p.fill("#f-phone", phone)
		sent := time.Now().Add(-time.Second)
		p.click(`form[action="/login/phone"] [type=submit]`)
		p.fill("#f-code", p.code(phone, "вход", sent))
		p.screen("home", "Главная")
	})
	p.leave()
	p.costs("F4: key of this browser", 2, func() {
		p.click(`a[href^="/login/certificate"]`)
		p.run("module", chromedp.WaitReady(chromedp.CSS(`#keyholder[data-ready=yes]`)))
		p.screen("login-certificate", "Вход по сертификату")
		p.fill("#f-key_password", "не тот пароль")
		p.quiet = true
		p.click(`[data-form] [type=submit]`)
		p.run("refusal", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
		p.screen("login-certificate-refused", "Вход по сертификату")
		p.quiet = false
		p.fill("#f-key_password", keyPassword)
		p.click(`[data-form] [type=submit]`)
		p.screen("home", "Главная")
	})
	p.open(base + "/security/second/certificate") // a key signed just now: no step is asked for
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#keyholder[data-ready=yes]`)))
	p.screen("bind", "Привязать сертификат")
	p.fill("#f-key_password", keyPassword)
	p.click(`[data-form] [type=submit]`)
	p.screen("methods-bound", "Второй шаг входа")
}

// setUp turns the second step on and returns the secret of the application.
func (p *person) setUp(phone string) (secret string) {
	p.t.Helper()
	p.click(`.card a[href$="/second"]`)
	p.step("second", phone)
	p.screen("second-first", "Второй шаг входа")
	p.click(`form[action$="/codes"] [type=submit]`)
	p.screen("codes", "Коды восстановления")
	code := ask[string](p, "a code", `document.querySelector("[data-codes] li").innerText`)
	p.fill("#f-code", code)
	p.click(`form[action$="/codes/confirm"] [type=submit]`)
	p.run("methods", chromedp.WaitVisible(chromedp.CSS(`form[action$="/second/app"]`)))
	p.screen("second-methods", "Второй шаг входа")
	p.click(`form[action$="/second/app"] [type=submit]`)
	p.screen("app", "Приложение с кодами")
	if wide := ask[int](p, "picture", `document.querySelector(".qr").naturalWidth`); wide == 0 {
		p.t.Error("the picture of the secret is not drawn")
	}
	secret = ask[string](p, "secret", `document.querySelector("[data-secret]").innerText`)
	p.fill("#f-code", p.totp(secret, 0))
	p.run("added", chromedp.WaitVisible(chromedp.CSS(`a[href$="/second/passkey"]`)))
	return secret
}

// totp is the code of an application some steps from now.
func (p *person) totp(secret string, steps int) string {
	p.t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// TestPasswordByKeyboard signs in by password and keyboard alone, and comes back to the same
// field after the session has ended (ux 4, Session).
func TestPasswordByKeyboard(t *testing.T) {
	const phone = "+79123456702"
	p := start(t)
	pid, _ := p.approved(phone)
	p.leave()
	type_ := func(text string) step { return chromedp.KeyEvent(text) }
	p.open("/login?return=" + "/c/" + pid + "/security/password")
	ask[int](p, "focus", `document.querySelector("#f-login").focus(), 0`)
	p.run("login", type_(phone), type_("\t"), type_("Ясный-день-7"), type_("\r"))
	p.screen("keyboard-step", "Подтвердите, что это вы")
	sent := time.Now().Add(-time.Second)
	ask[int](p, "focus", `document.querySelector("form[action='/login/second/ask'] button").focus(), 0`)
	p.run("ask", type_("\r"), chromedp.WaitVisible(chromedp.CSS("#f-code")))
	p.run("code", type_(p.code(phone, "подтверждение действия", sent)))
	p.screen("keyboard-password", "Смена пароля")

	// The session ends elsewhere; the dialog finds out when it is asked.
	ask[int](p, "focus", `document.querySelector("#f-password").focus(), 0`)
	var account auth.Account
	err := p.app.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		account, _, err = p.app.accounts.HolderByINN(ctx, tx, "990000001704")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.app.accounts.EndOthers(t.Context(), auth.Session{Account: account, ID: "none of them"}, auth.Client{}); err != nil {
		t.Fatal(err)
	}
	ask[int](p, "end", `document.querySelector("[data-session]").showModal(), 0`)
	p.shot("session-dialog")
	p.click("[data-session-go]")
	p.screen("login-again", "Вход")
	p.fill("#f-login", phone)
	p.fill("#f-password", "Ясный-день-7")
	p.click(`form[action="/login"] [type=submit]`)
	p.step("again", phone)
	p.screen("password-again", "Смена пароля")
	if id := ask[string](p, "field", `document.activeElement.id`); id != "f-password" {
		t.Errorf("the focus is on %q", id)
	}
}
