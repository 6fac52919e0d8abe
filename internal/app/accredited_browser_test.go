// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import "testing"

// TestAccreditedLanguages: the pages of accredited centres in all three languages, found
// by what a person types.
func TestAccreditedLanguages(t *testing.T) {
	p := start(t)
	listed(t, p.app)
	for language, heading := range map[string]string{
		"ru": "Аккредитованные удостоверяющие центры", "kk": "Аккредиттелген куәландырушы орталықтар", "en": "Accredited certification authorities",
	} {
		p.open("/ca/accredited")
		ask[int](p, "language", `fetch("/view", {method: "POST", body: new URLSearchParams({language: "`+language+`", back: "/ca"})}).then((r) => r.status)`)
		p.open("/ca/accredited")
		p.screen("accredited-"+language, heading)
		wide := ask[bool](p, "width", `document.documentElement.scrollWidth > document.documentElement.clientWidth`)
		if wide {
			t.Errorf("%s: the page is wider than the window", language)
		}
		p.clicks = 0
		p.fill("#f-q", "тихоокеанский")
		p.click("form.filter button")
		p.screen("found-"+language, heading)
		p.click("main table a")
		p.screen("centre-"+language, "Образец: Тихоокеанский ключ")
		if p.clicks > 2 {
			t.Errorf("%s: %d clicks to a centre", language, p.clicks)
		}
	}
}
