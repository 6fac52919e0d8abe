// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package approve_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/factor"
	"podpis/internal/service/servicetest"
	standpush "podpis/stand/push"
)

const phone, mail = "+79990001122", "sokolova@example.org"

var ctx = context.Background() //nolint:gochecknoglobals // not changed

// desk is a world with a person who has a phone, and a computer that signs in.
type desk struct {
	*servicetest.World
	t       *testing.T
	account auth.Account
	phone   *servicetest.Phone
	from    auth.Client
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	w := servicetest.New(t)
	account, token := w.SignUp(phone, mail, servicetest.Anna())
	return &desk{w, t, account, w.Trusted(token), auth.Client{Network: "192.0.2.5", Device: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", Key: "key of a computer"}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, what string, err error, key string) {
	t.Helper()
	if e, ok := problem.Of(err); !ok || e.Key != key {
		t.Errorf("%s: %v, want %s", what, err, key)
	}
}

// waiting signs in by password at the computer.
func (d *desk) waiting() string {
	d.t.Helper()
	token, _, err := d.Accounts.Login(ctx, phone, servicetest.Password, d.from)
	must(d.t, err)
	return token
}

func (d *desk) session(token string) auth.Session {
	d.t.Helper()
	s, err := d.Accounts.Session(ctx, token)
	must(d.t, err)
	return s
}

func (d *desk) ask(token string) approve.Request {
	d.t.Helper()
	r, err := d.Approvals.Ask(ctx, token, d.from)
	must(d.t, err)
	return r
}

func (d *desk) answer(r approve.Request, number string, refuse bool) error {
	return d.Approvals.Answer(ctx, d.phone.Token, r.ID, number, refuse, d.phone.Client)
}

// other is a choice that is not the number.
func other(r approve.Request) string {
	return r.Choices[slices.IndexFunc(r.Choices, func(c string) bool { return c != r.Number })]
}

// TestApprove: the browser that signs in shows a number, the phone is told and chooses it, the
// browser goes on, once. Other ways stand beside it.
func TestApprove(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.waiting()
	ways, err := d.Accounts.Ways(ctx, d.account)
	if err != nil || !slices.Contains(ways, factor.Device) || !slices.Contains(ways, factor.SMS) || !slices.Contains(ways, auth.Recovery) {
		t.Fatalf("ways %v, %v", ways, err)
	}
	r := d.ask(token)
	if len(r.Number) != 2 || len(r.Choices) != 3 || !slices.Contains(r.Choices, r.Number) || !r.SignIn || r.State != approve.Waiting {
		t.Errorf("%+v", r)
	}
	if again := d.ask(token); again.ID != r.ID || len(d.Entries("approve.ask")) != 1 {
		t.Error("asked twice at once")
	}
	d.Deliver()
	got := d.phone.Browser.Messages()
	i := slices.IndexFunc(got, func(m standpush.Message) bool { return strings.Contains(m.Text, "/approve/"+r.ID) })
	if i < 0 {
		t.Fatalf("not told: %+v, %v", got, d.PushStand.Refused())
	}
	if m := got[i]; m.Urgency != "high" || m.TTL <= 0 || m.TTL > 120 || strings.Contains(strings.ReplaceAll(m.Text, r.ID, ""), r.Number) {
		t.Errorf("told %+v", m)
	}
	own := d.session(d.phone.Token)
	list, err := d.Approvals.Pending(ctx, own)
	if err != nil || len(list) != 1 || list[0].Number != "" || list[0].Network != "192.0.2.5" || agent.Name(list[0].Device) != "Firefox, Windows" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := d.Approvals.Pending(ctx, d.session(token)); err != nil || len(list) != 0 {
		t.Errorf("the browser that asks is asked: %+v, %v", list, err)
	}
	_, err = d.Approvals.Finish(ctx, token, d.from)
	refused(t, "before the answer", err, "approve.not_yet")
	must(t, d.answer(r, r.Number, false))
	refused(t, "answered twice", d.answer(r, "", true), "approve.answered")
	full, err := d.Approvals.Finish(ctx, token, d.from)
	must(t, err)
	if s := d.session(full); s.Level != auth.Full || s.SteppedAt.IsZero() || full == token {
		t.Errorf("%+v", s)
	}
	_, err = d.Approvals.Finish(ctx, full, d.from)
	refused(t, "used twice", err, "approve.not_yet")
	for action, n := range map[string]int{"approve.ask": 1, "approve.yes": 1, "approve.used": 1, "approve.no": 0} {
		if got := len(d.Entries(action)); got != n {
			t.Errorf("%s is recorded %d times", action, got)
		}
	}
	// A fresh step of a full session is asked for the same way.
	d.Clock.Pass(3 * time.Minute)
	if r := d.ask(full); r.SignIn {
		t.Errorf("an act is told as a sign-in: %+v", r)
	}
}

// TestBadAnswers tries what must not count.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.waiting()
	r := d.ask(token)
	_, stranger := d.SignUp("+79990002233", "kim@example.org", servicetest.Boris())
	theirs := d.Trusted(stranger)
	refused(t, "by another person", d.Approvals.Answer(ctx, theirs.Token, r.ID, r.Number, false, theirs.Client), "approve.missing")
	refused(t, "refused by another person", d.Approvals.Answer(ctx, theirs.Token, r.ID, "", true, theirs.Client), "approve.missing")
	_, err := d.Approvals.Request(ctx, d.session(theirs.Token), r.ID)
	refused(t, "seen by another person", err, "approve.missing")
	refused(t, "by the session that asks", d.Approvals.Answer(ctx, token, r.ID, r.Number, false, d.from), "auth.session.needed")
	refused(t, "no such request", d.Approvals.Answer(ctx, d.phone.Token, "x", r.Number, false, d.phone.Client), "approve.missing")
	moved := d.phone.Client
	moved.Key = "another browser"
	refused(t, "a session carried to another browser", d.Approvals.Answer(ctx, d.phone.Token, r.ID, r.Number, false, moved), "approve.same")
	moved.Key = ""
	refused(t, "a browser without a key", d.Approvals.Answer(ctx, d.phone.Token, r.ID, r.Number, false, moved), "approve.same")

	// Another session of the computer that asks, and a full session of a browser nobody trusts.
	same, err := d.Accounts.Second(ctx, d.waiting(), auth.Proof{Way: auth.Recovery, Code: d.phone.Codes[0]}, d.from)
	must(t, err)
	refused(t, "by the device that asks", d.Approvals.Answer(ctx, same, r.ID, r.Number, false, d.from), "approve.same")
	library := auth.Client{Network: "192.0.2.9", Key: "key of a library"}
	first, _, err := d.Accounts.Login(ctx, phone, servicetest.Password, library)
	must(t, err)
	untrusted, err := d.Accounts.Second(ctx, first, auth.Proof{Way: auth.Recovery, Code: d.phone.Codes[1]}, library)
	must(t, err)
	refused(t, "by a browser nobody trusts", d.Approvals.Answer(ctx, untrusted, r.ID, r.Number, false, library), "approve.untrusted")
	if d.Count("approval", "state <> 'waiting'") != 0 {
		t.Error("an answer that must not count did")
	}
	refused(t, "no number", d.answer(r, "", false), "approve.number.missing")
	// The session of another browser goes on with nothing of this one.
	_, err = d.Approvals.Finish(ctx, untrusted, library)
	refused(t, "finished elsewhere", err, "approve.not_yet")
	must(t, d.answer(r, r.Number, false))
	_, err = d.Approvals.Finish(ctx, untrusted, library)
	refused(t, "finished elsewhere after the answer", err, "approve.not_yet")
}

// TestWrongNumber: one wrong choice ends the request; policy may give more.
func TestWrongNumber(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.waiting()
	r := d.ask(token)
	refused(t, "another number", d.answer(r, other(r), false), "approve.number.over")
	refused(t, "the right one after it", d.answer(r, r.Number, false), "approve.answered")
	_, err := d.Approvals.Finish(ctx, token, d.from)
	refused(t, "after a wrong number", err, "approve.not_yet")
	if got, ok, err := d.Approvals.Asking(ctx, d.session(token)); err != nil || !ok || got.State != approve.Wrong {
		t.Errorf("%+v, %v", got, err)
	}
	d.Clock.Pass(time.Second)
	d.Set("approve.tries", "2")
	r = d.ask(token)
	refused(t, "the first of two", d.answer(r, other(r), false), "approve.number.wrong")
	must(t, d.answer(r, r.Number, false))
	if _, err = d.Approvals.Finish(ctx, token, d.from); err != nil {
		t.Error(err)
	}
}

// TestTerms: a request ends by its term, before the answer and after it.
func TestTerms(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.waiting()
	r := d.ask(token)
	d.Clock.Pass(2 * time.Minute)
	refused(t, "too late", d.answer(r, r.Number, false), "approve.expired")
	if got, _, err := d.Approvals.Asking(ctx, d.session(token)); err != nil || got.State != approve.Expired {
		t.Errorf("%+v, %v", got, err)
	}
	r = d.ask(token)
	d.Clock.Pass(time.Minute)
	must(t, d.answer(r, r.Number, false))
	d.Clock.Pass(2 * time.Minute)
	_, err := d.Approvals.Finish(ctx, token, d.from)
	refused(t, "an answer that nobody fetched", err, "approve.not_yet")
	d.Clock.Pass(2 * time.Hour)
	d.Deliver()
	if n := d.Count("approval", "1 = 1"); n != 0 {
		t.Errorf("%d rows are kept", n)
	}
}

// TestFlood: an account is asked a few times in an hour, and after a refusal not for a while,
// whoever asks and from where. The other ways stay open.
func TestFlood(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 5 {
		d.ask(d.waiting())
	}
	last := d.waiting()
	_, err := d.Approvals.Ask(ctx, last, d.from)
	refused(t, "the sixth", err, "approve.too_many")
	if _, err := d.Accounts.Second(ctx, last, auth.Proof{Way: auth.Recovery, Code: d.phone.Codes[0]}, d.from); err != nil {
		t.Errorf("another way is closed: %v", err)
	}
	d.Clock.Pass(time.Hour)
	token := d.waiting()
	r := d.ask(token)
	own := d.phone
	waiting, _, err := d.Accounts.Login(ctx, phone, servicetest.Password, own.Client)
	must(t, err)
	own.Token, err = d.Accounts.Second(ctx, waiting, auth.Proof{Way: auth.Recovery, Code: own.Codes[1]}, own.Client)
	must(t, err)
	must(t, d.answer(r, "", true))
	if got, _, err := d.Approvals.Asking(ctx, d.session(token)); err != nil || got.State != approve.Refused || len(d.Entries("approve.no")) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = d.Approvals.Ask(ctx, token, d.from)
	refused(t, "after a refusal", err, "approve.paused")
	d.Set("approve.window", "5m") // the pause is longer
	d.Clock.Pass(10 * time.Minute)
	_, err = d.Approvals.Ask(ctx, d.waiting(), d.from)
	refused(t, "in the pause", err, "approve.paused")
	d.Clock.Pass(5 * time.Minute)
	d.ask(d.waiting())
	d.Clock.Pass(time.Hour)
	d.Set("approve.asks", "0")
	_, err = d.Approvals.Ask(ctx, d.waiting(), d.from)
	refused(t, "by a policy of none", err, "approve.too_many")
}

// TestTrustEnds: a device that was thrown out approves nothing more; one that signed out is
// trusted still. A device is never the only way.
func TestTrustEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	actor := factor.Actor{Account: d.account.ID}
	has := func() bool {
		t.Helper()
		d.Deliver()
		ways, err := d.Accounts.Ways(ctx, d.account)
		must(t, err)
		return slices.Contains(ways, factor.Device)
	}
	must(t, d.Accounts.Logout(ctx, d.phone.Token, d.phone.Client))
	if !has() || d.Count("push_device", "1 = 1") != 0 {
		t.Error("a sign-out ends the notices and no more")
	}
	waiting, _, err := d.Accounts.Login(ctx, phone, servicetest.Password, d.phone.Client)
	must(t, err)
	d.phone.Token, err = d.Accounts.Second(ctx, waiting, auth.Proof{Way: auth.Recovery, Code: d.phone.Codes[0]}, d.phone.Client)
	must(t, err)
	own := d.session(d.phone.Token)
	// Of two sessions of one browser one is ended: the browser is still in.
	extra, _, err := d.Accounts.Login(ctx, phone, servicetest.Password, d.phone.Client)
	must(t, err)
	must(t, d.Accounts.EndSession(ctx, d.session(d.waiting()), d.session(extra).ID, d.from))
	if !has() {
		t.Error("a browser that is signed in still is thrown out")
	}
	must(t, d.Accounts.EndSession(ctx, d.session(d.waiting()), own.ID, d.from))
	if has() {
		t.Error("a device that was thrown out is trusted")
	}
	refused(t, "a browser that cannot be known", d.Factors.TrustDevice(ctx, actor, "", "x"), "factor.device.unknown")
	must(t, d.Factors.TrustDevice(ctx, actor, agent.ID("again"), "x"))
	refused(t, "twice", d.Factors.TrustDevice(ctx, actor, agent.ID("again"), "x"), "factor.taken.device")
	methods, err := d.Factors.Of(ctx, d.account.ID)
	must(t, err)
	for _, m := range methods.Methods {
		if m.Kind == factor.SMS {
			refused(t, "the last beside a device", d.Factors.Remove(ctx, actor, m.ID), "factor.last")
		}
	}
	must(t, d.Accounts.EndOthers(ctx, d.session(d.waiting()), d.from))
	if has() {
		t.Error("trusted after all others were ended")
	}
	account, token := d.SignUp("+79990002233", "kim@example.org", servicetest.Boris())
	codes, err := d.Factors.MakeCodes(ctx, factor.Actor{Account: account.ID})
	must(t, err)
	must(t, d.Factors.ConfirmCodes(ctx, factor.Actor{Account: account.ID}, codes[0]))
	refused(t, "a device alone", d.Factors.TrustDevice(ctx, factor.Actor{Account: account.ID}, agent.ID("k"), "x"), "factor.device.alone")
	_, err = d.Approvals.Ask(ctx, token, servicetest.Client())
	refused(t, "asked where nobody is trusted", err, "auth.second.way")
}

// TestMoves holds the table of states to what happens.
func TestMoves(t *testing.T) {
	t.Parallel()
	for from, list := range approve.Moves() {
		if len(list) == 0 {
			t.Errorf("%s leads nowhere", from)
		}
	}
	for _, end := range []approve.State{approve.Refused, approve.Wrong, approve.Expired, approve.Used} {
		if _, ok := approve.Moves()[end]; ok {
			t.Errorf("%s is an end", end)
		}
	}
}
