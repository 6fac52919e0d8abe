// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// again lets a holder of applied apply once more.
func (p *person) again(phone string, account auth.Account) {
	p.t.Helper()
	ctx, desk, holder := p.ctx, p.app.desk, ra.Actor{Account: account}
	id, err := desk.Start(ctx, holder, "again")
	must(p.t, err)
	must(p.t, desk.Fill(ctx, holder, id, ra.SetPurposes([]string{"documents"}), nil))
	must(p.t, desk.Fill(ctx, holder, id, ra.SetHolder(identity.Entrepreneur, "399990000000121", identity.Company{}), nil))
	must(p.t, desk.Fill(ctx, holder, id, ra.SetData(sokolova(), "16 Республика Татарстан", "Казань", "anna@example.org"), nil))
	must(p.t, desk.Attach(ctx, holder, id, "passport", "passport.png", picture()))
	began := time.Now() // the code of the first application is older
	must(p.t, desk.AskSignature(ctx, holder, id))
	must(p.t, desk.Submit(ctx, holder, id, p.code(phone, "подпись заявления", began)))
}

// TestDeskWalk is F24 of the operator by mouse: an application is approved, the next is given back with
// ready words that are seen as the applicant will read them, a sealed number is opened by a second step.
func TestDeskWalk(t *testing.T) {
	const phone = "+79123456751"
	p := start(t)
	p.set("egrip.pause", "0s")
	account, _ := p.applied(phone)
	p.again(phone, account)
	o := p.operator()
	o.quiet = false
	o.costs("F24: approve", 7, func() {
		o.click("[data-row]")
		o.screen("desk", "Проверка заявления А-1001")
		o.click(`[data-by="1"]`)
		o.shows("larger", `document.querySelector(".doc-view").getBoundingClientRect().width > 1.9 * document.querySelector(".doc-look").clientWidth`)
		for _, tick := range ra.CheckTicks() {
			o.click(`input[value="` + tick + `"]`)
		}
		o.click(`[data-approve] [type=submit]`)
		o.screen("queue", "Заявления на проверку")
	})
	o.costs("F24: give back", 4, func() {
		o.click("[data-row]")
		o.screen("desk-register", "Проверка заявления А-1002")
		o.shows("the register beside", `[...document.querySelectorAll("h2")].some((h) => h.innerText === "Сверка с ЕГРИП") && document.querySelectorAll("[aria-labelledby=register] .tag").length === 4`)
		o.click(`details:has(#f-phrase) summary`)
		o.click(`input[name="field"][value="documents"]`)
		ask[int](o, "ready words", `(() => { const f = document.querySelector("#f-phrase"); f.value = "spread"; f.dispatchEvent(new Event("change", {bubbles: true})); return 0; })()`)
		o.shows("as the applicant reads", `document.querySelector("[data-preview]").innerText.includes("Документы. Нет разворота с пропиской")`)
		o.axe("desk-preview")
		o.shot("desk-preview")
		o.click(`form[action$="/return"] [type=submit]`)
		o.screen("queue-empty", "Заявления на проверку")
	})
	p.signedIn(phone)
	p.shows("told to the applicant", `document.querySelector("main").innerText.includes("нужны исправления")`)
}

// TestDeskByKeyboard: the queue and both decisions without a pointer: J and K, digits, Enter and once more
// Enter; what is not ticked keeps the window shut, and letters that are typed are letters.
func TestDeskByKeyboard(t *testing.T) {
	const phone = "+79123456752"
	p := start(t)
	account, _ := p.applied(phone)
	p.again(phone, account)
	o := p.operator()
	o.inFront()
	o.stroke("j")
	o.shows("first row", `document.activeElement === document.querySelectorAll("[data-row]")[0]`)
	o.stroke("j")
	o.shows("second row", `document.activeElement === document.querySelectorAll("[data-row]")[1]`)
	o.stroke("k")
	o.stroke(kb.Enter)
	o.wait("desk", "Проверка заявления А-1001")
	o.stroke("j")
	o.wait("next", "Проверка заявления А-1002")
	o.stroke("k")
	o.wait("previous", "Проверка заявления А-1001")
	for _, digit := range []string{"1", "2", "3"} {
		o.stroke(digit)
	}
	o.stroke(kb.Enter)
	o.shows("one is left", `!document.querySelector("[data-decide]").open && document.activeElement.value === "person_present" && document.querySelector("[data-left]").innerText.includes("Отметьте всё")`)
	o.stroke("4")
	o.stroke(kb.Enter)
	o.run("asked", chromedp.WaitVisible(chromedp.CSS("[data-decide][open]")))
	o.axe("desk-decide")
	o.shot("desk-decide")
	o.stroke(kb.Enter)
	o.wait("queue", "Заявления на проверку")

	o.enter("[data-row]")
	o.wait("desk", "Проверка заявления А-1002")
	o.enter(`details:has(#f-phrase) summary`)
	o.keys("#f-words", "Исправьте j1")
	o.shows("typed", `document.querySelector("#f-words").value === "Исправьте j1" && !document.querySelector("[data-tick] input").checked`)
	o.enter(`form[action$="/return"] [type=submit]`)
	o.wait("queue", "Заявления на проверку")
	if left := ask[int](o, "rows", `document.querySelectorAll("[data-row]").length`); left != 0 {
		t.Errorf("%d applications are left", left)
	}
}

// TestConsolesWalk is F24 of the others by mouse: the administrator changes a rule and sees who did, the
// officer sees when the next list of revoked certificates comes, the auditor checks the chain and exports the journal.
func TestConsolesWalk(t *testing.T) {
	p := start(t)
	admin := p.staff(auth.Administrator)
	admin.quiet = false
	admin.costs("F24: a rule", 3, func() {
		admin.click(`nav a[href="/admin/policies"]`)
		admin.screen("policies", "Правила")
		admin.fill("#f-q", "неверных паролей")
		admin.run("found", chromedp.WaitVisible(chromedp.CSS(`a[href="/admin/policies/auth.password.tries"]`)))
		admin.shows("how many", `/Нашлось \d+ прав/.test(document.querySelector("main [role=status]").textContent) && location.search.startsWith("?q=")`)
		admin.click(`a[href="/admin/policies/auth.password.tries"]`)
		admin.screen("policy", "Правило auth.password.tries")
		admin.fill("#f-value", "4")
		admin.click(`main form [type=submit]`)
		admin.shows("who and what", `/Сейчас\s*4/.test(document.querySelector(".facts").innerText) && document.querySelector(".facts").innerText.includes("Администратор (учебный)")`)
	})
	officer := p.staff(auth.Officer)
	officer.quiet = false
	officer.costs("F24: lists of revoked certificates", 1, func() {
		officer.click(`nav a[href="/ca-office/crl"]`)
		officer.screen("crl", "Списки отзыва")
		officer.shows("when the next comes", `/Следующий список через \d/.test(document.querySelector("main").innerText)`)
	})
	auditor := p.staff(auth.Auditor)
	auditor.quiet = false
	auditor.costs("F24: the chain", 2, func() {
		auditor.click(`nav a[href="/audit/chain"]`)
		auditor.screen("chain", "Целостность журнала")
		if text := ask[string](auditor, "state", `document.querySelector("main").innerText`); !strings.Contains(text, "цел") {
			t.Errorf("the chain: %s", text)
		}
	})
	auditor.costs("F24: export with a signature", 2, func() {
		auditor.click(`nav a[href="/audit/log"]`)
		auditor.screen("journal", "Журнал")
		auditor.download(`main a[href^="/audit/log.zip"]`, "*.zip")
	})
	auditor.costs("F24: the export is in the journal", 1, func() {
		auditor.click(`nav a[href="/audit/exports"]`)
		auditor.screen("exports", "Выгрузки")
		auditor.shows("its line", `document.querySelectorAll("main tbody tr").length > 0`)
	})
}
