// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signup_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
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

// confirmed opens a sign-up whose phone is confirmed.
func confirmed(t *testing.T, w *servicetest.World, number string) (token string) {
	t.Helper()
	token, err := w.Signups.Start(ctx, "", number, client())
	must(t, err)
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code(number)))
	return token
}

// Nothing typed is lost: each step is there after a reload, a refused one as it
// was typed, and what was accepted before it stays.
func TestSignupKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token := confirmed(t, w, phone)
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, pass))
	refused(t, w.Signups.SetMailAndPassword(ctx, token, "anna@", pass), problem.Invalid, "auth.mail.wrong")
	must(t, w.Signups.SetName(ctx, token, servicetest.Anna()))
	refused(t, w.Signups.SetName(ctx, token, identity.Person{Surname: "123"}), problem.Invalid, "identity.surname.wrong")
	at, err := w.Signups.SaveTyped(ctx, token, map[string]string{"surname": "123", "inn": "99"})
	must(t, err)
	if at != w.DB.Now() {
		t.Errorf("saved at %v", at)
	}
	s, err := w.Signups.Form(ctx, token)
	must(t, err)
	if s.Draft.Mail != mail || s.Draft.Person.Surname != "Соколова" || !s.HasPassword {
		t.Errorf("what was accepted is lost: %+v", s.Draft)
	}
	if s.Draft.Typed["mail"] != "anna@" || s.Draft.Typed["surname"] != "123" || s.Draft.Typed["inn"] != "99" {
		t.Errorf("what was typed is lost: %v", s.Draft.Typed)
	}
	must(t, w.Signups.SetName(ctx, token, servicetest.Anna()))
	if s, err = w.Signups.Form(ctx, token); err != nil || s.Draft.Typed["surname"] != "" || s.Draft.Typed["inn"] != "99" {
		t.Errorf("an accepted field still shows what was typed before: %v, %v", s.Draft.Typed, err)
	}
	w.Clock.Pass(89 * 24 * time.Hour)
	_, err = w.Signups.Form(ctx, token)
	must(t, err)
	_, err = w.Signups.SaveTyped(ctx, token, map[string]string{"passport_issued_by": strings.Repeat("x", 20<<10)})
	refused(t, err, problem.Invalid, "form.too_large")
	w.Clock.Pass(2 * 24 * time.Hour)
	_, err = w.Signups.Form(ctx, token)
	refused(t, err, problem.NotFound, "auth.signup.missing")
}

// The draft is sealed, and holds no secret even so.
//
// S002-026: shown here.
func TestSignupStoresNoSecret(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token := confirmed(t, w, phone)
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, pass))
	must(t, w.Signups.SetName(ctx, token, servicetest.Anna()))
	must(t, w.Signups.SetDocuments(ctx, token, servicetest.Anna()))
	var data, hash, stored []byte
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT data, password_hash, token_hash FROM signup").Scan(&data, &hash, &stored)
	})
	for _, secret := range []string{pass, "Соколова", "9999123456", "990000001704", mail, token} {
		if strings.Contains(string(data)+string(hash)+string(stored), secret) {
			t.Errorf("%q stands in the database", secret)
		}
	}
}

// S001-061, S002-044: eight signs, both cases, a digit and a sign; none that is
// known, and nothing of the person's own.
func TestPasswordRules(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token := confirmed(t, w, phone)
	for password, key := range map[string]string{
		"":                                 "auth.password.rules",
		"Аб1!":                             "auth.password.rules",
		"зимний лес 42!":                   "auth.password.rules",
		"ЗИМНИЙ ЛЕС 42!":                   "auth.password.rules",
		"Зимний лес!":                      "auth.password.rules",
		"Зимнийлес42":                      "auth.password.rules",
		"Password1!":                       "auth.password.known",
		"!!Qwerty123":                      "auth.password.known",
		"Sokolova 42!":                     "auth.password.own",
		"Aa! 9990000001":                   "auth.password.own",
		"Aa1! " + strings.Repeat("x", 300): "auth.password.long",
		"Aa1! \xff\xff\xff\xff":            "auth.password.long",
	} {
		refused(t, w.Signups.SetMailAndPassword(ctx, token, "sokolova@example.org", password), problem.Invalid, key)
	}
	s, err := w.Signups.Form(ctx, token)
	must(t, err)
	if s.HasPassword {
		t.Error("a refused password was stored")
	}
	must(t, w.Signups.SetMailAndPassword(ctx, token, "sokolova@example.org", "Зима 42!"))
}

// S001-004, S002-082, S002-083: a code lives five minutes, is asked again after a
// minute, the first stays valid for its time, and there are five tries.
func TestCodes(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token, err := w.Signups.Start(ctx, "", phone, client())
	must(t, err)
	state := func() auth.Challenge {
		t.Helper()
		s, err := w.Signups.Form(ctx, token)
		must(t, err)
		return s.Challenge
	}
	c := state()
	if c.Phone != phone || c.TriesLeft != 5 || c.ExpiresAt != w.DB.Now().Add(5*time.Minute) {
		t.Errorf("%+v", c)
	}
	first := w.Code(phone)
	_, err = w.Accounts.Resend(ctx, c.ID)
	if p := refused(t, err, problem.Limited, "auth.code.wait"); p.RetryAfter != time.Minute || p.Data["Seconds"] != 61 {
		t.Errorf("%+v", p)
	}
	w.Clock.Pass(4 * time.Minute)
	_, err = w.Accounts.Resend(ctx, c.ID)
	must(t, err)
	if w.Code(phone) == first {
		t.Error("the same code was sent again")
	}
	refused(t, w.Signups.ConfirmPhone(ctx, token, servicetest.Wrong(w.Codes(phone)...)), problem.Invalid, "auth.code.wrong")
	if n := state().TriesLeft; n != 4 {
		t.Errorf("%d tries left", n)
	}
	w.Clock.Pass(time.Minute) // the first code is over, the second is not
	refused(t, w.Signups.ConfirmPhone(ctx, token, first), problem.Invalid, "auth.code.wrong")
	w.Clock.Pass(time.Minute)
	_, err = w.Accounts.Resend(ctx, c.ID)
	must(t, err)
	w.Clock.Pass(time.Minute)
	_, err = w.Accounts.Resend(ctx, c.ID)
	refused(t, err, problem.Limited, "auth.code.no_more")
	second := w.Codes(phone)[1]
	must(t, w.Signups.ConfirmPhone(ctx, token, second))
	must(t, w.Signups.ConfirmPhone(ctx, token, "anything")) // it is confirmed
	_, err = w.Accounts.Resend(ctx, c.ID)
	refused(t, err, problem.Invalid, "auth.code.expired")
}

// Five wrong codes close a challenge: another code of it does not open it again.
func TestFiveWrongCodes(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token, err := w.Signups.Start(ctx, "", phone, client())
	must(t, err)
	code := w.Code(phone)
	for range 5 {
		refused(t, w.Signups.ConfirmPhone(ctx, token, servicetest.Wrong(code)), problem.Invalid, "auth.code.wrong")
	}
	refused(t, w.Signups.ConfirmPhone(ctx, token, code), problem.Limited, "auth.code.no_tries")
	s, err := w.Signups.Form(ctx, token)
	must(t, err)
	w.Clock.Pass(time.Minute)
	_, err = w.Accounts.Resend(ctx, s.Challenge.ID)
	refused(t, err, problem.Invalid, "auth.code.no_tries")
	_, err = w.Signups.Start(ctx, token, phone, client())
	must(t, err)
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code(phone)))
}

// S004-099: shown here.
func TestCodeExpires(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token, err := w.Signups.Start(ctx, "", phone, client())
	must(t, err)
	code := w.Code(phone)
	w.Clock.Pass(5 * time.Minute)
	refused(t, w.Signups.ConfirmPhone(ctx, token, code), problem.Invalid, "auth.code.expired")
	// A code that waited too long is not sent at all.
	_, err = w.Signups.Start(ctx, token, phone, client())
	must(t, err)
	w.Clock.Pass(6 * time.Minute)
	if n := len(w.Codes(phone)); n != 1 {
		t.Errorf("%d codes were sent, want 1", n)
	}
}

// A number is not flooded, a network does not send codes to the whole world, and
// who floods the sign-up closes no other way.
func TestCodesAreLimited(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	for range 9 {
		_, err := w.Signups.Start(ctx, "", phone, client())
		must(t, err)
	}
	w.Clock.Pass(20 * time.Minute) // the codes are over, the count is not
	_, err := w.Signups.Start(ctx, "", phone, client())
	refused(t, err, problem.Limited, "auth.code.too_many")
	_, err = w.Accounts.AskLogin(ctx, phone, client())
	must(t, err)
	w.Clock.Pass(time.Hour)
	_, err = w.Signups.Start(ctx, "", phone, client())
	must(t, err)

	w.Set("auth.network.codes", "3")
	other := auth.Client{Network: "198.51.100.1"}
	for i := range 3 {
		_, err = w.Signups.Start(ctx, "", "+7999000010"+string(rune('0'+i)), other)
		must(t, err)
	}
	_, err = w.Accounts.AskLogin(ctx, phone, other)
	refused(t, err, problem.Limited, "auth.code.network")
	_, err = w.Accounts.AskLogin(ctx, phone, auth.Client{Network: "203.0.113.1"})
	must(t, err)
	w.Clock.Pass(time.Hour)
	_, err = w.Accounts.AskLogin(ctx, phone, other)
	must(t, err)
}

// Another number begins again, and is confirmed again.
func TestSignupChangesNumber(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	_, err := w.Signups.Start(ctx, "", "12345", client())
	refused(t, err, problem.Invalid, "auth.phone.wrong")
	token := confirmed(t, w, phone)
	again, err := w.Signups.Start(ctx, token, "+79990000002", client())
	must(t, err)
	s, err := w.Signups.Form(ctx, token)
	must(t, err)
	if again != token || s.PhoneConfirmed || s.Phone != "+79990000002" {
		t.Errorf("%+v", s)
	}
	refused(t, w.Signups.ConfirmPhone(ctx, token, w.Code(phone)), problem.Invalid, "auth.code.wrong")
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code("+79990000002")))
}

// A number that is known is told so only to whoever holds it.
func TestSignupOfKnownNumber(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.SignUp(phone, mail, servicetest.Anna())
	w.Clock.Pass(time.Minute)
	token, err := w.Signups.Start(ctx, "", phone, client())
	must(t, err)
	if s, err := w.Signups.Form(ctx, token); err != nil || s.Known {
		t.Errorf("known before the code: %v, %v", s.Known, err)
	}
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code(phone)))
	if s, err := w.Signups.Form(ctx, token); err != nil || !s.Known {
		t.Errorf("not known after the code: %v, %v", s.Known, err)
	}
	must(t, w.Signups.SetMailAndPassword(ctx, token, "other@example.org", pass))
	must(t, w.Signups.SetName(ctx, token, servicetest.Boris()))
	must(t, w.Signups.SetDocuments(ctx, token, servicetest.Boris()))
	_, err = w.Signups.Finish(ctx, token, true, client())
	refused(t, err, problem.Conflict, "auth.account.taken")
	if n := w.Count("person", "1 = 1"); n != 1 {
		t.Errorf("%d persons: something half made is left", n)
	}
}

func TestFinishNeedsEveryStep(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	finish := func(token string, accepted bool) error {
		_, err := w.Signups.Finish(ctx, token, accepted, client())
		return err
	}
	token, err := w.Signups.Start(ctx, "", phone, client())
	must(t, err)
	refused(t, finish(token, true), problem.Conflict, "auth.signup.phone_first")
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code(phone)))
	refused(t, finish(token, true), problem.Conflict, "auth.signup.password_first")
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, pass))
	refused(t, finish(token, false), problem.Invalid, "auth.signup.accept")
	refused(t, finish(token, true), problem.Invalid, "identity.surname.wrong")
	must(t, w.Signups.SetName(ctx, token, servicetest.Anna()))
	refused(t, finish(token, true), problem.Invalid, "identity.inn.length")
	must(t, w.Signups.SetDocuments(ctx, token, servicetest.Anna()))
	refused(t, finish("no such", true), problem.NotFound, "auth.signup.missing")
	must(t, finish(token, true))
	// The ИНН is one person's.
	other := confirmed(t, w, "+79990000002")
	must(t, w.Signups.SetMailAndPassword(ctx, other, "b@example.org", pass))
	must(t, w.Signups.SetName(ctx, other, servicetest.Anna()))
	must(t, w.Signups.SetDocuments(ctx, other, servicetest.Anna()))
	refused(t, finish(other, true), problem.Conflict, "identity.inn.taken")
}

// A second submit makes one account; a finished sign-up is no key to it for
// longer than the answer to a lost submit needs.
func TestFinishTwiceMakesOneAccount(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token := confirmed(t, w, phone)
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, pass))
	must(t, w.Signups.SetName(ctx, token, servicetest.Anna()))
	must(t, w.Signups.SetDocuments(ctx, token, servicetest.Anna()))
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			_, err := w.Signups.Finish(ctx, token, true, client())
			errs <- err
		}()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
	w.Deliver()
	if a, p, l := w.Count("account", "1 = 1"), w.Count("person", "1 = 1"), len(w.Mail.To(mail)); a != 1 || p != 1 || l != 1 {
		t.Errorf("%d accounts, %d persons, %d letters", a, p, l)
	}
	s, err := w.Signups.Form(ctx, token)
	must(t, err)
	if s.AccountID == "" || s.HasPassword || s.Draft.Person.INN != "" {
		t.Errorf("a finished sign-up keeps %+v", s)
	}
	w.Clock.Pass(5 * time.Minute)
	_, err = w.Signups.Finish(ctx, token, true, client())
	refused(t, err, problem.NotFound, "auth.signup.missing")
	// A finished sign-up is not gone on with: another person begins anew.
	fresh, err := w.Signups.Start(ctx, token, "+79990000002", client())
	must(t, err)
	if fresh == token {
		t.Error("the token of a finished sign-up was used again")
	}
}

// A sign-up that began without a phone takes a password, and makes no account of it.
func TestPasswordBeforeThePhone(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	token, err := w.Signups.Open(ctx)
	must(t, err)
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, pass))
	_, err = w.Signups.Finish(ctx, token, true, client())
	refused(t, err, problem.Conflict, "auth.signup.phone_first")
}
