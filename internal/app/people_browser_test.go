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
)

// TestSessionsWalk is F20 by mouse: the sessions are looked at and the others ended, the journal is filtered,
// saved and answered with «Это не я».
func TestSessionsWalk(t *testing.T) {
	const phone = "+79123456771"
	p := start(t)
	p.holder(phone, "anna@example.org", sokolova())
	other := startOn(t, p.app)
	other.signedIn(phone)
	p.costs("F20: end the other sessions", 4, func() {
		p.click(`nav.push details summary`)
		p.click(`nav a[href$="/security"]`)
		p.screen("security", "Безопасность")
		p.click(`main a[href$="/security/sessions"]`)
		p.screen("sessions", "Сеансы")
		p.click(`form[action$="/sessions/others"] [type=submit]`)
		p.run("ended", chromedp.WaitNotPresent(chromedp.CSS(`form[action$="/sessions/others"]`)))
		p.screen("sessions-one", "Сеансы")
	})
	p.shows("one session", `document.querySelectorAll("main tbody tr").length === 1`)
	other.run("reload", chromedp.Reload())
	other.screen("ended", "Вход")

	other.signedIn(phone)
	p.run("reload", chromedp.Reload())
	p.costs("F20: the journal", 4, func() {
		p.click(`main a[href$="/security"]`)
		p.click(`main a[href$="/security/log"]`)
		p.screen("journal", "Журнал действий")
		ask[int](p, "area", `(document.querySelector("#f-area").selectedIndex = 1, 0)`)
		p.click(`main form[method=get] [type=submit]`)
		p.run("filtered", chromedp.WaitReady(chromedp.CSS(`#f-area option[selected]:not(:first-child)`)))
		p.screen("journal-filtered", "Журнал действий")
		p.download(`main a[href*="/log.csv"]`, "*.csv")
	})
	p.open(ask[string](p, "journal", `location.pathname`))
	p.costs("F20: it was not me", 1, func() {
		p.click(`main tbody form [type=submit], main .rows form [type=submit]`)
		p.run("ended", chromedp.WaitNotPresent(chromedp.CSS(`main tbody form [type=submit], main .rows form [type=submit]`)))
	})
	other.run("reload", chromedp.Reload())
	other.screen("ended-again", "Вход")
}

// TestPeopleByKeyboard: an employee is let in, a power of attorney is made and the role is changed with keys
// alone (ux F25, 3).
func TestPeopleByKeyboard(t *testing.T) {
	const phone = "+79123456772"
	p := start(t)
	p.inFront()
	p.holder(phone, "anna@example.org", sokolova())
	p.enter(".roles > summary")
	p.enter(`.roles-list a[href$="/roles/new"]`)
	p.wait("role", "Добавить роль")
	p.keys("#f-number", "399990000000121")
	p.press(kb.Enter)
	p.wait("compared", "Сверка")
	base := strings.TrimSuffix(ask[string](p, "place", `document.querySelector("a.brand").pathname`), "/")

	p.open(base + "/people")
	p.enter(`main a[href$="/members/new"]`)
	p.keyboardStep(phone)
	p.wait("invite", "Пригласить сотрудника")
	p.keys("#f-name", "Ким Борис")
	p.keys("#f-mail", "boris@example.org")
	p.to(`input[name="rights"]`)
	p.press(" ")
	p.enter(`main form .btn[type=submit]`)
	p.run("invited", chromedp.WaitVisible(chromedp.CSS(`main table`)))
	p.shows("whose turn", `document.querySelector("main table").innerText.includes("Ход сотрудника")`)

	p.enter(`main a[href$="/powers/new"]`)
	p.run("form", chromedp.WaitVisible(chromedp.CSS("#f-surname")))
	p.keys("#f-surname", "Ким")
	p.keys("#f-given_name", "Борис")
	p.keys("#f-inn", "990100001169")
	p.keys("#f-snils", "112-233-445 95")
	p.keys("#f-until_d", "31")
	p.keys("#f-until_m", "1")
	p.keys("#f-until_y", time.Now().AddDate(1, 0, 0).Format("2006"))
	p.to(`input[name="powers"]`)
	p.press(" ")
	p.enter(`main form .btn[type=submit]`)
	p.run("made", chromedp.WaitVisible(chromedp.CSS(`form[action$="/sign"]`)))
	p.shows("the next step", `document.querySelector("main").innerText.includes("ваш ход")`)
	p.to(`a[href$="/power.xml"]`)

	p.enter(".roles > summary")
	p.enter(".roles-list a:not([aria-current]):not([href$='/roles/new'])")
	p.run("another role", chromedp.WaitVisible(chromedp.CSS("h1")))
	p.shows("the role", `!location.pathname.startsWith(`+quoted(t, base)+`)`)
}
