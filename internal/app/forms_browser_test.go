// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// to moves the focus by Tab until it is on what the selector finds. On the way each thing
// shows that it has the focus, and the order is that of the page.
func (p *person) to(selector string) {
	p.t.Helper()
	seen, unseen := "", ""
	for range 90 {
		at := ask[struct {
			There, Shown, Back bool
			What               string
		}](p, "focus", `(() => {
			const f = document.activeElement, last = window.lastFocus, style = getComputedStyle(f);
			window.lastFocus = f;
			const back = last && last !== f && f !== document.body && last.isConnected && !f.closest("dialog") && (f.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING) && !f.matches("a.skip");
			const box = f.getBoundingClientRect(), bar = document.querySelector(".bar");
			const under = bar && getComputedStyle(bar).position === "fixed" && !bar.contains(f) && box.top >= innerHeight - bar.offsetHeight;
			return {There: f.matches(`+quoted(p.t, selector)+`), What: f.outerHTML.slice(0, 120), Back: !!back,
				Shown: f === document.body || f.matches("main") || (f.matches(":focus-visible") && (style.outlineStyle !== "none" || style.boxShadow !== "none") && !under)};
		})()`)
		if !at.Shown && at.What != unseen {
			unseen = at.What
			time.Sleep(100 * time.Millisecond) // the page may be under way
			continue
		}
		if !at.Shown {
			p.t.Errorf("the focus is not seen on %s", at.What)
		}
		if at.Back {
			p.t.Errorf("the focus goes back in the page to %s", at.What)
		}
		if at.There {
			return
		}
		seen += "\n" + at.What
		p.run("tab", chromedp.KeyEvent(kb.Tab))
	}
	p.t.Fatalf("the keyboard does not reach %s, only%s", selector, seen)
}

// enter goes to a thing by Tab and activates it.
func (p *person) enter(selector string) {
	p.t.Helper()
	p.to(selector)
	p.press(kb.Enter)
}

// keys types into a field that Tab leads to.
func (p *person) keys(selector, text string) {
	p.t.Helper()
	p.to(selector)
	p.run("type", chromedp.KeyEvent(text))
}

// inFront makes the page the one in front of the person, whatever other windows there are.
func (p *person) inFront() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		p.t.Fatal(err)
	}
}

// stroke is one key as a keyboard sends it: what the page prevents is not typed, and sends no form.
func (p *person) stroke(key string) {
	p.t.Helper()
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key, Code: "Key" + strings.ToUpper(key)}
	if key == kb.Enter {
		p.clicks++
		down.Key, down.Code, down.WindowsVirtualKeyCode = "Enter", "Enter", 13
	}
	for _, event := range []input.DispatchKeyEventParams{down, {Type: input.DispatchKeyEventTypeKeyUp, Key: down.Key, Code: down.Code}} {
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, event); err != nil {
			p.t.Fatal(err)
		}
	}
}

// wide sets the size of the window.
func (p *person) wide(width, height int64) {
	p.t.Helper()
	p.run("window", chromedp.EmulateViewport(width, height))
}

// TestFrame: on a phone the menu is a bar at the bottom with four entries, the current one marked,
// that hides neither the end of a page nor what has the focus (WCAG 2.4.11); the search of the
// header takes «/» and the list of keys «?», except while somebody types or has switched the
// keys off (WCAG 2.1.4); the view stands among one's data too.
func TestFrame(t *testing.T) {
	p := start(t)
	p.inFront()
	pid := p.holder("+79123456760", "anna@example.org", sokolova())
	base := "/c/" + pid
	p.open(base + "/support/new")
	p.screen("support", "Новое обращение")
	p.wide(1280, 800)
	p.shows("no bar on a wide screen", `getComputedStyle(document.querySelector(".bar")).display === "none" && document.querySelector("header nav").checkVisibility()`)
	p.shows("header of two lines", `document.querySelector(".top-in").offsetHeight < 130`)
	p.stroke("/")
	p.shows("search has the focus", `document.activeElement.matches("[data-find]") && document.activeElement.value === ""`)
	for _, key := range []string{"a", "/", "?"} {
		p.stroke(key)
	}
	p.shows("keys are letters while typing", `document.activeElement.value === "a/?" && !document.querySelector("dialog[open]")`)
	p.press(kb.Enter)
	p.screen("search", "Поиск")
	p.wide(1280, 800)
	p.stroke("?")
	p.shows("list of keys", `document.querySelector("[data-shortcuts]").open`)
	p.axe("keys")
	p.press(kb.Escape)
	p.shows("closed", `!document.querySelector("[data-shortcuts]").open`)

	p.wide(360, 640)
	p.open(base + "/support/new")
	p.shows("bar of four", `document.querySelectorAll(".bar > ul > li").length === 4 && document.querySelector(".bar").checkVisibility() && !document.querySelector("header nav").checkVisibility()`)
	p.to(`form[enctype] [type=submit]`)
	p.shows("focus above the bar", `document.activeElement.getBoundingClientRect().bottom <= document.querySelector(".bar").getBoundingClientRect().top`)
	p.run("end", chromedp.KeyEvent(kb.End))
	p.shows("the end of the page above the bar", `(scrollTo(0, document.body.scrollHeight), document.querySelector(".foot").getBoundingClientRect().bottom <= document.querySelector(".bar").getBoundingClientRect().top + 1)`)
	p.to(".bar summary")
	p.press(kb.Enter)
	p.shows("menu of the bar", `document.querySelector(".bar-list").checkVisibility()`)
	p.press(kb.Escape)
	p.shows("menu closed", `!document.querySelector(".bar-list").checkVisibility() && document.activeElement.matches(".bar summary")`)
	ask[int](p, "open", `document.querySelector(".bar details").open = true, 0`)
	p.shot("bar-open")
	p.wide(360, 640)
	p.open(base + "/inbox")
	p.shows("current marked", `document.querySelector('.bar [aria-current="page"]').href.endsWith("/inbox")`)

	p.open(base + "/profile")
	p.screen("profile", "Мои данные")
	p.wide(1280, 800)
	ask[int](p, "keys off", `(document.querySelector("#own-view-keys").value = "off", document.querySelector("#own-view-keys").form.requestSubmit(), 0)`)
	p.run("off", chromedp.WaitReady(chromedp.CSS(`html[data-keys="off"]`)))
	p.stroke("/")
	p.shows("keys are off", `!document.activeElement.matches("[data-find]")`)
	p.open(base + "/kep")
	p.screen("kep", "Электронная подпись")
}

// TestContrastWhateverTheSystemLikes: high contrast, asked of the page or of the system, has its colours for
// each theme, chosen on the page or left to the system: text and hints are read on every ground.
func TestContrastWhateverTheSystemLikes(t *testing.T) {
	p := start(t)
	p.open("/help")
	for _, scheme := range []string{"light", "dark"} {
		for _, wish := range []string{"no-preference", "more"} {
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-contrast", Value: wish}}}
			if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
				t.Fatal(err)
			}
			if low := ask[string](p, "contrast", contrastScript); low != "" {
				t.Errorf("system %s, contrast %s: %s", scheme, wish, low)
			}
		}
	}
}

// contrastScript names the themes and contrasts of the page in which a colour of text stands too low on a ground (WCAG 1.4.6).
const contrastScript = `(() => {
  const root = document.documentElement, low = [];
  const light = (name) => {
    const n = parseInt(getComputedStyle(root).getPropertyValue(name).trim().slice(1).replace(/^(.)(.)(.)$/, "$1$1$2$2$3$3"), 16);
    const [r, g, b] = [n >> 16, (n >> 8) & 255, n & 255].map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const theme of ["", "light", "dark"]) for (const contrast of ["", "more"]) {
    root.dataset.theme = theme; root.dataset.contrast = contrast;
    for (const text of ["--text", "--muted"]) for (const ground of ["--paper", "--surface", "--sunken"]) {
      const [a, b] = [light(text), light(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (!(ratio >= (text === "--text" ? 7 : 4.5))) low.push(` + "`theme ${theme || \"of the system\"}, contrast ${contrast || \"usual\"}: ${text} on ${ground} ${ratio.toFixed(1)}`" + `);
    }
  }
  return low.join("; ");
})()`

// TestByKeyboard goes through the flows of people by Tab, Enter and Space alone: sign-up (F1), the
// phone code (F3), recovery codes (F5), the inbox (F19), sessions and the journal (F20), a ticket
// (F21), another role and people. Each thing on the way shows its focus, and the order is that of
// the page.
func TestByKeyboard(t *testing.T) {
	const phone = "+79123456761"
	p := start(t)
	p.inFront()
	p.open("/")
	p.enter(`main a[href="/signup"]`)
	p.keyboardSignup(phone)
	base := strings.TrimSuffix(ask[string](p, "place", `document.querySelector("a.brand").pathname`), "/")
	p.keyboardCabinet(base, phone)

	p.open(base + "/")
	p.enter(`form[action="/logout"] button`)
	p.wait("landing", "Электронная подпись")
	p.open("/login")
	p.enter(`a[href^="/login/phone"]`)
	p.wait("login-phone", "Вход по коду")
	p.keys("#f-phone", phone)
	sent := time.Now().Add(-time.Second)
	p.press(kb.Enter)
	p.wait("code", "Код из СМС")
	p.keys("#f-code", p.code(phone, "вход", sent))
	p.wait("roles", "От чьего имени работаем?")
}

// keyboardSignup is F1 from the first screen to the cabinet.
func (p *person) keyboardSignup(phone string) {
	p.t.Helper()
	p.wait("phone", "Ваш телефон")
	p.keys("#f-phone", strings.TrimPrefix(phone, "+7"))
	sent := time.Now().Add(-time.Second)
	p.press(kb.Enter)
	p.wait("code", "Код из СМС")
	p.keys("#f-code", p.code(phone, "регистрация", sent))
	p.wait("mail", "Почта и пароль")
	p.keys("#f-mail", "anna@example.org")
	p.keys("#f-password", "Ясный-день-7")
	p.press(kb.Enter)
	p.wait("name", "Как вас зовут")
	p.keys("#f-surname", "Соколова")
	p.keys("#f-given_name", "Анна")
	p.keys("#f-patronymic", "Ивановна")
	p.keys("#f-birth_date_d", "17")
	p.keys("#f-birth_date_m", "5")
	p.keys("#f-birth_date_y", "1990")
	p.press(kb.Enter)
	p.wait("documents", "Документы")
	p.keys("#f-inn", "990000001704")
	p.keys("#f-snils", "99000000153")
	p.keys("#f-passport_number", "9999123456")
	p.keys("#f-passport_issued_d", "1")
	p.keys("#f-passport_issued_m", "6")
	p.keys("#f-passport_issued_y", "2010")
	p.keys("#f-passport_department", "160001")
	p.keys("#f-passport_issued_by", "Отделом УФМС")
	p.press(kb.Enter)
	p.wait("check", "Проверьте данные")
	p.to("#f-accept_terms")
	p.press(" ")
	p.to("#f-accept_data")
	p.press(" ")
	p.enter(`form[action="/signup/finish"] .btn`)
	p.wait("done", "Кабинет создан")
	p.enter("a.brand")
	p.wait("home", "Главная")
}

// keyboardCabinet goes through the pages of a cabinet.
func (p *person) keyboardCabinet(base, phone string) {
	p.t.Helper()
	// F21: a ticket.
	p.open(base + "/support")
	p.enter(`main a[href$="/support/new"]`)
	p.wait("ticket", "Новое обращение")
	p.keys("#f-words", "Не ставится сертификат")
	p.enter(`form[enctype] .btn[type=submit]`)
	p.wait("ticket", "Обращение Т-")
	// F19: its letter.
	p.enter("header a.inbox")
	p.wait("inbox", "Входящие")
	p.enter(".letters h2 a")
	p.wait("letter", "Обращение Т-")
	// F5: recovery codes, after the second step by a message.
	p.open(base + "/security")
	p.enter(`.card a[href$="/second"]`)
	p.keyboardStep(phone)
	p.wait("second", "Второй шаг входа")
	p.enter(`form[action$="/codes"] [type=submit]`)
	p.wait("codes", "Коды восстановления")
	p.keys("#f-code", ask[string](p, "a code", `document.querySelector("[data-codes] li").innerText`))
	p.press(kb.Enter)
	p.run("methods", chromedp.WaitVisible(chromedp.CSS(`form[action$="/second/app"]`)))
	// F20: sessions and the journal.
	p.open(base + "/security")
	p.enter(`main a[href$="/sessions"]`)
	p.wait("sessions", "Сеансы")
	p.to(`main button[type=submit]`)
	p.open(base + "/security/log")
	p.to("#f-area")
	p.press(kb.ArrowDown)
	p.enter(`main form[method=get] [type=submit]`)
	p.run("filtered", chromedp.WaitReady(chromedp.CSS(`#f-area option[selected]:not(:first-child)`)))
	// Another role, the chip and people.
	p.open(base + "/")
	p.enter(".roles > summary")
	p.enter(`.roles a[href$="/roles/new"]`)
	p.wait("role", "Добавить роль")
	p.to(`input[name="kind"]`)
	p.run("kind", chromedp.KeyEvent(" "))
	p.keys("#f-number", "399990000000121")
	p.press(kb.Enter)
	p.run("joined", chromedp.WaitVisible(chromedp.CSS(`header a[href$="/people"], nav a[href$="/people"], details a[href$="/people"]`)))
}

// keyboardStep takes the second step by a message.
func (p *person) keyboardStep(phone string) {
	p.t.Helper()
	p.wait("step", "Подтвердите, что это вы")
	sent := time.Now().Add(-time.Second)
	p.enter(`form[action="/login/second/ask"] [type=submit]`)
	p.run("code", chromedp.WaitVisible(chromedp.CSS("#f-code")))
	p.keys("#f-code", p.code(phone, "подтверждение действия", sent))
}
