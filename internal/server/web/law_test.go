// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"strings"
	"testing"
)

// The acts that pages cite stand on one page with their number, date and source, and are found by
// words and numbers; a page of an error leads to the act behind it.
//
// S004-064: a reference of acts and clauses.
func TestLaw(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().open("/help").shows(200, "Законы, по которым мы работаем")
	v.open("/law").shows(200, "№ 63-ФЗ от 06.04.2011", "№ 152-ФЗ от 27.07.2006", "№ 370-II от 07.01.2003", "№ 795 от 27.12.2011", "Официальный источник", "смотрите в источнике")
	v.open("/law?q=доверенность").shows(200, "17.2", "машиночитаемая доверенность")
	if strings.Contains(v.text(), "152-ФЗ") || strings.Contains(v.text(), "собственноручной") {
		t.Error("what was not looked for is found")
	}
	v.open("/law?q=152-фз+утечке").shows(200, "Что делать при утечке")
	v.open("/law?q=<b>").shows(200, "Ничего не нашли по «<b>»")
	v.open("/help/errors/CRT-302").shows(200, "По какому закону")
	if !strings.Contains(v.body, `href="/law#63-fz"`) {
		t.Error("the error does not lead to its act")
	}
	if v.open("/help/errors/NET-501"); strings.Contains(v.body, "/law#") {
		t.Error("an error of no law leads to one")
	}
	v.post("/view", "language", "kk", "back", "/law")
	v.open("/law").shows(200, "Біз басшылыққа алатын заңдар")
}
