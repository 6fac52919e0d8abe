// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

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

// S001-011, S001-012, S001-015: documents are attached to an application, measured at once,
// compared by an operator with the numbers of the cabinet within 24 hours. Each state says
// whose turn it is; a refusal names the field and a code of the catalogue, and only what is
// marked is sent again. S001-014: what an operator approved makes the account a confirmed one.
// The first page has it as a task till then, with whose turn it is, and a certificate can be begun beside it.
func TestIdentityByDocuments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp().open("/signup").shows(http.StatusOK, "Что нужно сделать") // «back» leads to what was made, not to a new sign-up
	v.home()
	home := "/c/" + v.pid() + "/"
	at := home + "identity"
	v.open(home).shows(http.StatusOK, "Подтвердите личность: действующей подписью, документами к заявлению или другим способом. Подтвердить личность", "Получить сертификат")
	v.open(at).shows(http.StatusOK, "развороты 1–2 паспорта: JPG, PNG или PDF до 10 МБ").open("/c/" + v.pid() + "/applications").shows(http.StatusOK)
	address := v.apply()
	dark := gray(func(i int) byte { return byte(i % 40) })
	v.open(address+"?step=documents").upload(address+"/files", map[string][]byte{"file_passport": dark})
	v.shows(http.StatusUnprocessableEntity, "Не читается file_passport.png: темно", "ID-210")
	v.open("/help/errors/ID-210").shows(http.StatusOK, "Снимок документа не читается", "без вспышки")
	v.open(address)
	v.submitted(address)
	v.open(at).shows(http.StatusOK, "Проверяется", "Ход оператора", "не дольше 24 часов", "Сообщим по СМС")
	v.open(home).shows(http.StatusOK, "Личность проверяется. Ход оператора: ответит до", "Сообщим по СМС")

	o := s.operator()
	id := address[strings.LastIndex(address, "/")+1:]
	o.open("/op/applications/"+id).send("/op/applications/"+id+"/return", "field", "documents", "words", "Нужен разворот с пропиской")
	v.open(at).shows(http.StatusOK, "Отказано", "Ваш ход: исправьте отмеченное", "Нужен разворот с пропиской", "ID-211", "Исправить и отправить снова", "Остальное сохранено")
	if v.open(home).shows(http.StatusOK, "нужны исправления"); strings.Contains(v.text(), "Подтвердите личность") {
		t.Error("one thing stands twice among the tasks")
	}
	v.open("/help/errors/ID-211").shows(http.StatusOK, "Замените файл")
	v.open(address).shows(http.StatusOK, "Нужен разворот с пропиской", "ID-211")
	v.open(address+"?step=documents").upload(address+"/files", map[string][]byte{"file_passport": picture(2)})
	s.Clock.Pass(2 * time.Minute)
	v.open(address)
	v.submitted(address)
	o.approve(address)
	v.open(at).shows(http.StatusOK, "Подтверждена", "Учётная запись: Подтверждённая")
	if v.open(home).shows(http.StatusOK, "одобрено"); strings.Contains(v.text(), "одтвердить личность") || strings.Contains(v.text(), "Личность проверяется") {
		t.Error("the task stays when the identity is confirmed")
	}
}

// gray is a picture of a size that is enough.
func gray(of func(i int) byte) []byte {
	img := image.NewGray(image.Rect(0, 0, 420, 420))
	for i := range img.Pix {
		img.Pix[i] = of(i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // an image in memory always encodes
	}
	return b.Bytes()
}
