// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
	"podpis/internal/service/support/hours"
)

// house is a world with a holder and two operators.
type house struct {
	*servicetest.World
	t                      *testing.T
	ctx                    context.Context
	anna, ivanova, petrova support.Actor
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{World: servicetest.New(t), t: t, ctx: t.Context()}
	a, _ := h.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	h.anna = support.Actor{Account: a, Client: servicetest.Client(), Profile: "p-anna"}
	h.ivanova = support.Actor{Account: h.Operator("+79990000009", "op@example.org", "Иванова"), Client: servicetest.Client()}
	h.petrova = support.Actor{Account: h.Operator("+79990000010", "op2@example.org", "Петрова"), Client: servicetest.Client()}
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if !errors.Is(err, problem.New(kind, key)) {
		t.Errorf("got %v, want %v: %s", err, kind, key)
	}
}

func (h *house) is(ticket string, want chat.State) chat.Chat {
	h.t.Helper()
	c, err := h.Chats.Of(h.ctx, ticket)
	must(h.t, err)
	if c.State != want {
		h.t.Errorf("the conversation is %q, want %q", c.State, want)
	}
	return c
}

// A conversation waits in its turn, is taken by one operator, handed to another and ended; all that
// was said stays in the ticket; only operators see and take it, and what they do is recorded.
//
// S004-079: online help of a support specialist.
func TestConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, err := h.Chats.Start(h.ctx, h.anna, support.Question{Words: "Не подписывает"})
	must(t, err)
	h.Clock.Pass(time.Second)
	guest, view, err := h.Chats.StartGuest(h.ctx, support.Details{Name: "Гость"}, support.Question{Words: "Здравствуйте"}, servicetest.Client())
	must(t, err)
	if c := h.is(guest.ID, chat.Waiting); c.Ahead != 1 {
		t.Errorf("%d before the guest", c.Ahead)
	}
	if _, err := h.Chats.List(h.ctx, h.anna); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("a holder sees who waits: %v", err)
	}
	refused(t, h.Chats.Decide(h.ctx, h.anna, first.ID, chat.Take, false, ""), problem.Forbidden, "auth.role.other")
	list, err := h.Chats.List(h.ctx, h.ivanova)
	must(t, err)
	if len(list) != 2 || list[0].TicketID != first.ID {
		t.Errorf("%+v", list)
	}
	news, stop := h.Chats.Watch(first.ID)
	defer stop()
	must(t, h.Chats.Decide(h.ctx, h.ivanova, first.ID, chat.Take, false, ""))
	select {
	case <-news:
	case <-time.After(5 * time.Second):
		t.Error("the page is not told that somebody has taken it")
	}
	refused(t, h.Chats.Decide(h.ctx, h.petrova, first.ID, chat.Take, false, ""), problem.Conflict, "chat.state")
	refused(t, h.Chats.Say(h.ctx, h.petrova, first.ID, "Я тоже"), problem.Conflict, "chat.other")
	refused(t, h.Chats.Say(h.ctx, h.ivanova, first.ID, " "), problem.Invalid, "support.words.missing")
	must(t, h.Chats.Say(h.ctx, h.ivanova, first.ID, "Какой браузер?"))
	h.Clock.Pass(time.Second)
	must(t, h.Support.Reply(h.ctx, h.anna, first.ID, support.Answer{Move: support.Reply, Words: "Chromium"}))
	h.Clock.Pass(time.Second)
	must(t, h.Chats.Decide(h.ctx, h.ivanova, first.ID, chat.Hand, false, "Передаю коллеге"))
	h.Clock.Pass(time.Second)
	must(t, h.Chats.Decide(h.ctx, h.petrova, first.ID, chat.Take, false, ""))
	h.Clock.Pass(time.Second)
	must(t, h.Chats.Decide(h.ctx, h.petrova, first.ID, chat.End, true, "Обновите браузер"))
	h.is(first.ID, chat.Ended)
	ticket, err := h.Support.Ticket(h.ctx, h.anna, first.ID)
	must(t, err)
	var said []string
	for _, m := range ticket.Messages {
		said = append(said, m.Who+": "+m.Words)
	}
	if got := strings.Join(said, "|"); got != "Соколова А. И.: Не подписывает|Иванова: Какой браузер?|Соколова А. И.: Chromium|Иванова: Передаю коллеге|Петрова: Обновите браузер" || ticket.State != support.Solved {
		t.Errorf("%s, %s", ticket.State, got)
	}
	for action, n := range map[string]int{"chat.take": 2, "chat.say": 1, "chat.hand": 1, "chat.end": 1} {
		if got := len(h.Entries(action)); got != n {
			t.Errorf("%s is recorded %d times", action, got)
		}
	}
	// The guest has the token alone; no made-up one opens anything.
	if _, err := h.Support.GuestTicket(h.ctx, view); err != nil {
		t.Error(err)
	}
	if h.Count("ticket", "view_hash = $1", []byte(view)) != 0 {
		t.Error("the token is stored as it is")
	}
	must(t, h.Chats.Leave(h.ctx, guest.ID, support.Actor{Client: servicetest.Client()}))
	h.is(guest.ID, chat.Ended)
}

// Out of hours a question is a ticket with its term; so is one that nobody takes in time.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	waits, err := h.Chats.Start(h.ctx, h.anna, support.Question{Words: "Вопрос"})
	must(t, err)
	h.Clock.Pass(16 * time.Minute)
	h.Deliver()
	h.is(waits.ID, chat.Ended)
	ticket, err := h.Support.Ticket(h.ctx, h.anna, waits.ID)
	must(t, err)
	if ticket.State != support.Open || ticket.DueAt.Sub(ticket.CreatedAt) != 24*time.Hour {
		t.Errorf("%s until %v", ticket.State, ticket.DueAt)
	}
	now := h.Clock.Now()
	start := now.Add(time.Hour).Format("15:04")
	if now.Hour() >= 22 {
		start = "00:00"
	}
	h.Set("support.zone", "UTC")
	h.Set("chat.hours", start+"-23:59")
	if now.Hour() >= 22 {
		h.Set("chat.hours", "00:00-00:01")
	}
	if open, err := h.Chats.Open(h.ctx); err != nil || open {
		t.Fatalf("open %v, %v", open, err)
	}
	late, err := h.Chats.Start(h.ctx, h.anna, support.Question{Words: "Вопрос ночью"})
	must(t, err)
	h.is(late.ID, chat.Ended)
	h.Set("chat.per_network", "1")
	_, _, err = h.Chats.StartGuest(h.ctx, support.Details{}, support.Question{Words: "1"}, servicetest.Client())
	must(t, err)
	_, _, err = h.Chats.StartGuest(h.ctx, support.Details{}, support.Question{Words: "2"}, servicetest.Client())
	refused(t, err, problem.Limited, "support.too_many")
}

// A conversation holds so many messages of persons; specialists can still say so.
func TestConversationIsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Set("support.messages", "2")
	guest, view, err := h.Chats.StartGuest(h.ctx, support.Details{}, support.Question{Words: "1"}, servicetest.Client())
	must(t, err)
	answer := support.Answer{Move: support.Reply, Words: "2"}
	must(t, h.Support.ReplyGuest(h.ctx, view, answer, support.Actor{Client: servicetest.Client()}))
	refused(t, h.Support.ReplyGuest(h.ctx, view, answer, support.Actor{Client: servicetest.Client()}), problem.Conflict, "support.thread.full")
	must(t, h.Chats.Decide(h.ctx, h.ivanova, guest.ID, chat.Take, false, ""))
	must(t, h.Chats.Say(h.ctx, h.ivanova, guest.ID, "Напишите новое обращение"))
}

func TestHours(t *testing.T) {
	t.Parallel()
	h, err := hours.Parse("09:00-18:00", "Europe/Moscow")
	must(t, err)
	for at, want := range map[string]bool{
		"2026-11-23T05:59:00Z": false, "2026-11-23T06:00:00Z": true, "2026-11-23T14:59:00Z": true, "2026-11-23T15:00:00Z": false,
		"2026-11-22T09:00:00Z": false, // Sunday
	} {
		when, err := time.Parse(time.RFC3339, at)
		must(t, err)
		if got := h.Open(when); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
	for _, bad := range []string{"", "9-18", "18:00-09:00", "10:00-25:00", "10:00-24:01", "09:-5-18:00", "09:75-18:00"} {
		if _, err := hours.Parse(bad, "UTC"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	// What would stop every conversation and every request is no policy.
	rules, err := policy.New(chat.Rules(), support.Rules())
	must(t, err)
	w := servicetest.New(t)
	for _, wrong := range [][2]string{{"chat.hours", "9-18"}, {"support.hours", "always"}, {"support.zone", "Atlantis"}} {
		w.Write(func(ctx context.Context, tx *db.Tx) error {
			refused(t, rules.Set(ctx, tx, "test", wrong[0], wrong[1], tx.Now(), time.Time{}), problem.Invalid, "policy.unusable")
			return nil
		})
	}
	if _, err := hours.Parse("09:00-18:00", "Atlantis"); err == nil {
		t.Error("a zone that is none")
	}
}

// Messages of another chat are signed: an old one, a changed one, one that was sent before and one
// without a signature are refused. They join their conversation; answers go back, signed.
//
// S004-089: online consultant, chat through social networks, contact centre.
func TestBridge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var got []string
	status := http.StatusInternalServerError
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if keys.CheckMessage(servicetest.BridgeSecret, r.Header.Get("Podpis-Signature"), body, h.Clock.Now(), time.Minute) {
			got = append(got, string(body))
		}
		w.WriteHeader(status)
	}))
	defer other.Close()
	h.Chats.Bridge.URL = other.URL
	sent := func(m chat.Message, at time.Time) (support.Ticket, error) {
		body, err := json.Marshal(m)
		must(t, err)
		return h.Chats.Carry(h.ctx, keys.SignMessage(servicetest.BridgeSecret, at, body), body, servicetest.Client())
	}
	m := chat.Message{Conversation: "vk-1", ID: "1", Name: "Пётр", Contact: "+79990000066", Words: "Здравствуйте"}
	body, err := json.Marshal(m)
	must(t, err)
	good := keys.SignMessage(servicetest.BridgeSecret, h.Clock.Now(), body)
	for name, c := range map[string]struct {
		signature string
		body      []byte
	}{
		"none": {"", body}, "bearer": {"Bearer " + servicetest.BridgeSecret, body}, "other body": {good, []byte(`{"conversation":"vk-2","words":"x"}`)},
		"other secret": {keys.SignMessage("x", h.Clock.Now(), body), body},
	} {
		if _, err := h.Chats.Carry(h.ctx, c.signature, c.body, servicetest.Client()); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = sent(m, h.Clock.Now().Add(-6*time.Minute))
	refused(t, err, problem.Forbidden, "support.key.wrong")
	first, err := h.Chats.Carry(h.ctx, good, body, servicetest.Client())
	must(t, err)
	_, err = h.Chats.Carry(h.ctx, good, body, servicetest.Client())
	refused(t, err, problem.Conflict, "chat.replay")
	h.Clock.Pass(time.Second)
	if again, err := sent(m, h.Clock.Now()); err != nil || again.ID != first.ID { // the first one is sent again, too
		t.Errorf("%v, %v", again.ID, err)
	}
	h.Clock.Pass(time.Second)
	m.ID, m.Words = "2", "Вы здесь?"
	for range 2 { // the bridge was not told that it had been taken
		if again, err := sent(m, h.Clock.Now()); err != nil || again.ID != first.ID {
			t.Errorf("%v, %v", again.ID, err)
		}
		h.Clock.Pass(time.Second)
	}
	must(t, h.Chats.Decide(h.ctx, h.ivanova, first.ID, chat.Take, false, ""))
	must(t, h.Chats.Say(h.ctx, h.ivanova, first.ID, "Да"))
	h.Deliver()
	status = http.StatusOK
	h.Clock.Pass(time.Minute)
	h.Deliver()
	if len(got) != 2 || got[0] != got[1] || !strings.Contains(got[0], `"conversation":"vk-1"`) || !strings.Contains(got[0], `"words":"Да"`) {
		t.Errorf("the bridge got %q", got)
	}
	_, ticket, err := h.Chats.Inspect(h.ctx, h.ivanova, first.ID)
	must(t, err)
	if n := len(h.SMS.To("+79990000066")); n != 0 {
		t.Errorf("%d messages to a stranger", n)
	}
	if len(ticket.Messages) != 3 || ticket.Details.Phone != "+79990000066" || ticket.Details.Confirmed {
		t.Errorf("%+v", ticket)
	}
	must(t, h.Chats.Decide(h.ctx, h.ivanova, first.ID, chat.End, false, ""))
	m.ID = "3"
	next, err := sent(m, h.Clock.Now())
	if err != nil || next.ID == first.ID {
		t.Errorf("what has ended goes on: %v", err)
	}
	h.Clock.Pass(71 * time.Hour) // nobody takes it: there is no other way to answer
	h.Deliver()
	h.is(next.ID, chat.Waiting)
	h.Clock.Pass(2 * time.Hour) // but not for ever
	h.Deliver()
	h.is(next.ID, chat.Ended)
	if h.Count("chat", "conversation LIKE $1", "%vk-1%")+h.Count("job", "kind = 'chat.answer' AND payload LIKE $1", "%vk-1%") != 0 {
		t.Error("who talks there can be read in the table")
	}
}
