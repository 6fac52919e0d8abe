// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/service/servicetest"
)

// invite lets somebody in by the form and returns the link of the letter.
func (v *visitor) invite(base, mail string, rights ...string) string {
	v.t.Helper()
	form := []string{"name", "Ким Борис", "mail", mail, "duty", "accountant"}
	for _, r := range rights {
		form = append(form, "rights", r)
	}
	v.reach(base+"/people/members/new").send(base+"/people/members/new", form...).shows(200, "Ким Борис", "Ход сотрудника: примет приглашение по ссылке из письма до", "сообщим письмом")
	v.site.Deliver()
	letters := v.site.Mail.To(mail)
	return regexp.MustCompile(`/people/join/[A-Za-z0-9_-]+`).FindString(letters[len(letters)-1].Body)
}

// reach opens a page, through the second step when it is asked for.
func (v *visitor) reach(address string) *visitor {
	v.t.Helper()
	if v.open(address); strings.HasPrefix(v.at, "/login/second") {
		v.site.Clock.Pass(time.Minute) // a code may be asked for again
		v.stepUp()
	}
	return v
}

// power makes a power by the form and returns its address.
func (v *visitor) power(base string) string {
	v.t.Helper()
	v.reach(base+"/people/powers/new").send(base+"/people/powers/new", "surname", "Ким", "given_name", "Борис", "inn", "990100001169", "snils", "112-233-445 95",
		"until_d", "31", "until_m", "1", "until_y", fmt.Sprint(v.site.Clock.Now().Year()+1), "powers", "SAMPLE_TAX_REPORT").shows(200, "Ждёт вашей подписи", "Ким Борис", "Сдавать налоговую отчётность")
	return v.at
}

// TestPeople: somebody is let in, does what they may and is told why not what they may not, until the access
// is ended; a power of attorney is made, handed out and not taken without its principal's signature.
func TestPeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	anna := s.visitor()
	_, ip := anna.entrepreneur()
	base := "/c/" + ip
	anna.open(base+"/people").shows(200, "Пока работаете только вы", "Доверенностей нет")
	anna.reach(base+"/people/members/new").send(base+"/people/members/new", "name", "", "mail", "нет").refuses(422, "mail", "")
	anna.send(base+"/people/members/new", "name", "Ким", "mail", "b@example.org", "until_d", "31", "until_m", "2", "until_y", "2030").refuses(422, "until", "Такого дня нет")
	link := anna.invite(base, "boris@example.org", "view", "register")

	nobody := s.visitor()
	nobody.open(link).shows(200, "ИП Соколова", "Сверять сведения с реестром", "Сначала войдите")
	if strings.Contains(s.log.String(), strings.TrimPrefix(link, "/people/join/")) {
		t.Error("the token of an invitation stands in the log")
	}
	s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris := s.visitor()
	boris.open("/login?return="+link).send("/login", "login", "boris@example.org", "password", pass)
	boris.open(link).shows(200, "Доступ без срока", "Не хотите — ничего не делайте", "Принять приглашение").send(link).shows(200, "Главная")
	own := strings.TrimSuffix(boris.at, "/")
	boris.open(own+"/").shows(200, "Ким Б. ИП Соколова А. И.", "Сейчас закрыто", "У вас нет права получать сертификаты")
	// The register has the employer's name and number: they are compared with the employer's, not with who works for them.
	boris.open(own + "/registry").shows(200)
	boris.open(own+"/registry/compare").shows(200, "Расхождений нет", "990000001704")
	if strings.Contains(boris.text(), "Взять из реестра") || strings.Contains(boris.text(), "17.05.1990") {
		t.Error("an employee takes data of the register, or sees the employer's birth date")
	}
	boris.open(own+"/sign").shows(http.StatusForbidden, "У вас нет права подписывать документы")
	boris.open(own+"/people").shows(http.StatusForbidden, "управляет руководитель")
	boris.open(base + "/people").shows(http.StatusNotFound)
	boris.open(link).shows(http.StatusNotFound, "Приглашение принято, отозвано или устарело")

	anna.open(base+"/people").shows(200, "Работает")
	m := regexp.MustCompile(base + `/people/members/[0-9a-z]+`).FindString(strings.ReplaceAll(anna.body, base+"/people/members/new", ""))
	anna.open(m).send(m, "rights", "sign").shows(200)
	boris.open(own + "/sign").shows(200)
	boris.open(own+"/registry").shows(http.StatusForbidden, "У вас нет права сверять")
	s.Clock.Pass(11 * time.Minute)
	anna.post(m, "rights", "sign", "rights", "manage").shows(200, "Подтвердите, что это вы")
	anna.stepUp().reach(base+"/people/members/new").shows(200, "Пригласить сотрудника")
	anna.open(m)
	if strings.Contains(anna.body, `value="manage" checked`) {
		t.Error("rights were given without the step")
	}
	anna.open(m).send(m+"/dismiss").shows(200, "Доступ закрыт")
	boris.open(own+"/sign").shows(http.StatusForbidden, "Доступ закрыт", "Попросите руководителя")

	// An invitation ends with the right of who sent it, and its link says so.
	link = anna.invite(base, "vera@example.org", "view")
	nobody.open(link).shows(200, "Сначала войдите")
	s.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE member SET state = 'declined', closed_why = 'sender' WHERE state = 'invited'") // as package people does it
		return err
	})
	nobody.open(link).shows(http.StatusNotFound, "тот, кто его отправил, больше не может приглашать")

	anna.reach(base+"/people/powers/new").send(base+"/people/powers/new", "surname", "Ким").refuses(422, "inn", "")
	anna.holds(base+"/people/powers/new", "surname", "Ким")
	power := anna.power(base)
	anna.open(power + "/power.xml").shows(200)
	if !strings.Contains(anna.body, "EMCHD_1") || !strings.Contains(anna.head.Get("Content-Disposition"), "ON_EMCHD_") {
		t.Errorf("the file of the power: %v %s", anna.head, anna.body)
	}
	guid := regexp.MustCompile(`/powers/[0-9a-f-]{36}`).FindString(anna.body)
	nobody.open(guid).shows(http.StatusNotFound, "доверенност")                  // the file names this address; a draft is not told of
	must(t, s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { // signing is shown in package people
		_, err := tx.ExecContext(ctx, "UPDATE power SET state = 'given'")
		return err
	}))
	nobody.open(guid).shows(200, "Действует", strings.TrimPrefix(guid, "/powers/"), "31.01.")
	if strings.Contains(nobody.body, "Ким") || strings.Contains(nobody.body, "Соколова") {
		t.Errorf("the state of a power tells whose it is: %s", nobody.body)
	}
	must(t, s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE power SET state = 'draft'")
		return err
	}))
	anna.open(power).upload(power+"/sign", map[string][]byte{"signature": []byte("не подпись")}).refuses(422, "signature", "Подписал не доверитель")
	boris.open(power).shows(http.StatusNotFound)
	anna.reach(base+"/people/powers/import").upload(base+"/people/powers/import", map[string][]byte{"file": []byte("<a/>"), "signature": {1}}).refuses(422, "file", "Это не доверенность формата EMCHD_1")
}
