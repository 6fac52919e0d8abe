// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package privacy_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/privacy"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/support"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := problem.Of(err); !ok || e.Key != key {
		t.Errorf("%v, want %s", err, key)
	}
}

// TestConsents: what was agreed to at sign-up has the version of that day; it is taken back once, and the request is a ticket
// with a term (S001-178).
func TestConsents(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	a, _ := w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	profiles, err := w.Accounts.Profiles(ctx, a)
	must(t, err)
	actor := support.Actor{Account: a, Client: servicetest.Client(), Profile: profiles[0].ID}
	w.Clock.Pass(time.Minute)
	w.Set("privacy.version", "2")
	list, err := w.Privacy.Consents(ctx, a)
	must(t, err)
	if len(list) != 2 || list[1].Kind != "data" || list[1].Version != "1" || list[1].GivenAt.IsZero() || !list[1].WithdrawnAt.IsZero() {
		t.Fatalf("consents %+v", list)
	}
	_, err = w.Privacy.Ask(ctx, actor, " ")
	wants(t, err, "support.words.missing")
	ticket, err := w.Privacy.Ask(ctx, actor, "Какие данные вы храните?")
	must(t, err)
	if term := ticket.DueAt.Sub(w.DB.Now()); term != 240*time.Hour {
		t.Errorf("answered in %v", term)
	}
	wants(t, w.Privacy.Withdraw(ctx, actor, false, "Хватит"), "privacy.withdraw.agree")
	must(t, w.Privacy.Withdraw(ctx, actor, true, "Хватит"))
	wants(t, w.Privacy.Withdraw(ctx, actor, true, "Хватит"), "privacy.withdraw.done")
	if list, err = w.Privacy.Consents(ctx, a); err != nil || list[1].WithdrawnAt.IsZero() || !list[0].WithdrawnAt.IsZero() {
		t.Errorf("withdrawn: %+v, %v", list, err)
	}
	if n := len(w.Entries("privacy.withdraw")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	if n := w.Count("ticket", "topic = 'privacy'"); n != 2 {
		t.Errorf("%d tickets: one that was refused left its own", n)
	}
	staff := w.Operator("+79990000009", "op@example.org", "Иванова О. П.")
	if list, err = w.Privacy.Consents(ctx, staff); err != nil || len(list) != 0 {
		t.Errorf("of staff: %+v, %v", list, err)
	}
}

// TestCopy: a person's copy has what is kept of them, no secret, and is recorded.
func TestCopy(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	a, token := w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	own, err := w.Privacy.Export(t.Context(), a, servicetest.Client())
	must(t, err)
	text, err := json.Marshal(own)
	must(t, err)
	for _, want := range []string{"990000001704", "99000000153", "9999123456", "anna@example.org", "+79990000001", "auth.signup"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the copy has no %s", want)
		}
	}
	for _, secret := range []string{token, servicetest.Password, "argon2"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the copy has %q", secret)
		}
	}
	if n := len(w.Entries("privacy.export")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

// TestBreaches: the terms run from the entry, steps come in their order, and only an administrator sees them.
func TestBreaches(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx, from := t.Context(), servicetest.Client()
	operator := w.Operator("+79990000009", "op@example.org", "Иванова О. П.")
	_, err := w.Privacy.Breaches(ctx, operator)
	wants(t, err, "auth.role.other")
	wants(t, w.Privacy.Enter(ctx, operator, from, "Утечка", 1), "auth.role.other")
	wants(t, w.Privacy.Done(ctx, operator, from, "x", "tell"), "auth.role.other")

	admin := w.Staff(auth.Administrator, "+79990000008", "adm@example.org", "Петров С. С.")
	wants(t, w.Privacy.Enter(ctx, admin, from, "  ", 1), "privacy.breach.words")
	wants(t, w.Privacy.Enter(ctx, admin, from, "Утечка", -1), "privacy.breach.people")
	must(t, w.Privacy.Enter(ctx, admin, from, "Копия на чужом диске", 3))
	breach := func() privacy.Breach {
		t.Helper()
		list, err := w.Privacy.Breaches(ctx, admin)
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%d breaches", len(list))
		}
		return list[0]
	}
	b := breach()
	if b.TellLate || b.Words != "Копия на чужом диске" || b.People != 3 || b.TellBy.Sub(b.FoundAt) != 24*time.Hour || b.ResultsBy.Sub(b.FoundAt) != 72*time.Hour {
		t.Errorf("%+v", b)
	}
	wants(t, w.Privacy.Done(ctx, admin, from, b.ID, "results"), "privacy.breach.order")
	w.Clock.Pass(25 * time.Hour)
	if b = breach(); !b.TellLate || b.EndedLate {
		t.Errorf("after a day: %+v", b)
	}
	must(t, w.Privacy.Done(ctx, admin, from, b.ID, "tell"))
	wants(t, w.Privacy.Done(ctx, admin, from, b.ID, "tell"), "privacy.breach.order")
	w.Clock.Pass(48 * time.Hour)
	if b = breach(); b.TellLate || !b.EndedLate || b.ToldAt.IsZero() {
		t.Errorf("after three days: %+v", b)
	}
	must(t, w.Privacy.Done(ctx, admin, from, b.ID, "results"))
	if b = breach(); b.EndedLate || b.ResultsAt.IsZero() {
		t.Errorf("ended: %+v", b)
	}
	if w.Count("breach", "1 = 1") != 1 {
		t.Error("another breach")
	}
}

// TestClosingEndsWithTheRobbery: a closing that somebody in a session asked for does not outlive the end of all sessions,
// and both channels are told; who ends the others keeps it.
func TestClosingEndsWithTheRobbery(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	a, _ := w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	actor := support.Actor{Account: a, Client: servicetest.Client()}
	token, _, err := w.Accounts.Login(ctx, a.Phone, servicetest.Password, auth.Client{Network: "192.0.2.1", Key: "browser"})
	must(t, err)
	asked := func() bool {
		t.Helper()
		w.Deliver()
		_, asked, err := w.Privacy.ClosingOf(ctx, a)
		must(t, err)
		return asked
	}
	must(t, w.Privacy.AskClose(ctx, actor, true))
	own, err := w.Accounts.Session(ctx, token)
	must(t, err)
	must(t, w.Accounts.EndOthers(ctx, own, servicetest.Client()))
	if !asked() {
		t.Error("who ended the other sessions no longer leaves")
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Accounts.EndAll(ctx, tx, a.ID, "auth.alarm", servicetest.Client())
	})
	if asked() {
		t.Error("the thief's wish goes on")
	}
	for _, sent := range [][]notify.Message{w.SMS.To(a.Phone), w.Mail.To(a.Mail)} {
		if !slices.ContainsFunc(sent, func(m notify.Message) bool {
			return strings.Contains(strings.ToLower(m.Subject+m.Body), "закрытие кабинета отменено")
		}) {
			t.Errorf("told %+v", sent)
		}
	}
	if n := len(w.Entries("privacy.close.cancel")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	w.Clock.Pass(8 * 24 * time.Hour)
	w.Deliver()
	if n := w.Count("account", "id = $1 AND phone = $2", a.ID, a.Phone); n != 1 {
		t.Error("the account is closed")
	}
	must(t, w.Privacy.AskClose(ctx, actor, true)) // it can be asked for again
}
