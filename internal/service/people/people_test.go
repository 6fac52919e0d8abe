// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/people"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/wire/egr"
	"podpis/wire/mchd"
)

const (
	annaIP = "399990000000121" // of the stand's register: Anna's, acting
	zarya  = "1999900000120"   // Anna is its head
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is two persons, an entrepreneur's and an organisation's cabinet of the first.
type world struct {
	*servicetest.World
	t           *testing.T
	service     *people.Service
	anna, boris auth.Account
	head, ip    people.Actor
	root        *pkitest.Identity
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.head = w.actor(w.anna, identity.Organisation, zarya)
	w.ip = w.actor(w.anna, identity.Entrepreneur, annaIP)
	return w
}

// bareWorld is a world before roles: two persons with accounts.
func bareWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: servicetest.NewDesk(t), t: t, root: pkitest.Root(t, alg.P256, "CN=Корень")}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "root.pem"), x509.EncodePEM(x509.PEMCertificate, w.root.Cert.Raw), 0o600))
	pool := &verify.Pool{}
	must(t, pool.AddCRL(w.root.CRL(t, w.DB.Now().Add(-time.Hour), w.DB.Now().AddDate(1, 0, 0)), "test"))
	judge, err := trust.New(trust.Own{Chain: w.Authority.Chain, Lists: w.Authority.Lists}, nil, dir, w.DB.Now, pool)
	must(t, err)
	w.service = people.New(people.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Persons: w.Persons, Registers: w.Registry, Judge: judge, PublicURL: servicetest.PublicURL,
	})
	w.anna, _ = w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	w.boris, _ = w.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	w.Deliver()
	return w
}

// actor opens a role as the register does.
func (w *world) actor(a auth.Account, kind identity.Kind, number string) people.Actor {
	w.t.Helper()
	p := identity.Profile{PersonID: a.PersonID, Kind: kind, RegisterNumber: number, Title: "ИП Соколова А. И."}
	if kind == identity.Organisation {
		p.Title, p.Company = "ООО Заря", identity.Company{Name: "ООО Заря", OGRN: number, INN: "9900000120", KPP: "990001001", Position: "директор"}
	}
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.Persons.EnsureProfile(ctx, tx, p)
		return err
	})
	return people.Actor{Account: a, Client: servicetest.Client(), Role: p}
}

var joinPattern = regexp.MustCompile(`/people/join/([A-Za-z0-9_-]+)`)

// invited invites Boris and returns the token of the letter.
func (w *world) invited(by people.Actor, i people.Invitation) string {
	w.t.Helper()
	if i.Mail == "" {
		i.Mail, i.Name = "boris@example.org", "Ким Борис"
	}
	must(w.t, w.service.Invite(w.t.Context(), by, i))
	w.Deliver()
	token := w.Mail.Latest(i.Mail, joinPattern)
	if token == "" {
		w.t.Fatalf("no link in %v", w.Mail.To(i.Mail))
	}
	return token
}

func wants(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := problem.Of(err); !ok || e.Key != key {
		t.Errorf("%v, want %s", err, key)
	}
}

func (w *world) may(role identity.Profile, r people.Right) error {
	return w.service.Ask(w.t.Context(), role, r)
}

// S001-187, S002-057: the head lets employees in, each with own rights and a term; what they
// may is asked at every act.
func TestMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, r := range people.Rights() {
		must(t, w.may(w.head.Role, r))
	}
	until := w.DB.Now().Add(48 * time.Hour)
	token := w.invited(w.head, people.Invitation{Duty: people.Accountant, Rights: []people.Right{people.View, people.Report}, Until: until})
	o, err := w.service.Invitation(ctx, token)
	must(t, err)
	if o.Title != "ООО Заря" || o.Duty != people.Accountant || o.State != people.Invited {
		t.Errorf("offer %+v", o)
	}
	role, err := w.service.Join(ctx, w.boris, servicetest.Client(), token)
	must(t, err)
	if role.RegisterNumber != zarya || role.PersonID != w.boris.PersonID {
		t.Errorf("role %+v", role)
	}
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), token)
	wants(t, err, "people.invitation.gone")

	must(t, w.may(role, people.Report))
	wants(t, w.may(role, people.Sign), "people.closed.right.sign")
	boris := people.Actor{Account: w.boris, Client: servicetest.Client(), Role: role}
	_, err = w.service.Members(ctx, boris)
	wants(t, err, "people.closed.right.manage")
	wants(t, w.service.Invite(ctx, boris, people.Invitation{Mail: "c@example.org", Name: "Кто", Duty: people.Viewer, Rights: []people.Right{people.View}}), "people.closed.right.manage")

	list, err := w.service.Members(ctx, w.head)
	must(t, err)
	if len(list) != 1 || list[0].Mail != "boris@example.org" || list[0].Now(w.DB.Now()) != "active" {
		t.Fatalf("members %+v", list)
	}
	must(t, w.service.Change(ctx, w.head, list[0].ID, people.Invitation{Duty: people.Signer, Rights: []people.Right{people.Sign}, Until: until}))
	must(t, w.may(role, people.Sign))
	wants(t, w.may(role, people.Report), "people.closed.right.report")

	w.Clock.Pass(49 * time.Hour)
	wants(t, w.may(role, people.Sign), "people.closed.over")
	must(t, w.service.Change(ctx, w.head, list[0].ID, people.Invitation{Duty: people.Signer, Rights: []people.Right{people.Sign, people.Manage}}))
	must(t, w.may(role, people.Sign))
	wants(t, w.service.Invite(ctx, boris, people.Invitation{Mail: "c@example.org", Name: "Кто", Duty: people.Viewer, Rights: []people.Right{people.Pay}}), "people.rights.beyond")
	must(t, w.service.Dismiss(ctx, w.head, list[0].ID))
	wants(t, w.may(role, people.Sign), "people.closed.ended")
	wants(t, w.service.Dismiss(ctx, w.head, list[0].ID), "people.member.over")
	w.Deliver()
	for action, n := range map[string]int{"people.invite": 1, "people.join": 1, "people.change": 2, "people.dismiss": 1} {
		if got := len(w.Entries(action)); got != n {
			t.Errorf("%s recorded %d times, want %d", action, got, n)
		}
	}

	// Once more: the same role, new rights.
	token = w.invited(w.head, people.Invitation{Duty: people.Viewer, Rights: []people.Right{people.View}})
	again, err := w.service.Join(ctx, w.boris, servicetest.Client(), token)
	must(t, err)
	if again.ID != role.ID {
		t.Error("another role for the same organisation")
	}
	must(t, w.may(role, people.View))
	wants(t, w.may(role, people.Sign), "people.closed.right.sign")
}

// A member who may let others in stays within the own term, by no name and by no link kept for later.
func TestMembersDoNotOutstay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	until := w.DB.Now().Add(48 * time.Hour)
	manager := []people.Right{people.View, people.Manage}
	role, err := w.service.Join(ctx, w.boris, servicetest.Client(), w.invited(w.head, people.Invitation{Duty: people.Accountant, Rights: manager, Until: until}))
	must(t, err)
	boris := people.Actor{Account: w.boris, Client: servicetest.Client(), Role: role}
	list, err := w.service.Members(ctx, boris)
	must(t, err)
	own := list[0].ID
	for _, longer := range []time.Time{{}, until.Add(time.Hour)} {
		i := people.Invitation{Mail: "c@example.org", Name: "Кто", Duty: people.Viewer, Rights: manager, Until: longer}
		wants(t, w.service.Invite(ctx, boris, i), "people.until.beyond")
	}
	wants(t, w.service.Change(ctx, boris, own, people.Invitation{Duty: people.Viewer, Rights: manager, Until: until}), "people.member.self")
	wants(t, w.service.Change(ctx, boris, own, people.Invitation{Duty: people.Viewer, Rights: manager}), "people.until.beyond")

	// A link that was sent before a right or time was taken away gives neither back; a wider one harms nothing.
	for _, c := range []struct {
		i    people.Invitation
		gone bool
	}{
		{people.Invitation{Duty: people.Accountant, Rights: people.Rights(), Until: until}, false},
		{people.Invitation{Duty: people.Accountant, Rights: manager, Until: until}, true},
		{people.Invitation{Duty: people.Accountant, Rights: manager, Until: until.Add(-time.Hour)}, true},
		{people.Invitation{Duty: people.Accountant, Rights: manager, Until: until}, false},
	} {
		early := w.invited(boris, people.Invitation{Mail: "e@example.org", Name: "Ранний", Duty: people.Viewer, Rights: manager, Until: until.Add(-2 * time.Hour)})
		must(t, w.service.Change(ctx, w.head, own, c.i))
		if _, err = w.service.Invitation(ctx, early); c.gone {
			wants(t, err, "people.invitation.sender")
		} else {
			must(t, err)
			must(t, w.service.Change(ctx, w.head, own, people.Invitation{Duty: people.Accountant, Rights: []people.Right{people.View}, Until: until}))
			must(t, w.service.Change(ctx, w.head, own, c.i))
		}
	}
	before := len(w.Entries("people.dismiss"))
	kept := w.invited(boris, people.Invitation{Mail: "c@example.org", Name: "Кто", Duty: people.Viewer, Rights: manager, Until: until})
	others := w.invited(w.head, people.Invitation{Mail: "d@example.org", Name: "Другой", Duty: people.Viewer, Rights: manager})
	must(t, w.service.Dismiss(ctx, w.head, own))
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), kept)
	wants(t, err, "people.invitation.sender")
	w.Deliver()
	if told := w.Mail.To("c@example.org"); !strings.Contains(told[len(told)-1].Subject, "Приглашение закрыто: ООО Заря") {
		t.Errorf("who was invited is told %q", told[len(told)-1].Subject)
	}
	if n := len(w.Entries("people.dismiss")) - before; n != 2 {
		t.Errorf("people.dismiss recorded %d times, want 2", n)
	}
	_, err = w.service.Invitation(ctx, others)
	must(t, err)
}

// Who has a role that nobody let them into manages it when they were the first, or when the register names
// them as a head.
func TestManagingTakesAHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Pass(time.Second)
	signer := w.actor(w.boris, identity.Organisation, zarya) // as the approval of a certificate does
	must(t, w.may(signer.Role, people.Sign))
	wants(t, w.may(signer.Role, people.Manage), "people.closed.head")
	_, err := w.service.Members(t.Context(), signer)
	wants(t, err, "people.closed.head")
	_, err = w.Registry.Fetch(t.Context(), "test", "", egr.EGRUL, zarya)
	must(t, err)
	wants(t, w.may(signer.Role, people.Manage), "people.closed.head")
	must(t, w.may(w.head.Role, people.Manage))

	// Named, but later than another.
	bare := bareWorld(t)
	early := bare.actor(bare.boris, identity.Organisation, zarya)
	bare.Clock.Pass(time.Second)
	late := bare.actor(bare.anna, identity.Organisation, zarya)
	must(t, bare.may(early.Role, people.Manage))
	wants(t, bare.may(late.Role, people.Manage), "people.closed.head") // the register has not been asked
	_, err = bare.Registry.Fetch(t.Context(), "test", "", egr.EGRUL, zarya)
	must(t, err)
	must(t, bare.may(late.Role, people.Manage))
}

// Who is no longer the head the register names acts for the organisation no more:
// every right is refused with the day, the change stands in the record and is told; when
// the register names them again, the role is open again. Closed data change nothing.
func TestResignedHead(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	ctx := t.Context()
	asker := egrip.Actor{Name: "account/" + w.anna.ID, AccountID: w.anna.ID, PersonID: w.anna.PersonID, Origin: "192.0.2.1"}
	w.Set("egrip.role.agreement", "false")
	_, err := w.Registry.AskRole(ctx, asker, identity.Organisation, zarya, "zarya@example.org")
	must(t, err)
	r, err := w.Registry.ConfirmRole(ctx, asker, w.RoleLink("zarya@example.org"))
	must(t, err)
	var role identity.Profile
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		role, err = w.Persons.Profile(ctx, tx, w.anna.PersonID, r.ProfileID)
		return err
	})
	must(t, w.may(role, people.Manage))
	e, err := w.Registry.Current(ctx, egr.EGRUL, zarya)
	must(t, err)
	says := func(heads ...egr.Head) {
		t.Helper()
		rec := *e.Record
		rec.Heads = heads
		w.Register.Put(&rec)
		w.Clock.Pass(time.Hour)
		_, err := w.Registry.Fetch(ctx, "test", "", egr.EGRUL, zarya)
		must(t, err)
	}
	says(egr.Head{Position: "Директор"}) // closed data
	must(t, w.may(role, people.Sign))
	head := people.Actor{Account: w.anna, Client: servicetest.Client(), Role: role}
	manager, err := w.service.Join(ctx, w.boris, servicetest.Client(), w.invited(head, people.Invitation{Duty: people.Accountant, Rights: []people.Right{people.View, people.Manage}}))
	must(t, err)
	boris := people.Actor{Account: w.boris, Client: servicetest.Client(), Role: manager}
	viewer := func(mail string) people.Invitation {
		return people.Invitation{Mail: mail, Name: "Кто", Duty: people.Viewer, Rights: []people.Right{people.View}}
	}
	kept, others := w.invited(head, viewer("c@example.org")), w.invited(boris, viewer("d@example.org"))
	_ = w.invited(head, viewer("e@example.org"))
	list, err := w.service.Members(ctx, boris)
	must(t, err)
	w.Clock.Pass(time.Hour)
	must(t, w.service.InviteAgain(ctx, boris, list[slices.IndexFunc(list, func(m people.Member) bool { return m.Mail == "e@example.org" })].ID))
	w.Deliver()
	again := joinPattern.FindStringSubmatch(w.Mail.To("e@example.org")[1].Body)[1]
	other := e.Record.Heads[0]
	other.INN = "990100001169"
	says(other)
	for _, right := range people.Rights() {
		wants(t, w.may(role, right), "people.closed.resigned")
	}
	if list := w.Entries("egrip.head.resigned"); len(list) != 1 || list[0].Object != "profile/"+role.ID {
		t.Errorf("recorded: %+v", list)
	}
	w.Deliver()
	mails, messages := w.Mail.To("anna@example.org"), w.SMS.To("+79990000001")
	if !strings.Contains(mails[len(mails)-1].Subject, "руководитель сменился") || !strings.Contains(messages[len(messages)-1].Body, "доступ закрыт") {
		t.Errorf("told: %q, %q", mails[len(mails)-1].Subject, messages[len(messages)-1].Body)
	}
	// What the head had sent ends with the office, and whom it was for is told; what a member sent, or has sent again, stays.
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), kept)
	wants(t, err, "people.invitation.sender")
	if told := w.Mail.To("c@example.org"); !strings.Contains(told[len(told)-1].Subject, "Приглашение закрыто: ") || !strings.Contains(told[len(told)-1].Body, "больше не может приглашать") {
		t.Errorf("who was invited is told %q", told[len(told)-1].Body)
	}
	for _, token := range []string{others, again} {
		if _, err := w.service.Invitation(ctx, token); err != nil {
			t.Errorf("an invitation of another: %v", err)
		}
	}
	if n := len(w.Entries("people.dismiss")); n != 1 {
		t.Errorf("people.dismiss recorded %d times", n)
	}
	says(other) // told once
	says(e.Record.Heads...)
	must(t, w.may(role, people.Manage))
	if n, m := len(w.Entries("egrip.head.resigned")), len(w.Entries("egrip.head.named")); n != 1 || m != 1 {
		t.Errorf("%d and %d entries", n, m)
	}
}

// The invitations of a head whose account is closed end with it.
func TestInvitationsOfALeaver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.invited(w.head, people.Invitation{Duty: people.Viewer, Rights: []people.Right{people.View}})
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, w.anna) })
	w.Deliver()
	_, err := w.service.Join(t.Context(), w.boris, servicetest.Client(), kept)
	wants(t, err, "people.invitation.sender")
	if list := w.Entries("people.dismiss"); len(list) != 1 || list[0].Actor != "account/"+w.anna.ID {
		t.Errorf("recorded: %+v", list)
	}
	w.Clock.Pass(8 * 24 * time.Hour) // its term has passed, too: nothing more to tell
	_, err = w.service.Invitation(t.Context(), kept)
	wants(t, err, "people.invitation.gone")
}

// A right to certificates that was taken away is gone from whichever role the person comes.
func TestCertificatesOfTheDismissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	role, err := w.service.Join(ctx, w.boris, servicetest.Client(), w.invited(w.head, people.Invitation{Duty: people.Signer, Rights: people.Signer.Usual()}))
	must(t, err)
	inRole := ra.Actor{Account: w.boris, Client: servicetest.Client(), Role: role.ID}
	personal := ra.Actor{Account: w.boris, Client: servicetest.Client()}
	operator := ra.Actor{Account: w.Operator("+79990000009", "op@example.org", "Иванова О. П."), Client: servicetest.Client()}
	company := identity.Company{
		Name: "ООО Заря", OGRN: zarya, INN: "9900000120", KPP: "990001001", Region: "16 Республика Татарстан", Locality: "Казань", Street: "ул. Баумана, 1", Position: "бухгалтер",
	}
	filled := func() string {
		id, err := w.Desk.Start(ctx, inRole, "")
		must(t, err)
		must(t, w.Desk.Fill(ctx, inRole, id, ra.SetPurposes([]string{"documents"}), nil))
		must(t, w.Desk.Fill(ctx, inRole, id, ra.SetHolder(identity.Organisation, "", company), nil))
		must(t, w.Desk.Fill(ctx, inRole, id, ra.SetData(servicetest.Boris(), "16 Республика Татарстан", "Казань", "boris@example.org"), nil))
		must(t, w.Desk.Attach(ctx, inRole, id, "passport", "passport.pdf", []byte("%PDF-1.7\n")))
		must(t, w.Desk.Attach(ctx, inRole, id, "authority", "order.pdf", []byte("%PDF-1.7\nx")))
		return id
	}
	id, draft := filled(), filled()
	must(t, w.Desk.AskSignature(ctx, inRole, id))
	must(t, w.Desk.Submit(ctx, inRole, id, w.Code("+79990000002")))
	a, err := w.Desk.Inspect(ctx, operator, id, false)
	must(t, err)
	must(t, w.Desk.Approve(ctx, operator, id, ra.SeenDigest(a), ra.CheckTicks()))
	list, err := w.service.Members(ctx, w.head)
	must(t, err)
	must(t, w.service.Dismiss(ctx, w.head, list[0].ID))
	for _, who := range []ra.Actor{inRole, personal} {
		wants(t, w.Desk.AskIssue(ctx, who, id, true), "people.closed.ended")
		wants(t, w.Desk.AskSignature(ctx, who, draft), "people.closed.ended")
	}
}

func TestInvitationsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for field, i := range map[string]people.Invitation{
		"mail":   {Mail: "нет", Name: "Кто", Duty: people.Viewer, Rights: []people.Right{people.View}},
		"name":   {Mail: "c@example.org", Duty: people.Viewer, Rights: []people.Right{people.View}},
		"duty":   {Mail: "c@example.org", Name: "Кто", Duty: people.Head, Rights: []people.Right{people.View}},
		"rights": {Mail: "c@example.org", Name: "Кто", Duty: people.Viewer, Rights: []people.Right{"all"}},
		"until":  {Mail: "c@example.org", Name: "Кто", Duty: people.Viewer, Rights: []people.Right{people.View}, Until: w.DB.Now().Add(-time.Hour)},
	} {
		if list := problem.All(w.service.Invite(ctx, w.head, i)); len(list) != 1 || list[0].Field != field {
			t.Errorf("%s: %v", field, list)
		}
	}
	personal := people.Actor{Account: w.anna, Role: identity.Profile{Kind: identity.Individual, PersonID: w.anna.PersonID}}
	_, err := w.service.Members(ctx, personal)
	wants(t, err, "people.alone")
	for _, token := range []string{"", "x", strings.Repeat("A", 32)} {
		_, err := w.service.Join(ctx, w.boris, servicetest.Client(), token)
		wants(t, err, "people.invitation.gone")
	}
	token := w.invited(w.head, people.Invitation{Duty: people.Viewer, Rights: []people.Right{people.View}})
	_, err = w.service.Join(ctx, w.anna, servicetest.Client(), token)
	wants(t, err, "people.inside")
	w.Clock.Pass(8 * 24 * time.Hour)
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), token)
	wants(t, err, "people.invitation.gone")

	// Somebody else's members are not found.
	token = w.invited(w.head, people.Invitation{Duty: people.Viewer, Rights: []people.Right{people.View}})
	list, err := w.service.Members(ctx, w.head)
	must(t, err)
	wants(t, w.service.Dismiss(ctx, w.ip, list[0].ID), "people.member.missing")
	wants(t, w.service.Change(ctx, w.ip, list[0].ID, people.Invitation{Duty: people.Viewer, Rights: []people.Right{people.View}}), "people.member.missing")
	must(t, w.service.Dismiss(ctx, w.head, list[0].ID))
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), token)
	wants(t, err, "people.invitation.gone")
}

// A letter that was lost is sent once more: the old link opens nothing, the new one lives its whole term;
// letters do not come one after another, and not to another's members.
func TestInvitationIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	old := w.invited(w.head, people.Invitation{Duty: people.Viewer, Rights: []people.Right{people.View}})
	list, err := w.service.Members(ctx, w.head)
	must(t, err)
	id := list[0].ID
	wants(t, w.service.InviteAgain(ctx, w.head, id), "people.invitation.soon")
	w.Clock.Pass(8 * 24 * time.Hour)
	list, err = w.service.Members(ctx, w.head)
	must(t, err)
	if now := list[0].Now(w.DB.Now()); now != "late" {
		t.Errorf("an invitation of eight days is %q", now)
	}
	wants(t, w.service.InviteAgain(ctx, w.ip, id), "people.member.missing")
	before := len(w.Mail.To("boris@example.org"))
	must(t, w.service.InviteAgain(ctx, w.head, id))
	w.Deliver()
	letters := w.Mail.To("boris@example.org")
	link := joinPattern.FindStringSubmatch(letters[len(letters)-1].Body)
	if len(letters) != before+1 || link == nil || link[1] == old {
		t.Fatalf("%d letters, link %v", len(letters), link)
	}
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), old)
	wants(t, err, "people.invitation.gone")
	w.Clock.Pass(6 * 24 * time.Hour)
	_, err = w.service.Join(ctx, w.boris, servicetest.Client(), link[1])
	must(t, err)
	wants(t, w.service.InviteAgain(ctx, w.head, id), "people.member.over")
	if n := len(w.Entries("people.invite_again")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

// signed makes a detached signature by a certificate with an ИНН.
func (w *world) signed(inn string, content []byte) []byte {
	w.t.Helper()
	id := w.root.Signer(w.t, alg.P256, "CN=Подписант,INN="+inn)
	out, err := sign.Detached(w.t.Context(), rand.Reader, bytes.NewReader(content), id.Key, sign.Options{Certificate: id.Cert, Time: w.DB.Now()})
	must(w.t, err)
	return out
}

func answers(list []people.Check) map[string]people.Answer {
	out := map[string]people.Answer{}
	for _, c := range list {
		out[c.Name] = c.Answer
	}
	return out
}

func (w *world) grant() people.Grant {
	return people.Grant{
		Surname: "Ким", GivenName: "Борис", INN: "990100001169", SNILS: "112-233-445 95", Until: identity.Date{Year: w.Clock.Now().Year() + 1, Month: 1, Day: 31},
		Entries: []mchd.Entry{{Code: "SAMPLE_TAX_REPORT", Name: "Сдавать налоговую отчётность"}},
	}
}

// TestStates: the state tables stand in the design page, row by row.
func TestStates(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/design/cabinet.md")
	must(t, err)
	var want []string
	for from, table := range people.MemberMoves() {
		for move, to := range table {
			want = append(want, fmt.Sprintf("| member | %s | %s | %s |", from, move, to))
		}
	}
	for from, table := range people.PowerMoves() {
		for move, to := range table {
			want = append(want, fmt.Sprintf("| power | %s | %s | %s |", from, move, to))
		}
	}
	_, rest, _ := strings.Cut(string(text), "<!-- people -->")
	drawn, _, _ := strings.Cut(rest, "<!-- /people -->")
	var got []string
	for line := range strings.Lines(drawn) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| member |") || strings.HasPrefix(line, "| power |") {
			got = append(got, line)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if kinds, err := people.Kinds(); err != nil || len(kinds) < 20 || slices.ContainsFunc(kinds, func(e mchd.Entry) bool { return len(e.Code) < 6 || e.Name == "" }) {
		t.Errorf("kinds of powers: %v, %v", kinds, err)
	}
}

// TestPowers: a power is made, signed by its principal, judged against the register, the signer and the
// power that is needed, and taken back.
func TestPowers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.service.Draft(ctx, w.head, people.Grant{})
	fields := map[string]bool{}
	for _, e := range problem.All(err) {
		fields[e.Field] = true
	}
	for _, f := range []string{"surname", "given_name", "inn", "snils", "until", "powers"} {
		if !fields[f] {
			t.Errorf("%s is not asked for: %v", f, err)
		}
	}
	id, err := w.service.Draft(ctx, w.head, w.grant())
	must(t, err)
	p, err := w.service.Power(ctx, w.head, id)
	must(t, err)
	if p.State != people.Drafted || p.Representative != "Ким Борис" || p.Content.Principals[0].Heads[0].Persons[0].Position != "директор" {
		t.Errorf("draft %+v", p)
	}
	_, err = w.service.Power(ctx, w.ip, id)
	wants(t, err, "people.power.missing")

	wants(t, w.service.SignedBy(ctx, w.head, id, w.signed("990100001169", p.XML)), "people.check.signature.other")
	wants(t, w.service.SignedBy(ctx, w.head, id, w.signed("990000001704", append(p.XML, ' '))), "people.check.signature.bad")
	wants(t, w.service.SignedBy(ctx, w.head, id, []byte("not a signature")), "people.check.signature.other")
	must(t, w.service.SignedBy(ctx, w.head, id, w.signed("990000001704", p.XML)))
	wants(t, w.service.SignedBy(ctx, w.head, id, w.signed("990000001704", p.XML)), "people.power.moved")

	// The register has not been asked yet: unknown is never yes.
	p, err = w.service.Power(ctx, w.head, id)
	must(t, err)
	asked := people.Asked{SignerINN: "990100001169", SignerName: "ким борис", Code: "SAMPLE_TAX_REPORT"}
	checks := w.service.Judge(ctx, p, asked)
	if got := answers(checks); got["head"] != people.Unknown || got["signature"] != people.Yes || people.Counts(checks) {
		t.Errorf("before the register: %v", got)
	}
	_, err = w.Registry.Fetch(ctx, "test", "", egr.EGRUL, zarya)
	must(t, err)
	checks = w.service.Judge(ctx, p, asked)
	if !people.Counts(checks) || len(checks) != 7 {
		t.Errorf("a good power: %+v", checks)
	}
	for name, c := range map[string]people.Asked{
		"names": {SignerINN: "990000001704"}, "power": {Code: "SAMPLE_BANK_PAYMENT"},
	} {
		if got := answers(w.service.Judge(ctx, p, c)); got[name] != people.No {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := answers(w.service.Judge(ctx, p, people.Asked{SignerINN: "990100001169", SignerName: "Ким Иван"})); got["names"] != people.No {
		t.Errorf("another name: %v", got)
	}
	wants(t, w.service.TakeBack(ctx, w.head, id, ""), "people.power.reason")
	must(t, w.service.TakeBack(ctx, w.head, id, "уволен"))
	p, err = w.service.Power(ctx, w.head, id)
	must(t, err)
	if got := answers(w.service.Judge(ctx, p, asked)); got["revoked"] != people.No {
		t.Errorf("taken back: %v", got)
	}
	wants(t, w.service.TakeBack(ctx, w.head, id, "ещё раз"), "people.power.moved")
	for _, action := range []string{"people.power.draft", "people.power.sign", "people.power.revoke"} {
		if n := len(w.Entries(action)); n != 1 {
			t.Errorf("%s recorded %d times", action, n)
		}
	}
}

// TestRevokedInEveryCopy: the copy of a representative knows what the principal did, and a file that only
// looks like ours is not taken for ours.
func TestRevokedInEveryCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	g := w.grant()
	g.INN = "990000001704"
	id, err := w.service.Draft(ctx, w.head, g)
	must(t, err)
	p, err := w.service.Power(ctx, w.head, id)
	must(t, err)
	_, err = w.service.PublicPower(ctx, p.GUID)
	wants(t, err, "people.power.missing") // a draft is nobody else's business
	signature := w.signed("990000001704", p.XML)
	must(t, w.service.SignedBy(ctx, w.head, id, signature))
	copied, err := w.service.Import(ctx, w.ip, p.XML, signature)
	must(t, err)
	of := func(id string) people.Check {
		t.Helper()
		p, err := w.service.Power(ctx, w.ip, id)
		must(t, err)
		list := w.service.Judge(ctx, p, people.Asked{})
		return list[slices.IndexFunc(list, func(c people.Check) bool { return c.Name == "revoked" })]
	}
	if c := of(copied); c.Answer != people.Yes {
		t.Errorf("given: %+v", c)
	}
	must(t, w.service.TakeBack(ctx, w.head, id, "уволен"))
	if c := of(copied); c.Answer != people.No || c.Why != "people.check.revoked.principal" {
		t.Errorf("the copy of a revoked power: %+v", c)
	}
	if p, err := w.service.PublicPower(ctx, p.GUID); err != nil || p.State != people.Revoked || p.Representative != "" || p.Reason != "" {
		t.Errorf("public: %+v %v", p, err)
	}
	for registry, want := range map[string]people.Answer{
		"https://elsewhere.example/powers/": people.Unknown, servicetest.PublicURL + "/powers/": people.No,
	} {
		guid := db.NewUUID()
		xml := bytes.ReplaceAll(p.XML, []byte(p.GUID), []byte(guid))
		xml = bytes.Replace(xml, []byte(servicetest.PublicURL+"/powers/"+guid), []byte(registry+guid), 1)
		foreign, err := w.service.Import(ctx, w.ip, xml, w.signed("990000001704", xml))
		must(t, err)
		if c := of(foreign); c.Answer != want {
			t.Errorf("%q: %+v", registry, c)
		}
	}
}

// TestImportedPowers: what was made elsewhere is kept when it concerns the cabinet, and what nobody here can
// know of it is unknown.
func TestImportedPowers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	id, err := w.service.Draft(ctx, w.ip, w.grant())
	must(t, err)
	p, err := w.service.Power(ctx, w.ip, id)
	must(t, err)
	elsewhere := bytes.ReplaceAll(p.XML, []byte(p.GUID), []byte("00000000-0000-4000-8000-000000000001"))
	elsewhere = bytes.Replace(elsewhere, []byte(servicetest.PublicURL+"/powers/"), []byte("https://m4d.nalog.gov.ru/"), 1)
	signature := w.signed("990000001704", elsewhere)
	_, err = w.service.Import(ctx, w.ip, []byte("<a/>"), signature)
	wants(t, err, "people.power.format")
	_, err = w.service.Import(ctx, w.ip, elsewhere, nil)
	wants(t, err, "people.power.unsigned")
	_, err = w.service.Import(ctx, w.head, elsewhere, signature)
	wants(t, err, "people.power.other")
	imported, err := w.service.Import(ctx, w.ip, elsewhere, signature)
	must(t, err)
	_, err = w.service.Import(ctx, w.ip, elsewhere, signature)
	wants(t, err, "people.power.have")
	p, err = w.service.Power(ctx, w.ip, imported)
	must(t, err)
	_, err = w.Registry.Fetch(ctx, "test", "", egr.EGRIP, annaIP)
	must(t, err)
	got := answers(w.service.Judge(ctx, p, people.Asked{}))
	if got["signature"] != people.Yes || got["head"] != people.Yes || got["revoked"] != people.Unknown {
		t.Errorf("imported: %v", got)
	}
	list, err := w.service.Powers(ctx, w.ip)
	must(t, err)
	if len(list) != 2 {
		t.Errorf("%d powers", len(list))
	}
	for _, p := range list {
		// A thousand files of four megabytes are not opened to be listed.
		if p.XML != nil || p.Signature != nil || p.Content != nil || p.Until.Before(p.From) || p.Ended(w.DB.Now()) {
			t.Errorf("in the list: %+v", p)
		}
	}
}
