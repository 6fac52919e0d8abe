// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/service/servicetest"
)

var habitPattern = regexp.MustCompile(`(?s)<tr data-habit="(\w+)">(.*?)</tr>`)

// habits are the lines of the list of good habits, in words.
func (v *visitor) habits(base string) map[string]string {
	v.t.Helper()
	v.open(base + "/security/habits").shows(200)
	lines := map[string]string{}
	for _, m := range habitPattern.FindAllStringSubmatch(v.body, -1) {
		lines[m[1]] = html.UnescapeString(strings.Join(strings.Fields(tagPattern.ReplaceAllString(m[2], " ")), " "))
	}
	return lines
}

// TestGoodHabits: the list shows the day of each habit from what the system knows, or by the
// person's word, and what is due; a month later the word has run out. Copies of keys are
// listed with medium, place, day and conditions and asked about again; with TestHabits,
// TestCopies and TestReminders it is A-09.
//
// S000-20, S001-039, S001-186: the page advises a protected place apart from the computer, asks
// for the conditions, and marks a copy in a cloud or without encryption.
func TestGoodHabits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	lines := v.habits(base)
	for name, want := range map[string]string{
		"password": "22.11.2026, по данным системы в порядке", "second": "в журнале нет пора", "codes": "в журнале нет пора", "backup": "ещё не отмечали пора", "copies": "ещё не отмечали пора",
		"contacts": "ещё не отмечали пора Сделано сегодня", "updates": "ещё не отмечали пора Сделано сегодня",
	} {
		if !strings.Contains(lines[name], want) && (name != "password" || !strings.Contains(lines[name], "по данным системы в порядке")) {
			t.Errorf("%s: %q, want %q", name, lines[name], want)
		}
	}
	v.post(base+"/security/habits/done", "habit", "updates")
	if line := v.habits(base)["updates"]; !strings.Contains(line, "с ваших слов в порядке до") {
		t.Errorf("updates are done: %q", line)
	}
	v.post(base+"/security/habits/done", "habit", "password").shows(422, "отмечать не нужно")

	page := base + "/keys/backups"
	v.open(page).shows(200, "отдельно от компьютера", "закрытом от посторонних", "Не кладите ключ в облако", "Копий в списке нет")
	now := s.DB.Now()
	row := func(medium, place, encrypted string) []string {
		return []string{"which", "С-1042", "medium", medium, "place", place, "conditions", "Ключ от сейфа у меня", "made_d", now.Format("2"), "made_m", now.Format("1"), "made_y", now.Format("2006"), "encrypted", encrypted}
	}
	v.send(page, row("usb", "", "yes")...).refuses(422, "place", "где лежит копия").holds(page, "which", "С-1042").holds(page, "conditions", "Ключ от сейфа у меня")
	v.send(page, row("usb", "Сейф", "yes")...).shows(200, "Сейф", "Флешка", "зашифрована", "Ключ от сейфа у меня", now.Format("02.01.2006"), "подтверждена до")
	v.send(page, row("cloud", "Диск", "yes")...).shows(200, "уберите из облака")
	v.send(page, row("disk", "Полка", "")...).shows(200, "не зашифрована")

	boris := s.visitor()
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	own := "/c/" + boris.pid()
	id := regexp.MustCompile(`/keys/backups/(\w+)/confirm`).FindStringSubmatch(v.body)[1]
	for _, act := range []string{"/confirm", "/end"} {
		if boris.post(own + "/keys/backups/" + id + act); boris.code != 404 {
			t.Errorf("a copy of another: %d", boris.code)
		}
	}
	s.Clock.Pass(4400 * time.Hour)
	v = s.visitor()
	v.signIn()
	v.open(page).shows(200, "проверьте, подтверждали")
	v.send(v.formOf("/confirm")).shows(200, "подтверждена до").send(v.formOf("/end")).shows(200, "нет с")
	if line := v.habits(base)["copies"]; !strings.Contains(line, "пора") {
		t.Errorf("copies that nobody looked at: %q", line)
	}
}

// TestKeysPage: the page that checks the keys of the workplace tells its script what the
// authority knows of the person's certificates; file and password have no name a form would
// send and no address to send to.
func TestKeysPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp()
	address := v.apply()
	v.submitted(address)
	s.operator().approve(address)
	cert := v.open(address + "/issue").certified(address)
	base, _, _ := strings.Cut(address, "/applications")
	v.open(base+"/security").shows(200, "Ключи и носители").open(base+"/keys").shows(200, "Проверить ключи", "podpis key check")
	states := html.UnescapeString(regexp.MustCompile(`data-states="([^"]*)"`).FindStringSubmatch(v.body)[1])
	if states != `{"`+cert.Serial.Hex()+`":{"good":true,"text":"Действует"}}` {
		t.Error(states)
	}
	if form := regexp.MustCompile(`(?s)<form data-form[^>]*>`).FindString(v.body); form == "" || strings.Contains(form, "action") || !strings.Contains(v.body, "keys.js") {
		t.Errorf("the form of keys: %q", form)
	}
}

// TestLaterFollowsItsRule: the button under a reminder says how long it puts it off, in the forms of each
// language, as rule inbox.later has it; a reminder that was put off once shows no such button again.
func TestLaterFollowsItsRule(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	a, _, err := s.holderBy("990000001704")
	must(t, err)
	remind := func() (letter string) {
		s.Write(func(ctx context.Context, tx *db.Tx) error {
			return s.Teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, Mail: a.Mail}, notify.Event{Kind: "habit.due", Class: notify.Reminder, Action: true, Values: map[string]any{"Count": 3}, URL: base + "/security/habits", Dedup: tx.NewID()})
		})
		s.Clock.Pass(time.Second)
		v.open(base + "/inbox?show=action")
		return regexp.MustCompile(`href="(` + base + `/inbox/[^"]+)"`).FindStringSubmatch(v.body)[1]
	}
	letter := remind()
	for _, one := range [][3]string{
		{"168h", "ru", "Напомнить через неделю"}, {"336h", "ru", "Напомнить через 2 недели"}, {"72h", "ru", "Напомнить через 3 дня"}, {"504h", "en", "Remind me in 3 weeks"},
		{"24h", "kk", "24 сағаттан кейін еске салу"}, {"1m", "ru", "Напомнить через 1 минуту"}, {"1m", "en", "Remind me in 1 minute"}, {"120h", "kk", "5 күннен кейін еске салу"},
		{"90s", "en", "Remind me in 90 seconds"}, {"5h", "ru", "Напомнить через 5 часов"},
	} {
		s.Set("inbox.later", one[0])
		v.post("/view", "language", one[1])
		v.open(letter).shows(200, one[2])
	}
	v.post("/view", "language", "ru")
	v.open(letter).send(letter + "/later")
	if letter = remind(); v.open(letter).code != 200 || strings.Contains(v.body, "/later") {
		t.Errorf("put off twice: %s", v.text())
	}
}
