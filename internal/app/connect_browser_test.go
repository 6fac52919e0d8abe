// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import "testing"

// TestWorkInBrowser: the form of strangers makes its proof of work as soon as it is touched, sends it, and
// asks nothing of the person.
func TestWorkInBrowser(t *testing.T) {
	p := start(t)
	p.open("/connect")
	for _, f := range [][2]string{
		{"region", "Москва"}, {"city", "Москва"}, {"organisation", "ООО «Заря»"}, {"inn", "9900000120"}, {"kpp", "990001001"}, {"person", "Иванов Иван"},
		{"phone", "912 345-67-89"}, {"mail", "zarya@example.org"},
	} {
		p.fill("#f-"+f[0], f[1])
	}
	p.shows("proof", `/\.\d+$/.test(document.querySelector("form[data-work]").elements.work.value)`)
	p.click(`form[data-work] [type=submit]`)
	p.wait("receipt", "Заявка П-101")
}
