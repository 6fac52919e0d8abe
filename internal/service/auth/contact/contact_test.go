// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contact_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/factor"
	"podpis/internal/service/servicetest"
)

const (
	phone    = "+79990000001"
	newPhone = "+79990000077"
	mail     = "anna@example.org"
	newMail  = "Anna.New@example.org"
)

type world struct {
	*servicetest.World
	t *testing.T
}

// at makes a world with an account whose session has just shown its second step.
func at(t *testing.T) (*world, auth.Session) {
	t.Helper()
	w := &world{servicetest.New(t), t}
	a, token := w.SignUp(phone, mail, servicetest.Anna())
	return w, w.stepped(a, token)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// stepped is the session after its second step by SMS.
func (w *world) stepped(a auth.Account, token string) auth.Session {
	w.t.Helper()
	ctx := context.Background()
	challenge, err := w.Accounts.AskSecond(ctx, token)
	w.must(err)
	token, err = w.Accounts.Second(ctx, token, auth.Proof{Way: "sms", Challenge: challenge, Code: w.Code(a.Phone)}, servicetest.Client())
	w.must(err)
	s, err := w.Accounts.Session(ctx, token)
	w.must(err)
	return s
}

// refused checks the key and the kind of a refusal.
func refused(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if p, ok := problem.Of(err); !ok || p.Kind != kind || p.Key != key {
		t.Errorf("refused with %v, want %v %s", err, kind, key)
	}
}

func (w *world) account(id string) (a auth.Account) {
	w.t.Helper()
	w.must(w.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		a, err = w.Accounts.AccountByID(ctx, tx, id)
		return err
	}))
	return a
}

// state is the latest change of a contact.
func (w *world) state(a auth.Account, k contact.Kind) contact.Change {
	w.t.Helper()
	list, err := w.Contacts.Of(context.Background(), a)
	w.must(err)
	for _, c := range list {
		if c.Kind == k {
			return c
		}
	}
	return contact.Change{}
}

var codePattern = regexp.MustCompile(`Подпись: (\d{6}) — новый контакт`)

// codeTo is the latest code sent to a new contact.
func (w *world) codeTo(contact string) string {
	w.t.Helper()
	w.Deliver()
	for _, m := range slices.Backward(append(w.SMS.To(contact), w.Mail.To(contact)...)) {
		if c := codePattern.FindStringSubmatch(m.Body); c != nil {
			return c[1]
		}
	}
	w.t.Fatalf("no code was sent to %s", contact)
	return ""
}

var stopPattern = regexp.MustCompile(regexp.QuoteMeta(servicetest.PublicURL) + `/contacts/stop/(\S+)`)

// stopOf is the latest link to stop that a contact has, empty for none.
func (w *world) stopOf(contact string) (token string) {
	w.t.Helper()
	w.Deliver()
	for _, m := range append(w.SMS.To(contact), w.Mail.To(contact)...) {
		if c := stopPattern.FindStringSubmatch(m.Body); c != nil {
			token = c[1]
		}
	}
	return token
}

// pass lets time go by and the jobs run.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.Clock.Pass(d)
	w.Deliver()
}

// TestContactIsChanged: a new phone is proved by a code to it, the old contacts are told and
// have a while to stop it, then it signs in and the old one does not. A new address is
// confirmed by a code too.
//
// S001-219: contacts are confirmed by codes.
func TestContactIsChanged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, own := at(t)
	from := servicetest.Client()
	w.must(w.Contacts.Ask(ctx, own, contact.Phone, "8 (999) 000-00-77", from))
	code := w.codeTo(newPhone)
	refused(t, w.Contacts.Confirm(ctx, own, contact.Phone, servicetest.Wrong(code), from), problem.Invalid, "auth.code.wrong")
	refused(t, w.Contacts.Confirm(ctx, own, contact.Mail, code, from), problem.NotFound, "contact.missing")
	if w.stopOf(phone) != "" {
		t.Error("the old phone is told before the new one is proved")
	}
	w.must(w.Contacts.Confirm(ctx, own, contact.Phone, code, from))
	refused(t, w.Contacts.Confirm(ctx, own, contact.Phone, code, from), problem.NotFound, "contact.missing")
	if w.stopOf(phone) == "" || w.stopOf(phone) != w.stopOf(mail) || w.stopOf(newPhone) != "" {
		t.Errorf("links: %q, %q, %q", w.stopOf(phone), w.stopOf(mail), w.stopOf(newPhone))
	}
	refused(t, w.Contacts.Ask(ctx, own, contact.Phone, "+79990000078", from), problem.Conflict, "contact.pending")
	w.pass(23 * time.Hour)
	if a := w.account(own.Account.ID); a.Phone != phone || w.state(a, contact.Phone).State != contact.Cooling {
		t.Errorf("after 23 hours: %s, %s", a.Phone, w.state(a, contact.Phone).State)
	}
	stop := w.stopOf(phone)
	w.pass(2 * time.Hour)
	a := w.account(own.Account.ID)
	if a.Phone != newPhone || w.state(a, contact.Phone).State != contact.Done {
		t.Errorf("after a day: %s, %s", a.Phone, w.state(a, contact.Phone).State)
	}
	refused(t, w.Contacts.Stop(ctx, stop, from), problem.NotFound, "contact.stop.missing")
	for to, want := range map[string]string{phone: "действует новый контакт", newPhone: "теперь сообщения кабинета приходят на этот номер", mail: "Телефон: контакт изменён"} {
		told := ""
		for _, m := range append(w.SMS.To(to), w.Mail.To(to)...) {
			told += m.Subject + " " + m.Body + "\n"
		}
		if !strings.Contains(told, want) {
			t.Errorf("%s is not told %q:\n%s", to, want, told)
		}
	}

	// An address that nobody has confirmed gives way at once; a confirmed one is asked.
	own = w.again(newPhone)
	w.must(w.Contacts.Ask(ctx, own, contact.Mail, mail, from))
	w.must(w.Contacts.Confirm(ctx, own, contact.Mail, w.codeTo(mail), from))
	if a := w.account(own.Account.ID); !a.MailConfirmed || a.Mail != mail {
		t.Errorf("own address: %+v", a)
	}
	own = w.again(newPhone)
	refused(t, w.Contacts.Ask(ctx, own, contact.Mail, strings.ToUpper(mail), from), problem.Invalid, "contact.same")
	w.must(w.Contacts.Ask(ctx, own, contact.Mail, newMail, from))
	w.must(w.Contacts.Confirm(ctx, own, contact.Mail, w.codeTo(newMail), from))
	if a := w.account(own.Account.ID); a.Mail != mail {
		t.Errorf("at once: %s", a.Mail)
	}
	w.pass(25 * time.Hour)
	if a := w.account(own.Account.ID); a.Mail != newMail || !a.MailConfirmed {
		t.Errorf("new address: %+v", a)
	}
	for _, action := range []string{"contact.ask", "contact.cooling", "contact.done", "auth.contact.change"} {
		if len(w.Entries(action)) == 0 {
			t.Errorf("no record of %s", action)
		}
	}
}

// again signs in anew and shows the second step.
func (w *world) again(phone string) auth.Session {
	w.t.Helper()
	ctx := context.Background()
	token, _, err := w.Accounts.Login(ctx, servicetest.Anna().INN, servicetest.Password, servicetest.Client())
	w.must(err)
	return w.stepped(auth.Account{Phone: phone}, token)
}

// TestOldContactStops: the link works once, keeps the contact, ends all sessions; and a
// change ends by itself when the password was changed or the sign-in closed meanwhile.
func TestOldContactStops(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, own := at(t)
	from := servicetest.Client()
	begin := func(own auth.Session) {
		t.Helper()
		w.must(w.Contacts.Ask(ctx, own, contact.Phone, newPhone, from))
		w.must(w.Contacts.Confirm(ctx, own, contact.Phone, w.codeTo(newPhone), from))
	}
	begin(own)
	stop := w.stopOf(phone)
	if c, err := w.Contacts.Stopping(ctx, stop); err != nil || c.State != contact.Cooling {
		t.Errorf("the page of the link: %+v, %v", c, err)
	}
	for _, wrong := range []string{"", "AAAA", stop + "A"} {
		refused(t, w.Contacts.Stop(ctx, wrong, from), problem.NotFound, "contact.stop.missing")
	}
	w.must(w.Contacts.Stop(ctx, stop, from))
	refused(t, w.Contacts.Stop(ctx, stop, from), problem.NotFound, "contact.stop.missing")
	if n := w.Count("session", "account_id = $1", own.Account.ID); n != 0 {
		t.Errorf("%d sessions go on", n)
	}
	w.pass(25 * time.Hour)
	if a := w.account(own.Account.ID); a.Phone != phone || w.state(a, contact.Phone).State != contact.Stopped {
		t.Errorf("after the stop: %s, %s", a.Phone, w.state(a, contact.Phone).State)
	}

	own = w.again(phone)
	begin(own)
	w.Clock.Pass(time.Hour)
	_, hash, err := w.Accounts.DrawPassword(ctx)
	w.must(err)
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Accounts.ResetPassword(ctx, tx, "test", own.Account.ID, hash, false)
	})
	w.pass(25 * time.Hour)
	if a := w.account(own.Account.ID); a.Phone != phone || w.state(a, contact.Phone).State != contact.Refused {
		t.Errorf("after a new password: %s, %s", a.Phone, w.state(a, contact.Phone).State)
	}
}

// TestRobbed: a thief in a session asks for other contacts; when the owner has the phone recovered, or all
// sessions ended, neither takes effect.
func TestRobbed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, rescue := range map[string]func(w *world, ctx context.Context, tx *db.Tx, a auth.Account) error{
		"recovered": func(w *world, ctx context.Context, tx *db.Tx, a auth.Account) error {
			return w.Accounts.ChangeContact(ctx, tx, "recovery", a.ID, "+79990000088")
		},
		"signed out": func(w *world, ctx context.Context, tx *db.Tx, a auth.Account) error {
			_, err := w.Accounts.EndSessions(ctx, tx, a.ID)
			return err
		},
		"closed and opened": func(w *world, ctx context.Context, tx *db.Tx, a auth.Account) error {
			return errors.Join(w.Accounts.Block(ctx, tx, a.ID, "test", tx.Now().Add(time.Hour)), w.Accounts.Unblock(ctx, tx, a.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, own := at(t)
			from := servicetest.Client()
			w.must(w.Contacts.Ask(ctx, own, contact.Phone, newPhone, from))
			w.must(w.Contacts.Confirm(ctx, own, contact.Phone, w.codeTo(newPhone), from))
			w.Clock.Pass(time.Hour)
			w.Write(func(ctx context.Context, tx *db.Tx) error { return rescue(w, ctx, tx, own.Account) })
			w.Deliver()
			w.pass(25 * time.Hour)
			if a := w.account(own.Account.ID); a.Phone == newPhone || w.state(a, contact.Phone).State != contact.Refused {
				t.Errorf("the thief's phone: %s, %s", a.Phone, w.state(a, contact.Phone).State)
			}
		})
	}
}

// TestNobodysContactIsTaken: a contact of another account is refused, and only to whoever
// has proved that it is theirs; one that was taken while it cooled stays with who has it.
func TestNobodysContactIsTaken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, own := at(t)
	from := servicetest.Client()
	w.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	for k, theirs := range map[contact.Kind]string{contact.Phone: "+79990000002", contact.Mail: "BORIS@example.org"} {
		w.must(w.Contacts.Ask(ctx, own, k, theirs, from)) // nothing is told yet
		refused(t, w.Contacts.Confirm(ctx, own, k, w.codeTo(theirs), from), problem.Conflict, "contact.taken."+string(k))
		if c := w.state(own.Account, k); c.State != contact.Refused {
			t.Errorf("%s: %s", k, c.State)
		}
	}
	w.must(w.Contacts.Ask(ctx, own, contact.Phone, newPhone, from))
	w.must(w.Contacts.Confirm(ctx, own, contact.Phone, w.codeTo(newPhone), from))
	w.Clock.Pass(time.Hour)
	w.Write(func(ctx context.Context, tx *db.Tx) error { // somebody proves it faster
		other, _, err := w.Accounts.HolderByINN(ctx, tx, servicetest.Boris().INN)
		if err != nil {
			return err
		}
		return w.Accounts.ChangeContact(ctx, tx, "test", other.ID, newPhone)
	})
	w.pass(25 * time.Hour)
	if a := w.account(own.Account.ID); a.Phone != phone || w.state(a, contact.Phone).State != contact.Refused {
		t.Errorf("taken meanwhile: %s, %s", a.Phone, w.state(a, contact.Phone).State)
	}
}

// TestContactIsGuarded: a session without its second step, a session that may only look and
// too many wishes are refused; a code that was not given leaves what was typed; a change is
// called off; a closed account leaves nothing.
func TestContactIsGuarded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, own := at(t)
	from := servicetest.Client()
	for _, wrong := range []string{"", "12", "anna@example.org", "+7999000007x"} {
		refused(t, w.Contacts.Ask(ctx, own, contact.Phone, wrong, from), problem.Invalid, "auth.phone.wrong")
	}
	refused(t, w.Contacts.Ask(ctx, own, contact.Mail, newPhone, from), problem.Invalid, "auth.mail.wrong")
	refused(t, w.Contacts.Ask(ctx, own, contact.Phone, phone, from), problem.Invalid, "contact.same")
	looking := own
	looking.Level = auth.Viewing
	refused(t, w.Contacts.Ask(ctx, looking, contact.Phone, newPhone, from), problem.Forbidden, "auth.second.needed")

	w.must(w.Contacts.Ask(ctx, own, contact.Phone, newPhone, from))
	first := w.codeTo(newPhone)
	w.Clock.Pass(6 * time.Minute)
	if c := w.state(own.Account, contact.Phone); c.Live || c.State != contact.Code {
		t.Errorf("after the life of a code: %+v", c)
	}
	w.must(w.Contacts.Resend(ctx, own, contact.Phone, from)) // a new one
	refused(t, w.Contacts.Resend(ctx, own, contact.Phone, from), problem.Limited, "auth.code.wait")
	refused(t, w.Contacts.Confirm(ctx, own, contact.Phone, first, from), problem.Invalid, "auth.code.wrong")
	w.Clock.Pass(5 * time.Minute) // ten minutes after the step
	refused(t, w.Contacts.Confirm(ctx, own, contact.Phone, w.codeTo(newPhone), from), problem.Forbidden, "auth.step.needed")
	w.pass(2 * time.Hour)
	if c := w.state(own.Account, contact.Phone); c.State != contact.Expired || c.New != newPhone {
		t.Errorf("expired: %+v", c)
	}
	refused(t, w.Contacts.Drop(ctx, own, contact.Phone, from), problem.NotFound, "contact.missing")

	own = w.again(phone)
	w.must(w.Contacts.Ask(ctx, own, contact.Phone, newPhone, from))
	w.must(w.Contacts.Confirm(ctx, own, contact.Phone, w.codeTo(newPhone), from))
	w.must(w.Contacts.Drop(ctx, own, contact.Phone, from))
	w.pass(25 * time.Hour)
	if a := w.account(own.Account.ID); a.Phone != phone {
		t.Errorf("after it was called off: %s", a.Phone)
	}
	w.Set("contact.per_day", "1")
	own = w.again(phone)
	w.must(w.Contacts.Ask(ctx, own, contact.Phone, "+79990000078", from))
	refused(t, w.Contacts.Ask(ctx, own, contact.Phone, "+79990000079", from), problem.Limited, "contact.too_many")
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, own.Account) })
	w.Deliver()
	if n := w.Count("contact_change", "account_id = $1", own.Account.ID); n != 0 {
		t.Errorf("%d changes of a closed account", n)
	}
}

// TestMovesOfContacts: every state that can be left waits, and the others are ends.
func TestMovesOfContacts(t *testing.T) {
	t.Parallel()
	for from, to := range contact.Moves() {
		if _, waits := contact.Turns()[from]; !waits || len(to) == 0 {
			t.Errorf("%s: nobody's turn", from)
		}
	}
	if got := slices.Sorted(maps.Keys(contact.Turns())); len(got) != len(contact.Moves()) {
		t.Errorf("turns of %v", got)
	}
}

// TestFreshCertificateWaits: a session by a certificate needs no while, unless a way in was added just now: it may be a
// thief's.
func TestFreshCertificateWaits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, own := at(t)
	from := servicetest.Client()
	change := func(own auth.Session, to string) contact.State {
		t.Helper()
		own.Method = auth.ByCertificate
		w.must(w.Contacts.Ask(ctx, own, contact.Phone, to, from))
		w.must(w.Contacts.Confirm(ctx, own, contact.Phone, w.codeTo(to), from))
		return w.state(own.Account, contact.Phone).State
	}
	if s := change(own, newPhone); s != contact.Done {
		t.Errorf("by a certificate of long ago: %s", s)
	}
	actor := factor.Actor{Account: own.Account.ID}
	codes, err := w.Factors.MakeCodes(ctx, actor)
	w.must(err)
	w.must(w.Factors.ConfirmCodes(ctx, actor, codes[0]))
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Factors.AddSMS(ctx, tx, actor) })
	if s := change(w.again(newPhone), "+79990000078"); s != contact.Cooling {
		t.Errorf("with a way in of this minute: %s", s)
	}
	w.must(w.Contacts.Drop(ctx, own, contact.Phone, from))
	w.pass(25 * time.Hour)
	if s := change(w.again(newPhone), "+79990000079"); s != contact.Done {
		t.Errorf("a day later: %s", s)
	}
}
