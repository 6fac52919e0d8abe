// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"podpis/internal/service/ca"
	"podpis/pki/alg"
	"podpis/pki/pkcs12"
	"podpis/pki/x509"
)

// keyFile is a certificate of the installation with its key, as the holder keeps it.
func (p *person) keyFile(profile string, more map[string]string) string {
	p.t.Helper()
	subject := map[string]string{
		"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань", "INN": "990000001704", "SNILS": "99000000153",
	}
	for name, value := range more {
		subject[name] = value
	}
	must := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatal(err)
		}
	}
	key, err := alg.Generate(alg.GOST256B, rand.Reader)
	must(err)
	name, err := x509.NameByText("CN=Заявитель")
	must(err)
	request, err := x509.CreateRequest(rand.Reader, key, name, nil)
	must(err)
	done, err := p.app.authority.Issue(p.t.Context(), ca.Order{
		Key: rand.Text(), Profile: profile, Request: request, Approval: []byte("approved"), ApprovedBy: "account/op", OrderedBy: "account/anna", Subject: subject,
	})
	must(err)
	contents := &pkcs12.Contents{Key: key}
	for _, raw := range append([][]byte{done.DER}, done.Chain...) {
		c, err := x509.ParseCertificate(raw)
		must(err)
		contents.Certificates = append(contents.Certificates, c)
	}
	file, err := pkcs12.Encode(rand.Reader, contents, []byte(keyPassword), pkcs12.Options{})
	must(err)
	return written(p.t, "key.p12", file)
}

// showKey lets the key of a file sign what the page asks.
func (p *person) showKey(file string) {
	p.t.Helper()
	p.run("module", chromedp.WaitReady(chromedp.CSS(`#keyholder[data-ready=yes]`)))
	p.choose("#f-keyfile", file)
	p.fill("#f-key_password", keyPassword)
	p.click(`[data-form] [type=submit]`)
}

// TestJoinWithCertificateWalk signs the head of an organisation up with its certificate: by
// mouse, to the agreement and its signature; clicks are counted.
func TestJoinWithCertificateWalk(t *testing.T) {
	p := start(t)
	const phone = "+79123456731"
	file := p.keyFile("org", map[string]string{"CN": `ООО "ЗАРЯ"`, "O": `ООО "ЗАРЯ"`, "T": "Директор", "STREET": "ул. 1", "OGRN": "1999900000120", "INNLE": "9900000120"})
	p.open("/signup")
	p.costs("sign-up with a certificate", 11, func() {
		p.click(`a[href="/signup/certificate"]`)
		p.screen("join", "Регистрация с электронной подписью")
		p.click(`input[name=kind][value=org]`)
		p.click(`form[action="/signup/certificate"] [type=submit]`)
		p.run("module", chromedp.WaitReady(chromedp.CSS(`#keyholder[data-ready=yes]`)))
		p.screen("join-key", "Регистрация с электронной подписью")
		p.showKey(file)
		p.screen("join-phone", "Ваш телефон")
		sent := time.Now().Add(-time.Second)
		p.fill("#f-phone", phone)
		p.click(`form[action="/signup/phone"] [type=submit]`)
		p.screen("join-code", "Код из СМС")
		p.fill("#f-code", p.code(phone, "регистрация", sent))
		p.screen("join-mail", "Почта и пароль")
		p.fill("#f-mail", "zarya@example.org")
		p.fill("#f-password", "Ясный-день-7")
		p.click(`form[action="/signup/mail"] [type=submit]`)
		p.screen("join-check", "Проверьте данные")
		p.click("#f-accept_terms")
		p.click("#f-accept_data")
		p.click(`form[action="/signup/finish"] [type=submit]`)
		p.screen("agreement", "Соглашение")
	})
	p.costs("the agreement", 2, func() {
		p.showKey(file)
		p.run("signed", chromedp.WaitVisible(chromedp.CSS(`a[href$="agreement.txt.sig"]`)))
		p.screen("agreement-signed", "Соглашение")
	})
	pid := ask[string](p, "role", `location.pathname.split("/")[2]`)
	p.open("/c/" + pid + "/identity")
	p.screen("identity-proved", "Подтвердить личность")
}

// TestJoinByKeyboard signs a person up with a certificate and proves another's identity by
// keyboard alone; the file is chosen by the page's own button.
func TestJoinByKeyboard(t *testing.T) {
	p := start(t)
	const phone = "+79123456732"
	file := p.keyFile("person", nil)
	press := func(text string) step { return chromedp.KeyEvent(text) }
	focus := func(selector string) {
		t.Helper()
		ask[int](p, "focus "+selector, `document.querySelector(`+quoted(t, selector)+`).focus(), 0`)
	}
	p.open("/signup/certificate")
	focus(`form[action="/signup/certificate"] [type=submit]`)
	p.run("go on", press("\r"), chromedp.WaitReady(chromedp.CSS(`#keyholder[data-ready=yes]`)))
	p.choose("#f-keyfile", file)
	focus("#f-key_password")
	p.run("password", press("не тот пароль"), press("\r"), chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	p.screen("join-wrong", "Регистрация с электронной подписью")
	focus("#f-key_password")
	ask[int](p, "select", `document.querySelector("#f-key_password").select(), 0`)
	p.run("password", press(keyPassword), press("\r"), chromedp.WaitVisible(chromedp.CSS("#f-phone")))
	focus("#f-phone")
	sent := time.Now().Add(-time.Second)
	p.run("phone", press(phone), press("\r"), chromedp.WaitVisible(chromedp.CSS("#f-code")))
	focus("#f-code")
	p.run("code", press(p.code(phone, "регистрация", sent)), chromedp.WaitVisible(chromedp.CSS("#f-mail")))
	focus("#f-mail")
	ask[int](p, "select", `document.querySelector("#f-mail").select(), 0`)
	p.run("mail", press("anna@example.org"), press("\t"), press("Ясный-день-7"), press("\r"), chromedp.WaitVisible(chromedp.CSS("#f-accept_terms")))
	focus("#f-accept_terms")
	p.run("accept", press(" "), press("\t"), press(" "))
	focus(`form[action="/signup/finish"] [type=submit]`)
	p.run("finish", press("\r"))
	p.screen("joined", "Кабинет создан")
}
