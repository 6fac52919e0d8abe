// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/inbox"
	"podpis/internal/service/push"
	"podpis/internal/service/servicetest"
	standpush "podpis/stand/push"
	"podpis/verify/fetch"
	"podpis/wire/webpush"
)

var ctx = context.Background() //nolint:gochecknoglobals // not changed

type office struct {
	*servicetest.World
	t       *testing.T
	account auth.Account
	token   string
	actor   push.Actor
	browser *standpush.Browser
}

func newOffice(t *testing.T) *office {
	t.Helper()
	w := servicetest.New(t)
	account, token := w.SignUp("+79990001122", "sokolova@example.org", servicetest.Anna())
	w.Deliver()
	client := servicetest.PhoneClient("key of a phone")
	return &office{w, t, account, token, push.Actor{Account: account, Client: client}, w.Subscribe(account, client)}
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

func (o *office) devices() []push.Device {
	o.t.Helper()
	list, err := o.Push.Devices(ctx, o.actor)
	must(o.t, err)
	return list
}

func (o *office) tell(class notify.Class, profile string) {
	o.t.Helper()
	o.Write(func(ctx context.Context, tx *db.Tx) error {
		return o.Teller.Tell(ctx, tx, notify.Person{AccountID: o.account.ID, ProfileID: profile}, notify.Event{
			Kind: "hook.failed", Class: class, Values: map[string]any{"Host": "secret.example"}, URL: "/c/x/",
		})
	})
}

// texts are what the browser got since the last time, opened.
func (o *office) texts() (list []string) {
	o.Deliver()
	for _, m := range o.browser.Messages() {
		list = append(list, m.Text)
	}
	return list
}

// TestLettersComeToDevices: a letter is told to the device that asked for notices, in words
// that name nobody, by classes that the person chose; security always, also at night.
func TestLettersComeToDevices(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if list := o.devices(); len(list) != 1 || !list[0].Here || list[0].Name != "Chrome, Android" || !list[0].UsedAt.IsZero() {
		t.Fatalf("%+v", list)
	}
	o.tell(notify.Reminder, "p1")
	got := o.texts()
	if len(got) != 1 || !strings.Contains(got[0], `"/c/p1/inbox/`) || strings.Contains(got[0], "secret.example") || len(o.PushStand.Refused()) != 0 {
		t.Fatalf("%v, %v", got, o.PushStand.Refused())
	}
	for _, personal := range []string{"Соколов", "990000001704", "sokolova", "7999"} {
		if strings.Contains(got[0], personal) {
			t.Errorf("a locked screen shows %q: %s", personal, got[0])
		}
	}
	if m := o.browser.Messages()[0]; m.Urgency != "normal" || m.TTL != 24*3600 || len(m.Topic) != 32 {
		t.Errorf("%+v", m)
	}
	if o.devices()[0].UsedAt.IsZero() {
		t.Error("use is not noted")
	}
	settings := notify.Settings{Muted: []string{"reminder/push", "security/push"}, Quiet: notify.Quiet{From: 0, Until: 23*60 + 59, Zone: "UTC"}}
	must(t, o.Letters.SetSettings(ctx, inbox.Actor{Account: o.account}, settings))
	o.tell(notify.Reminder, "p1")
	o.tell(notify.News, "p1")
	if n := len(o.texts()); n != 1 && o.Clock.Now().Hour()*60+o.Clock.Now().Minute() < 23*60+59 {
		t.Errorf("%d notices: one class is switched off, the other waits for the end of the quiet hours", n)
	}
	before := len(o.texts())
	o.tell(notify.Security, "")
	if got = o.texts(); len(got) != before+1 || !strings.Contains(got[len(got)-1], `"/app/letter/`) {
		t.Errorf("security does not come: %v", got)
	}
	if m := o.browser.Messages()[before]; m.Urgency != "high" {
		t.Errorf("%+v", m)
	}
}

// TestFailingService: each answer of a push service means what RFC 8030 says.
func TestFailingService(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.tell(notify.Case, "p1")
	o.PushStand.Fail(standpush.Busy)
	if n := len(o.texts()); n != 0 || o.PushStand.Asked() != 1 {
		t.Fatalf("%d taken by a busy service, asked %d times", n, o.PushStand.Asked())
	}
	o.PushStand.Fail(standpush.None)
	o.Clock.Pass(standpush.Delay - time.Second)
	if o.Deliver(); o.PushStand.Asked() != 1 {
		t.Error("asked before the time it wanted")
	}
	o.Clock.Pass(2 * time.Second)
	if n := len(o.texts()); n != 1 {
		t.Errorf("%d came after the pause", n)
	}
	for _, f := range []standpush.Failure{standpush.Broken, standpush.Closed, standpush.Slow} {
		before := len(o.texts())
		o.PushStand.Fail(f)
		o.tell(notify.Case, "p1")
		if o.Deliver(); len(o.browser.Messages()) != before {
			t.Errorf("%s: taken", f)
		}
		o.PushStand.Fail(standpush.None)
		o.Clock.Pass(10 * time.Minute)
		if n := len(o.texts()); n != before+1 {
			t.Errorf("%s: %d notices after it was mended, want %d", f, n, before+1)
		}
	}
	// Sent elsewhere it does not go, and does not try again.
	before, asked := len(o.texts()), o.PushStand.Asked()
	o.PushStand.Fail(standpush.Away)
	o.tell(notify.Case, "p1")
	o.Deliver()
	o.PushStand.Fail(standpush.None)
	o.Clock.Pass(time.Hour)
	if n := len(o.texts()); n != before || o.PushStand.Asked() != asked+1 {
		t.Errorf("%d notices, asked %d times", n, o.PushStand.Asked()-asked)
	}
	// A notice that waited too long tells nobody anything.
	o.PushStand.Fail(standpush.Broken)
	o.tell(notify.Case, "p1")
	o.Deliver()
	o.PushStand.Fail(standpush.None)
	o.Clock.Pass(25 * time.Hour)
	if n := len(o.texts()); n != before {
		t.Error("told a day late")
	}
	o.PushStand.Fail(standpush.Gone)
	o.tell(notify.Case, "p1")
	if o.Deliver(); len(o.devices()) != 0 || len(o.Entries("push.gone")) != 1 {
		t.Error("a subscription that is gone is kept")
	}
}

// TestSubscriptions: the same one again is one; a browser has one; an account has few; what
// another account holds is not taken without its keys.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	add := func(actor push.Actor, s webpush.Subscription) error {
		t.Helper()
		body, err := json.Marshal(s)
		must(t, err)
		return o.Push.Add(ctx, actor, body)
	}
	must(t, add(o.actor, o.browser.Subscription))
	if len(o.devices()) != 1 || len(o.Entries("push.add")) != 1 {
		t.Error("the same subscription twice")
	}
	second := o.Subscribe(o.account, o.actor.Client)
	if list := o.devices(); len(list) != 1 {
		t.Errorf("one browser has %d", len(list))
	}
	other, _ := o.SignUp("+79990002233", "kim@example.org", servicetest.Boris())
	them := push.Actor{Account: other, Client: o.actor.Client}
	forged := second.Subscription
	forged.Keys.Auth = strings.Repeat("A", 22)
	refused(t, "an address without its keys", add(them, forged), "push.subscription.taken")
	if len(o.devices()) != 1 {
		t.Error("a stranger ended it")
	}
	must(t, add(them, second.Subscription))
	if len(o.devices()) != 0 || o.Count("push_device", "account_id = $1", other.ID) != 1 {
		t.Error("two accounts have one browser")
	}
	if gone := o.Entries("push.gone"); len(gone) != 1 || gone[0].Details["account"] != o.account.ID {
		t.Errorf("the account that lost it has no record of it: %+v", gone)
	}
	strange := them
	strange.Client.Key = ""
	refused(t, "a browser that cannot be known", add(strange, o.browser.Subscription), "factor.device.unknown")
	o.Set("push.devices", "1")
	many := o.actor
	o.Subscribe(o.account, o.actor.Client)
	many.Client.Key = "third"
	b, err := o.PushStand.Subscribe("x")
	must(t, err)
	refused(t, "too many", add(many, b.Subscription), "push.too_many")
	refused(t, "nonsense", o.Push.Add(ctx, o.actor, []byte("{}")), "push.subscription.wrong")
}

// TestNotOfAnother: a device of another person is not found.
func TestNotOfAnother(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other, _ := o.SignUp("+79990002233", "kim@example.org", servicetest.Boris())
	them, id := push.Actor{Account: other}, o.devices()[0].ID
	refused(t, "dropped", o.Push.Drop(ctx, them, id), "push.missing")
	refused(t, "tested", o.Push.Test(ctx, them, id), "push.missing")
	if list, err := o.Push.Devices(ctx, them); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	must(t, o.Push.Test(ctx, o.actor, id))
	if n := len(o.texts()); n != 1 {
		t.Errorf("%d test notices", n)
	}
	must(t, o.Push.Test(ctx, o.actor, id))
	must(t, o.Push.Drop(ctx, o.actor, id))
	if n := len(o.texts()); n != 1 || len(o.devices()) != 0 {
		t.Error("told after it was taken away")
	}
}

// TestItEndsWithTheBrowser: notices end with a sign-out, with «Завершить», and with the
// account; not with time.
func TestItEndsWithTheBrowser(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	login := func() string {
		t.Helper()
		token, _, err := o.Accounts.Login(ctx, o.account.Phone, servicetest.Password, o.actor.Client)
		must(t, err)
		return token
	}
	there := func(want int, why string) {
		t.Helper()
		o.Deliver()
		if n := len(o.devices()); n != want {
			t.Errorf("%s: %d devices", why, n)
		}
	}
	login()
	o.Clock.Pass(time.Hour)
	there(1, "a session that ran out")
	must(t, o.Accounts.Logout(ctx, login(), o.actor.Client))
	there(0, "a sign-out")
	o.Subscribe(o.account, o.actor.Client)
	phone, err := o.Accounts.Session(ctx, login())
	must(t, err)
	computer, _, err := o.Accounts.Login(ctx, o.account.Phone, servicetest.Password, auth.Client{Network: "192.0.2.4", Key: "computer"})
	must(t, err)
	own, err := o.Accounts.Session(ctx, computer)
	must(t, err)
	must(t, o.Accounts.EndSession(ctx, own, phone.ID, auth.Client{}))
	there(0, "thrown out")
	o.Subscribe(o.account, o.actor.Client)
	o.Subscribe(o.account, auth.Client{Key: "computer"})
	must(t, o.Accounts.EndOthers(ctx, own, auth.Client{}))
	there(1, "the others thrown out")
	o.Write(func(ctx context.Context, tx *db.Tx) error { return o.Accounts.Close(ctx, tx, o.account) })
	there(0, "the account closed")
	if o.Count("push_device", "1 = 1") != 0 {
		t.Error("rows are kept of a closed account")
	}
}

// TestAddressesAreSealed looks for the address in the database, and for the key of the
// installation; and the key stays the same.
func TestAddressesAreSealed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first, err := o.Push.Key(ctx)
	must(t, err)
	o.Write(o.Push.Install)
	if again, err := o.Push.Key(ctx); err != nil || again != first {
		t.Errorf("another key: %v", err)
	}
	must(t, o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var sealed []byte
		if err := tx.QueryRowContext(ctx, "SELECT sealed FROM push_device").Scan(&sealed); err != nil {
			return err
		}
		for _, secret := range []string{o.browser.Subscription.Endpoint, "127.0.0.1", o.browser.Subscription.Keys.Auth} {
			if bytes.Contains(sealed, []byte(secret)) {
				t.Errorf("%s is readable", secret)
			}
		}
		return nil
	}))
}

// TestAddressesOfStrangers: an address is https and is called only outside (SSRF); its name
// stands in no error.
func TestAddressesOfStrangers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	strict := push.New(push.Parts{
		DB: o.DB, Ring: o.Ring, Policies: o.Book, Teller: o.Teller, Words: o.Words, PublicURL: servicetest.PublicURL, Client: fetch.Options{Timeout: time.Second}.HTTP(),
	})
	for _, address := range []string{"http://push.example/1", "file:///etc/passwd", "https://a:b@push.example/1", "gopher://push.example/"} {
		s := o.browser.Subscription
		s.Endpoint = address
		body, err := json.Marshal(s)
		must(t, err)
		refused(t, address, strict.Add(ctx, o.actor, body), "push.subscription.wrong")
	}
	for _, address := range []string{"https://127.0.0.1/1", "https://[::1]/1", "https://10.1.2.3/1", "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/"} {
		s := o.browser.Subscription
		s.Endpoint = address
		err := strict.Try(ctx, s)
		if !errors.Is(err, fetch.ErrAddress) || strings.Contains(err.Error(), "meta-data") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if got := agent.ID(""); got != "" {
		t.Errorf("no key is known as %q", got)
	}
}
