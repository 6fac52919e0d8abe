// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"podpis/internal/service/identity"
	"podpis/stand/egrip"
)

// holder makes an account and signs it in by password; it returns the {pid}.
func (p *person) holder(phone, mail string, who identity.Person) string {
	p.t.Helper()
	roles, err := p.app.accounts.Profiles(context.Background(), p.join(phone, mail, "Ясный-день-7", who))
	must(p.t, err)
	p.open("/login")
	p.fill("#f-login", phone)
	p.fill("#f-password", "Ясный-день-7")
	p.click(`form[action="/login"] [type=submit]`)
	p.screen("home", "Главная")
	return roles[0].ID
}

func sokolova() identity.Person {
	return identity.Person{
		Surname: "Соколова", GivenName: "Анна", Patronymic: "Ивановна", BirthDate: identity.Date{Year: 1990, Month: 5, Day: 17},
		INN: "990000001704", SNILS: "99000000153",
		Passport: identity.Passport{Number: "9999123456", IssuedOn: identity.Date{Year: 2010, Month: 6, Day: 1}, Department: "160-001", IssuedBy: "МВД по Республике Татарстан"},
	}
}

// press sends keys to what has the focus; Enter and Space count as clicks.
func (p *person) press(key string) {
	p.t.Helper()
	if key == kb.Enter || key == " " {
		p.clicks++
	}
	p.run("press", chromedp.KeyEvent(key))
}

// TestRegistryWalk is F6 and the role chip in a browser: an ИП joins by its ОГРНИП, compares,
// takes over what differs, switches roles, meets a silent register and a closed ИП. Clicks
// are counted, each screen is judged by axe at both widths.
func TestRegistryWalk(t *testing.T) {
	p := start(t)
	register := p.app.stand.servers.Register
	p.set("egrip.pause", "0s")
	pid := p.holder("+79123456780", "anna@example.org", sokolova())

	p.clicks = 0
	p.click(".roles > summary")
	p.screen("chip", "Главная")
	p.click(`.roles-list a[href$="/roles/new"]`)
	p.screen("role-new", "Добавить роль")
	p.fill("#f-number", "399990000000121")
	p.click(`main [type=submit].btn`)
	p.screen("compared", "Сверка")
	if p.clicks > 3 {
		t.Errorf("%d clicks to the role of an ИП", p.clicks)
	}
	seen := ask[string](p, "outcome", `document.querySelector("main [role=status]").innerText`)
	if !strings.HasPrefix(seen, "Расхождений нет") {
		t.Errorf("outcome: %s", seen)
	}

	register.Fail(egrip.Mismatch)
	p.clicks = 0
	p.click("[data-compare] [type=submit]")
	p.run("two differ", chromedp.WaitVisible(chromedp.CSS("#row-activity .differs")))
	p.screen("differs", "Сверка")
	p.click(`button[value="all"]`)
	p.shows("taken", `document.readyState === "complete" && document.querySelector("#row-activity") && !document.querySelector(".differs")`)
	if p.clicks != 2 {
		t.Errorf("%d clicks to compare and take all", p.clicks)
	}

	// The switch keeps the section, and says where it cannot.
	services := ask[string](p, "address", `document.querySelector('.menu a[href$="/services"]').getAttribute("href")`)
	p.open(services)
	p.screen("services", "Услуги")
	p.clicks = 0
	p.click(".roles > summary")
	p.click(".roles-list a:not([aria-current])")
	p.screen("services-person", "Услуги")
	p.shows("the role of the person", `location.pathname !== `+quoted(t, services)+` && document.querySelector(".chip").innerText.includes("лично")`)
	if p.clicks != 2 {
		t.Errorf("%d clicks to switch the role", p.clicks)
	}
	p.click(".roles > summary")
	p.click(".roles-list a:not([aria-current])")
	p.screen("services-back", "Услуги")
	p.shows("the role of before", `location.pathname === `+quoted(t, services))

	register.Fail(egrip.Broken)
	p.open(ask[string](p, "compare", `document.querySelector('main a[href$="/registry/compare"]').getAttribute("href")`))
	p.click("[data-compare] [type=submit]")
	p.run("silent", chromedp.WaitVisible(chromedp.CSS(".alert-warn")))
	p.screen("silent", "Сверка")
	register.Fail(egrip.Closed)
	p.click("[data-compare] [type=submit]")
	p.run("closed", chromedp.WaitVisible(chromedp.CSS("#row-status .tag-wax")))
	p.screen("closed", "Сверка")
	// A refusal takes the place of the page: the role of the person has no register.
	ask[string](p, "the other role", `document.querySelector("[data-compare]").action = "/c/`+pid+`/registry/compare"`)
	p.click("[data-compare] [type=submit]")
	p.shows("the refusal", `!document.querySelector("[data-compare]") && document.querySelector("main").innerText.includes("нет сведений реестра")`)
	p.open(ask[string](p, "home", `document.querySelector('.menu a').getAttribute("href")`))
	p.screen("home-closed", "Главная")
	p.open(ask[string](p, "services", `document.querySelector('.menu a[href$="/services"]').getAttribute("href")`))
	p.screen("services-closed", "Услуги")
	p.open(ask[string](p, "registry", `document.querySelector('main a[href$="/registry"]').getAttribute("href")`))
	p.screen("registry", "Сведения из ЕГРИП")
	p.open("/roles")
	p.screen("roles", "От чьего имени работаем?")
	p.open(ask[string](p, "search", `document.querySelector('.menu a[href$="/search"]').getAttribute("href")`))
	p.fill("#f-q", "КЭП")
	p.click("main form button")
	p.run("found", chromedp.WaitVisible(chromedp.CSS("main .rows a")))
	p.screen("found", "Поиск")
}

// TestRegistryByKeyboard: the chip, the form of a role, comparing and taking over with keys
// alone.
func TestRegistryByKeyboard(t *testing.T) {
	p := start(t)
	p.set("egrip.pause", "0s")
	p.holder("+79123456781", "anna@example.org", sokolova())
	p.tabTo("chip", ".roles > summary")
	p.press(kb.Enter)
	p.tabTo("add", `.roles-list a[href$="/roles/new"]`)
	p.press(kb.Enter)
	p.screen("role-new", "Добавить роль")
	p.tabTo("number", "#f-number")
	p.run("number", chromedp.KeyEvent("399990000000121"))
	p.press(kb.Enter)
	p.screen("compared", "Сверка")
	p.app.stand.servers.Register.Fail(egrip.Mismatch)
	p.tabTo("compare", "[data-compare] button")
	p.press(kb.Enter)
	p.run("two differ", chromedp.WaitVisible(chromedp.CSS("#row-activity .differs")))
	p.tabTo("take", `#row-activity button`)
	p.press(" ")
	p.shows("taken over", `document.readyState === "complete" && document.querySelector("#row-activity") && !document.querySelector("#row-activity .differs")`)
}

// TestRegistryLanguages: the pages of roles and of the register in three languages, judged by
// axe and no wider than a phone.
func TestRegistryLanguages(t *testing.T) {
	p := start(t)
	pid := p.holder("+79123456782", "anna@example.org", sokolova())
	p.set("egrip.pause", "0s")
	p.open("/c/" + pid + "/roles/new")
	p.fill("#f-number", "399990000000121")
	p.click(`main [type=submit].btn`)
	p.screen("compared", "Сверка")
	p.app.stand.servers.Register.Fail(egrip.Renamed)
	p.click("[data-compare] [type=submit]")
	p.run("differs", chromedp.WaitVisible(chromedp.CSS("#row-name .differs")))
	ip := ask[string](p, "role", `location.pathname.split("/")[2]`)
	for language, headings := range map[string][4]string{
		"ru": {"Сверка", "Добавить роль", "Услуги", "Сведения из ЕГРИП"}, "kk": {"Салыстыру", "Рөл қосу", "Қызметтер", "ЕГРИП мәліметтері"},
		"en": {"Comparison", "Add a role", "Services", "Data from EGRIP"},
	} {
		ask[int](p, "language", `fetch("/view", {method: "POST", body: new URLSearchParams({language: "`+language+`", back: "/ca"})}).then((r) => r.status)`)
		for i, path := range []string{"/registry/compare", "/roles/new", "/services", "/registry"} {
			p.open("/c/" + ip + path)
			p.screen(language+path[1:4], headings[i])
			p.run("narrow", chromedp.EmulateViewport(360, 800))
			if ask[bool](p, "width", `document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
				t.Errorf("%s %s: the page is wider than the window", language, path)
			}
		}
	}
}
