// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/servicetest"
)

// A session ends when it is idle, and after its whole life however busy it is.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, idle := w.SignUp(phone, mail, servicetest.Anna())
	busy, _, err := w.Accounts.Login(ctx, phone, pass, client())
	must(t, err)
	started := w.DB.Now()
	w.Clock.Pass(15*time.Minute - time.Second)
	s, err := w.Accounts.Session(ctx, busy)
	must(t, err)
	if s.ExpiresAt != w.DB.Now().Add(15*time.Minute) {
		t.Errorf("ends at %v", s.ExpiresAt)
	}
	w.Clock.Pass(time.Second)
	_, err = w.Accounts.Session(ctx, idle)
	refused(t, err, problem.Forbidden, "auth.session.ended")
	for w.DB.Now().Before(started.Add(12*time.Hour - 10*time.Minute)) {
		w.Clock.Pass(10 * time.Minute)
		s, err = w.Accounts.Session(ctx, busy)
		must(t, err)
	}
	if s.ExpiresAt.After(started.Add(12 * time.Hour)) {
		t.Errorf("a busy session lives until %v", s.ExpiresAt)
	}
	w.Clock.Pass(10 * time.Minute)
	_, err = w.Accounts.Session(ctx, busy)
	refused(t, err, problem.Forbidden, "auth.session.ended")
}

// A session in use is not written at every request.
func TestSessionIsTouchedOnceAMinute(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, token := w.SignUp(phone, mail, servicetest.Anna())
	before := w.DB.Stats().Acts
	for range 10 {
		w.Clock.Pass(5 * time.Second)
		_, err := w.Accounts.Session(ctx, token)
		must(t, err)
	}
	if n := w.DB.Stats().Acts - before; n != 0 {
		t.Errorf("%d writes in the first minute", n)
	}
	w.Clock.Pass(15 * time.Second)
	_, err := w.Accounts.Session(ctx, token)
	must(t, err)
	if n := w.DB.Stats().Acts - before; n != 1 {
		t.Errorf("%d writes after a minute, want 1", n)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, token := w.SignUp(phone, mail, servicetest.Anna())
	other, _, err := w.Accounts.Login(ctx, phone, pass, client())
	must(t, err)
	must(t, w.Accounts.Logout(ctx, token, client()))
	_, err = w.Accounts.Session(ctx, token)
	refused(t, err, problem.Forbidden, "auth.session.ended")
	must(t, w.Accounts.Logout(ctx, token, client())) // ended already
	_, err = w.Accounts.Session(ctx, other)
	must(t, err)
	if n := len(w.Entries("auth.logout")); n != 1 {
		t.Errorf("%d records of signing out", n)
	}
}

// What a browser says of itself may be long, and is no text for a database.
func TestOddDevices(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	for _, device := range []string{"", strings.Repeat("ж", 200), "\xff\xfe", "a" + strings.Repeat("ж", 200), "a\x00b"} {
		_, _, err := w.Accounts.Login(ctx, phone, pass, auth.Client{Network: "192.0.2.1", Device: device})
		if err != nil {
			t.Errorf("%q: %v", device, err)
		}
	}
}

// What has run out is swept away; what has not stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	draft, err := w.Signups.Start(ctx, "", "+79990000002", client())
	must(t, err)
	_, _, err = w.Accounts.Login(ctx, phone, "wrong", client())
	refused(t, err, problem.Invalid, "auth.password.wrong")
	count := func() map[string]int {
		out := map[string]int{}
		for _, table := range []string{"signup", "challenge", "failure", "session", "mail_link"} {
			out[table] = w.Count(table, "1 = 1")
		}
		return out
	}
	w.Deliver()
	if got := count(); got["signup"] != 2 || got["challenge"] != 2 || got["failure"] != 3 || got["session"] != 1 || got["mail_link"] != 1 {
		t.Errorf("before: %v", got)
	}
	w.Clock.Pass(26 * time.Hour)
	w.Deliver()
	if got := count(); got["signup"] != 1 || got["challenge"] != 0 || got["failure"] != 0 || got["session"] != 0 || got["mail_link"] != 0 {
		t.Errorf("after a day: %v", got)
	}
	_, err = w.Signups.Form(ctx, draft)
	must(t, err)
	w.Clock.Pass(90 * 24 * time.Hour)
	w.Deliver()
	if n := w.Count("signup", "1 = 1"); n != 0 {
		t.Errorf("after 90 days: %d sign-ups", n)
	}
}
