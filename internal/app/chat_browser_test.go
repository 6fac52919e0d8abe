// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"podpis/internal/service/auth"
)

// connected takes the connection of a browser away, or gives it back.
func (p *person) connected(yes bool) {
	p.t.Helper()
	to := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: !yes, DownloadThroughput: -1, UploadThroughput: -1}}}
	if _, err := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, to); err != nil {
		p.t.Fatal(err)
	}
	state := network.OverrideNetworkStateParams{Offline: !yes, DownloadThroughput: -1, UploadThroughput: -1}
	if _, err := chromedp.Call(p.ctx, network.OverrideNetworkState, state); err != nil {
		p.t.Fatal(err)
	}
}

// hears waits until the page of a conversation shows words, without being opened again.
func (p *person) hears(words string) {
	p.t.Helper()
	ask[bool](p, "hear "+words, `new Promise((seen) => {
		const look = () => document.querySelector("[data-stream]").innerText.includes(`+quoted(p.t, words)+`) ? seen(true) : setTimeout(look, 50);
		look();
	})`)
}

// said counts the messages with words on the page.
func (p *person) said(words string) int {
	p.t.Helper()
	return ask[int](p, "count "+words, `[...document.querySelectorAll(".thread .said")].filter((m) => m.innerText.trim() === `+quoted(p.t, words)+`).length`)
}

// same marks the page, so that a test sees whether it was opened again.
func (p *person) same() bool {
	p.t.Helper()
	return ask[bool](p, "mark", `(() => { const was = window.same === true; window.same = true; return was; })()`)
}

// TestConversation: a guest and an operator talk in two browsers, each sees what the other says as
// it is said and nobody's page is opened again. When the guest's connection is lost the page says
// so; what they write then stays in its field, goes by itself when the connection is back, once,
// and what the operator said meanwhile is there. An answer of the server that is lost on its way
// makes no second message, and what is typed while it is under way stays. A holder's conversation is a page of their requests and works alike.
func TestConversation(t *testing.T) {
	p := start(t)
	operator := p.staff(auth.Operator)
	operator.open("/op/chats")
	operator.screen("chats-empty", "Разговоры")
	operator.same()

	p.open("/help")
	p.click(`a[href="/help/chat"]`)
	p.screen("chat-ask", "Спросить специалиста")
	p.fill("#f-words", "Где мой ключ?")
	p.click(`form[action="/help/chat"] [type=submit]`)
	p.run("the conversation", chromedp.WaitVisible(chromedp.CSS("[data-stream]")))
	p.hears("Ждём специалиста")
	p.same()

	operator.run("somebody came", chromedp.WaitVisible(chromedp.CSS(`[data-chat-list] a`)))
	if !operator.same() {
		t.Error("the list was opened again")
	}
	operator.click(`[data-chat-list] a`)
	operator.run("the question", chromedp.WaitVisible(chromedp.CSS(`button[value=take]`)))
	operator.click(`button[value=take]`)
	p.hears("На связи")
	operator.run("taken", chromedp.WaitVisible(chromedp.CSS(`#f-words`)))
	operator.same()
	operator.fill("#f-words", "В каком браузере вы его создали?")
	operator.click(`button[value=say]`)
	p.hears("В каком браузере")
	operator.hears("В каком браузере")
	if !operator.same() {
		t.Error("the operator's page was opened again")
	}
	p.fill("#f-words", "В Chrome")
	p.click(`form[data-chat-send] [type=submit]`)
	operator.hears("В Chrome")
	p.hears("В Chrome")
	p.screen("chat", "Спросить специалиста")
	operator.screen("chat-desk", "Разговор")

	p.connected(false)
	p.hears("Связь прервалась")
	operator.fill("#f-words", "Вы ещё здесь?")
	operator.click(`button[value=say]`)
	operator.hears("Вы ещё здесь?")
	p.fill("#f-words", "Да, пропала связь")
	p.click(`form[data-chat-send] [type=submit]`)
	p.hears("Сообщение осталось в поле")
	if value := ask[string](p, "field", `document.querySelector("#f-words").value`); value != "Да, пропала связь" {
		t.Errorf("the field holds %q", value)
	}
	p.shot("chat-lost")
	p.connected(true)
	p.hears("Вы ещё здесь?")
	p.hears("Да, пропала связь")
	operator.hears("Да, пропала связь")
	p.shows("the field is empty again", `document.querySelector("#f-words").value === ""`)
	if n := operator.said("Да, пропала связь"); n != 1 || !p.same() {
		t.Errorf("after the connection came back: %d messages", n)
	}

	// The answer takes its time: what is typed meanwhile stays.
	ask[int](p, "hold an answer", `(() => {
		const real = window.fetch;
		window.fetch = async (...a) => {
			const answer = await real(...a);
			if (a[1]?.method === "POST" && String(a[0]).includes("/reply")) {
				window.fetch = real;
				await new Promise((go) => { window.arrive = go; });
			}
			return answer;
		};
		return 0;
	})()`)
	p.fill("#f-words", "Он был в другом")
	p.click(`form[data-chat-send] [type=submit]`)
	operator.hears("Он был в другом")
	p.run("type on", chromedp.SendKeys(chromedp.CSS("#f-words"), " И ещё одно"))
	ask[int](p, "the answer", `(window.arrive(), 0)`)
	p.shows("what was typed meanwhile", `document.querySelector("#f-words").value === "И ещё одно"`)

	// The message arrives, its answer does not: the first fetch of a POST is carried out and fails.
	ask[int](p, "lose an answer", `(() => {
		const real = window.fetch;
		window.fetch = async (...a) => {
			const answer = await real(...a);
			if (a[1]?.method !== "POST" || !String(a[0]).includes("/reply")) return answer;
			window.fetch = real;
			throw new TypeError("lost");
		};
		return 0;
	})()`)
	p.fill("#f-words", "Нашёл")
	p.click(`form[data-chat-send] [type=submit]`)
	operator.hears("Нашёл")
	p.shows("cleared", `document.querySelector("#f-words").value === ""`)
	if p.said("Нашёл") != 1 || operator.said("Нашёл") != 1 {
		t.Errorf("%d and %d messages of one", p.said("Нашёл"), operator.said("Нашёл"))
	}
	p.run("again", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#f-words")))
	if value := ask[string](p, "field", `document.querySelector("#f-words").value`); value != "" {
		t.Errorf("what was sent is offered again: %q", value)
	}
	operator.fill("#f-words", "Хорошо")
	operator.click(`button[value=solve]`)
	p.hears("Разговор завершён")

	holder := startOn(t, p.app)
	holder.screens = 70
	const phone = "+79123450033"
	holder.account(phone, "anna@example.org")
	holder.signInBy(phone)
	holder.open("/help/chat")
	holder.screen("holder-ask", "Спросить специалиста")
	holder.fill("#f-words", "Я в кабинете")
	holder.click(`main form .btn[type=submit]`)
	holder.run("the conversation", chromedp.WaitVisible(chromedp.CSS("[data-stream]")))
	holder.hears("Ждём специалиста")
	holder.same()
	operator.open("/op/chats")
	operator.click(`[data-chat-list] a`)
	operator.run("the question", chromedp.WaitVisible(chromedp.CSS(`button[value=take]`)))
	operator.click(`button[value=take]`)
	operator.run("taken", chromedp.WaitVisible(chromedp.CSS(`#f-words`)))
	for i := range 3 {
		words := "Ответ " + strconv.Itoa(i)
		operator.fill("#f-words", words)
		operator.click(`button[value=say]`)
		holder.hears(words)
		holder.fill("#f-words", "На "+words)
		holder.click(`form[data-chat-send] [type=submit]`)
		operator.hears("На " + words)
		holder.hears("На " + words)
	}
	if !holder.same() {
		t.Error("the holder's page was opened again")
	}
	holder.screen("holder-chat", "Обращение Т-")
}
