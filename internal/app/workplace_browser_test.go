// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestWorkplaceWalk opens the check in a real browser: everything the browser can do is
// found by itself, a test line is signed on the real way by the keyboard, the diagnosis
// gets into a ticket, and the guides it leads to are read by axe.
func TestWorkplaceWalk(t *testing.T) {
	p := start(t)
	p.open("/check")
	p.run("checked", chromedp.WaitReady(chromedp.CSS(`#check[data-ready=yes]`)))
	p.screen("check", "Проверка рабочего места")
	states := ask[string](p, "states", `[...document.querySelectorAll("[data-check]")].map((r) => r.dataset.check + "=" + r.dataset.state + " " + r.dataset.facts).join("\n")`)
	t.Log(states)
	for _, want := range []string{"browser=ok", "system=ok", "time=ok", "wasm=ok", "storage=ok", "cookies=ok", "net=ok", "cache=ok fresh", "lists=ok", "tool=none", "token=none"} {
		if !strings.Contains(states, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(states, "wait") || strings.Contains(states, "extensions=fix") {
		t.Error("a row still waits, or our own page looks changed")
	}
	if text := ask[string](p, "clock", `document.querySelector("[data-check=time]").innerText`); !strings.Contains(text, "сверены с NTP") {
		t.Errorf("the server's clock: %s", text)
	}
	// Camera and microphone are looked for and never opened until somebody asks for it.
	if !strings.Contains(states, "media=") || strings.Contains(states, "opened") || strings.Contains(states, "asked") {
		t.Error("the camera was opened by itself")
	}
	p.click(`[data-media]`)
	p.run("media asked", chromedp.WaitReady(chromedp.CSS(`[data-check=media][data-facts*=asked], [data-check=media][data-facts*=opened]`)))
	p.run("by keyboard", chromedp.Focus(chromedp.CSS("[data-sign]")), chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS(`[data-signed][data-done=ok]`)))
	p.screen("check-signed", "Проверка рабочего места")
	number := ask[string](p, "number", `document.querySelector("[data-number]").textContent`)
	if len(number) != 14 {
		t.Errorf("number of the diagnosis %q", number)
	}
	p.click(`[data-after] form button`)
	p.run("ticket", chromedp.WaitReady(chromedp.CSS(`[name=diagnostics]`)))
	if text := ask[string](p, "diagnosis", `document.querySelector("[name=diagnostics]").value`); !strings.Contains(text, number) || !strings.Contains(text, "wasm: ok") {
		t.Errorf("the ticket does not hold the diagnosis: %s", text)
	}
	for _, g := range [][2]string{
		{"/help", "Помощь"}, {"/help?q=часы", "Помощь"}, {"/help/get", "Как получить"}, {"/help/workplace", "Как подготовить"}, {"/help/root", "Как установить"}, {"/help/glossary", "Слова"},
		{"/check/table", "Что подходит"}, {"/check?for=extern", "Проверка рабочего места"},
	} {
		p.open(g[0])
		p.screen("guide"+strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(g[0]), g[1])
	}
}
