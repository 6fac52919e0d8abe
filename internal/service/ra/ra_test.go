// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"image/png"
	"testing"

	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
)

const (
	phone = "+79990000001"
	mail  = "anna@example.org"
)

var ctx = context.Background()

// desk is a world with a holder and an operator.
type desk struct {
	*servicetest.World
	*ra.Service
	t        *testing.T
	anna, op ra.Actor
	keys     map[string]*alg.PrivateKey // of the orders, by application
	requests map[string][]byte
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{World: servicetest.NewDesk(t), t: t, keys: map[string]*alg.PrivateKey{}, requests: map[string][]byte{}}
	d.Service = d.Desk
	account, _ := d.SignUp(phone, mail, servicetest.Anna())
	d.anna = actor(account)
	d.op = actor(d.Operator("+79990000009", "op@example.org", "Иванова О. П."))
	// Many applications in one test: the messages are not what it is about.
	d.Set("auth.code.sends_per_phone", "10000")
	d.Set("ra.limit.count", "10000")
	return d
}

func actor(a auth.Account) ra.Actor { return ra.Actor{Account: a, Client: servicetest.Client()} }

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

// event is the line of the timeline for a move. Those of one moment have no
// order, and the clock of a test stands.
func event(a ra.Application, m ra.Move) (found ra.Event) {
	for _, e := range a.Events {
		if e.Kind == string(m) {
			found = e
		}
	}
	return found
}

func (d *desk) must(err error) {
	d.t.Helper()
	must(d.t, err)
}

// picture is a picture that can be read; n makes it another one.
func picture(n byte) []byte {
	img := image.NewGray(image.Rect(0, 0, 420, 420))
	for i := range img.Pix {
		img.Pix[i] = byte(i) + n
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // an image in memory always encodes
	}
	return b.Bytes()
}

// filled opens an application and fills in everything but the signature.
func (d *desk) filled(who ra.Actor) string {
	d.t.Helper()
	id, err := d.Start(ctx, who, "")
	d.must(err)
	d.fill(who, id)
	return id
}

func (d *desk) fill(who ra.Actor, id string) {
	d.t.Helper()
	d.must(d.Fill(ctx, who, id, ra.SetPurposes([]string{"documents"}), nil))
	d.must(d.Fill(ctx, who, id, ra.SetHolder(identity.Individual, "", identity.Company{}), nil))
	a := d.get(who, id)
	d.must(d.Fill(ctx, who, id, ra.SetData(a.Form.Person, "16 Республика Татарстан", "Казань", mail), nil))
	d.must(d.Attach(ctx, who, id, "passport", "passport.png", picture(1)))
}

func (d *desk) get(who ra.Actor, id string) ra.Application {
	d.t.Helper()
	a, err := d.Get(ctx, who, id)
	d.must(err)
	return a
}

// submit signs and sends an application.
func (d *desk) submit(who ra.Actor, id string) error {
	if err := d.AskSignature(ctx, who, id); err != nil {
		return err
	}
	return d.Submit(ctx, who, id, d.Code(who.Account.Phone))
}

func (d *desk) approve(id string) error {
	a, err := d.Inspect(ctx, d.op, id, false)
	if err != nil {
		return err
	}
	return d.Approve(ctx, d.op, id, ra.SeenDigest(a), ra.CheckTicks())
}

// order asks for the code and orders, with a key of its own for each application.
func (d *desk) order(who ra.Actor, id string) error {
	if d.requests[id] == nil {
		d.keys[id], d.requests[id] = servicetest.Request(d.t, alg.P256)
	}
	code := "000000"
	if d.get(who, id).State == ra.Approved {
		if err := d.AskIssue(ctx, who, id, true); err != nil {
			return err
		}
		code = d.Code(who.Account.Phone)
	}
	_, err := d.OrderCertificate(ctx, who, id, code, d.requests[id])
	return err
}

// orderOnly orders, and the program ends before the authority is asked.
func (d *desk) orderOnly(id string) error {
	d.t.Helper()
	d.keys[id], d.requests[id] = servicetest.Request(d.t, alg.P256)
	if err := d.AskIssue(ctx, d.anna, id, true); err != nil {
		return err
	}
	_, err := d.OrderOnly(ctx, d.anna, id, d.Code(phone), d.requests[id])
	return err
}

var errToken = errors.New("the token does not answer")

// orderUnfinished orders while the authority's key is out of reach.
func (d *desk) orderUnfinished(id string) {
	d.t.Helper()
	d.Key.Before(func() error { return errToken })
	defer d.Key.Before(nil)
	if err := d.order(d.anna, id); !errors.Is(err, errToken) {
		d.t.Fatalf("got %v", err)
	}
}

func (d *desk) install(id string) error {
	a := d.get(d.anna, id)
	key := d.keys[id]
	if key == nil {
		key, _ = servicetest.Request(d.t, alg.P256)
	}
	h := key.PublicKey().Kind().Hash()
	sig, err := key.SignDigest(rand.Reader, h, h.Sum(ra.TestLine(id, a.Serial)))
	d.must(err)
	return d.Installed(ctx, d.anna, id, sig)
}
