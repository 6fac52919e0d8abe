// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"podpis/internal/service/servicetest"
)

// TestOrderWalk: an order by phone, from the console into the cabinet and back to a certificate, and another carrier that support
// offers for it, each screen judged by axe. What a consultant prepared costs its person six clicks, from the first page to the desk.
func TestOrderWalk(t *testing.T) {
	const phone = "+79123450031"
	p := start(t)
	p.set("consult.phone", "+78430000508")
	p.set("ra.prepared.other", "0") // one operator
	p.account(phone, "anna@example.org")
	o := p.operator()
	o.open("/op/orders")
	o.screen("orders", "Заказы по телефону")
	o.click(`a[href="/op/orders/new"]`)
	o.screen("order-new", "Заказ сертификата по телефону")
	o.click(`form[action="/op/orders"] [type=submit]`)
	o.run("refusal", chromedp.WaitVisible(chromedp.CSS("#errors")))
	o.screen("order-refused", "Заказ сертификата по телефону")
	o.fill("#f-phone", "912 345-00-32")
	o.click(`input[value="reports"]`)
	o.click(`input[value="person"]`)
	o.click("#f-agreed")
	o.click(`form[action="/op/orders"] [type=submit]`)
	o.screen("order", "Заказ З-101")
	anna := servicetest.Anna()
	o.open("/op/unlock")
	o.fill("#f-inn", anna.INN)
	o.fill("#f-register", anna.SNILS)
	o.fill("#f-name", anna.FullName())
	o.click(`form[action="/op/clients"] [type=submit]`)
	o.screen("client", anna.FullName())
	o.click(`main a[href$="/order"]`)
	o.screen("order-client", "Заказ сертификата по телефону")
	o.click(`input[value="documents"]`)
	o.click(`input[name="kind"]`)
	o.fill("#f-words", "Приложите разворот паспорта с фотографией")
	o.click(`form[action$="/order"] .btn[type=submit]`)
	o.screen("client-told", anna.FullName())
	o.open("/op/orders")
	o.screen("orders-two", "Заказы по телефону")

	p.open("/login")
	p.fill("#f-login", phone)
	p.fill("#f-password", servicetest.Password)
	p.click(`form[action="/login"] [type=submit]`)
	p.screen("home", "Главная")
	p.costs("order by phone", 6, func() {
		p.click(`main a.btn[href*="/applications/"]`)
		p.screen("prepared", "Заявление А-1001 подготовлено")
		p.click(`form[action$="/take"] [type=submit]`)
		p.screen("data", "Проверьте данные")
		p.fill("#f-region", "16 Республика Татарстан")
		p.fill("#f-locality", "Казань")
		p.click(`form[action$="/data"] .btn[type=submit]`)
		p.screen("documents", "Документы")
		p.choose("#f-file_passport", passport(t))
		p.click(`form[enctype] .btn[type=submit]`)
		p.screen("sign", "Проверьте и отправьте")
		sent := time.Now().Add(-time.Second)
		p.click(`form[action$="/sign"] [type=submit]`)
		p.run("field of the code", chromedp.WaitVisible(chromedp.CSS("#f-code")))
		p.fill("#f-code", p.code(phone, "подпись заявления", sent))
		p.screen("sent", "Заявление А-1001")
	})
	o.open("/op/applications")
	o.screen("queue", "Заявления на проверку")
	o.approve()
	p.issue(phone)

	p.click(`nav.push details summary`)
	p.click(`nav a[href$="/support"]`)
	p.screen("support", "Обращения")
	p.click(`main a.btn`)
	p.screen("ticket-new", "Новое обращение")
	p.fill("#f-words", "Флешка не читается")
	p.fill("#f-certificate", "С-1001")
	p.click(`form[enctype] .btn[type=submit]`)
	p.screen("ticket", "Обращение Т-1001")
	o.open("/op/tickets")
	o.click(`.list a`)
	o.screen("desk-ticket", "Обращение Т-1001")
	ask[bool](o, "form of the offer", `document.querySelectorAll("details.card").forEach((d) => { d.open = true }), true`)
	o.click(`input[name="medium"][value="file"]`)
	o.fill("#f-offer_words", "Приходить не нужно. Возьмите новую флешку")
	o.axe("desk-offer")
	o.shot("desk-offer")
	o.click(`form[action$="/replacement"] [type=submit]`)
	o.screen("desk-offered", "Обращение Т-1001")
	p.run("reload", chromedp.Reload())
	p.screen("offered", "Обращение Т-1001")
	p.costs("replacement: accept", 1, func() {
		p.click(`button[value="accept"]`)
		p.screen("replacement", "Документы")
	})
}
