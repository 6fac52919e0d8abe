// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
)

const (
	phone = "+79990000001"
	mail  = "anna@example.org"
	pass  = servicetest.Password
)

var ctx = context.Background()

func client() auth.Client { return servicetest.Client() }

// refused checks that an error is a problem of a kind with a key.
func refused(t *testing.T, err error, kind problem.Kind, key string) problem.Error {
	t.Helper()
	for _, p := range problem.All(err) {
		if p.Kind == kind && p.Key == key {
			return *p
		}
	}
	t.Fatalf("got %v, want %s: %s", err, kind, key)
	return problem.Error{}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// S001-009, S001-058, S000-05: the login is the phone, the mail or the ИНН, in any
// way people write them, with the password of the sign-up.
//
// S001-049: shown here.
func TestLoginByPhoneMailOrINN(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, first := w.SignUp(phone, mail, servicetest.Anna())
	tokens := map[string]bool{first: true}
	for _, login := range []string{phone, "8 (999) 000-00-01", " Anna@Example.ORG ", "9900 0000 1704"} {
		token, challenge, err := w.Accounts.Login(ctx, login, pass, client())
		must(t, err)
		if challenge != "" || tokens[token] {
			t.Errorf("%s: challenge %q, new token %v", login, challenge, !tokens[token])
		}
		tokens[token] = true
		s, err := w.Accounts.Session(ctx, token)
		must(t, err)
		if s.Account.ID != account.ID || s.Level != auth.Full {
			t.Errorf("%s: session %+v", login, s)
		}
	}
	if n := len(w.Entries("auth.login")); n != 5 {
		t.Errorf("%d sign-ins in the audit, want 5", n)
	}
}

// S001-062: the case of a password counts.
func TestPasswordCase(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	_, _, err := w.Accounts.Login(ctx, phone, strings.ToUpper(pass), client())
	refused(t, err, problem.Invalid, "auth.password.wrong")
	_, _, err = w.Accounts.Login(ctx, phone, strings.ToLower(pass), client())
	refused(t, err, problem.Invalid, "auth.password.wrong")
	_, _, err = w.Accounts.Login(ctx, phone, pass, client())
	must(t, err)
}

// S001-063: three failed tries close the sign-in by password for five minutes,
// however the account is named; the other ways stay open, and a login that nobody
// has gets the same answers.
func TestThreeTriesLockFiveMinutes(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	for _, logins := range [][]string{{phone, mail, "990000001704"}, {"+79995555555", "8 999 555-55-55", "9995555555"}, {"nobody@example.org", "NOBODY@example.org", "nobody@example.org"}} {
		for i, login := range logins {
			_, _, err := w.Accounts.Login(ctx, login, "Wrong password 1", client())
			if i < 2 {
				if p := refused(t, err, problem.Invalid, "auth.password.wrong"); p.Data["Count"] != 2-i {
					t.Errorf("%s: %v tries left, want %d", login, p.Data["Count"], 2-i)
				}
				continue
			}
			p := refused(t, err, problem.Limited, "auth.password.locked")
			if p.RetryAfter != 5*time.Minute || p.Data["Until"] != w.DB.Now().Add(5*time.Minute) {
				t.Errorf("%s: locked for %v until %v", login, p.RetryAfter, p.Data["Until"])
			}
		}
	}
	w.Clock.Pass(5*time.Minute - time.Second)
	_, _, err := w.Accounts.Login(ctx, mail, pass, client())
	refused(t, err, problem.Limited, "auth.password.locked")

	// The other way stays open.
	id, err := w.Accounts.AskLogin(ctx, phone, client())
	must(t, err)
	_, err = w.Accounts.LoginByCode(ctx, id, w.Code(phone), client())
	must(t, err)

	w.Clock.Pass(time.Second)
	_, _, err = w.Accounts.Login(ctx, mail, pass, client())
	must(t, err)
	entries := w.Entries("auth.login")
	for _, e := range entries {
		if strings.Contains(e.Object, "nobody") || strings.Contains(e.Object, "5555555") {
			t.Errorf("the audit holds a mistyped login: %s", e.Object)
		}
	}
}

// A right password forgets the tries before it; tries further apart than the lock
// do not add up.
func TestTriesAreForgotten(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	wrong := func(left int) {
		t.Helper()
		_, _, err := w.Accounts.Login(ctx, phone, "x", client())
		if p := refused(t, err, problem.Invalid, "auth.password.wrong"); p.Data["Count"] != left {
			t.Errorf("%v tries left, want %d", p.Data["Count"], left)
		}
	}
	wrong(2)
	wrong(1)
	_, _, err := w.Accounts.Login(ctx, phone, pass, client())
	must(t, err)
	wrong(2)
	wrong(1)
	w.Clock.Pass(5*time.Minute + time.Second)
	wrong(2)
}

func TestNetworkIsCounted(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	w.Set("auth.network.tries", "3")
	for _, login := range []string{"a@example.org", "b@example.org", "c@example.org"} {
		_, _, err := w.Accounts.Login(ctx, login, "x", client())
		refused(t, err, problem.Invalid, "auth.password.wrong")
	}
	_, _, err := w.Accounts.Login(ctx, phone, pass, client())
	refused(t, err, problem.Limited, "auth.password.locked")
	_, _, err = w.Accounts.Login(ctx, phone, pass, auth.Client{Network: "198.51.100.1"})
	must(t, err)
}

// Many tries at once are counted one by one: what is open is three.
func TestTriesAtOnce(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			_, _, err := w.Accounts.Login(ctx, phone, "x", client())
			errs <- err
		}()
	}
	wrong := 0
	for range cap(errs) {
		if err := <-errs; problem.KindOf(err) == problem.Invalid {
			wrong++
		} else if problem.KindOf(err) != problem.Limited {
			t.Error(err)
		}
	}
	if wrong != 2 {
		t.Errorf("%d tries were told that more are left, want 2", wrong)
	}
}

// A password that was replaced while it was being checked opens nothing: who has the old one is kept out from the
// moment of the new one on.
func TestPasswordReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, _ := w.SignUp(phone, mail, servicetest.Anna())
	_, hash, err := w.Accounts.DrawPassword(ctx)
	must(t, err)
	hashing, done := w.Accounts.OneByOne(), make(chan error)
	go func() {
		_, _, err := w.Accounts.Login(ctx, phone, pass, client())
		done <- err
	}()
	<-hashing // the old password has been read
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Accounts.ResetPassword(ctx, tx, "test", account.ID, hash, false)
	})
	hashing <- struct{}{}
	refused(t, <-done, problem.Invalid, "auth.password.wrong")
	if n := w.Count("session", "account_id = $1", account.ID); n != 0 {
		t.Errorf("%d sessions by a password of the past", n)
	}
}

// A policy of nothing, or less, is refused where it would let everybody in, or nobody; a window shorter than the life
// of a code still bounds what a phone is sent.
func TestPoliciesOfNothing(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	for _, r := range auth.Rules() {
		for _, value := range map[policy.Kind][]string{policy.Number: {"0", "-1"}, policy.Duration: {"0s", "-1h", "5ms"}}[r.Kind] {
			err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				return w.Book.Set(ctx, tx, "test", r.Key, value, tx.Now(), time.Time{})
			})
			refused(t, err, problem.Invalid, "policy.range")
		}
	}
	w.Set("auth.code.window", "1m")
	for range 10 {
		_, err := w.Accounts.AskLogin(ctx, phone, client())
		must(t, err)
	}
	_, err := w.Accounts.AskLogin(ctx, phone, client())
	refused(t, err, problem.Limited, "auth.code.too_many")
}

// A code that went to a phone that is not the account's any more opens nothing: neither a session nor the second
// step of one.
func TestCodesEndWithTheContact(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, token := w.SignUp(phone, mail, servicetest.Anna())
	id, err := w.Accounts.AskLogin(ctx, phone, client())
	must(t, err)
	code := w.Code(phone)
	step, err := w.Accounts.AskSecond(ctx, token)
	must(t, err)
	stepCode := w.Code(phone)
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Accounts.ChangeContact(ctx, tx, "test", account.ID, "+79990000077")
	})
	_, err = w.Accounts.LoginByCode(ctx, id, code, client())
	refused(t, err, problem.Invalid, "auth.code.expired")
	_, err = w.Accounts.Second(ctx, token, auth.Proof{Way: factor.SMS, Challenge: step, Code: stepCode}, client())
	refused(t, err, problem.Invalid, "auth.code.expired")

	id, err = w.Accounts.AskLogin(ctx, "+79990000077", client())
	must(t, err)
	code = w.Code("+79990000077")
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, account) })
	_, err = w.Accounts.LoginByCode(ctx, id, code, client())
	refused(t, err, problem.Invalid, "auth.code.expired")
}

// Sign-in by the phone and a code from a message, for looking only.
//
// S002-081, S004-122, S004-110: shown here.
func TestLoginByCode(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, _ := w.SignUp(phone, mail, servicetest.Anna())
	id, err := w.Accounts.AskLogin(ctx, "8 999 000 00 01", client())
	must(t, err)
	code := w.Code(phone)
	_, err = w.Accounts.LoginByCode(ctx, id, servicetest.Wrong(code), client())
	if p := refused(t, err, problem.Invalid, "auth.code.wrong"); p.Data["Count"] != 4 || p.Field != "code" {
		t.Errorf("%+v", p)
	}
	token, err := w.Accounts.LoginByCode(ctx, id, code[:3]+" "+code[3:], client())
	must(t, err)
	s, err := w.Accounts.Session(ctx, token)
	must(t, err)
	if s.Account.ID != account.ID || s.Level != auth.Viewing {
		t.Errorf("session %+v", s)
	}
	_, err = w.Accounts.LoginByCode(ctx, id, code, client())
	refused(t, err, problem.Invalid, "auth.code.expired")
	_, err = w.Accounts.LoginByCode(ctx, "no such", code, client())
	refused(t, err, problem.NotFound, "auth.code.expired")

	// The password makes the session full, under another token.
	_, err = w.Accounts.StepUp(ctx, token, "wrong", client())
	refused(t, err, problem.Invalid, "auth.password.wrong")
	full, err := w.Accounts.StepUp(ctx, token, pass, client())
	must(t, err)
	_, err = w.Accounts.Session(ctx, token)
	refused(t, err, problem.Forbidden, "auth.session.ended")
	s, err = w.Accounts.Session(ctx, full)
	must(t, err)
	if s.Level != auth.Full {
		t.Errorf("level %s", s.Level)
	}
	_, err = w.Accounts.StepUp(ctx, full, pass, client())
	refused(t, err, problem.Conflict, "auth.session.done")
	_, err = w.Accounts.StepUp(ctx, "no such", pass, client())
	refused(t, err, problem.Forbidden, "auth.session.ended")
}

// A number without an account, and that of a member of staff, get the same
// answers and no message, also when another is asked for.
func TestUnknownPhoneGetsNoMessage(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.Operator("+79990000009", "op@example.org", "Иванова")
	for _, number := range []string{"+79995555555", "+79990000009"} {
		id, err := w.Accounts.AskLogin(ctx, number, client())
		must(t, err)
		c, err := w.Accounts.Challenge(ctx, id)
		must(t, err)
		if c.TriesLeft != 5 || c.ExpiresAt != w.DB.Now().Add(5*time.Minute) || c.ResendAt != w.DB.Now().Add(time.Minute) {
			t.Errorf("challenge %+v", c)
		}
		_, err = w.Accounts.LoginByCode(ctx, id, "000000", client())
		refused(t, err, problem.Invalid, "auth.code.wrong")
		w.Clock.Pass(time.Minute)
		_, err = w.Accounts.Resend(ctx, id)
		must(t, err)
		w.Deliver()
		if sent := w.SMS.To(number); len(sent) != 0 {
			t.Errorf("%s was sent %d messages", number, len(sent))
		}
	}
	_, err := w.Accounts.AskLogin(ctx, "123", client())
	refused(t, err, problem.Invalid, "auth.phone.wrong")
}

// Staff have a second step, a code by SMS (S001-048).
func TestStaffNeedTheCode(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	const staffPhone = "+79990000009"
	operator := w.Operator(staffPhone, "op@example.org", "Иванова")
	waiting, challenge, err := w.Accounts.Login(ctx, "op@example.org", pass, client())
	must(t, err)
	s, err := w.Accounts.Session(ctx, waiting)
	must(t, err)
	if s.Level != auth.Waiting || challenge == "" {
		t.Fatalf("level %s, challenge %q", s.Level, challenge)
	}
	code := w.Code(staffPhone)
	_, err = w.Accounts.Second(ctx, waiting, auth.Proof{Way: factor.SMS, Challenge: challenge, Code: servicetest.Wrong(code)}, client())
	refused(t, err, problem.Invalid, "auth.code.wrong")
	_, err = w.Accounts.Second(ctx, "no such", auth.Proof{Way: factor.SMS, Challenge: challenge, Code: code}, client())
	refused(t, err, problem.Forbidden, "auth.session.ended")
	full, err := w.Accounts.Second(ctx, waiting, auth.Proof{Way: factor.SMS, Challenge: challenge, Code: code}, client())
	must(t, err)
	if _, err = w.Accounts.Session(ctx, waiting); problem.KindOf(err) != problem.Forbidden || full == waiting {
		t.Error("the token of before the second step is worth something after it")
	}
	s, err = w.Accounts.Session(ctx, full)
	must(t, err)
	if s.Level != auth.Full || s.Account.ID != operator.ID || !s.Account.Role.Staff() {
		t.Errorf("session %+v", s)
	}
	_, err = w.Accounts.Second(ctx, full, auth.Proof{Way: factor.SMS, Challenge: challenge, Code: code}, client())
	refused(t, err, problem.Invalid, "auth.code.expired")
	if len(w.Entries("auth.second")) != 1 {
		t.Error("the second step is not in the audit")
	}
}

// A code answers for one purpose and one thing.
func TestCodesAreBound(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, session := w.SignUp(phone, mail, servicetest.Anna())
	w.Operator("+79990000009", "op@example.org", "Иванова")
	w.Operator("+79990000008", "op2@example.org", "Петров")
	first, challenge1, err := w.Accounts.Login(ctx, "op@example.org", pass, client())
	must(t, err)
	second, challenge2, err := w.Accounts.Login(ctx, "op2@example.org", pass, client())
	must(t, err)
	_, err = w.Accounts.Second(ctx, first, auth.Proof{Way: factor.SMS, Challenge: challenge2, Code: w.Code("+79990000008")}, client())
	refused(t, err, problem.Invalid, "auth.code.other")
	_, err = w.Accounts.LoginByCode(ctx, challenge1, w.Code("+79990000009"), client())
	refused(t, err, problem.Invalid, "auth.code.other")
	_, err = w.Accounts.Second(ctx, session, auth.Proof{Way: factor.SMS, Challenge: challenge1, Code: w.Code("+79990000009")}, client())
	refused(t, err, problem.Invalid, "auth.code.other")
	_, err = w.Accounts.Second(ctx, second, auth.Proof{Way: factor.SMS, Challenge: challenge2, Code: w.Code("+79990000008")}, client())
	must(t, err)
}

func TestStaffAccounts(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	good := auth.Account{Role: auth.Operator, Title: "Иванова", Phone: "8 999 000 00 09", Mail: "op@example.org"}
	for name, c := range map[string]struct {
		change   func(*auth.Account)
		password string
		key      string
	}{
		"phone":    {func(a *auth.Account) { a.Phone = "12" }, pass, "auth.phone.wrong"},
		"mail":     {func(a *auth.Account) { a.Mail = "op" }, pass, "auth.mail.wrong"},
		"role":     {func(a *auth.Account) { a.Role = auth.Holder }, pass, "auth.mail.wrong"},
		"password": {func(*auth.Account) {}, "short", "auth.password.rules"},
	} {
		a := good
		c.change(&a)
		err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Accounts.CreateStaff(ctx, tx, "installation", a, c.password)
			return err
		})
		if err == nil {
			t.Errorf("%s: made", name)
			continue
		}
		refused(t, err, problem.Invalid, c.key)
	}
	has := func() (yes bool) {
		w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
			yes, err = w.Accounts.HasStaff(ctx, tx, auth.Operator)
			return err
		})
		return yes
	}
	if has() {
		t.Error("there is staff before it is made")
	}
	a := w.Operator(good.Phone, good.Mail, good.Title)
	if !has() {
		t.Error("there is no staff after it was made")
	}
	err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Accounts.CreateStaff(ctx, tx, "installation", good, pass)
		return err
	})
	refused(t, err, problem.Conflict, "auth.account.taken")
	set := func(address, password string) error {
		return w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return w.Accounts.SetPassword(ctx, tx, "installation", address, password)
		})
	}
	refused(t, set("other@example.org", "Новый лес 43!"), problem.NotFound, "auth.account.missing")
	refused(t, set(good.Mail, "weak"), problem.Invalid, "auth.password.rules")
	must(t, set(good.Mail, "Новый лес 43!"))
	_, _, err = w.Accounts.Login(ctx, a.Mail, pass, client())
	refused(t, err, problem.Invalid, "auth.password.wrong")
	_, _, err = w.Accounts.Login(ctx, a.Mail, "Новый лес 43!", client())
	must(t, err)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	anna, _ := w.SignUp(phone, mail, servicetest.Anna())
	boris, _ := w.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	mine, err := w.Accounts.Profiles(ctx, anna)
	must(t, err)
	others, err := w.Accounts.Profiles(ctx, boris)
	must(t, err)
	if len(mine) != 1 || len(others) != 1 || mine[0].ID == others[0].ID || mine[0].PersonID != anna.PersonID {
		t.Errorf("%v, %v", mine, others)
	}
	rename := func(id string) error {
		return w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return w.Accounts.Rename(ctx, tx, id, "Ли Анна", "990100002902")
		})
	}
	refused(t, rename("none"), problem.NotFound, "auth.account.missing")
	must(t, rename(anna.ID))
	_, _, err = w.Accounts.Login(ctx, "990000001704", pass, client())
	refused(t, err, problem.Invalid, "auth.password.wrong")
	token, _, err := w.Accounts.Login(ctx, "990100002902", pass, client())
	must(t, err)
	s, err := w.Accounts.Session(ctx, token)
	must(t, err)
	if s.Account.Title != "Ли Анна" {
		t.Errorf("title %q", s.Account.Title)
	}
	if identity.MaskPhone(anna.Phone) != "+7 ··· ··-01" {
		t.Error("mask")
	}
}

// Who gives up waiting does not hash, and nobody takes all the memory.
func TestHashingWaits(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := w.Accounts.Login(gone, phone, pass, client()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
