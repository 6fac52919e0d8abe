// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"archive/zip"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTakeoutPages: a plan of archives is made under the second step, gathers and is listed with its state and size; the archive is downloaded
// with the second step only and by nobody else; it is paused, taken up and ended; a failed run says why and whose turn it is.
func TestTakeoutPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	at := base + "/security/takeout"
	v.open(base+"/security/privacy").shows(200, "Архивы по расписанию")
	v.open(at).shows(200, "Архивов ещё нет", "Назначить")
	monday := []string{"every", "week", "day", "1", "part_documents", "yes", "part_personal", "yes", "part_journal", "", "part_receipts", "", "content", "new"}
	v.send(at, monday...)
	if !strings.HasPrefix(v.at, "/login/second") || s.Count("takeout_plan", "1 = 1") != 0 {
		t.Fatalf("a plan is made without the second step: %s", v.at)
	}
	v.stepUp().open(at).send(at, "every", "week", "day", "9", "part_documents", "yes").refuses(422, "day", "Укажите день от 1 до 7").holds(at, "day", "9")
	v.open(at).send(at, "every", "month", "day", "1", "part_documents", "", "part_personal", "", "part_journal", "", "part_receipts", "").refuses(422, "part_personal", "Отметьте, что собирать")
	v.open(at).send(at, monday...).shows(200, "Каждую неделю: понедельник", "Следующий архив", "Изменить план")
	s.Deliver()
	if last := s.SMS.To(phone); !strings.Contains(last[len(last)-1].Body, "план архивов изменён") {
		t.Errorf("%+v", last[len(last)-1])
	}
	v.send(at+"/now").shows(200, "Собирается", "Ход системы")
	v.post(at+"/now").shows(http.StatusTooManyRequests, "собран недавно")
	s.Deliver()
	v.open(at).shows(200, "Готов", "Хранится до", "файл")
	archive := regexp.MustCompile(`href="([^"]+/archive\.zip)"`).FindStringSubmatch(v.body)
	if archive == nil {
		t.Fatal(v.text())
	}
	v.open(archive[1])
	z, err := zip.NewReader(strings.NewReader(v.body), int64(len(v.body)))
	must(t, err)
	if v.head.Get("Cache-Control") != "no-store" || !strings.Contains(v.head.Get("Content-Disposition"), "attachment") || len(z.File) < 3 {
		t.Errorf("%v, %d files", v.head, len(z.File))
	}
	s.Clock.Pass(20 * time.Minute)
	if v.open(archive[1]); strings.HasPrefix(v.body, "PK") {
		t.Error("the archive is downloaded long after the second step")
	}
	boris := s.visitor()
	boris.stranger()
	boris.open(archive[1]).shows(404)
	boris.post(at + "/end").shows(404)

	v = s.visitor()
	v.signIn().open(at)
	v.open(at).send(at+"/pause").shows(200, "Приостановлено", "Возобновить")
	v.send(at + "/resume")
	if strings.HasPrefix(v.at, "/login/second") {
		v.stepUp().open(at).send(at + "/resume")
	}
	v.shows(200, "Следующий архив")
	s.Set("takeout.tries", "1")
	s.Unsigned = errors.New("no stamps")
	s.Clock.Pass(50 * time.Minute)
	v = s.visitor()
	v.signIn().open(at).send(at + "/now")
	if strings.HasPrefix(v.at, "/login/second") {
		s.Clock.Pass(time.Minute)
		v.stepUp().open(at).send(at + "/now")
	}
	_, _ = s.Runner.Drain(t.Context())
	v.open(at).shows(200, "Не получилось", "Не удалось подписать", "Ваш ход: нажмите «Собрать сейчас»")
	v.send(at+"/end").shows(200, "Назначить")
	if s.Count("takeout_plan", "1 = 1") != 0 {
		t.Error("the plan is there after its end")
	}
}
