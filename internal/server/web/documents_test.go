// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/stand/egrip"
)

var documentPath = regexp.MustCompile(`href="(/c/[0-9a-z]{26}/documents/[0-9a-z]{26})"`)

// TestMyDocuments: files, certificates and what was sent with applications stand in one list,
// which is searched; a file is shown in a sandbox or taken along, deleted and taken back; the
// copy of the data has it, and what was typed and not sent.
//
// S002-036: «Мои документы».
func TestMyDocuments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	documents := base + "/documents"
	v.open(documents).shows(200, "Мои документы", "Документов нет")
	v.open(base + "/applications")
	address := v.apply()
	v.submitted(address)
	s.operator().approve(address)
	v.certified(address)
	v.open(documents).sendFiles(documents, nil).refuses(422, "files", "Выберите файл")
	v.upload(documents, map[string][]byte{"files": []byte("<html>")}).refuses(422, "files", "не подойдёт")
	v.upload(documents, map[string][]byte{"files": picture(7)}).shows(200, "files.png", "добавлен вами", "Сертификат С-1001", "К заявлению")
	own := documentPath.FindStringSubmatch(v.body)
	if own == nil {
		t.Fatalf("no document: %s", v.text())
	}
	if v.open(own[1]); v.code != 200 || v.head.Get("Content-Type") != "image/png" || !strings.Contains(v.head.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("shown: %d %v", v.code, v.head)
	}
	if v.open(own[1] + "?as=file"); !strings.Contains(v.head.Get("Content-Disposition"), "attachment") || !bytes.Equal([]byte(v.body), picture(7)) {
		t.Errorf("taken along: %v", v.head)
	}
	v.open(documents+"?q=сертификат").shows(200, "Сертификат С-1001")
	if strings.Contains(v.text(), "files.png") {
		t.Error("the search finds everything")
	}
	v.open(documents+"?q=%D0%BD%D0%B5%D1%82%D1%82%D0%B0%D0%BA%D0%BE%D0%B3%D0%BE").shows(200, "Показать все")
	v.open(documents).send(own[1]+"/delete").shows(200, "Удалённые: 1", "можно вернуть до").send(own[1]+"/restore").shows(200, "files.png")
	if strings.Contains(v.text(), "Удалённые") {
		t.Error("it was not taken back")
	}

	v.open(base + "/support/new")
	v.types(v.ticket(), base+"/support", "words", "Набрано и не отправлено")
	v.open(base + "/security/privacy/data.zip").stepUp()
	archive, err := zip.NewReader(strings.NewReader(v.body), int64(len(v.body)))
	must(t, err)
	found := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		found[f.Name[strings.LastIndex(f.Name, "/")+1:]] = string(content)
	}
	if found["files.png"] != string(picture(7)) || !strings.Contains(found["data.json"], "Набрано и не отправлено") {
		t.Errorf("the copy has %d files", len(found))
	}
}

// TestExtracts: an extract is asked of the register and kept as a PDF with the day of its
// data and its hash; a silent register is told.
func TestExtracts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	_, ip := v.entrepreneur()
	base := "/c/" + ip
	v.open(base+"/services").shows(200, "Выписки", "Реквизиты", "Мои документы", "Сертификат")
	v.open(base+"/registry/extracts").shows(200, "Выписок нет", "Подписи ФНС на ней нет")
	v.send(base+"/registry/extracts").shows(200, "ЕГРИП "+annaIP, "Хеш")
	own := documentPath.FindStringSubmatch(v.body)
	if own == nil {
		t.Fatalf("no extract: %s", v.text())
	}
	if v.open(own[1]); v.head.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(v.body, "%PDF-") {
		t.Errorf("%d %s", v.code, v.head.Get("Content-Type"))
	}
	v.open(base+"/documents").shows(200, "Выписка", "реестр, сведения на")
	v.open(base+"/registry").shows(200, "Выписки", "Дата регистрации")
	s.Set("document.extracts", "1")
	v.open(base+"/registry/extracts").send(base+"/registry/extracts").shows(http.StatusTooManyRequests, "Следующую можно завтра")
	s.Set("document.extracts", "20")
	s.Register.Fail(egrip.Broken)
	s.Clock.Pass(10 * 60 * 1e9)
	s.Set("egrip.fresh", "1m")
	v.open(base+"/registry/extracts").send(base+"/registry/extracts").shows(http.StatusServiceUnavailable, "Реестр сейчас не отвечает", "REG-601")
}

// TestRequisitesPage: what the register knows is shown with its date and not asked for; the
// rest is typed, checked and kept; a person has no such page.
//
// S004-078: requisites.
func TestRequisitesPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	person, ip := v.entrepreneur()
	at := "/c/" + ip + "/requisites"
	v.open(at).shows(200, "ЕГРИП, сведения на", "990000001704", "Эти сведения меняются только в реестре")
	v.send(at, "bik", "044525225", "account", "40802810100000000002").refuses(422, "account", "Счёт не сходится с БИК").holds(at, "account", "40802810100000000002")
	v.send(at, "bik", "044525225", "account", "40802810100000000001", "bank", "Банк").shows(200, "Реквизиты сохранены")
	v.open(at).holds(at, "account", "40802810100000000001").holds(at, "bank", "Банк")
	v.open("/c/"+ip+"/settings").shows(200, "Реквизиты")
	v.open("/c/" + person + "/requisites").shows(404)
}

// TestSettingsPage: every parameter stands on one page with what it is now, and leads to
// where it is changed.
//
// S002-037: «Настройки».
func TestSettingsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	v.open(base+"/settings").shows(200, "Настройки", "+7 ··· ··-01", "Эл. почта a···@example.org, не подтверждена", "Пароль от", "Второй шаг входа способов: 0", "Тихие часы не заданы", "Язык и вид")
	for _, to := range []string{"/profile/contacts#phone", "/security/password", "/security/second", "/security/sessions", "/profile/notices", "/security/privacy"} {
		if !strings.Contains(v.body, `href="`+base+to+`"`) {
			t.Errorf("no way to %s", to)
		}
	}
	if !strings.Contains(v.text(), "Настройки Выйти") && !strings.Contains(v.body, `href="`+base+`/settings"`) {
		t.Error("the menu does not lead here")
	}
}

// TestRegisterOfKazakhstan: of an organisation of Kazakhstan the pages say that no register of it is
// connected, and what the certificate of the head stated.
func TestRegisterOfKazakhstan(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, base := s.atHome()
	s.Write(func(ctx context.Context, tx *db.Tx) error {
		a, _, err := s.Accounts.HolderByINN(ctx, tx, "990000001704")
		if err != nil {
			return err
		}
		_, err = s.Persons.EnsureProfile(ctx, tx, kazakh(a))
		return err
	})
	v.open("/roles")
	m := regexp.MustCompile(`name="role" value="([0-9a-z]{26})"[^>]*>\s*<span>\s*<b>АО ТЕСТ`).FindStringSubmatch(v.body)
	at := base
	if m != nil {
		at = "/c/" + m[1]
	} else {
		for _, id := range regexp.MustCompile(`name="role" value="([0-9a-z]{26})"`).FindAllStringSubmatch(v.body, -1) {
			if "/c/"+id[1] != base {
				at = "/c/" + id[1]
			}
		}
	}
	for _, path := range []string{"/registry", "/registry/compare", "/registry/extracts"} {
		v.open(at+path).shows(200, "Реестр Казахстана не подключён", "указано в сертификате её руководителя")
		if strings.Contains(v.text(), "Сверить сейчас") || strings.Contains(v.text(), "Запросить выписку") {
			t.Errorf("%s offers what cannot be", path)
		}
	}
	v.open(at+"/registry").shows(200, "АО ТЕСТ", "120140000126")
	v.open(at+"/requisites").shows(200, "Адрес регистрации")
}

func kazakh(a auth.Account) identity.Profile {
	return identity.Profile{PersonID: a.PersonID, Kind: identity.Organisation, RegisterNumber: "120140000126", Title: "АО ТЕСТ", Company: identity.Company{Name: "АО ТЕСТ", BIN: "120140000126", Position: "директор"}}
}
