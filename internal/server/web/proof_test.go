// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"

	"podpis/internal/service/servicetest"
)

// S001-010: who signed up by typing is not recognised; the page names the ways and whose
// turn it is. A certificate with their numbers recognises them, another's does not, and an
// answer to another's question counts for nothing (ODD-02: the level is one thing, the state
// of an ИП another).
func TestIdentityByCertificate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp().shows(http.StatusOK, "Подтвердить личность").home()
	at := "/c/" + v.pid() + "/identity"
	v.open("/c/"+v.pid()+"/profile").shows(http.StatusOK, "Подтвердить личность")
	v.open(at).shows(http.StatusOK, "Не подтверждена", "Учётная запись: Упрощённая", "Ваш ход: выберите способ", "Выбрать сертификат", "Договориться о визите")
	prove := func(k *servicetest.Keyholder) map[string]any {
		t.Helper()
		v.open(at+"/certificate").shows(http.StatusOK, "Выбрать сертификат")
		return v.json(at+"/certificate", map[string]any{"signature": v.signText(at+"/certificate/ask", k)})
	}
	boris := s.Issue("person", annaSubject("CN", "Ким Борис", "SN", "Ким", "G", "Борис", "INN", "990100001169", "SNILS", "11223344595"))
	if said := prove(boris); v.code == http.StatusOK || said["code"] != "ID-201" {
		t.Errorf("%d %v", v.code, said)
	}
	v.open(at).shows(http.StatusOK, "Не подтверждена")

	other := s.visitor()
	other.stranger()
	other.home()
	theirs := "/c/" + other.pid() + "/identity"
	for _, address := range []string{at, at + "/certificate"} {
		other.open(address).shows(http.StatusNotFound)
	}
	key := s.Issue("person", annaSubject())
	foreign := other.signText(theirs+"/certificate/ask", key)
	v.signText(at+"/certificate/ask", key)
	if said := v.json(at+"/certificate", map[string]any{"signature": foreign}); v.code == http.StatusOK {
		t.Errorf("an answer to another's question: %v", said)
	}
	if said := prove(key); said["next"] != at {
		t.Fatalf("%v", said)
	}
	v.open(at).shows(http.StatusOK, "Подтверждена", "Учётная запись: Подтверждённая", "до ", "Добавить роль")
	if strings.Contains(v.text(), "Ваш ход") {
		t.Error("something is left to do")
	}
}
