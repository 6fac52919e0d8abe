// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
)

func TestMailAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"a@b.ru": true, "почта@пример.рф": true, "a+b@c-d.example.org": true, "": false, "a@b": false, "a b@c.ru": false, "a@b.ru,c@d.ru": false,
		"Anna <a@b.ru>": false, "a@b.ru\r\nBcc: c@d.ru": false, "a@" + strings.Repeat("x", 250) + ".ru": false, "@b.ru": false,
	} {
		if identity.ValidMail(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

// S001-005, S002-063: the address is confirmed by a link in a letter, once, within
// a day; another letter can be asked for.
func TestMailLink(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	account, session := w.SignUp(phone, mail, servicetest.Anna())
	isConfirmed := func() bool {
		t.Helper()
		s, err := w.Accounts.Session(ctx, session)
		must(t, err)
		return s.Account.MailConfirmed
	}
	old := w.Link(mail)
	err := w.Accounts.SendMailLink(ctx, account.ID, client())
	if p := refused(t, err, problem.Limited, "auth.mail.wait"); p.RetryAfter != time.Minute {
		t.Errorf("%+v", p)
	}
	refused(t, w.Accounts.ConfirmMail(ctx, "no such", client()), problem.NotFound, "auth.mail.link_old")
	for range 24 * 6 {
		w.Clock.Pass(10 * time.Minute)
		if s, err := w.Accounts.Session(ctx, session); err != nil || s.Account.ID == "" {
			session, _, err = w.Accounts.Login(ctx, phone, pass, client())
			must(t, err)
		}
	}
	refused(t, w.Accounts.ConfirmMail(ctx, old, client()), problem.NotFound, "auth.mail.link_old")
	must(t, w.Accounts.SendMailLink(ctx, account.ID, client()))
	link := w.Link(mail)
	if link == old || isConfirmed() {
		t.Fatal("no other link")
	}
	must(t, w.Accounts.ConfirmMail(ctx, link, client()))
	must(t, w.Accounts.ConfirmMail(ctx, link, client())) // the second press
	if !isConfirmed() || len(w.Entries("auth.mail.confirm")) != 1 {
		t.Error("not confirmed once")
	}
	must(t, w.Accounts.SendMailLink(ctx, account.ID, client())) // nothing to confirm
	n := 0
	for _, m := range w.Mail.To(mail) {
		n += strings.Count(m.Body, "/confirm/")
	}
	if n != 2 {
		t.Errorf("%d letters", n)
	}
	refused(t, w.Accounts.SendMailLink(ctx, "none", client()), problem.NotFound, "auth.account.missing")
	if n := w.Count("mail_link", "token_hash = $1", []byte(link)); n != 0 {
		t.Error("the link itself is stored")
	}
}
