// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package consult_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/consult"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/recovery"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/support"
	"podpis/pki/alg"
)

const (
	phone   = "+79990000001"
	mail    = "anna@example.org"
	unknown = "+79990000077"
)

var ctx = context.Background()

// world is a desk with a consultant and a client.
type world struct {
	*servicetest.World
	t        *testing.T
	anna, op ra.Actor
}

func at(t *testing.T) *world {
	t.Helper()
	w := &world{World: servicetest.NewDesk(t), t: t}
	a, _ := w.SignUp(phone, mail, servicetest.Anna())
	w.anna, w.op = actor(a), actor(w.Operator("+79990000009", "op@example.org", "Иванова О. П."))
	return w
}

func actor(a auth.Account) ra.Actor { return ra.Actor{Account: a, Client: servicetest.Client()} }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind problem.Kind, key, field string) {
	t.Helper()
	for _, p := range problem.All(err) {
		if p.Kind == kind && p.Key == key && p.Field == field {
			return
		}
	}
	t.Errorf("got %v, want %s: %s at %q", err, kind, key, field)
}

func order() consult.Call {
	return consult.Call{Phone: "8 999 000-00-77", Agreed: true, Wanted: ra.Wanted{Purposes: []string{"reports"}, Kind: identity.Entrepreneur, Words: "Приложите паспорт"}}
}

func (w *world) applications(a ra.Actor) []ra.Application {
	w.t.Helper()
	list, err := w.Desk.List(ctx, a)
	w.must(err)
	return list
}

// TestOrderOfCaller: who was found by the three fields has an application prepared, in a role of theirs or of a
// kind they have none of; without the search, after its time, to a holder or to nobody there is no order; each look and act is recorded.
func TestOrderOfCaller(t *testing.T) {
	t.Parallel()
	w := at(t)
	id := w.anna.Account.ID
	wanted := ra.Wanted{Purposes: []string{"reports"}, Kind: identity.Organisation}
	prepare := func(by ra.Actor) error { _, err := w.Consult.Prepare(ctx, by, id, wanted, "k"); return err }
	_, err := w.Consult.Caller(ctx, w.op, id)
	refused(t, err, problem.NotFound, "client.find_first", "")
	refused(t, prepare(w.op), problem.NotFound, "client.find_first", "")
	refused(t, prepare(w.anna), problem.Forbidden, "auth.role.other", "")
	p := servicetest.Anna()
	find := func() {
		found, err := w.Recovery.FindClient(ctx, support.Actor{Account: w.op.Account}, recovery.Claim{INN: p.INN, Register: p.SNILS, Name: p.FullName()})
		w.must(err)
		if found != id {
			t.Fatalf("found %s", found)
		}
	}
	find()
	d, err := w.Consult.Caller(ctx, w.op, id)
	w.must(err)
	if len(d.Roles) != 1 || d.Roles[0].Kind != identity.Individual || d.Roles[0].RegisterNumber != "" || len(d.Waiting) != 0 {
		t.Errorf("%+v", d)
	}
	w.must(prepare(w.op))
	w.must(prepare(w.op)) // the same form twice
	list := w.applications(w.anna)
	if len(list) != 1 || list[0].State != ra.Prepared || list[0].Form.Kind != identity.Organisation || list[0].ProfileID != d.Roles[0].ID {
		t.Errorf("%+v", list)
	}
	if d, err = w.Consult.Caller(ctx, w.op, id); err != nil || len(d.Waiting) != 1 || d.Waiting[0].Title != "" {
		t.Errorf("%+v, %v", d, err)
	}
	_, prepared, err := w.Consult.Orders(ctx, w.op)
	w.must(err)
	if len(prepared) != 1 || prepared[0].Title+prepared[0].AccountID != "" {
		t.Errorf("the list tells of people: %+v", prepared)
	}
	w.Clock.Pass(31 * time.Minute)
	refused(t, prepare(w.op), problem.NotFound, "client.find_first", "")
	looks := w.Entries("consult.look")
	if len(looks) != 2 || looks[0].Object != "account/"+id || len(w.Entries("ra.prepare")) != 1 {
		t.Errorf("record: %+v", looks)
	}
	for _, stranger := range []ra.Actor{w.anna, actor(w.Staff(auth.Auditor, "+79990000010", "au@example.org", "Аудитор"))} {
		_, _, err = w.Consult.Orders(ctx, stranger)
		refused(t, err, problem.Forbidden, "auth.role.other", "")
		_, err = w.Consult.Take(ctx, stranger, order())
		refused(t, err, problem.Forbidden, "auth.role.other", "")
	}
}

// TestOrderOfUnknown: a caller without a cabinet gets one SMS with a plain link to the sign-up, which carries no
// secret; the order waits for whoever confirms this phone, once; it says nothing of whether the phone
// has a cabinet; it is bounded by phone and consultant.
func TestOrderOfUnknown(t *testing.T) {
	t.Parallel()
	w := at(t)
	_, err := w.Consult.Take(ctx, w.op, consult.Call{Phone: "12", Wanted: ra.Wanted{Kind: "x"}})
	for field, key := range map[string]string{"phone": "auth.phone.wrong", "purposes": "ra.purposes.none", "kind": "identity.kind.wrong", "agreed": "consult.agreed"} {
		refused(t, err, problem.Invalid, key, field)
	}
	id, err := w.Consult.Take(ctx, w.op, order())
	w.must(err)
	_, err = w.Consult.Take(ctx, w.op, order())
	refused(t, err, problem.Conflict, "consult.phone.waits", "phone")
	w.Deliver()
	sms := w.SMS.To(unknown)
	if len(sms) != 1 || !strings.Contains(sms[0].Body, servicetest.PublicURL+"/signup .") || strings.Contains(sms[0].Body, id) {
		t.Fatalf("SMS: %+v", sms)
	}
	if w.Count("phone_order", "secret LIKE '%reports%' OR secret LIKE '%Иванова%'") != 0 {
		t.Error("an order is not sealed")
	}
	o, err := w.Consult.Look(ctx, w.op, id)
	w.must(err)
	if o.State != consult.Waiting || o.Phone != identity.MaskPhone(unknown) || o.Wanted.Words != "Приложите паспорт" || o.DueAt.Sub(w.Clock.Now()) != 168*time.Hour || len(w.Entries("consult.order.look")) != 1 {
		t.Errorf("%+v", o)
	}

	w.must(w.Consult.Meet(ctx, w.anna)) // another phone
	if len(w.applications(w.anna)) != 0 {
		t.Error("somebody else met the order")
	}
	a, _ := w.SignUp(unknown, "boris@example.org", servicetest.Boris())
	boris := actor(a)
	w.must(w.Consult.Meet(ctx, boris))
	w.must(w.Consult.Meet(ctx, boris))
	list := w.applications(boris)
	if len(list) != 1 || list[0].State != ra.Prepared || list[0].Form.Kind != identity.Entrepreneur || list[0].Prepared.Name != "Иванова О. П." {
		t.Fatalf("%+v", list)
	}
	if o, err = w.Consult.Look(ctx, w.op, id); err != nil || o.State != consult.Met || o.Phone != "" || o.Application.Number != list[0].Number || o.Application.Title != "" {
		t.Errorf("%+v, %v", o, err)
	}
	refused(t, w.Consult.Cancel(ctx, w.op, id), problem.Conflict, "consult.moved", "")
	w.Deliver()
	if len(w.Entries("consult.met")) != 1 || w.Count("letter", "account_id = $1 AND kind = 'application.prepared'", a.ID) != 1 {
		t.Error("not recorded, or no letter")
	}
	for _, m := range w.SMS.To(unknown) {
		if strings.Contains(m.Body, "консультант подготовил") {
			t.Errorf("a second SMS: %q", m.Body)
		}
	}

	// A phone that has a cabinet is treated alike until its owner comes.
	known := order()
	known.Phone = phone
	id, err = w.Consult.Take(ctx, w.op, known)
	w.must(err)
	if o, err = w.Consult.Look(ctx, w.op, id); err != nil || o.State != consult.Waiting || len(w.applications(w.anna)) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	w.must(w.Consult.Meet(ctx, w.anna))
	if len(w.applications(w.anna)) != 1 {
		t.Error("the owner of the phone has no application")
	}
	refused(t, func() error { _, err := w.Consult.Look(ctx, w.op, "nothing"); return err }(), problem.NotFound, "consult.order.missing", "")
	w.Set("consult.per_day", "2")
	_, err = w.Consult.Take(ctx, w.op, order())
	refused(t, err, problem.Limited, "consult.often", "")
}

// TestOrdersEnd: an order is cancelled or runs out, and meets nobody then; a consultant's own is not met; one that finds enough
// waiting waits too; ended ones go after a while, and with the account.
func TestOrdersEnd(t *testing.T) {
	t.Parallel()
	w := at(t)
	take := func(number string) string {
		c := order()
		c.Phone = number
		id, err := w.Consult.Take(ctx, w.op, c)
		w.must(err)
		return id
	}
	state := func(id string) consult.State {
		o, err := w.Consult.Look(ctx, w.op, id)
		w.must(err)
		return o.State
	}
	id := take(phone)
	w.must(w.Consult.Cancel(ctx, w.op, id))
	w.must(w.Consult.Meet(ctx, w.anna))
	if state(id) != consult.Cancelled || len(w.applications(w.anna)) != 0 || w.Count("phone_order", "phone <> ''") != 0 {
		t.Error("a cancelled order is met, or keeps its phone")
	}
	w.Set("ra.prepared.count", "0")
	full := take(phone)
	w.must(w.Consult.Meet(ctx, w.anna))
	if state(full) != consult.Waiting {
		t.Error("an order is lost because enough waits")
	}
	w.Clock.Pass(168 * time.Hour)
	w.must(w.Consult.Meet(ctx, w.anna))
	w.Deliver()
	if state(full) != consult.Expired || len(w.Entries("consult.expired")) != 1 {
		t.Errorf("%s after its term", state(full))
	}
	w.Set("ra.prepared.count", "3")
	met := take(phone)
	w.must(w.Consult.Meet(ctx, w.anna))
	if state(met) != consult.Met {
		t.Fatalf("%s", state(met))
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, w.anna.Account) })
	w.Deliver()
	if w.Count("phone_order", "id = $1", met) != 0 {
		t.Error("an order outlives its account")
	}
	w.Clock.Pass(721 * time.Hour)
	w.Deliver()
	if n := w.Count("phone_order", "1 = 1"); n != 0 {
		t.Errorf("%d orders are kept for ever", n)
	}
}

// TestOrderPhoneIsASetting: the number is of the policy, or that of support; none is in the program (ODD-08).
func TestOrderPhoneIsASetting(t *testing.T) {
	t.Parallel()
	w := at(t)
	for _, set := range []struct{ key, value, want string }{{"", "", ""}, {"support.phone", "+78430000001", "+78430000001"}, {"consult.phone", "+78430000002", "+78430000002"}} {
		if set.key != "" {
			w.Set(set.key, set.value)
		}
		if got, err := w.Consult.Phone(ctx); got != set.want || err != nil {
			t.Errorf("%q, want %q (%v)", got, set.want, err)
		}
	}
}

func picture() []byte {
	img := image.NewGray(image.Rect(0, 0, 420, 420))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // an image in memory always encodes
	}
	return b.Bytes()
}

// certified leads an application that is filled in to an installed certificate.
func (w *world) certified(id string) ra.Application {
	w.t.Helper()
	w.must(w.Desk.Attach(ctx, w.anna, id, "passport", "passport.png", picture()))
	w.must(w.Desk.AskSignature(ctx, w.anna, id))
	w.must(w.Desk.Submit(ctx, w.anna, id, w.Code(phone)))
	a, err := w.Desk.Inspect(ctx, w.op, id, false)
	w.must(err)
	w.must(w.Desk.Approve(ctx, w.op, id, ra.SeenDigest(a), ra.CheckTicks()))
	w.must(w.Desk.AskIssue(ctx, w.anna, id, true))
	key, request := servicetest.Request(w.t, alg.P256)
	_, err = w.Desk.OrderCertificate(ctx, w.anna, id, w.Code(phone), request)
	w.must(err)
	a, err = w.Desk.Get(ctx, w.anna, id)
	w.must(err)
	h := key.PublicKey().Kind().Hash()
	signature, err := key.SignDigest(rand.Reader, h, h.Sum(ra.TestLine(id, a.Serial)))
	w.must(err)
	w.must(w.Desk.Installed(ctx, w.anna, id, signature))
	return a
}

// TestReplacementOffer: in a ticket that names a certificate of its person an operator offers another carrier, one that
// the policy has, with words of what to bring; the person is told with a term, declines, lets it run out
// or accepts, once; accepted it is an application in place of the certificate; others answer nothing.
func TestReplacementOffer(t *testing.T) {
	t.Parallel()
	w := at(t)
	w.Set("auth.code.sends_per_phone", "100")
	id, err := w.Desk.Start(ctx, w.anna, "")
	w.must(err)
	w.must(w.Desk.Fill(ctx, w.anna, id, ra.SetPurposes([]string{"documents"}), nil))
	w.must(w.Desk.Fill(ctx, w.anna, id, ra.SetData(servicetest.Anna(), "16 Республика Татарстан", "Казань", mail), nil))
	old := w.certified(id)
	name := strings.Replace(ra.Number(old.Number), "А", "С", 1)
	roles, err := w.Accounts.Profiles(ctx, w.anna.Account)
	w.must(err)
	me := support.Actor{Account: w.anna.Account, Profile: roles[0].ID}
	write := func(certificate string) support.Ticket {
		ticket, err := w.Support.Write(ctx, me, support.Question{Topic: "key", Words: "Токен не виден", Certificate: certificate})
		w.must(err)
		return ticket
	}
	see := func(ticket support.Ticket) (support.Ticket, consult.Replacement) {
		ticket, err := w.Support.Ticket(ctx, me, ticket.ID)
		w.must(err)
		r, err := w.Consult.Of(ctx, ticket)
		w.must(err)
		return ticket, r
	}
	offer := func(by ra.Actor, ticket support.Ticket, medium, words string) error {
		return w.Consult.Offer(ctx, by, ticket.ID, medium, words)
	}

	other := write("С-9")
	if _, r := see(other); r.Found {
		t.Errorf("%+v", r)
	}
	refused(t, offer(w.op, other, "file", "Возьмите паспорт"), problem.Conflict, "consult.certificate", "")
	if ticket, _ := see(other); ticket.State != support.Open || len(ticket.Messages) != 1 {
		t.Errorf("a refused offer leaves a trace: %+v", ticket)
	}
	ticket := write(name)
	if _, r := see(ticket); !r.Found || r.Certificate.Serial != old.Serial || len(r.Media) != 2 {
		t.Errorf("%+v", r)
	}
	refused(t, offer(w.op, ticket, "file", " "), problem.Invalid, "support.words.missing", "offer_words")
	refused(t, offer(w.op, ticket, "token", "x"), problem.Invalid, "consult.medium", "medium")
	refused(t, offer(w.anna, ticket, "file", "x"), problem.Forbidden, "auth.role.other", "")
	refused(t, w.Consult.Offer(ctx, w.op, "nothing", "file", "x"), problem.NotFound, "support.ticket.missing", "")
	w.Set("consult.replace.media", "token file")
	w.must(offer(w.op, ticket, "token", "Возьмите паспорт, офис на Баумана, 1"))
	refused(t, offer(w.op, ticket, "file", "x"), problem.Conflict, "consult.offered", "")
	now, r := see(ticket)
	if now.State != support.Waiting || r.Offer.State != consult.Offered || r.Offer.Medium != "token" || r.Offer.DueAt.Sub(w.Clock.Now()) != 168*time.Hour {
		t.Errorf("%s, %+v", now.State, r.Offer)
	}
	w.Deliver()
	if n := len(w.Entries("consult.offer")); n != 1 || w.Count("letter", "account_id = $1 AND kind = 'consult.offered' AND action", w.anna.Account.ID) != 1 {
		t.Errorf("%d records, or no letter", n)
	}

	boris, _ := w.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	for _, stranger := range []ra.Actor{actor(boris), w.op} {
		_, err = w.Consult.Answer(ctx, stranger, ticket.ID, true)
		refused(t, err, problem.NotFound, "support.ticket.missing", "")
	}
	w.Clock.Pass(time.Second) // what is of one moment has no order
	_, err = w.Consult.Answer(ctx, w.anna, ticket.ID, false)
	w.must(err)
	if now, r = see(ticket); now.State != support.Open || r.Offer.State != consult.Declined || now.Messages[len(now.Messages)-1].Side != support.FromSystem {
		t.Errorf("declined: %s, %+v", now.State, r.Offer)
	}
	_, err = w.Consult.Answer(ctx, w.anna, ticket.ID, true)
	refused(t, err, problem.Conflict, "consult.moved", "")

	w.Clock.Pass(time.Second)
	w.must(offer(w.op, ticket, "file", "Приходить не нужно"))
	w.Clock.Pass(168 * time.Hour)
	_, err = w.Consult.Answer(ctx, w.anna, ticket.ID, true)
	refused(t, err, problem.Conflict, "consult.over", "")
	w.Deliver()
	if _, r = see(ticket); r.Offer.State != consult.Expired || len(w.Entries("consult.expired")) != 1 {
		t.Errorf("after the term: %+v", r.Offer)
	}

	ticket = write(old.Serial)
	w.must(offer(w.op, ticket, "file", "Приходить не нужно"))
	a, err := w.Consult.Answer(ctx, w.anna, ticket.ID, true)
	w.must(err)
	if again, err := w.Consult.Answer(ctx, w.anna, ticket.ID, true); err != nil || again.ID != a.ID {
		t.Errorf("accepted twice: %v, %v", again.ID, err)
	}
	if now, r = see(ticket); now.State != support.Solved || r.Offer.State != consult.Accepted || r.Offer.Application.ID != a.ID || r.Offer.Application.State != ra.Draft {
		t.Errorf("accepted: %s, %+v", now.State, r.Offer)
	}
	w.certified(a.ID)
	if c, err := w.Authority.Certificate(ctx, old.Serial); err != nil || c.RevokedAt.IsZero() {
		t.Errorf("the old certificate is in force: %v", err)
	}
	if _, r = see(ticket); r.Offer.Application.State != ra.Done || r.Certificate.State != "revoked" {
		t.Errorf("in the end: %+v", r)
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, w.anna.Account) })
	w.Deliver()
	if w.Count("replacement_offer", "1 = 1") != 0 {
		t.Error("offers outlive the account")
	}
}
