// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/servicetest"
)

// A fresh step is a time in the session: it runs out, and each step gives another token
// (session fixation).
func TestStepUpIsATime(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, first := w.SignUp(phone, mail, servicetest.Anna())
	stepped := func(token string) bool {
		t.Helper()
		s, err := w.Accounts.Session(ctx, token)
		must(t, err)
		fresh, err := w.Accounts.Stepped(ctx, s)
		must(t, err)
		return fresh
	}
	if stepped(first) {
		t.Error("a session is stepped up from the start")
	}
	challenge, err := w.Accounts.AskSecond(ctx, first)
	must(t, err)
	_, err = w.Accounts.Second(ctx, first, auth.Proof{Way: factor.SMS, Challenge: challenge, Code: servicetest.Wrong(w.Codes(phone)...)}, client())
	refused(t, err, problem.Invalid, "auth.code.wrong")
	token, err := w.Accounts.Second(ctx, first, auth.Proof{Way: factor.SMS, Challenge: challenge, Code: w.Code(phone)}, client())
	must(t, err)
	if _, err := w.Accounts.Session(ctx, first); problem.KindOf(err) != problem.Forbidden || token == first {
		t.Error("the token of before the step is worth something after it")
	}
	if !stepped(token) {
		t.Error("not stepped up after the step")
	}
	w.Clock.Pass(10*time.Minute - time.Second)
	if !stepped(token) {
		t.Error("the step ended early")
	}
	w.Clock.Pass(time.Second)
	if stepped(token) {
		t.Error("the step lives for ever")
	}
}

// A session by phone code has no second step by the same phone.
func TestViewingNeedsMoreThanThePhone(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	challenge, err := w.Accounts.AskLogin(ctx, phone, client())
	must(t, err)
	viewing, err := w.Accounts.LoginByCode(ctx, challenge, w.Code(phone), client())
	must(t, err)
	s, err := w.Accounts.Session(ctx, viewing)
	must(t, err)
	if s.Level != auth.Viewing {
		t.Fatalf("level %s", s.Level)
	}
	_, err = w.Accounts.AskSecond(ctx, viewing)
	refused(t, err, problem.Forbidden, "auth.second.needed")
}

// Five wrong proofs close the second step for five minutes, whatever the way; then it is
// open again. The other ways in are not closed by that.
func TestSecondStepIsCounted(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, first := w.SignUp(phone, mail, servicetest.Anna())
	s, err := w.Accounts.Session(ctx, first)
	must(t, err)
	actor := factor.Actor{Account: account.ID}
	codes, err := w.Factors.MakeCodes(ctx, actor)
	must(t, err)
	must(t, w.Factors.ConfirmCodes(ctx, actor, codes[0]))
	sms, err := w.Accounts.AskSMS(ctx, s)
	must(t, err)
	must(t, w.Accounts.AddSMS(ctx, s, sms, w.Code(phone), client()))
	waiting, challenge, err := w.Accounts.Login(ctx, phone, pass, client())
	must(t, err)
	if challenge != "" {
		t.Error("a code was sent before it was asked for")
	}
	try := func(p auth.Proof) error {
		t.Helper()
		_, err := w.Accounts.Second(ctx, waiting, p, client())
		return err
	}
	refused(t, try(auth.Proof{Way: factor.App, Code: "123456"}), problem.Forbidden, "auth.second.way")
	refused(t, try(auth.Proof{Way: factor.Passkey}), problem.Forbidden, "auth.second.way")
	for range 2 {
		refused(t, try(auth.Proof{Way: auth.Recovery, Code: "0000-0000-0000"}), problem.Invalid, "auth.second.wrong")
	}
	w.Clock.Pass(time.Minute)
	sms, err = w.Accounts.AskSecond(ctx, waiting)
	must(t, err)
	code := w.Code(phone)
	for range 2 {
		refused(t, try(auth.Proof{Way: factor.SMS, Challenge: sms, Code: servicetest.Wrong(code)}), problem.Invalid, "auth.code.wrong")
	}
	refused(t, try(auth.Proof{Way: auth.Recovery, Code: "1111-1111-1111"}), problem.Limited, "auth.second.locked")
	refused(t, try(auth.Proof{Way: factor.SMS, Challenge: sms, Code: code}), problem.Limited, "auth.second.locked")
	refused(t, try(auth.Proof{Way: auth.Recovery, Code: codes[1]}), problem.Limited, "auth.second.locked")
	if _, _, err := w.Accounts.Login(ctx, phone, pass, client()); err != nil {
		t.Errorf("the password is closed by the second step: %v", err)
	}
	w.Clock.Pass(5 * time.Minute)
	must(t, try(auth.Proof{Way: auth.Recovery, Code: codes[1]}))
	if len(w.Entries("auth.second")) != 1 {
		t.Error("the second step is not in the audit")
	}
}

// Every way that is not both at once waits for the second step of those who have one, also
// the ways that other packages open.
func TestEveryWayWaits(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, first := w.SignUp(phone, mail, servicetest.Anna())
	s, err := w.Accounts.Session(ctx, first)
	must(t, err)
	actor := factor.Actor{Account: account.ID}
	codes, err := w.Factors.MakeCodes(ctx, actor)
	must(t, err)
	must(t, w.Factors.ConfirmCodes(ctx, actor, codes[0]))
	sms, err := w.Accounts.AskSMS(ctx, s)
	must(t, err)
	must(t, w.Accounts.AddSMS(ctx, s, sms, w.Code(phone), client()))
	for method, want := range map[auth.Method]auth.Level{
		auth.ByPassword: auth.Waiting, "esia": auth.Waiting, "bank": auth.Waiting, auth.ByCertificate: auth.Full, auth.ByPasskey: auth.Full,
	} {
		var token string
		w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
			token, err = w.Accounts.OpenSession(ctx, tx, account, auth.Full, method, client())
			return err
		})
		if s, err := w.Accounts.Session(ctx, token); err != nil || s.Level != want {
			t.Errorf("%s: %s, %v", method, s.Level, err)
		}
	}
}

// A new password ends the other sessions and is told to both channels; wrong old ones are
// counted with those of the sign-in.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, token := w.SignUp(phone, mail, servicetest.Anna())
	s, err := w.Accounts.Session(ctx, token)
	must(t, err)
	open := func() string {
		t.Helper()
		token, _, err := w.Accounts.Login(ctx, phone, pass, client())
		must(t, err)
		return token
	}
	kept := open()
	const fresh = "Ясный-день-7"
	refused(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: pass, New: "short"}, client()), problem.Invalid, "auth.password.rules")
	refused(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: pass, New: pass}, client()), problem.Invalid, "auth.password.same")
	refused(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: "x", New: fresh}, client()), problem.Invalid, "auth.password.old")
	must(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: pass, New: fresh, KeepOthers: true}, client()))
	if _, err := w.Accounts.Session(ctx, kept); err != nil {
		t.Errorf("a session that was to be kept: %v", err)
	}
	must(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: fresh, New: "Тёмный-лес-8"}, client()))
	_, err = w.Accounts.Session(ctx, kept)
	refused(t, err, problem.Forbidden, "auth.session.ended")
	if _, err := w.Accounts.Session(ctx, token); err != nil {
		t.Errorf("the own session: %v", err)
	}
	for range 2 {
		refused(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: "x", New: fresh}, client()), problem.Invalid, "auth.password.old")
	}
	refused(t, w.Accounts.ChangePassword(ctx, s, auth.Change{Old: "x", New: fresh}, client()), problem.Limited, "auth.password.locked")
	_, _, err = w.Accounts.Login(ctx, phone, "Тёмный-лес-8", client())
	refused(t, err, problem.Limited, "auth.password.locked")
	w.Deliver()
	told := 0
	for _, m := range append(w.SMS.To(phone), w.Mail.To(mail)...) {
		if strings.Contains(strings.ToLower(m.Body), "пароль сменён") {
			told++
		}
	}
	if told != 4 {
		t.Errorf("%d notices of two changes", told)
	}
}
