// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/pki/x509"
)

func (d *desk) prepare(by ra.Actor, holder auth.Account, w ra.Wanted, key string) (a ra.Application, err error) {
	return a, d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err = d.Prepare(ctx, tx, by, holder, w, key)
		return err
	})
}

// prepared has the operator prepare an application for a holder.
func (d *desk) prepared(who ra.Actor) string {
	d.t.Helper()
	d.Set("ra.prepared.count", "1000")
	a, err := d.prepare(d.op, who.Account, ra.Wanted{Purposes: []string{"documents"}, Kind: identity.Individual}, time.Now().String())
	d.must(err)
	return a.ID
}

// lapse lets the term of what was prepared pass.
func (d *desk) lapse(id string) error {
	if d.get(d.anna, id).State == ra.Prepared {
		d.Write(func(ctx context.Context, tx *db.Tx) error { // of this one alone
			_, err := tx.ExecContext(ctx, "UPDATE application SET due_at = 1 WHERE id = $1", id)
			return err
		})
		d.Clock.Pass(11 * time.Minute)
	}
	d.Deliver()
	return nil
}

// told is the first message with these words.
func told(list []notify.Message, words string) notify.Message {
	for _, m := range list {
		if strings.Contains(m.Body, words) {
			return m
		}
	}
	return notify.Message{}
}

// TestPreparedApplication: what a consultant prepared is filled in from what is known of the holder, which the consultant is
// not shown; the holder is told by phone, mail and letter; it is nobody's but theirs to take, correct and sign; who prepared
// it does not approve it; only so many wait; staff get none, nor does the consultant.
func TestPreparedApplication(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	wanted := ra.Wanted{Purposes: []string{"documents", "nonsense"}, Kind: identity.Individual, Words: " Возьмите паспорт "}
	for _, bad := range []struct {
		w     ra.Wanted
		key   string
		field string
	}{
		{ra.Wanted{Kind: identity.Individual}, "ra.purposes.none", "purposes"},
		{ra.Wanted{Purposes: []string{"documents"}, Kind: "robot"}, "identity.kind.wrong", "kind"},
		{ra.Wanted{Purposes: []string{"documents"}, Kind: identity.Individual, Words: strings.Repeat("я", 501)}, "consult.words.long", "words"},
		{ra.Wanted{Purposes: []string{"documents"}, Kind: identity.Individual, Role: "somebody's"}, "consult.role.other", "kind"},
	} {
		_, err := d.prepare(d.op, d.anna.Account, bad.w, "x")
		if p := refused(t, err, problem.Invalid, bad.key); p.Field != bad.field {
			t.Errorf("%s is told at %s", bad.key, p.Field)
		}
	}
	a, err := d.prepare(d.op, d.anna.Account, wanted, "one")
	d.must(err)
	if a.Title != "" || a.Form.Person.INN != "" || a.AccountID != "" || a.State != ra.Prepared || a.DueAt.Sub(d.Clock.Now()) != 336*time.Hour {
		t.Errorf("the consultant is given %+v", a)
	}
	again, err := d.prepare(d.op, d.anna.Account, wanted, "one")
	d.must(err)
	if again.ID != a.ID {
		t.Error("pressed twice, prepared twice")
	}
	mine := d.get(d.anna, a.ID)
	if mine.Form.Person.INN != servicetest.Anna().INN || len(mine.Form.Purposes) != 1 || mine.Prepared.Name != "Иванова О. П." || mine.Prepared.Words != "Возьмите паспорт" {
		t.Errorf("the holder sees %+v, %+v", mine.Form, mine.Prepared)
	}
	d.Deliver()
	sms, letter := told(d.SMS.To(phone), ra.Number(a.Number)), told(d.Mail.To(mail), ra.Number(a.Number))
	if !strings.Contains(sms.Body, "консультант") || !strings.Contains(letter.Subject, "подготовлено") || !strings.Contains(letter.Body, "/applications/"+a.ID) {
		t.Errorf("SMS %q, mail %q %q", sms.Body, letter.Subject, letter.Body)
	}
	if d.Count("letter", "account_id = $1 AND kind = 'application.prepared' AND action", d.anna.Account.ID) != 1 {
		t.Error("no letter in the inbox")
	}

	_, err = d.Inspect(ctx, d.op, a.ID, false)
	refused(t, err, problem.NotFound, "ra.application.missing")
	boris, _ := d.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	for _, who := range []ra.Actor{d.op, actor(boris)} {
		refused(t, d.TakePrepared(ctx, who, a.ID), problem.NotFound, "ra.application.missing")
		refused(t, d.Withdraw(ctx, who, a.ID), problem.NotFound, "ra.application.missing")
	}
	refused(t, d.AskSignature(ctx, d.anna, a.ID), problem.Conflict, "ra.state.prepared")
	d.must(d.TakePrepared(ctx, d.anna, a.ID))
	d.must(d.TakePrepared(ctx, d.anna, a.ID))
	_, err = d.Inspect(ctx, d.op, a.ID, false)
	refused(t, err, problem.NotFound, "ra.application.missing")
	d.fill(d.anna, a.ID)
	d.must(d.submit(d.anna, a.ID))
	refused(t, d.approve(a.ID), problem.Conflict, "ra.operator.prepared")
	d.Set("ra.prepared.other", "0")
	d.must(d.approve(a.ID))
	if e := d.Entries("ra.prepare"); len(e) != 1 || e[0].Actor != "account/"+d.op.Account.ID || e[0].Object != "application/"+a.ID {
		t.Errorf("record %+v", e)
	}

	for i := range 3 {
		_, err := d.prepare(d.op, d.anna.Account, wanted, string(rune('a'+i)))
		d.must(err)
	}
	_, err = d.prepare(d.op, d.anna.Account, wanted, "more")
	refused(t, err, problem.Conflict, "consult.enough")
	for _, holder := range []auth.Account{d.op.Account, d.Operator("+79990000019", "op2@example.org", "Петров С. С.")} {
		_, err = d.prepare(d.op, holder, wanted, "own")
		refused(t, err, problem.Forbidden, "ra.operator.own")
	}
}

// TestReplacedCertificate: an application in place of a certificate is filled in from it and stays with its holder;
// the old certificate is good until the key of the new one has signed, and is revoked as superseded in that act.
func TestReplacedCertificate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old := d.get(d.anna, d.arrive(ra.Done))
	d.must(d.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for name, want := range map[string]bool{
			"С-" + ra.Number(old.Number)[len("А-"):]: true, "c " + ra.Number(old.Number)[len("А-"):]: true, old.Serial: true, strings.ToLower(old.Serial): true, "С-9": false, "": false, "А": false,
		} {
			h, found, err := d.CertificateNamed(ctx, tx, d.anna.Account.ID, name)
			if err != nil || found != want || want && (h.Serial != old.Serial || h.State != "active") {
				t.Errorf("%q: %+v, %v, %v", name, h, found, err)
			}
		}
		for _, other := range []string{d.op.Account.ID, ""} {
			if _, found, err := d.CertificateNamed(ctx, tx, other, old.Serial); found || err != nil {
				t.Errorf("a certificate of another account: %v, %v", found, err)
			}
		}
		return nil
	}))
	replace := func(who ra.Actor, serial, key string) (a ra.Application, err error) {
		return a, d.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			a, err = d.Replace(ctx, tx, who, serial, "file", key)
			return err
		})
	}
	_, err := replace(d.op, old.Serial, "x")
	refused(t, err, problem.NotFound, "ca.certificate.missing")
	_, err = replace(d.anna, "", "x")
	refused(t, err, problem.NotFound, "ca.certificate.missing")
	a, err := replace(d.anna, old.Serial, "x")
	d.must(err)
	if again, err := replace(d.anna, old.Serial, "x"); err != nil || again.ID != a.ID {
		t.Errorf("pressed twice: %v, %v", again.ID, err)
	}
	f := d.get(d.anna, a.ID).Form
	if f.Replaces != old.Serial || f.Medium != "file" || f.Locality != "Казань" || f.Purposes[0] != "documents" || f.Kind != old.Form.Kind {
		t.Errorf("filled in %+v", f)
	}
	err = d.Fill(ctx, d.anna, a.ID, ra.SetHolder(identity.Entrepreneur, "399900000000015", identity.Company{}), nil)
	refused(t, err, problem.Invalid, "ra.replace.holder")
	d.must(d.Fill(ctx, d.anna, a.ID, ra.SetHolder(identity.Individual, "", identity.Company{}), nil))
	d.must(d.Attach(ctx, d.anna, a.ID, "passport", "passport.png", picture(7)))
	d.must(d.submit(d.anna, a.ID))
	d.must(d.approve(a.ID))
	d.must(d.order(d.anna, a.ID))
	if c, err := d.Authority.Certificate(ctx, old.Serial); err != nil || !c.RevokedAt.IsZero() {
		t.Fatalf("revoked before the new key has signed: %v, %v", c.RevokedAt, err)
	}
	d.must(d.install(a.ID))
	if c, err := d.Authority.Certificate(ctx, old.Serial); err != nil || c.RevokedAt.IsZero() || c.Reason != x509.ReasonSuperseded {
		t.Errorf("the old certificate: %v, %v, %v", c.RevokedAt, c.Reason, err)
	}
	if e := d.Entries("ca.revoke"); len(e) != 1 || e[0].Actor != "account/"+d.anna.Account.ID {
		t.Errorf("record %+v", e)
	}
	d.Deliver()
	if m := told(d.Mail.To(mail), "Прежний отозван"); m.Body == "" || told(d.SMS.To(phone), "прежний отозван").Body == "" {
		t.Error("the holder is not told")
	}
	b, err := replace(d.anna, old.Serial, "y") // of a certificate that was revoked already
	d.must(err)
	d.must(d.Attach(ctx, d.anna, b.ID, "passport", "passport.png", picture(8)))
	for _, m := range []ra.Move{ra.Submit, ra.Approve, ra.Order, ra.Issue, ra.Install} {
		d.must(d.do(m, b.ID))
	}
	if n := len(d.Entries("ca.revoke")); n != 1 {
		t.Errorf("%d revocations", n)
	}
}
