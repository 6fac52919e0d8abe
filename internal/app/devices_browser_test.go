// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"podpis/internal/service/servicetest"
)

// TestPhoneApproves: a browser with the installed worker switches notices on, is trusted, shows
// the notice of a sign-in that another browser asks for, and approves it there by the number;
// the other goes on by itself. What the worker keeps is public.
//
// The push channel of Chromium leads to its maker: the message that our push service opened is
// handed to the worker by the browser's own interface (ServiceWorker.deliverPushMessage).
//
// S001-082: the page says whether this version of the browser can be the application.
func TestPhoneApproves(t *testing.T) {
	const phone = "+79123450031"
	a := trainingAt(t, "localhost")
	p := startOn(t, a)
	p.account(phone, "anna@example.org")
	p.signInBy(phone)
	base := "/c/" + strings.Split(ask[string](p, "address", `location.pathname`), "/")[2]
	p.open(base + "/security")
	p.setUp(phone)

	p.open(base + "/security/devices")
	p.screen("devices", "Устройства и уведомления")
	if said := ask[string](p, "ability", `document.querySelector("[data-state]").innerText`); said != "Этот браузер умеет уведомления." {
		t.Errorf("the page says %q", said)
	}
	permit := func(setting browser.PermissionSetting) {
		t.Helper()
		s := browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: setting, Origin: a.PublicURL()}
		if _, err := chromedp.Call(p.ctx, browser.SetPermission, s); err != nil {
			t.Fatal(err)
		}
	}
	permit("denied")
	p.click("[data-push] [data-go]")
	p.run("refusal", chromedp.WaitVisible(chromedp.CSS("[data-push] [data-error]")))
	if said := ask[string](p, "refusal", `document.querySelector("[data-push] [data-error-text]").innerText`); !strings.Contains(said, "Браузер запретил уведомления") {
		t.Errorf("the page says %q", said)
	}
	p.screen("devices-denied", "Устройства и уведомления")
	permit("granted")
	p.open("/") // a light page registers the worker
	ask[bool](p, "worker", `navigator.serviceWorker.ready.then(() => true)`)
	stored := ask[[]string](p, "store", `caches.keys().then(async (names) => (await Promise.all(names.map(async (n) => (await (await caches.open(n)).keys()).map((r) => new URL(r.url).pathname)))).flat())`)
	if len(stored) < 4 {
		t.Errorf("the worker keeps %v", stored)
	}
	for _, path := range stored {
		if path != "/offline" && !strings.HasPrefix(path, "/static/") {
			t.Errorf("the worker keeps %s", path)
		}
	}

	p.open(base + "/security/devices")
	key := ask[string](p, "key", `document.querySelector("[data-key]").dataset.key`)
	sub, err := a.stand.servers.Push.Subscribe(key)
	must(t, err)
	body, err := json.Marshal(sub.Subscription)
	must(t, err)
	status := ask[int](p, "subscribe", `fetch(document.querySelector("[data-push]").dataset.push, {method: "POST", body: `+quoted(t, string(body))+`, headers: {Accept: "application/json"}}).then((r) => r.status)`)
	if status != 200 {
		t.Fatalf("subscription answered %d", status)
	}
	p.open(base + "/security/devices")
	p.click(`form[action$="/devices/trust"] [type=submit]`)
	p.screen("devices-on", "Устройства и уведомления")
	p.shows("trusted", `!document.querySelector('form[action$="/devices/trust"]')`)

	other := startOn(t, a)
	other.quiet = true
	other.open("/login")
	other.fill("#f-login", servicetest.Anna().INN)
	other.fill("#f-password", servicetest.Password)
	other.click(`form[action="/login"] [type=submit]`)
	other.run("second step", chromedp.WaitVisible(chromedp.CSS(`a[href*="way=device"]`)))
	other.click(`a[href*="way=device"]`)
	other.screen("ask-device", "Второй шаг входа")
	other.click(`form[action="/login/second/device"] [type=submit]`)
	other.screen("waiting", "Подтвердите вход на телефоне")
	number := ask[string](other, "number", `document.querySelector("#number").innerText`)

	text := ""
	for began := time.Now(); text == "" && time.Since(began) < patience; time.Sleep(50 * time.Millisecond) {
		for _, m := range sub.Messages() {
			if strings.Contains(m.Text, "/approve/") {
				text = m.Text
			}
		}
	}
	if text == "" {
		t.Fatalf("no notice came: %v", a.stand.servers.Push.Refused())
	}
	p.deliver(text)
	url := ask[string](p, "notice", `(async () => {
		const worker = await navigator.serviceWorker.ready;
		for (let i = 0; i < 100; i++) {
			for (const n of await worker.getNotifications()) if (n.title === "Подтвердите вход") return n.data.url;
			await new Promise((go) => setTimeout(go, 50));
		}
		return "";
	})()`)
	if !strings.HasPrefix(url, "/approve/") || !strings.Contains(text, url) {
		t.Fatalf("the worker shows %q of %s", url, text)
	}
	p.open(url)
	p.screen("request", "Это вы входите?")
	p.click(`input[name=number][value="` + number + `"]`)
	p.click(`button[name=answer][value=yes]`)
	p.screen("approved", "Одобрено")
	other.screen("home-other", "Главная")
}

// deliver gives a message to the worker of the page as the push channel would.
func (p *person) deliver(text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	events := chromedp.Events(ctx, serviceworker.WorkerRegistrationUpdated)
	if _, err := chromedp.Call(p.ctx, serviceworker.Enable, cdp.Empty{}); err != nil {
		p.t.Fatal(err)
	}
	for e, err := range events {
		if err != nil {
			p.t.Fatalf("no worker is registered: %v", err)
		}
		for _, r := range e.Registrations {
			if r.IsDeleted || !strings.HasPrefix(r.ScopeURL, p.app.PublicURL()) {
				continue
			}
			m := serviceworker.DeliverPushMessageParams{Origin: p.app.PublicURL(), RegistrationID: r.RegistrationID, Data: text}
			if _, err := chromedp.Call(p.ctx, serviceworker.DeliverPushMessage, m); err != nil {
				p.t.Fatal(err)
			}
			return
		}
	}
}

// TestKeyOverNFC signs in with a passkey that is held to the phone: made over NFC, asked for
// again over NFC, alone and as the second step.
func TestKeyOverNFC(t *testing.T) {
	const phone = "+79123450032"
	p := startOn(t, trainingAt(t, "localhost"))
	p.authenticator("nfc")
	p.account(phone, "anna@example.org")
	p.signInBy(phone)
	base := "/c/" + strings.Split(ask[string](p, "address", `location.pathname`), "/")[2]
	p.open(base + "/security")
	p.setUp(phone)
	p.click(`a[href$="/second/passkey"]`)
	p.screen("passkey", "Ключ доступа")
	p.click("[data-go]")
	p.run("made", chromedp.WaitVisible(chromedp.CSS(`form[action*="/remove/"]`)))
	p.leave()
	p.screen("login", "Вход")
	p.click("[data-go]")
	p.screen("home-passkey", "Главная")
	p.leave()
	p.fill("#f-login", phone)
	p.fill("#f-password", servicetest.Password)
	p.click(`form[action="/login"] [type=submit]`)
	p.click(`a[href*="way=passkey"]`)
	p.screen("second-passkey", "Второй шаг входа")
	asked := ask[string](p, "question", `fetch("/login/passkey/step/ask", {method: "POST", headers: {Accept: "application/json", "Content-Type": "application/json"}, body: "{}"}).then((r) => r.json()).then((o) => o.publicKey.allowCredentials.map((k) => k.transports.join()).join())`)
	if asked != "nfc" {
		t.Errorf("the browser is told of %q", asked)
	}
	p.click("[data-go]")
	p.screen("home-step", "Главная")
}

// signInBy signs in by phone and password.
func (p *person) signInBy(phone string) {
	p.t.Helper()
	p.open("/login")
	p.fill("#f-login", phone)
	p.fill("#f-password", servicetest.Password)
	p.click(`form[action="/login"] [type=submit]`)
	p.screen("home", "Главная")
}
