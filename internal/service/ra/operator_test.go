// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
)

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	d.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// What waits stands in the order of its term; only an operator sees it.
func TestQueue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.arrive(ra.Checking)
	d.Clock.Pass(time.Minute)
	second := d.arrive(ra.Checking)
	d.arrive(ra.Draft)
	d.arrive(ra.Refused)
	list, err := d.Queue(ctx, d.op)
	must(t, err)
	if len(list) != 2 || list[0].ID != first || list[1].ID != second {
		t.Errorf("%d in the queue", len(list))
	}
	_, err = d.Queue(ctx, d.anna)
	refused(t, err, problem.Forbidden, "ra.operator.only")
}

// Numbers of documents are hidden until they are asked for; each look is recorded,
// and another operator inside is told.
func TestInspect(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Checking)
	a, err := d.Inspect(ctx, d.op, id, false)
	must(t, err)
	if p := a.Form.Person; p.SNILS != "•••••••••53" || p.Passport.Number != "••••••••56" || a.SeenBy != "" || len(a.Files) != 1 {
		t.Errorf("%+v", a)
	}
	other := actor(d.Operator("+79990000008", "op2@example.org", "Петров П. П."))
	d.Clock.Pass(time.Second)
	a, err = d.Inspect(ctx, other, id, true)
	must(t, err)
	if a.Form.Person.Passport.Number != "9999123456" || a.SeenBy != "Иванова О. П." {
		t.Errorf("%+v, seen by %q", a.Form.Person, a.SeenBy)
	}
	d.Clock.Pass(11 * time.Minute)
	if a, err = d.Inspect(ctx, d.op, id, false); err != nil || a.SeenBy != "" {
		t.Errorf("seen by %q, %v", a.SeenBy, err)
	}
	looks := d.Entries("ra.look")
	if len(looks) != 3 || looks[1].Details["revealed"] != "true" || looks[1].Actor != "account/"+other.Account.ID {
		t.Errorf("%+v", looks)
	}
	_, _, err = d.ReadFile(ctx, d.op, id, a.Files[0].ID)
	must(t, err)
	if len(d.Entries("ra.file.look")) != 1 {
		t.Error("the look at a document is not recorded")
	}
	_, err = d.Inspect(ctx, d.anna, id, true)
	refused(t, err, problem.Forbidden, "ra.operator.only")
	_, err = d.Inspect(ctx, d.op, "none", false)
	refused(t, err, problem.NotFound, "ra.application.missing")
	_, err = d.Inspect(ctx, d.op, d.arrive(ra.Draft), false)
	refused(t, err, problem.NotFound, "ra.application.missing")

	// Whose role was taken away sees nothing more, by a request that was under way either.
	d.Write(func(ctx context.Context, tx *db.Tx) error {
		return d.Accounts.SetStaffRole(ctx, tx, other.Account.ID, auth.Auditor)
	})
	_, err = d.Inspect(ctx, other, id, true)
	refused(t, err, problem.Forbidden, "ra.operator.only")
	_, _, err = d.ReadFile(ctx, other, id, a.Files[0].ID)
	refused(t, err, problem.Forbidden, "ra.operator.only")
	_, err = d.Queue(ctx, other)
	refused(t, err, problem.Forbidden, "ra.operator.only")
}

// Approval needs every tick and the form that was looked at; the holder is told,
// and what was corrected is known from then on.
//
// S004-048, S004-093: shown here.
func TestApprove(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.filled(d.anna)
	corrected := servicetest.Anna()
	corrected.Surname, corrected.INN = "Соколова-Ким", "990100002902"
	must(t, d.Fill(ctx, d.anna, id, ra.SetData(corrected, "16 Республика Татарстан", "Казань", mail), nil))
	must(t, d.submit(d.anna, id))
	a, err := d.Inspect(ctx, d.op, id, false)
	must(t, err)
	seen := ra.SeenDigest(a)
	refused(t, d.Approve(ctx, d.op, id, seen, ra.CheckTicks()[1:]), problem.Invalid, "ra.ticks.missing")
	for _, other := range []string{"", strings.Repeat("0", 64)} {
		refused(t, d.Approve(ctx, d.op, id, other, ra.CheckTicks()), problem.Conflict, "ra.form.changed")
	}
	must(t, d.Approve(ctx, d.op, id, seen, ra.CheckTicks()))
	d.Deliver()
	number := ra.Number(a.Number)
	sms, letters := d.SMS.To(phone), d.Mail.To(mail)
	if last := sms[len(sms)-1].Body; !strings.Contains(last, number+" одобрено") {
		t.Errorf("SMS %q", last)
	}
	if last := letters[len(letters)-1]; last.Subject != "Заявление "+number+" одобрено" || !strings.Contains(last.Body, servicetest.PublicURL) {
		t.Errorf("letter %+v", last)
	}
	// The ИНН that was corrected signs in, under the name that was corrected.
	token, _, err := d.Accounts.Login(ctx, "990100002902", servicetest.Password, servicetest.Client())
	must(t, err)
	s, err := d.Accounts.Session(ctx, token)
	must(t, err)
	if s.Account.Title != "Соколова-Ким А. И." {
		t.Errorf("title %q", s.Account.Title)
	}
	// A form changed behind the operator's back is not what was approved.
	again := d.arrive(ra.Corrections)
	must(t, d.Fill(ctx, d.anna, again, ra.SetPurposes([]string{"trade"}), nil))
	must(t, d.submit(d.anna, again))
	if a, err = d.Inspect(ctx, d.op, again, false); err != nil || a.Signed == nil {
		t.Fatal(err)
	}
	must(t, d.ReturnForCorrection(ctx, d.op, again, []ra.Mark{{Field: "place", Words: "Город"}}))
	must(t, d.Fill(ctx, d.anna, again, ra.SetPurposes([]string{"documents"}), nil))
	must(t, d.submit(d.anna, again))
	refused(t, d.Approve(ctx, d.op, again, ra.SeenDigest(a), ra.CheckTicks()), problem.Conflict, "ra.form.changed")
}

// An entrepreneur and an organisation get a role of their own with the approval.
func TestRolesComeWithApproval(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	company := identity.Company{
		Name: "ООО «Заря»", OGRN: "1999900000120", INN: "9900000120", KPP: "990001001", Region: "16 Республика Татарстан", Locality: "Казань",
		Street: "ул. Баумана, 1", Position: "директор",
	}
	for _, c := range []struct {
		change       ra.Change
		kind         identity.Kind
		number, what string
	}{
		{ra.SetHolder(identity.Entrepreneur, "3 999 9000 0000 121", identity.Company{}), identity.Entrepreneur, "399990000000121", "OGRNIP"},
		{ra.SetHolder(identity.Organisation, "", company), identity.Organisation, "1999900000120", "OGRN"},
	} {
		id := d.filled(d.anna)
		must(t, d.Fill(ctx, d.anna, id, c.change, nil))
		if c.kind == identity.Organisation {
			refused(t, d.AskSignature(ctx, d.anna, id), problem.Invalid, "ra.file.missing.authority")
			must(t, d.Attach(ctx, d.anna, id, "authority", "order.pdf", []byte("%PDF-1.7\n")))
		}
		must(t, d.submit(d.anna, id))
		must(t, d.approve(id))
		a := d.get(d.anna, id)
		d.Write(func(ctx context.Context, tx *db.Tx) error {
			p, err := d.Persons.Profile(ctx, tx, a.PersonID, a.ProfileID)
			if p.Kind != c.kind || p.RegisterNumber != c.number || a.Form.Subject()[c.what] != c.number {
				t.Errorf("%+v, subject %v", p, a.Form.Subject())
			}
			return err
		})
		must(t, d.order(d.anna, id))
	}
}

func TestReturnAndRefuse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Checking)
	long := strings.Repeat("а", 2001)
	refused(t, d.ReturnForCorrection(ctx, d.op, id, nil), problem.Invalid, "ra.marks.none")
	for _, words := range []string{" ", long} {
		refused(t, d.ReturnForCorrection(ctx, d.op, id, []ra.Mark{{Field: "person", Words: words}}), problem.Invalid, "ra.marks.words")
		refused(t, d.RefuseApplication(ctx, d.op, id, words), problem.Invalid, "ra.reason.missing")
	}
	must(t, d.ReturnForCorrection(ctx, d.op, id, []ra.Mark{{Field: "person", Words: "Отчество как в паспорте"}}))
	a := d.get(d.anna, id)
	if len(a.Marked) != 1 || a.Marked[0].Words != "Отчество как в паспорте" || event(a, ra.Return).Who != "Иванова О. П." {
		t.Errorf("%+v", a)
	}
	must(t, d.submit(d.anna, id))
	if a = d.get(d.anna, id); len(a.Marked) != 0 {
		t.Error("the marks are still there")
	}
	must(t, d.RefuseApplication(ctx, d.op, id, " Паспорт недействителен "))
	d.Deliver()
	letters := d.Mail.To(mail)
	if last := letters[len(letters)-1]; d.get(d.anna, id).Reason != "Паспорт недействителен" || !strings.Contains(last.Body, "Причина: Паспорт недействителен") {
		t.Errorf("letter %q", last.Body)
	}
	if n := len(letters); n != 3 { // the link, the return, the refusal
		t.Errorf("%d letters", n)
	}
}

// Who decides is an operator at the moment of the decision, and not the holder.
func TestWhoDecides(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Checking)
	decisions := map[string]func(who ra.Actor) error{
		"approve": func(who ra.Actor) error {
			return d.Approve(ctx, who, id, ra.SeenDigest(d.get(d.anna, id)), ra.CheckTicks())
		},
		"return": func(who ra.Actor) error {
			return d.ReturnForCorrection(ctx, who, id, []ra.Mark{{Field: "person", Words: "x"}})
		},
		"refuse": func(who ra.Actor) error { return d.RefuseApplication(ctx, who, id, "x") },
	}
	for name, decide := range decisions {
		if err := decide(d.anna); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("a holder may %s: %v", name, err)
		}
	}
	// The role is taken away after the sign-in.
	d.exec("UPDATE account SET role = 'holder' WHERE id = $1", d.op.Account.ID)
	for name, decide := range decisions {
		if err := decide(d.op); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("who was an operator may %s: %v", name, err)
		}
	}
	// A holder who becomes an operator does not decide on the own application.
	d.exec("UPDATE account SET role = 'operator' WHERE id = $1", d.anna.Account.ID)
	self := d.anna
	self.Account.Role = "operator"
	for name, decide := range decisions {
		if err := decide(self); err == nil {
			t.Errorf("%s of an own application", name)
		} else {
			refused(t, err, problem.Forbidden, "ra.operator.own")
		}
	}
	if d.get(d.anna, id).State != ra.Checking {
		t.Error("something was decided")
	}
}
