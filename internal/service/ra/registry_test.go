// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"strings"
	"testing"

	"podpis/internal/platform/problem"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	standregister "podpis/stand/egrip"
	"podpis/wire/egr"
)

const annaIP = "399990000000121"

// entrepreneur opens the role of an entrepreneur for a holder and returns who acts in it.
func (d *desk) entrepreneur(who ra.Actor) ra.Actor {
	d.t.Helper()
	asker := egrip.Actor{Name: "account/" + who.Account.ID, AccountID: who.Account.ID, PersonID: who.Account.PersonID}
	r, err := d.Registry.AskRole(ctx, asker, identity.Entrepreneur, annaIP, "")
	d.must(err)
	if r.State != egrip.Opened {
		d.t.Fatalf("the role is %s", r.State)
	}
	who.Role = r.ProfileID
	return who
}

// S001-106, S004-007: an application opened in a role is filled in with it; each role has its own forms.
func TestFilledInFromTheRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mine, err := d.Start(ctx, d.anna, "home-first")
	d.must(err)
	ip := d.entrepreneur(d.anna)
	id, err := d.Start(ctx, ip, "home-first")
	d.must(err)
	if id == mine {
		t.Fatal("the form of a person is that of the ИП")
	}
	a := d.get(ip, id)
	if a.Kind != identity.Entrepreneur || a.Form.OGRNIP != annaIP || !a.Form.HolderChosen || a.Form.RegisterDate == "" || a.ProfileID != ip.Role {
		t.Errorf("%+v", a.Form)
	}
	ip.Role = "none"
	if _, err := d.Start(ctx, ip, "x"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("a role of nobody: %v", err)
	}
}

// S001-118: the status is looked at again when an application is signed and sent; what is
// closed, not there, silent or another's is refused in words at the field.
func TestStatusIsCheckedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ip := d.entrepreneur(d.anna)
	id, err := d.Start(ctx, ip, "")
	d.must(err)
	d.must(d.Fill(ctx, ip, id, ra.SetPurposes([]string{"documents"}), nil))
	a := d.get(ip, id)
	d.must(d.Fill(ctx, ip, id, ra.SetData(a.Form.Person, "16 Республика Татарстан", "Казань", mail), nil))
	d.must(d.Attach(ctx, ip, id, "passport", "passport.png", picture(1)))
	for _, c := range []struct {
		failure standregister.Failure
		key     string
	}{{standregister.Closed, "egrip.closed.ceased"}, {standregister.Missing, "egrip.closed.missing"}, {standregister.None, ""}} {
		d.Register.Fail(c.failure)
		_, err := d.Registry.Fetch(context.Background(), "test", "", egr.EGRIP, annaIP)
		d.must(err)
		err = d.AskSignature(ctx, ip, id)
		e, _ := problem.Of(err)
		if c.key == "" && err != nil || c.key != "" && (e == nil || e.Key != c.key || e.Field != "ogrnip") {
			t.Errorf("%q: %v", c.failure, err)
		}
	}
	d.Register.Fail(standregister.Closed)
	_, err = d.Registry.Fetch(context.Background(), "test", "", egr.EGRIP, annaIP)
	d.must(err)
	if err := d.Submit(ctx, ip, id, "000000"); !strings.Contains(err.Error(), "egrip.closed.ceased") {
		t.Errorf("sent for a closed ИП: %v", err)
	}
	other := d.get(d.anna, id).Form.Person
	other.INN = "990100002902"
	d.Register.Fail(standregister.None)
	_, err = d.Registry.Fetch(context.Background(), "test", "", egr.EGRIP, annaIP)
	d.must(err)
	d.must(d.Fill(ctx, ip, id, ra.SetData(other, "16 Республика Татарстан", "Казань", mail), nil))
	if err := d.AskSignature(ctx, ip, id); !strings.Contains(err.Error(), "egrip.role.other_person") {
		t.Errorf("another's entry: %v", err)
	}
}
