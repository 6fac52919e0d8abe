// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"testing"
	"time"

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
