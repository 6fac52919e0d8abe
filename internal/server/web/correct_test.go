// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/stand/egrip"
)

// TestCorrectionRequest: «Мои данные» lead to the compare of ИНН, ОГРНИП and ОКВЭД with the
// register; each row asks for a correction, a ticket of its own subject with what was
// compared, the extract and the person's files, with turn and term.
//
// S001-218: compare and a request with the extract attached.
func TestCorrectionRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	base := "/c/" + ip
	s.Register.Fail(egrip.Mismatch)
	s.Clock.Pass(10 * time.Second)
	v.open(base + "/registry/compare").send(base + "/registry/compare")
	if v.open(base + "/profile"); !strings.Contains(v.body, `href="`+base+`/registry/compare"`) {
		t.Error("no way from «Мои данные»")
	}
	v.open(base + "/registry/compare")
	for _, field := range []string{"inn", "number", "activity"} {
		if !strings.Contains(v.body, `href="`+base+`/registry/correct?field=`+field+`"`) {
			t.Errorf("no request about %s", field)
		}
	}
	correct := base + "/registry/correct"
	v.open(correct+"?field=activity").shows(200, "Исправить сведения", "74.20", "Приложим выписку")
	v.sendFiles(correct, nil, "words", "").refuses(422, "words", "Напишите")
	v.open(correct+"?field=activity").upload(correct, map[string][]byte{"files": picture(3)}, "field", "activity", "words", "Сменили 1 июня")
	v.shows(200, "Исправление сведений", "74.20", "Сменили 1 июня", "files.png", "ЕГРИП "+annaIP, "Ход оператора", "Сообщим")
	v.open(base+"/support").shows(200, "Исправить сведения")
	v.open(correct + "?field=nothing").shows(404)
}

// TestStatusAppeal: the status leads to a request of ours that remembers the number of the appeal, and to a
// text ready for «Обращения граждан».
//
// S001-055: a request to correct the status.
func TestStatusAppeal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	base := "/c/" + ip
	v.open(base+"/").shows(200, "Статус неверный? Запросить исправление")
	correct := base + "/registry/correct"
	v.open(correct+"?field=status").shows(200, "Обращения граждан", "Прошу исправить сведения ЕГРИП о статусе", "впишите верный", annaIP, "Открыть сайт ФНС")
	v.sendFiles(correct, nil, "field", "status", "words", "Деятельность не прекращал", "appeal", "77-1/2026").shows(200, "Обращение в ФНС: 77-1/2026", "Ход оператора")
	err := s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return s.Book.Set(ctx, tx, "test", "document.appeal", "javascript:alert(1)", tx.Now(), time.Time{})
	})
	if p, refused := problem.Of(err); !refused || p.Key != "policy.unusable" {
		t.Errorf("an address that is none is taken: %v", err)
	}
}

// TestExtractAsDocument: an application of an entrepreneur takes an extract of ЕГРИП, and a
// certificate of the tax office instead; the operator sees which it is.
//
// S001-013: extract or certificate.
func TestExtractAsDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	v.open("/c/" + ip + "/applications").send(v.formOf("/applications/new"))
	address := applicationPattern.FindString(v.at)
	v.send(address+"/purposes", "purposes", "documents").send(address+"/data", "region", "16 Республика Татарстан", "locality", "Казань")
	v.open(address+"?step=documents").shows(200, "Выписка из ЕГРИП с ИНН и датой регистрации", "Справка из налоговой вместо выписки", "подойдёт любая")
	v.upload(address+"/files", map[string][]byte{"file_extract": picture(4)})
	v.open(address+"?step=documents").upload(address+"/files", map[string][]byte{"file_tax": picture(5), "file_passport": picture(6)})
	v.open(address+"?step=documents").shows(200, "file_extract.png Выписка из ЕГРИП", "file_tax.png Справка из налоговой")
}
