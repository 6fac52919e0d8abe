// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package inbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/inbox"
	"podpis/internal/service/servicetest"
	"podpis/stand/portal"
	"podpis/verify/fetch"
)

// house is a world with a holder and another one.
type house struct {
	*servicetest.World
	t           *testing.T
	ctx         context.Context
	anna, boris inbox.Actor
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{World: servicetest.New(t), t: t, ctx: context.Background()}
	a, _ := h.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	b, _ := h.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	h.anna = inbox.Actor{Account: a, Client: servicetest.Client(), Profile: "p-anna"}
	h.boris = inbox.Actor{Account: b, Client: servicetest.Client(), Profile: "p-boris"}
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

// tell tells Anna of a certificate that ends.
func (h *house) tell(dedup string) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		return h.Teller.Tell(ctx, tx, notify.Person{AccountID: h.anna.Account.ID, ProfileID: "p-anna", Mail: h.anna.Account.Mail}, notify.Event{
			Kind: "certificate.ending", Class: notify.Reminder, Action: true, DueAt: tx.Now().Add(7 * 24 * time.Hour),
			Values: map[string]any{"Number": "С-1042", "Date": "14.12.2026"}, URL: "/c/p-anna/certificates/1", Dedup: dedup,
		})
	})
}

// hook is a program of somebody's.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []*http.Request
	bodies []string
}

func newHook(t *testing.T) *hook {
	h := &hook{status: 200}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got, h.bodies = append(h.got, r), append(h.bodies, string(body))
		if h.status == 302 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

// A webhook gets the events it follows, signed, without personal data; a refusal is tried
// again, seen in the log, told in the inbox, and can be repeated.
func TestWebhook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	program := newHook(t)
	for _, bad := range []string{"", "ftp://x.example", "https://user:pw@x.example/", "https://"} {
		_, err := h.Letters.AddHook(h.ctx, h.anna, bad, inbox.HookEvents())
		refused(t, err, problem.Invalid, "hooks.address.wrong")
	}
	_, err := h.Letters.AddHook(h.ctx, h.anna, program.URL, []string{"security"})
	refused(t, err, problem.Invalid, "hooks.events.missing")
	secret, err := h.Letters.AddHook(h.ctx, h.anna, program.URL, []string{"reminder"})
	must(t, err)
	h.tell("1")
	h.Deliver()
	if len(program.got) != 1 {
		t.Fatalf("%d calls", len(program.got))
	}
	signature := program.got[0].Header.Get("Podpis-Signature")
	if want := keys.SignMessage(secret, h.DB.Now(), []byte(program.bodies[0])); signature != want {
		t.Errorf("signed %s, want %s", signature, want)
	}
	for _, private := range []string{"Соколова", "anna@example.org", "С-1042", "990000001704"} {
		if strings.Contains(program.bodies[0], private) {
			t.Errorf("%q goes to a program: %s", private, program.bodies[0])
		}
	}
	h.Set("inbox.hook.tries", "2")
	program.status = 302
	h.Clock.Pass(time.Second)
	h.tell("2")
	for range 3 {
		_, _ = h.Runner.Drain(h.ctx)
		h.Clock.Pass(time.Hour)
	}
	list, err := h.Letters.Hooks(h.ctx, h.anna)
	must(t, err)
	if len(list) != 1 || len(list[0].Log) != 2 || list[0].Log[0].State != "failed" || list[0].Log[0].Status != 302 || list[0].Log[0].Attempts != 2 {
		t.Fatalf("%+v", list)
	}
	if program.got[len(program.got)-1].URL.Path != "/" {
		t.Error("a redirect was followed")
	}
	letters, err := h.Letters.Letters(h.ctx, h.anna, "")
	must(t, err)
	if !slices.ContainsFunc(letters, func(l notify.Letter) bool { return l.Kind == "hook.failed" }) {
		t.Error("nobody is told that the webhook does not answer")
	}
	program.status = 200
	id, delivery := list[0].ID, list[0].Log[0].ID
	refused(t, h.Letters.RetryHook(h.ctx, h.boris, id, delivery), problem.NotFound, "hooks.missing")
	refused(t, h.Letters.DropHook(h.ctx, h.boris, id), problem.NotFound, "hooks.missing")
	refused(t, h.Letters.TestHook(h.ctx, h.boris, id), problem.NotFound, "hooks.missing")
	must(t, h.Letters.RetryHook(h.ctx, h.anna, id, delivery))
	h.Deliver()
	if list, _ = h.Letters.Hooks(h.ctx, h.anna); list[0].Log[0].State != "sent" {
		t.Errorf("%+v", list[0].Log)
	}
	h.Clock.Pass(32 * 24 * time.Hour)
	h.Deliver()
	h.Clock.Pass(25 * time.Hour)
	h.Deliver()
	if list, _ = h.Letters.Hooks(h.ctx, h.anna); len(list[0].Log) != 0 {
		t.Errorf("the log is kept for more than 30 days: %+v", list[0].Log)
	}
	must(t, h.Letters.DropHook(h.ctx, h.anna, id))
}

// Whoever got in by stealth and made a calendar's address or a webhook reads nothing more once all sessions were ended:
// the address is void, the webhook is paused with what waited for it, the owner is told by both channels and can have it
// called again. Ending the other sessions, or those of somebody else, changes nothing.
func TestChannelsEndWithTheSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	program := newHook(t)
	add := func(actor inbox.Actor) (feed string) {
		feed, err := h.Letters.ResetFeed(h.ctx, actor, true)
		must(t, err)
		_, err = h.Letters.AddHook(h.ctx, actor, program.URL+"/secret-path", []string{"reminder"})
		must(t, err)
		return feed
	}
	annas, boriss := add(h.anna), add(h.boris)
	must(t, h.Accounts.EndOthers(h.ctx, auth.Session{ID: "s-own", Account: h.anna.Account, DeviceKey: "d-own"}, h.anna.Client))
	h.Deliver()
	if _, err := h.Letters.Calendar(h.ctx, annas); err != nil {
		t.Fatalf("the calendar went with the other sessions: %v", err)
	}
	program.status = 500
	h.tell("waits")
	_, _ = h.Runner.Drain(h.ctx)
	tried := len(program.got)
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.Accounts.EndSessions(ctx, tx, h.anna.Account.ID)
		return err
	})
	program.status = 200
	h.Deliver()
	h.tell("after")
	h.Clock.Pass(time.Hour)
	h.Deliver()
	if tried != 1 || len(program.got) != tried {
		t.Errorf("%d events go to a webhook after the sessions were ended, %d before", len(program.got)-tried, tried)
	}
	_, err := h.Letters.Calendar(h.ctx, annas)
	refused(t, err, problem.NotFound, "inbox.calendar.missing")
	if _, err := h.Letters.Calendar(h.ctx, boriss); err != nil {
		t.Errorf("another's calendar went, too: %v", err)
	}
	list, err := h.Letters.Hooks(h.ctx, h.anna)
	must(t, err)
	if len(list) != 1 || list[0].PausedAt.IsZero() || list[0].Address != program.URL+"/secret-path" || len(list[0].Log) != 1 || !list[0].Log[0].Held {
		t.Fatalf("%+v", list)
	}
	host := strings.TrimPrefix(program.URL, "http://")
	letters := h.Mail.To(h.anna.Account.Mail)
	told := letters[slices.IndexFunc(letters, func(m notify.Message) bool { return strings.Contains(m.Subject, "приостановлены") })]
	if !strings.Contains(told.Body, host) || !strings.Contains(told.Body, "ссылка на календарь больше не работает") || strings.Contains(told.Body, "secret-path") {
		t.Errorf("told %q", told.Body)
	}
	if !slices.ContainsFunc(h.SMS.To(h.anna.Account.Phone), func(m notify.Message) bool {
		return strings.Contains(m.Body, "вебхуки приостановлены")
	}) {
		t.Error("not told by SMS")
	}
	if n := len(h.Entries("inbox.cut_off")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	id, waited := list[0].ID, list[0].Log[0].ID
	refused(t, h.Letters.TestHook(h.ctx, h.anna, id), problem.Conflict, "hooks.paused.not")
	refused(t, h.Letters.RetryHook(h.ctx, h.anna, id, waited), problem.Conflict, "hooks.paused.not")
	refused(t, h.Letters.ResumeHook(h.ctx, h.boris, id), problem.NotFound, "hooks.missing")
	must(t, h.Letters.ResumeHook(h.ctx, h.anna, id))
	must(t, h.Letters.RetryHook(h.ctx, h.anna, id, waited))
	h.tell("resumed")
	h.Deliver()
	if len(program.got) != tried+2 {
		t.Errorf("%d calls after the webhook was resumed", len(program.got)-tried)
	}
}

// Webhooks lead nowhere inside: the same guard as for addresses in certificates.
func TestWebhookInside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	program := newHook(t)
	guarded := inbox.New(inbox.Parts{
		DB: h.DB, Ring: h.Ring, Policies: h.Book, Teller: h.Teller, Words: h.Words, Accounts: h.Accounts,
		Hooks: fetch.Options{Timeout: time.Second}.HTTP(),
	})
	runner := jobs.New(h.DB, jobs.Config{})
	guarded.Work(runner)
	for _, address := range []string{program.URL, "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/"} {
		_, err := guarded.AddHook(h.ctx, h.anna, address, []string{"reminder"})
		must(t, err)
	}
	hooks, err := guarded.Hooks(h.ctx, h.anna)
	must(t, err)
	for _, one := range hooks {
		must(t, guarded.TestHook(h.ctx, h.anna, one.ID))
	}
	_, _ = runner.Drain(h.ctx)
	hooks, err = guarded.Hooks(h.ctx, h.anna)
	must(t, err)
	for _, one := range hooks {
		if len(one.Log) != 1 || one.Log[0].State == "sent" || one.Log[0].Error == "" {
			t.Errorf("%s: %+v", one.Address, one.Log)
		}
	}
	if len(program.got) != 0 {
		t.Error("an address inside was called")
	}
}

// The end of a certificate goes to the state portal's inbox as well, when the person asked for it,
// once, and again after the portal was down; nothing else does. A portal that stays down is the
// business of who is responsible.
//
// S003-05, A-14: expiry notices go to the portal's inbox by an adapter with a stand.
func TestPortal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	outside, err := portal.Start("127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = outside.Close() })
	s := inbox.New(inbox.Parts{
		DB: h.DB, Ring: h.Ring, Policies: h.Book, Teller: h.Teller, Words: h.Words, Accounts: h.Accounts, Hooks: http.DefaultClient,
		Outlets: []inbox.Outlet{
			{Name: "portal", URL: outside.URL("inbox"), Token: outside.Key(), Classes: []notify.Class{notify.Reminder}, Kinds: []string{"certificate.ending"}, Asked: true},
			{Name: "push", URL: outside.URL("push"), Token: outside.Key(), Classes: []notify.Class{notify.Case}},
		},
	})
	runner := jobs.New(h.DB, jobs.Config{})
	s.Work(runner)
	h.tell("0")
	_, _ = runner.Drain(h.ctx)
	refused(t, s.SetConsent(h.ctx, h.anna, "push", true), problem.NotFound, "inbox.outlet.missing")
	must(t, s.SetConsent(h.ctx, h.anna, "portal", true))
	h.Write(func(ctx context.Context, tx *db.Tx) error { // a reminder of another kind stays here
		return h.Teller.Tell(ctx, tx, notify.Person{AccountID: h.anna.Account.ID}, notify.Event{Kind: "news.remind", Class: notify.Reminder, Dedup: "w"})
	})
	outside.Fail(portal.Broken)
	h.tell("1")
	_, _ = runner.Drain(h.ctx)
	if n := len(outside.Letters("inbox")); n != 0 {
		t.Fatalf("%d letters through a portal that is down", n)
	}
	outside.Fail(portal.None)
	h.Clock.Pass(time.Hour)
	if _, err := runner.Drain(h.ctx); err != nil {
		t.Fatal(err)
	}
	got := outside.Letters("inbox")
	if len(got) != 1 || got[0].Recipient.INN != "990000001704" || !strings.Contains(got[0].Subject, "С-1042") || len(outside.Letters("push")) != 0 {
		t.Errorf("%+v", got)
	}
	list, err := s.Consents(h.ctx, h.anna)
	must(t, err)
	if len(list) != 1 || list[0].Outlet != "portal" || list[0].Since.IsZero() {
		t.Errorf("%+v", list)
	}

	// A redirect takes nothing elsewhere.
	leaked := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		leaked <- string(body)
	}))
	t.Cleanup(elsewhere.Close)
	leading := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusPermanentRedirect))
	t.Cleanup(leading.Close)
	led := inbox.New(inbox.Parts{DB: h.DB, Ring: h.Ring, Policies: h.Book, Teller: h.Teller, Words: h.Words, Accounts: h.Accounts, Hooks: http.DefaultClient, Outlets: []inbox.Outlet{
		{Name: "portal", URL: leading.URL, Token: "t", Classes: []notify.Class{notify.Reminder}, Asked: true},
	}})
	other := jobs.New(h.DB, jobs.Config{})
	led.Work(other)
	h.tell("r")
	_, _ = other.Drain(h.ctx)
	select {
	case body := <-leaked:
		t.Errorf("a redirect has %s", body)
	default:
	}

	// A portal that never answers: who is responsible is told, the person is not.
	h.Set("inbox.outlet.chief", "chief@example.org")
	outside.Fail(portal.Closed)
	h.tell("2")
	for range 30 {
		_, _ = runner.Drain(h.ctx)
		h.Clock.Pass(24 * time.Hour)
	}
	h.Deliver()
	if told := h.Mail.To("chief@example.org"); len(told) != 1 || !strings.Contains(told[0].Subject, "Госуслуги") {
		t.Errorf("%+v", told)
	}
	if h.Count("letter", "kind = 'outlet.failed'") != 0 {
		t.Error("the person is told of what they can do nothing about")
	}

	// Taken back: nothing more goes out, not even what waits.
	h.tell("3")
	must(t, s.SetConsent(h.ctx, h.anna, "portal", false))
	outside.Fail(portal.None)
	_, _ = runner.Drain(h.ctx)
	h.Clock.Pass(time.Hour)
	_, _ = runner.Drain(h.ctx)
	if n := len(outside.Letters("inbox")); n != 1 {
		t.Errorf("%d letters went out", n)
	}
	if n := len(h.Entries("inbox.outlet")); n != 2 {
		t.Errorf("the switch is recorded %d times", n)
	}
}

// Letters: filters, what others may not see, «Напомнить через неделю» once.
//
// S002-035: the tab «Входящие» has the history of what was told.
func TestLetters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tell("1")
	list, err := h.Letters.Letters(h.ctx, h.anna, "action")
	must(t, err)
	if len(list) != 1 || !list[0].Action || !list[0].ReadAt.IsZero() {
		t.Fatalf("%+v", list)
	}
	id := list[0].ID
	for _, err := range []error{h.Letters.Done(h.ctx, h.boris, id), second(h.Letters.Later(h.ctx, h.boris, id)), second(h.Letters.Letter(h.ctx, h.boris, id))} {
		refused(t, err, problem.NotFound, "inbox.letter.missing")
	}
	if l, err := h.Letters.Letter(h.ctx, h.anna, id); err != nil || !strings.Contains(l.Subject, "С-1042") {
		t.Errorf("%+v %v", l, err)
	}
	if n, err := h.Letters.Unread(h.ctx, h.anna.Account.ID); err != nil || n != 0 {
		t.Errorf("%d unread, %v", n, err)
	}
	_, err = h.Letters.Later(h.ctx, h.anna, id)
	must(t, err)
	_, err = h.Letters.Later(h.ctx, h.anna, id)
	refused(t, err, problem.Conflict, "inbox.later.once")
	h.Clock.Pass(6 * 24 * time.Hour)
	h.Deliver()
	if list, _ := h.Letters.Letters(h.ctx, h.anna, ""); len(list) != 1 {
		t.Errorf("reminded early: %d letters", len(list))
	}
	h.Clock.Pass(2 * 24 * time.Hour)
	h.Deliver()
	if list, _ := h.Letters.Letters(h.ctx, h.anna, "action"); len(list) != 1 || list[0].ID == id {
		t.Errorf("%+v", list)
	}
	if list, _ := h.Letters.Letters(h.ctx, inbox.Actor{Account: h.anna.Account, Profile: "p-other"}, ""); len(list) != 0 {
		t.Error("a letter of one role stands in another")
	}
}

func second[T any](_ T, err error) error { return err }

// The calendar: no names unless they were ticked, lines of RFC 5545, one address at a time.
func TestCalendar(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tell("1")
	plain, err := h.Letters.ResetFeed(h.ctx, h.anna, false)
	must(t, err)
	ics, err := h.Letters.Calendar(h.ctx, plain)
	must(t, err)
	if strings.Count(ics, "BEGIN:VEVENT") != 1 || strings.Contains(ics, "С-1042") {
		t.Errorf("%s", ics)
	}
	named, err := h.Letters.ResetFeed(h.ctx, h.anna, true)
	must(t, err)
	_, err = h.Letters.Calendar(h.ctx, plain)
	refused(t, err, problem.NotFound, "inbox.calendar.missing")
	if ics, err = h.Letters.Calendar(h.ctx, named); err != nil || !strings.Contains(strings.ReplaceAll(ics, "\r\n ", ""), "С-1042") {
		t.Errorf("%s %v", ics, err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(ics, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	if n := h.Count("calendar_feed", "token_hash = $1", []byte(named)); n != 0 {
		t.Error("the address is stored as it is")
	}
	must(t, h.Letters.DropFeed(h.ctx, h.anna))
	_, err = h.Letters.Calendar(h.ctx, named)
	refused(t, err, problem.NotFound, "inbox.calendar.missing")
}
