// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
)

// A second submit of the form that opens an application opens nothing new.
func TestStartOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := make(chan string, 6)
	errs := make(chan error, cap(ids))
	for range cap(ids) {
		go func() {
			id, err := d.Start(ctx, d.anna, "home-first")
			ids <- id
			errs <- err
		}()
	}
	first := ""
	for range cap(ids) {
		must(t, <-errs)
		id := <-ids
		if first == "" {
			first = id
		}
		if id != first {
			t.Error("two applications of one form")
		}
	}
	other, err := d.Start(ctx, d.anna, "again")
	must(t, err)
	if other == first || d.Count("application", "1 = 1") != 2 || len(d.Entries("ra.start")) != 2 {
		t.Error("another form is another application")
	}
	if a, b := d.get(d.anna, first), d.get(d.anna, other); b.Number != a.Number+1 || ra.Number(a.Number) != "А-1001" {
		t.Errorf("numbers %d, %d", a.Number, b.Number)
	}
	_, err = d.Start(ctx, d.op, "x")
	refused(t, err, problem.NotFound, "identity.person.missing")
}

// Nothing typed is lost, and what is refused does not get into the form.
func TestFill(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, err := d.Start(ctx, d.anna, "")
	must(t, err)
	a := d.get(d.anna, id)
	if a.Form.Person != withID(servicetest.Anna(), a.PersonID) || a.Form.Mail != mail || a.State != ra.Draft {
		t.Errorf("what is known is not filled in: %+v", a.Form)
	}
	for _, c := range []struct {
		change ra.Change
		key    string
	}{
		{ra.SetPurposes([]string{"unknown"}), "ra.purposes.none"},
		{ra.SetHolder("bank", "", identity.Company{}), "identity.kind.wrong"},
		{ra.SetHolder(identity.Entrepreneur, "1", identity.Company{}), "identity.ogrnip.check"},
		{ra.SetHolder(identity.Organisation, "", identity.Company{}), "identity.company_name.wrong"},
		{ra.SetData(identity.Person{}, "", "", "x"), "identity.surname.wrong"},
		{ra.SetData(identity.Person{}, "", "", "x"), "identity.region.wrong"},
		{ra.SetData(servicetest.Anna(), "16 Республика Татарстан", "a\u202eb", mail), "identity.locality.wrong"},
		{ra.SetData(servicetest.Anna(), "16 Республика Татарстан", "Казань😀", mail), "identity.locality.wrong"},
		{ra.SetData(servicetest.Anna(), "16 Республика Татарстан", "Казань", "a@b"), "auth.mail.wrong"},
	} {
		err := d.Fill(ctx, d.anna, id, c.change, map[string]string{"surname": c.key})
		refused(t, err, problem.Invalid, c.key)
		got := d.get(d.anna, id)
		if got.Typed["surname"] != c.key || got.Form.Kind != identity.Individual || got.Form.Person != a.Form.Person || got.Form.HolderChosen {
			t.Errorf("%s: typed %v, form %+v", c.key, got.Typed, got.Form)
		}
	}
	at, err := d.SaveTyped(ctx, d.anna, id, map[string]string{"locality": "Каз", "surname": "С"})
	must(t, err)
	if at != d.DB.Now() {
		t.Errorf("saved at %v", at)
	}
	d.fill(d.anna, id)
	must(t, d.Fill(ctx, d.anna, id, ra.SetData(servicetest.Anna(), " 16  Республика Татарстан ", "Казань", mail), map[string]string{"locality": "Казань"}))
	a = d.get(d.anna, id)
	if a.Form.Locality != "Казань" || a.Form.Region != "16 Республика Татарстан" || a.Typed["surname"] != "С" {
		t.Errorf("%+v, %v", a.Form, a.Typed)
	}
	if _, still := a.Typed["locality"]; still {
		t.Error("an accepted field still shows what was typed before")
	}
	_, err = d.SaveTyped(ctx, d.anna, id, map[string]string{"x": strings.Repeat("x", 20<<10)})
	refused(t, err, problem.Invalid, "form.too_large")
}

func withID(p identity.Person, id string) identity.Person { p.ID = id; return p }

// Somebody else's application, its files and its certificate are not found.
func TestOfSomebodyElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	account, _ := d.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	boris := actor(account)
	id := d.arrive(ra.Draft)
	file := d.get(d.anna, id).Files[0].ID
	_, request := servicetest.Request(t, alg.P256)
	for name, act := range map[string]func() error{
		"get":     func() error { _, err := d.Get(ctx, boris, id); return err },
		"fill":    func() error { return d.Fill(ctx, boris, id, ra.SetPurposes([]string{"documents"}), nil) },
		"typed":   func() error { _, err := d.SaveTyped(ctx, boris, id, nil); return err },
		"attach":  func() error { return d.Attach(ctx, boris, id, "passport", "x.png", picture(7)) },
		"detach":  func() error { return d.Detach(ctx, boris, id, file) },
		"read":    func() error { _, _, err := d.ReadFile(ctx, boris, id, file); return err },
		"ask":     func() error { return d.AskSignature(ctx, boris, id) },
		"resend":  func() error { return d.Resend(ctx, boris, id) },
		"submit":  func() error { return d.Submit(ctx, boris, id, "000000") },
		"take":    func() error { return d.Withdraw(ctx, boris, id) },
		"consent": func() error { return d.AskIssue(ctx, boris, id, true) },
		"order":   func() error { _, err := d.OrderCertificate(ctx, boris, id, "000000", request); return err },
		"install": func() error { return d.Installed(ctx, boris, id, nil) },
		"mend":    func() error { return d.MendApproved(ctx, boris, id) },
		"staff":   func() error { _, _, err := d.ReadFile(ctx, d.op, id, file); return err }, // a draft is nobody else's
	} {
		if err := act(); problem.KindOf(err) != problem.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := d.filled(boris)
	_, _, err := d.ReadFile(ctx, boris, other, file)
	refused(t, err, problem.NotFound, "ra.file.missing")
	refused(t, d.Detach(ctx, boris, other, file), problem.NotFound, "ra.file.missing")
	if list, err := d.List(ctx, boris); err != nil || len(list) != 1 || list[0].ID != other {
		t.Errorf("%v, %v", list, err)
	}
	done := d.get(d.anna, d.arrive(ra.Done))
	if a, err := d.BySerial(ctx, d.anna, done.Serial); err != nil || a.ID != done.ID {
		t.Errorf("%v, %v", a.ID, err)
	}
	for _, serial := range []string{done.Serial, "", "00"} {
		_, err = d.BySerial(ctx, boris, serial)
		refused(t, err, problem.NotFound, "ca.certificate.missing")
	}
	if n := blobs(t, d); n != 3 {
		t.Errorf("%d blobs, want 3: one that was refused is left", n)
	}
}

// blobs counts the stored documents.
func blobs(t *testing.T, d *desk) (n int) {
	t.Helper()
	must(t, filepath.Walk(d.Blobs, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n++
		}
		return err
	}))
	return n
}

func TestFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, err := d.Start(ctx, d.anna, "")
	must(t, err)
	for _, c := range []struct{ purpose, content, key string }{
		{"passport", "MZ\x90", "ra.file.kind"}, {"passport", "", "ra.file.kind"}, {"passport", "<svg onload=alert(1)>", "ra.file.kind"},
		{"secret", string(picture(1)), "ra.file.purpose"},
	} {
		refused(t, d.Attach(ctx, d.anna, id, c.purpose, "x.png", []byte(c.content)), problem.Invalid, c.key)
	}
	must(t, d.Attach(ctx, d.anna, id, "passport", `C:\docs\..\паспорт`+"\x00\u202e.png", picture(1)))
	must(t, d.Attach(ctx, d.anna, id, "passport", "again.png", picture(1))) // the second submit
	d.Clock.Pass(time.Second)
	must(t, d.Attach(ctx, d.anna, id, "other", strings.Repeat("я", 300)+".pdf", []byte("%PDF-1.7\n")))
	a := d.get(d.anna, id)
	if len(a.Files) != 2 || a.Files[0].Name != "паспорт.png" || a.Files[0].MIME != "image/png" || len([]rune(a.Files[1].Name)) != 120 {
		t.Fatalf("%+v", a.Files)
	}
	f, content, err := d.ReadFile(ctx, d.anna, id, a.Files[0].ID)
	must(t, err)
	if !bytes.Equal(content, picture(1)) || f.Size != int64(len(content)) {
		t.Errorf("%+v, %x", f, content)
	}
	must(t, filepath.Walk(d.Blobs, func(name string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			if stored, err := os.ReadFile(name); err != nil || bytes.Contains(stored, []byte("PNG")) || bytes.Contains(stored, []byte("PDF")) {
				t.Errorf("%s is not sealed: %v", name, err)
			}
		}
		return err
	}))
	must(t, d.Detach(ctx, d.anna, id, a.Files[0].ID))
	_, _, err = d.ReadFile(ctx, d.anna, id, a.Files[0].ID)
	refused(t, err, problem.NotFound, "ra.file.missing")
	for n := range byte(9) {
		must(t, d.Attach(ctx, d.anna, id, "passport", "x.png", picture(10+n)))
	}
	refused(t, d.Attach(ctx, d.anna, id, "passport", "x.png", picture(99)), problem.Invalid, "ra.file.count")
	if n := blobs(t, d); n != 10 {
		t.Errorf("%d blobs, want 10", n)
	}
	if limit, err := d.FileLimit(ctx); err != nil || limit != 10<<20 {
		t.Errorf("%d, %v", limit, err)
	}
	sent := d.arrive(ra.Checking)
	refused(t, d.Attach(ctx, d.anna, sent, "passport", "x.png", picture(50)), problem.Conflict, "ra.state.checking")
	refused(t, d.Detach(ctx, d.anna, sent, d.get(d.anna, sent).Files[0].ID), problem.Conflict, "ra.state.checking")
	refused(t, d.Fill(ctx, d.anna, sent, ra.SetPurposes([]string{"trade"}), nil), problem.Conflict, "ra.state.checking")
	_, err = d.SaveTyped(ctx, d.anna, sent, nil)
	refused(t, err, problem.Conflict, "ra.state.checking")
}

// What is missing is told before a code is sent, and a changed form needs another
// code.
func TestSign(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, err := d.Start(ctx, d.anna, "")
	must(t, err)
	err = d.AskSignature(ctx, d.anna, id)
	for _, key := range []string{"ra.purposes.none", "identity.region.wrong", "identity.locality.wrong", "ra.file.missing.passport"} {
		refused(t, err, problem.Invalid, key)
	}
	refused(t, d.Submit(ctx, d.anna, id, "000000"), problem.Invalid, "ra.purposes.none")
	d.fill(d.anna, id)
	refused(t, d.Submit(ctx, d.anna, id, "000000"), problem.NotFound, "auth.code.expired")
	must(t, d.AskSignature(ctx, d.anna, id))
	must(t, d.AskSignature(ctx, d.anna, id)) // a reload sends nothing
	if n := len(d.Codes(phone)); n != 2 {    // one is of the sign-up
		t.Errorf("%d codes", n)
	}
	old := d.Code(phone)
	if text := d.SMS.To(phone)[1].Body; !strings.Contains(text, "заявления "+ra.Number(d.get(d.anna, id).Number)) || !strings.Contains(text, "\n@podpis.example #"+old) {
		t.Errorf("the message does not say what it confirms: %s", text)
	}
	refused(t, d.Submit(ctx, d.anna, id, servicetest.Wrong(old)), problem.Invalid, "auth.code.wrong")
	must(t, d.Fill(ctx, d.anna, id, ra.SetPurposes([]string{"trade"}), nil))
	refused(t, d.Submit(ctx, d.anna, id, old), problem.NotFound, "auth.code.expired")
	must(t, d.Resend(ctx, d.anna, id)) // there is none: it is asked anew
	refused(t, d.Resend(ctx, d.anna, id), problem.Limited, "auth.code.wait")
	d.Clock.Pass(time.Minute)
	must(t, d.Resend(ctx, d.anna, id))
	must(t, d.Submit(ctx, d.anna, id, d.Code(phone)))
	a := d.get(d.anna, id)
	if a.State != ra.Checking || a.Signed == nil || a.Signed.Way != "sms" || len(a.Signed.Digest) != 64 || a.DueAt != d.DB.Now().Add(24*time.Hour) {
		t.Errorf("%+v", a)
	}
}

// What the certificate has no room for is told before the desk works on it, not at the issue.
func TestTooLongForTheCertificate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.filled(d.anna)
	long := d.get(d.anna, id).Form.Person
	long.Surname = strings.Repeat("Я", 65)
	must(t, d.Fill(ctx, d.anna, id, ra.SetData(long, "16 Республика Татарстан", "Казань", mail), nil))
	refused(t, d.AskSignature(ctx, d.anna, id), problem.Invalid, "ca.subject.length")
	long.Surname = strings.Repeat("Я", 64)
	must(t, d.Fill(ctx, d.anna, id, ra.SetData(long, "16 Республика Татарстан", "Казань", mail), nil))
	must(t, d.AskSignature(ctx, d.anna, id))
}

// A code of one application signs no other.
func TestCodeOfAnotherApplication(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one, two := d.filled(d.anna), d.filled(d.anna)
	must(t, d.AskSignature(ctx, d.anna, one))
	code := d.Code(phone)
	must(t, d.AskSignature(ctx, d.anna, two))
	if err := d.Submit(ctx, d.anna, two, code); code != d.Code(phone) {
		refused(t, err, problem.Invalid, "auth.code.wrong")
	}
}

// S002-113: fifty applications in thirty days; one sent again after corrections is
// no new one.
func TestFiftyInThirtyDays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Set("ra.limit.count", "50")
	returned := d.arrive(ra.Corrections)
	first := d.get(d.anna, returned).SubmittedAt
	for range 49 {
		d.Clock.Pass(time.Second)
		d.arrive(ra.Checking)
	}
	late := d.filled(d.anna)
	must(t, d.AskSignature(ctx, d.anna, late))
	p := refused(t, d.Submit(ctx, d.anna, late, d.Code(phone)), problem.Limited, "ra.limit.reached")
	if p.Data["Limit"] != 50 || p.Data["Days"] != 30 || p.Data["Next"] != first.Add(720*time.Hour) {
		t.Errorf("%+v", p.Data)
	}
	must(t, d.submit(d.anna, returned))
	d.Clock.Pass(720*time.Hour - time.Second)
	d.Clock.Pass(2 * time.Minute)
	must(t, d.submit(d.anna, late))
}
