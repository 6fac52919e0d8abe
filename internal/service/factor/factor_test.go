// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/factor"
	"podpis/internal/service/servicetest"
)

var ctx = context.Background()

// world is one account with recovery codes.
type world struct {
	*servicetest.World
	t     *testing.T
	anna  factor.Actor
	codes []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: servicetest.New(t), t: t, anna: factor.Actor{Account: "anna", Origin: "192.0.2.1"}}
	w.codes = w.makeCodes(w.anna)
	return w
}

func (w *world) makeCodes(a factor.Actor) []string {
	w.t.Helper()
	codes, err := w.Factors.MakeCodes(ctx, a)
	must(w.t, err)
	must(w.t, w.Factors.ConfirmCodes(ctx, a, codes[0]))
	return codes
}

// app adds an application and returns its secret.
func (w *world) app() string {
	w.t.Helper()
	secret, err := w.Factors.StartApp(ctx, w.anna, "anna@example.org")
	must(w.t, err)
	must(w.t, w.Factors.ConfirmApp(ctx, w.anna, w.code(secret.Secret, 0)))
	return secret.Secret
}

// code is the code of an application some steps from now.
func (w *world) code(secret string, steps int) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.DB.Now().Add(time.Duration(steps)*30*time.Second))
	must(w.t, err)
	return code
}

func (w *world) checkApp(code string) (right bool) {
	w.t.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		right, err = w.Factors.CheckApp(ctx, tx, "anna", code)
		return err
	})
	return right
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, key string) {
	t.Helper()
	p, ok := problem.Of(err)
	if !ok || p.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// A code counts once (RFC 6238, 5.2), in
// its step and one beside it, never backwards.
func TestAppCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.app()
	if w.checkApp(w.code(secret, 0)) {
		t.Error("the code of the set-up counts again")
	}
	for _, wrong := range []string{"", "12345", "1234567", "abcdef", "000000 ", servicetest.Wrong(w.code(secret, -1), w.code(secret, 0), w.code(secret, 1))} {
		if w.checkApp(wrong) {
			t.Errorf("%q is taken", wrong)
		}
	}
	if w.checkApp(w.code(secret, 2)) || w.checkApp(w.code(secret, -2)) {
		t.Error("a code two steps away is taken")
	}
	if !w.checkApp(w.code(secret, 1)) {
		t.Error("a code of the next step is not taken")
	}
	w.Clock.Pass(30 * time.Second)
	if w.checkApp(w.code(secret, 0)) || w.checkApp(w.code(secret, -1)) {
		t.Error("a code is taken again, or one before it")
	}
	w.Clock.Pass(30 * time.Second)
	if !w.checkApp(w.code(secret, 0)) {
		t.Error("the next code is not taken")
	}
}

// Of many who show the same code at once one gets in.
func TestAppCodeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.app()
	w.Clock.Pass(time.Minute)
	code := w.code(secret, 0)
	var wait sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 8 {
		wait.Go(func() {
			var right bool
			err := w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				right, err = w.Factors.CheckApp(ctx, tx, "anna", code)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if right {
				in++
			}
		})
	}
	wait.Wait()
	if in != 1 {
		t.Errorf("one code lets %d in", in)
	}
}

// A secret waits for its first code half an hour, and is the same until then; nothing of
// it is readable in the database.
func TestAppSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.Factors.StartApp(ctx, w.anna, "anna@example.org")
	must(t, err)
	again, err := w.Factors.StartApp(ctx, w.anna, "anna@example.org")
	must(t, err)
	if first.Secret != again.Secret || !strings.Contains(first.URL, "otpauth://totp/") || !strings.Contains(first.URL, first.Secret) {
		t.Errorf("%+v, %+v", first, again)
	}
	var picture bytes.Buffer
	if err := first.Picture(&picture); err != nil || !bytes.HasPrefix(picture.Bytes(), []byte("\x89PNG")) {
		t.Errorf("picture: %v", err)
	}
	refused(t, w.Factors.ConfirmApp(ctx, w.anna, servicetest.Wrong(w.code(first.Secret, -1), w.code(first.Secret, 0), w.code(first.Secret, 1))), "factor.app.wrong")
	w.Clock.Pass(31 * time.Minute)
	refused(t, w.Factors.ConfirmApp(ctx, w.anna, w.code(first.Secret, 0)), "factor.app.over")
	if n := w.Count("factor", "secret LIKE '%"+first.Secret[:6]+"%'"); n != 0 {
		t.Error("the secret is readable")
	}
}

// Recovery codes come first, work once, in any spelling; a new set ends the one before, and
// one that nobody typed back ends nothing.
func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	w := &world{World: servicetest.New(t), t: t, anna: factor.Actor{Account: "anna"}}
	_, err := w.Factors.StartApp(ctx, w.anna, "anna@example.org")
	refused(t, err, "factor.codes.first")
	codes, err := w.Factors.MakeCodes(ctx, w.anna)
	must(t, err)
	seen := map[string]bool{}
	for _, c := range codes {
		seen[c] = true
		if len(c) != 14 {
			t.Errorf("code %q", c)
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d codes", len(seen))
	}
	check := func(code string) (right bool) {
		t.Helper()
		w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
			right, err = w.Factors.CheckCode(ctx, tx, w.anna, code)
			return err
		})
		return right
	}
	if check(codes[0]) {
		t.Error("a code counts before the set was typed back")
	}
	refused(t, w.Factors.ConfirmCodes(ctx, w.anna, ""), "factor.codes.typed")
	must(t, w.Factors.ConfirmCodes(ctx, w.anna, " "+strings.ToLower(codes[9])))
	refused(t, w.Factors.ConfirmCodes(ctx, w.anna, codes[9]), "factor.codes.over")
	spelt := strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(codes[1])
	if check("") || check("0000-0000-0000") || !check(spelt) || check(codes[1]) {
		t.Error("a code does not count once")
	}
	fresh, err := w.Factors.MakeCodes(ctx, w.anna)
	must(t, err)
	if !check(codes[2]) || check(fresh[0]) {
		t.Error("a set that was not typed back is in force")
	}
	must(t, w.Factors.ConfirmCodes(ctx, w.anna, fresh[0]))
	if check(codes[3]) || !check(fresh[1]) {
		t.Error("the old set is in force")
	}
	o, err := w.Factors.Of(ctx, "anna")
	must(t, err)
	if o.CodesLeft != 9 || len(o.Pending) != 0 {
		t.Errorf("%+v", o)
	}
	abandoned, err := w.Factors.MakeCodes(ctx, w.anna)
	must(t, err)
	w.Clock.Pass(31 * time.Minute)
	refused(t, w.Factors.ConfirmCodes(ctx, w.anna, abandoned[0]), "factor.codes.over")
	if n := len(w.Entries("factor.code_used")); n != 3 {
		t.Errorf("%d uses in the audit", n)
	}
}

// The last method stays; what is somebody else's is not found.
func TestRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app()
	o, err := w.Factors.Of(ctx, "anna")
	must(t, err)
	app := o.Methods[0].ID
	refused(t, w.Factors.Remove(ctx, w.anna, app), "factor.last")
	refused(t, w.Factors.Remove(ctx, factor.Actor{Account: "boris"}, app), "factor.missing")
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Factors.AddSMS(ctx, tx, w.anna) })
	err = w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return w.Factors.AddSMS(ctx, tx, w.anna) })
	refused(t, err, "factor.taken.sms")
	must(t, w.Factors.Remove(ctx, w.anna, app))
	if w.Set("factor.methods", "app"); len(w.methods()) != 0 {
		t.Error("a method that the policy does not want counts")
	}
	err = w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return w.Factors.AddSMS(ctx, tx, w.anna) })
	refused(t, err, "factor.not_allowed")
	if n := len(w.Entries("factor.removed")); n != 1 {
		t.Errorf("%d removals in the audit", n)
	}
}

func (w *world) methods() (list []factor.Method) {
	w.t.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = w.Factors.Methods(ctx, tx, "anna")
		return err
	})
	return list
}

// showPasskey shows a passkey within an act and returns whose it is.
func (w *world) showPasskey(token, account string, answer []byte) (owner string, err error) {
	w.t.Helper()
	var refusal error
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		owner, refusal, err = w.Factors.CheckPasskey(ctx, tx, token, account, answer)
		return err
	})
	return owner, refusal
}

// A passkey signs in by itself and is a second step. Whatever is not the answer to the
// question asked here, by the right key, with a person present and a growing count, is
// refused, and each question is answered once.
// TestPasskeyOverNFC: how a passkey is reached is kept and given back, so that a browser asks
// for a key that is held to the phone (WebAuthn Level 3, 5.8.4); no kind is shut out.
func TestPasskeyOverNFC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := newAuthenticator(t, servicetest.PublicURL)
	key.transports = []string{"nfc", "usb", "hybrid"}
	options, token, err := w.Factors.AddPasskey(ctx, w.anna, "anna@example.org", "Соколова А. И.")
	must(t, err)
	if a := options.Response.AuthenticatorSelection.AuthenticatorAttachment; a != "" {
		t.Errorf("only %q may be made", a)
	}
	must(t, w.Factors.FinishPasskey(ctx, w.anna, token, "Ключ NFC", key.make(options.Response.Challenge, []byte("anna"))))
	asked, step, err := w.Factors.AskPasskey(ctx, "anna")
	must(t, err)
	allowed := asked.Response.AllowedCredentials
	if len(allowed) != 1 || fmt.Sprint(allowed[0].Transport) != "[nfc usb hybrid]" {
		t.Errorf("asked for %+v", allowed)
	}
	if owner, err := w.showPasskey(step, "anna", key.show(asked.Response.Challenge, nil)); owner != "anna" || err != nil {
		t.Errorf("%q, %v", owner, err)
	}
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := newAuthenticator(t, servicetest.PublicURL)
	options, token, err := w.Factors.AddPasskey(ctx, w.anna, "anna@example.org", "Соколова А. И.")
	must(t, err)
	made := key.make(options.Response.Challenge, []byte("anna"))
	refused(t, w.Factors.FinishPasskey(ctx, factor.Actor{Account: "boris"}, token, "", made), "factor.passkey.over")
	// That act was undone with its refusal; the ceremony is Anna's still.
	must(t, w.Factors.FinishPasskey(ctx, w.anna, token, "Chrome, Windows", made))
	refused(t, w.Factors.FinishPasskey(ctx, w.anna, token, "", made), "factor.passkey.over")

	ask := func(account string) (challenge []byte, token string) {
		t.Helper()
		o, token, err := w.Factors.AskPasskey(ctx, account)
		must(t, err)
		return o.Response.Challenge, token
	}
	challenge, login := ask("")
	answer := key.show(challenge, nil)
	if owner, err := w.showPasskey(login, "", answer); owner != "anna" || err != nil {
		t.Fatalf("sign-in: %q, %v", owner, err)
	}
	_, err = w.showPasskey(login, "", answer)
	refused(t, err, "factor.passkey.over")
	challenge, step := ask("anna")
	if owner, err := w.showPasskey(step, "anna", key.show(challenge, nil)); owner != "anna" || err != nil {
		t.Fatalf("second step: %q, %v", owner, err)
	}
	for name, c := range map[string]struct {
		change func(*authenticator)
		key    string
	}{
		"another origin":       {func(a *authenticator) { a.origin = "http://evil.example" }, "factor.passkey.wrong"},
		"another site":         {func(a *authenticator) { a.site = "evil.example" }, "factor.passkey.wrong"},
		"nobody present":       {func(a *authenticator) { a.flags = flagPresent }, "factor.passkey.wrong"},
		"a copy":               {func(a *authenticator) { a.count = 0 }, "factor.passkey.copy"},
		"another key":          {func(a *authenticator) { a.key = newAuthenticator(t, a.origin).key }, "factor.passkey.wrong"},
		"an unknown key":       {func(a *authenticator) { a.id = []byte("unknown unknown!") }, "factor.passkey.unknown"},
		"somebody else's name": {func(a *authenticator) { a.user = []byte("boris") }, "factor.passkey.wrong"},
		"a question of making": {func(a *authenticator) { a.ceremony = "webauthn.create" }, "factor.passkey.wrong"},
	} {
		challenge, token := ask("")
		owner, err := w.showPasskey(token, "", key.show(challenge, c.change))
		if p, _ := problem.Of(err); owner != "" || p == nil || p.Key != c.key {
			t.Errorf("%s: %q, %v", name, owner, err)
		}
		if _, err = w.showPasskey(token, "", key.show(challenge, nil)); err == nil {
			t.Errorf("%s: the question is answered again", name)
		}
	}
	// A question for one thing is no question for another, and time runs out.
	challenge, step = ask("anna")
	_, err = w.showPasskey(step, "", key.show(challenge, nil))
	refused(t, err, "factor.passkey.over")
	challenge, login = ask("")
	w.Clock.Pass(5*time.Minute + time.Second)
	_, err = w.showPasskey(login, "", key.show(challenge, nil))
	refused(t, err, "factor.passkey.over")
	if _, _, err := w.Factors.AskPasskey(ctx, "boris"); !errors.Is(err, problem.New(problem.NotFound, "factor.missing")) {
		t.Errorf("somebody without passkeys: %v", err)
	}
}
