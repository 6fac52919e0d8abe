// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
	"podpis/pki/x509"
)

// shows what a certificate of Anna states.
func annaSubject(pairs ...string) map[string]string {
	subject := maps.Clone(servicetest.PersonSubject("990000001704", "99000000153"))
	for i := 0; i < len(pairs); i += 2 {
		subject[pairs[i]] = pairs[i+1]
	}
	return subject
}

// home opens the first page of the cabinet of who is signed in.
func (v *visitor) home() *visitor {
	v.t.Helper()
	v.open("/welcome")
	return v.open(regexp.MustCompile(`/c/[0-9a-z]{26}/`).FindString(v.body))
}

// signText lets a key sign what an address asks, as the script of the page does.
func (v *visitor) signText(ask string, k *servicetest.Keyholder) []byte {
	v.t.Helper()
	said := v.json(ask, struct{}{})
	text, _ := said["text"].(string)
	if !strings.Contains(text, "origin: "+servicetest.PublicURL+"\n") {
		v.t.Fatalf("%s asks to sign %v", ask, said)
	}
	return k.Sign(text)
}

// showKey shows a certificate at the beginning of a sign-up.
func (v *visitor) showKey(country, kind string, k *servicetest.Keyholder) map[string]any {
	v.t.Helper()
	v.open("/signup").shows(http.StatusOK, "С электронной подписью", "Регистрация с подписью")
	v.open("/signup/certificate").shows(http.StatusOK, "Страна", "Физическое лицо", "Индивидуальный предприниматель", "Организация")
	address := "/signup/certificate?country=" + country + "&kind=" + kind
	v.open(address).shows(http.StatusOK, "Выбрать сертификат")
	return v.json(address, map[string]any{"signature": v.signText("/signup/certificate/ask", k)})
}

// S002-040, S002-043, S002-046, S003-04: the certificate is picked, names and numbers come
// from it and are not typed; phone, mail, password and agreements as everywhere. S001-008:
// the letter says how to sign in the first time.
func TestJoinsWithCertificate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	said := v.showKey("RU", "person", s.Issue("person", annaSubject()))
	if said["next"] != "/signup" {
		t.Fatalf("%v", said)
	}
	v.open("/signup").shows(http.StatusOK, "шаг 2 из 5", "Соколова Анна Ивановна — из сертификата", "990000001704 — из сертификата", "990-000-001 53 — из сертификата")
	if strings.Contains(v.body, `name="country"`) || strings.Contains(v.body, "Пробный банк") {
		t.Error("what the certificate states is asked for")
	}
	v.send("/signup/phone", "phone", "12").refuses(http.StatusUnprocessableEntity, "phone", "10 цифр").shows(http.StatusUnprocessableEntity, "из сертификата")
	v.open("/signup").send("/signup/phone", "phone", "8 999 000-00-01")
	v.shows(http.StatusOK, "шаг 3 из 5").send("/signup/code", "code", s.Code(phone))
	v.shows(http.StatusOK, "шаг 4 из 5").send("/signup/mail", "mail", mail, "password", "Корот1!").shows(http.StatusUnprocessableEntity, "8")
	v.send("/signup/mail", "mail", mail, "password", pass)
	v.shows(http.StatusOK, "шаг 5 из 5", "Проверьте данные", "из сертификата")
	v.post("/signup/name", "surname", "Ким", "given_name", "Борис", "birth_date_d", "1", "birth_date_m", "1", "birth_date_y", "1990")
	v.open("/signup").shows(http.StatusOK, "Соколова Анна Ивановна").send("/signup/finish").refuses(http.StatusUnprocessableEntity, "", "принимаете соглашение")
	v.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes").shows(http.StatusOK, "Кабинет создан")
	s.Deliver()
	letter := s.Mail.To(mail)[0]
	for _, words := range []string{"Ваш кабинет создан", "Как войти в первый раз", servicetest.PublicURL + "/login", "/confirm/"} {
		if !strings.Contains(letter.Body, words) {
			t.Errorf("the letter does not say %q: %s", words, letter.Body)
		}
	}
	v.home().shows(http.StatusOK, "Главная")
	v.open("/c/"+v.pid()+"/profile").shows(http.StatusOK, "Подтверждённая")
	// A certificate has no passport: an application asks for it.
	v.open("/c/" + v.pid() + "/")
	v.send(v.formOf("/applications/new"))
	application := applicationPattern.FindString(v.at)
	v.send(application+"/purposes", "purposes", "documents").send(application+"/holder", "kind", "person")
	v.send(application+"/data", "region", "16 Республика Татарстан", "locality", "Казань").refuses(http.StatusUnprocessableEntity, "passport_number", "")

	// The same certificate leads to the sign-in.
	said = s.visitor().showKey("RU", "person", s.Issue("person", annaSubject()))
	if said["title"] != "С этим сертификатом уже есть кабинет." || said["next"] == "" {
		t.Errorf("%v", said)
	}
}

// Attacks and mistakes at the beginning with a certificate: each is refused with its reason
// and its next step, and nothing is begun.
func TestJoinIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	good := s.Issue("person", annaSubject())
	revoked := s.Issue("person", annaSubject())
	must(t, s.Authority.Revoke(t.Context(), "test", revoked.Cert.Serial.Hex(), x509.ReasonKeyCompromise))
	must(t, s.Authority.PublishLists(t.Context()))
	stranger := servicetest.NewDesk(t).Issue("person", annaSubject())
	for words, k := range map[string]*servicetest.Keyholder{"отозван": revoked, "Издатель": stranger} {
		if said := s.visitor().showKey("RU", "person", k); !strings.Contains(said["title"].(string), words) || said["next"] == nil {
			t.Errorf("%s: %v", words, said)
		}
	}
	if said := s.visitor().showKey("KZ", "person", good); said["title"] != "Это российский сертификат, а выбран Казахстан." {
		t.Errorf("%v", said)
	}
	// Another's challenge, and one that was used.
	v, other := s.visitor(), s.visitor()
	const address = "/signup/certificate?country=RU&kind=person"
	foreign := other.signText("/signup/certificate/ask", good)
	v.signText("/signup/certificate/ask", good)
	if said := v.json(address, map[string]any{"signature": foreign}); v.code == http.StatusOK {
		t.Errorf("a signature over another's challenge: %v", said)
	}
	if said := other.json(address, map[string]any{"signature": foreign}); other.code != http.StatusOK {
		t.Fatalf("%v", said)
	}
	if said := other.json(address, map[string]any{"signature": foreign}); other.code == http.StatusOK {
		t.Errorf("replayed: %v", said)
	}
	old := s.Issue("person", annaSubject())
	s.Clock.Pass(800 * 24 * time.Hour)
	must(t, s.Authority.PublishLists(t.Context()))
	late := s.visitor()
	text := late.json("/signup/certificate/ask", struct{}{})["text"].(string)
	said := late.json(address, map[string]any{"signature": old.SignAt(text, old.Cert.NotAfter.Add(-time.Hour))})
	if late.code == http.StatusOK || said["next"] == nil || said["title"] == nil {
		t.Errorf("expired: %v", said)
	}
}

// the country comes first; of Kazakhstan the form has ИИН and neither СНИЛС nor a
// passport, and «Мои данные» shows ИИН.
func TestJoinsFromKazakhstan(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	key := s.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,G=ТЕСТОВИЧ,SERIALNUMBER=IIN900101300007,C=KZ")
	if said := v.showKey("KZ", "person", key); said["next"] != "/signup" {
		t.Fatalf("%v", said)
	}
	v.open("/signup").shows(http.StatusOK, "ИИН", "900101300007 — из сертификата", "Тестов Тест Тестович")
	v.send("/signup/phone", "phone", "+7 701 000-00-01")
	v.send("/signup/code", "code", s.Code("+77010000001")).send("/signup/mail", "mail", mail, "password", pass)
	for _, words := range []string{"<dt>СНИЛС", "<dt>Паспорт", `name="snils"`, `name="passport_number"`} {
		if strings.Contains(v.body, words) {
			t.Errorf("%s stands on the form", words)
		}
	}
	v.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes").shows(http.StatusOK, "Кабинет создан")
	v.home()
	v.open("/c/"+v.pid()+"/profile").shows(http.StatusOK, "ИИН", "Казахстан", "Стандартная")
	if strings.Contains(v.text(), "СНИЛС") || strings.Contains(v.text(), "Паспорт") {
		t.Errorf("documents of Russia are shown: %s", v.text())
	}
}

// S002-042, S002-055, A-04: an organisation registers by its ОГРН and mail; its head signs
// the agreement with a qualified certificate, which is kept with its version and hash and can
// be taken; the link of the letter activates the role, once.
func TestOrganisationSigns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set(egrip.PolicyLevel, string(identity.Standard))
	v := s.visitor()
	company := annaSubject("CN", `ООО "ЗАРЯ"`, "O", `ООО "ЗАРЯ"`, "T", "Директор", "STREET", "ул. 1", "OGRN", "1999900000120", "INNLE", "9900000120")
	key := s.Issue("org", company)
	if said := v.showKey("RU", "org", key); said["next"] != "/signup" {
		t.Fatalf("%v", said)
	}
	v.open("/signup").shows(http.StatusOK, "ОГРН", "1999900000120 — из сертификата", "Название организации")
	v.send("/signup/phone", "phone", phone).send("/signup/code", "code", s.Code(phone)).send("/signup/mail", "mail", "zarya@example.org", "password", pass)
	v.send("/signup/finish", "accept_terms", "yes", "accept_data", "yes")
	v.shows(http.StatusOK, "Соглашение о предоставлении доступа к Личному кабинету", "Ваш ход: подпишите соглашение", `ООО "ЗАРЯ" (регистрационный номер 1999900000120)`, "Соколова Анна Ивановна", "Версия 1")
	at := v.at
	if strings.Contains(v.body, "agreement.txt.sig") {
		t.Error("a signature before there is one")
	}
	v.open(at + "/agreement.txt.sig").shows(http.StatusNotFound)
	plain := s.IssueAbroad("CN=Соколова Анна,SN=Соколова,G=Анна Ивановна,INN=990000001704,SNILS=99000000153,OGRN=1999900000120,C=RU")
	boris := s.Issue("person", annaSubject("CN", "Ким Борис", "SN", "Ким", "G", "Борис", "INN", "990100001169", "SNILS", "11223344595"))
	other := s.Issue("org", annaSubject("CN", "ООО Пример", "O", "ООО Пример", "T", "Директор", "STREET", "ул. 1", "OGRN", "1239900000010", "INNLE", "9901000010"))
	for words, k := range map[string]*servicetest.Keyholder{"неквалифицированный": plain, "другого человека": boris, "другой организации": other} {
		v.open(at)
		if said := v.json(at, map[string]any{"signature": v.signText(at+"/ask", k)}); !strings.Contains(said["title"].(string), words) || said["next"] == nil {
			t.Errorf("%s: %v", words, said)
		}
	}
	// Whose agreement it is not neither sees nor signs it.
	stranger := s.visitor()
	stranger.stranger()
	stranger.home()
	theirs := strings.Replace(at, v.pid(), stranger.pid(), 1)
	for _, address := range []string{at, theirs, theirs + "/agreement.txt"} {
		stranger.open(address).shows(http.StatusNotFound)
	}
	stranger.json(theirs, map[string]any{"signature": []byte{1}})
	if stranger.code != http.StatusNotFound {
		t.Errorf("signing another's agreement: %d", stranger.code)
	}
	v.open(at)
	signature := v.signText(at+"/ask", key)
	if said := v.json(at, map[string]any{"signature": signature}); said["next"] != at {
		t.Fatalf("%v", said)
	}
	if said := v.json(at, map[string]any{"signature": signature}); said["next"] != at { // pressed twice
		t.Fatalf("%v", said)
	}
	v.open(at).shows(http.StatusOK, "Подписано", "Ваш ход: откройте ссылку")
	text := []byte(v.open(at + "/agreement.txt").body)
	if got := []byte(v.open(at + "/agreement.txt.sig").body); !bytes.Equal(got, signature) || v.head.Get("Content-Disposition") == "" {
		t.Errorf("another signature is given: %d octets", len(got))
	}
	if !bytes.Contains(text, []byte("podpis agreement v1\norigin: "+servicetest.PublicURL+"\nrequest: ")) {
		t.Errorf("%s", text)
	}
	if n := len(s.Entries("egrip.agreement.sign")); n != 1 {
		t.Errorf("%d lines of the audit", n)
	}
	link := "/roles/confirm/" + s.RoleLink("zarya@example.org")
	v.open(link).send(link).shows(http.StatusOK, "ОГРН 1999900000120")
	v.open(link).send(link).shows(http.StatusNotFound, "Ссылка устарела")
	v.open(at).shows(http.StatusOK, "Открыта", "Скачать подпись")
}

// A signature made by another program is taken as a file.
func TestAgreementSignedElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.signUp()
	v.home()
	action := "/c/" + v.pid() + "/roles/new"
	v.open(action).send(action, "kind", "org", "number", "1999900000120", "mail", "zarya@example.org").shows(http.StatusOK, "Ваш ход: подпишите соглашение")
	at := v.at
	v.open(action).send(action, "kind", "org", "number", "1999900000120", "mail", "zarya@example.org")
	if v.at != at {
		t.Errorf("a form sent twice asks twice: %s, %s", at, v.at)
	}
	text := v.open(at + "/agreement.txt").body
	key := s.Issue("person", annaSubject())
	v.open(at).sendFiles(at+"/upload", map[string][]byte{"agreement.sig": []byte("no signature")}).shows(http.StatusUnprocessableEntity, "Не получилось продолжить")
	v.sendFiles(at+"/upload", map[string][]byte{}).shows(http.StatusUnprocessableEntity, "Выберите один файл подписи")
	v.sendFiles(at+"/upload", map[string][]byte{"agreement.sig": key.Sign(text)}).shows(http.StatusOK, "Подписано")
	if !regexp.MustCompile(`/agreement$`).MatchString(v.at) {
		t.Error(v.at)
	}
}
