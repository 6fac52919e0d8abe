// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"podpis/stand/egrip"
)

// An operator sees what the register says beside what is stated (ux F24), with the difference marked, goes
// along the queue without going back to it, and gives back with ready words; a silent register is told.
func TestOperatorsDesk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set("egrip.fresh", "10s")
	v := s.visitor()
	person, ip := v.entrepreneur()
	first := v.open("/c/" + ip + "/applications").apply()
	s.Clock.Pass(time.Minute)
	second := v.open("/c/" + person + "/applications").apply()
	v.submitted(second)
	s.Clock.Pass(time.Minute)
	v.open(first)
	v.submitted(first)

	o := s.operator()
	of := func(address string) string {
		return "/op/applications/" + address[strings.LastIndexByte(address, '/')+1:]
	}
	o.open(of(second)).shows(http.StatusOK, "Следующее")
	lacks := func(words ...string) {
		t.Helper()
		for _, w := range words {
			if strings.Contains(o.text(), w) {
				t.Errorf("%s says %q", o.at, w)
			}
		}
	}
	lacks("Предыдущее", "Сверка с ЕГРИП")
	o.open(of(first)).shows(http.StatusOK, "Предыдущее", "Сверка с ЕГРИП", "По данным ЕГРИП на", "ОГРНИП", annaIP, "Активен", "Совпадает")
	lacks("Следующее", "Отличается")

	s.Register.Fail(egrip.Renamed)
	s.Clock.Pass(time.Minute)
	o.open(of(first)).shows(http.StatusOK, "Отличается", "отличается:")
	s.Register.Fail(egrip.Closed)
	s.Clock.Pass(time.Minute)
	o.open(of(first)).shows(http.StatusOK, "Деятельность прекращена")

	o.send(of(first)+"/return", "field", "documents", "phrase", "spread", "words", "").shows(http.StatusOK)
	v.open(first).shows(http.StatusOK, "Нет разворота с пропиской")
	o.open(of(second)).send(of(second)+"/return", "field", "documents", "phrase", "made up", "words", "").refuses(http.StatusUnprocessableEntity, "words", "")
}
