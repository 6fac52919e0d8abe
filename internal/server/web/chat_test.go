// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/keys"
	"podpis/internal/service/servicetest"
)

var chatPattern = regexp.MustCompile(`/op/chats/[0-9a-z]{10,}`)

// A guest asks from a page of help without saying who they are, an operator takes it, both see
// what the other says as it comes, and the page of another browser shows nothing of it. A holder's
// conversation is a page of their requests. Pages of refusals lead here, with the telephone.
func TestChatPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set("support.phone", "+78431234567")
	guest := s.visitor()
	guest.open("/help").shows(200, "Спросить специалиста", "+78431234567")
	guest.open("/no-such-page").shows(404, "Спросить специалиста", "+78431234567")
	guest.open("/help/errors/KEY-101").shows(200, "Спросить специалиста", "+78431234567")
	guest.open("/help/chat").send("/help/chat", "words", "").refuses(422, "words", "Напишите")
	guest.send("/help/chat", "words", "Где мой ключ?", "contact", "12").refuses(422, "contact", "Введите телефон или почту")
	guest.send("/help/chat", "words", "Где мой ключ?", "contact", "").shows(200, "Ждём специалиста", "Где мой ключ?", "Т-1001")
	s.visitor().open("/help/chat").shows(200, "Ваш вопрос")
	s.visitor().open("/help/chat/stream").shows(404)

	op := s.operator()
	address := chatPattern.FindString(op.open("/op/chats").shows(200, "Ждёт специалиста").body)
	said := guest.listen("/help/chat/stream")
	before := <-said
	op.open(address).shows(200, "Где мой ключ?").send(address, "move", "take").shows(200, "Разговор ведёте вы")
	if after := <-said; after == before {
		t.Error("the page is not told")
	}
	op.send(address, "move", "say", "words", "В вашем <b>браузере</b>").shows(200, "В вашем <b>браузере</b>")
	<-said
	guest.open("/help/chat").shows(200, "На связи Иванова О. П.", "В вашем <b>браузере</b>")
	heard := op.listen(address + "/stream")
	<-heard
	guest.sendFiles("/help/chat/reply", map[string][]byte{"экран.png": picture(4)}, "words", "Спасибо").shows(200, "Спасибо")
	<-heard
	op.open(address).shows(200, "Спасибо")
	guest.open(filePattern.FindStringSubmatch(guest.open("/help/chat").body)[1]).shows(200)
	op.open(address).send(address, "move", "solve", "words", "Удачи").shows(200, "Никто не ждёт")
	guest.open("/help/chat").shows(200, "Разговор завершён", "Удачи").send("/help/chat/leave").open("/help/chat").shows(200, "Ваш вопрос")

	holder := s.visitor().signUp().open("/help/chat").shows(200, "Начать разговор")
	if !strings.HasSuffix(holder.at, "/support/chat") {
		t.Errorf("the holder is led to %s", holder.at)
	}
	holder.send(holder.at, "words", "Я в кабинете").shows(200, "Ждём специалиста", "Т-1002")
	ticket := holder.at
	<-holder.listen(ticket + "/stream")
	other := s.visitor()
	s.SignUp("+79990000077", "boris@example.org", servicetest.Boris())
	other.open("/login").send("/login", "login", "+79990000077", "password", pass)
	own := "/c/" + other.pid()
	for _, path := range []string{ticket + "/stream", strings.Replace(ticket, "/c/"+holder.pid(), own, 1) + "/stream", address, address + "/stream", "/op/chats/stream"} {
		if other.open(path); other.code != 404 && other.code != 403 {
			t.Errorf("%s answers %d to somebody else", path, other.code)
		}
	}
	holder.open(ticket).send(ticket+"/leave").shows(200, "Разговор продолжится обращением Т-1002")

	// A message of another chat needs its signature; a key alone is not one.
	body := `{"conversation":"1","id":"1","name":"Чат","words":"Здравствуйте"}`
	for signature, code := range map[string]int{"": 403, "t=1,v1=00": 403, keys.SignMessage(servicetest.BridgeSecret, s.DB.Now(), []byte(body)): 201} {
		r := guest.request(http.MethodPost, "/support/chat", strings.NewReader(body))
		r.Header.Set("Podpis-Signature", signature)
		r.Header.Set("Authorization", "Bearer "+mailKey)
		if guest.asked(r); guest.code != code {
			t.Errorf("%q is answered %d", signature, guest.code)
		}
	}
}

// Guests of one network share their streams, people who have signed in have theirs; a session that was
// ended hears nothing more, though its page listens still.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	guest := s.visitor()
	guest.open("/help/chat").send("/help/chat", "words", "Где мой ключ?").shows(200, "Ждём специалиста")
	for range 8 {
		<-guest.listen("/help/chat/stream")
	}
	guest.open("/help/chat/stream").shows(429)
	op := s.operator()
	<-op.listen("/op/chats/stream")

	holder := s.visitor().signUp()
	holder.open("/help/chat").send(holder.at, "words", "Я в кабинете").shows(200, "Ждём специалиста")
	said := holder.listen(holder.at + "/stream")
	<-said
	holder.post("/logout") // in another window
	op.open(chatPattern.FindAllString(op.open("/op/chats").body, -1)[1]).send(op.at, "move", "take").shows(200, "Разговор ведёте вы")
	if version, more := <-said; more {
		t.Errorf("a session that has ended hears %q", version)
	}
}

// listen opens a stream and gives the versions it tells.
func (v *visitor) listen(path string) <-chan string {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	v.t.Cleanup(cancel)
	answer, err := v.http.Do(v.request(http.MethodGet, path, nil).WithContext(ctx))
	must(v.t, err)
	if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		v.t.Fatalf("%s answers %d", path, answer.StatusCode)
	}
	versions := make(chan string, 100)
	go func() {
		defer answer.Body.Close()
		defer close(versions)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				versions <- data
			}
		}
	}()
	return versions
}
