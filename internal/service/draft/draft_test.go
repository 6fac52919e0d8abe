// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package draft_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/draft"
	"podpis/internal/service/servicetest"
)

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func typed(form string, pairs ...string) draft.Draft {
	d := draft.Draft{Form: form}
	for i := 0; i < len(pairs); i += 2 {
		d.Values = append(d.Values, [2]string{pairs[i], pairs[i+1]})
	}
	return d
}

func words(list []draft.Draft) (out []string) {
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s %d %v", d.Form, d.Place, d.Values))
	}
	slices.Sort(out)
	return out
}

func on(t *testing.T, s *draft.Service, o draft.Owner, page string) []string {
	t.Helper()
	list, err := s.On(ctx, o, page)
	must(t, err)
	return words(list)
}

// TestDraft: what was typed comes back to whom it belongs and to nobody else, until the
// form is sent or its time is over.
func TestDraft(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	s := w.Drafts
	anna, boris, browser := draft.OfAccount("anna"), draft.OfAccount("boris"), draft.OfBrowser("secret")
	save := func(o draft.Owner, page string, d draft.Draft) {
		t.Helper()
		at, err := s.Save(ctx, o, page, d)
		must(t, err)
		if !at.Equal(w.Clock.Now()) {
			t.Errorf("saved at %v", at)
		}
	}
	save(anna, "/c/a/support/new", typed("/c/a/support", "words", "Не вижу", "topic", "key"))
	save(anna, "/c/a/support/new", typed("/c/a/support", "words", "Не вижу ключ", "topic", "key", "password", "тайна", "code", "123456"))
	save(anna, "/c/a/other", typed("/c/a/support", "words", "ещё"))
	second := typed("/c/a/support", "words", "вторая форма")
	second.Place = 1
	save(anna, "/c/a/support/new", second)
	save(browser, "/recover/write", typed("/recover/write", "words", "гость"))

	want := []string{"/c/a/support 0 [[words Не вижу ключ] [topic key]]", "/c/a/support 1 [[words вторая форма]]"}
	if diff := cmp.Diff(want, on(t, s, anna, "/c/a/support/new")); diff != "" {
		t.Error(diff)
	}
	for _, other := range []draft.Owner{boris, browser, draft.OfBrowser("anna"), draft.OfBrowser(""), {}} {
		if list := on(t, s, other, "/c/a/support/new"); list != nil {
			t.Errorf("another owner sees %v", list)
		}
	}
	must(t, s.Sent(ctx, boris, "/c/a/support"))
	must(t, s.Sent(ctx, anna, "/c/a/unknown"))
	must(t, s.Sent(ctx, draft.Owner{}, "/c/a/support"))
	if len(on(t, s, anna, "/c/a/other")) != 1 {
		t.Error("a draft went with somebody else's form")
	}
	must(t, s.Sent(ctx, anna, "/c/a/support"))
	if list := append(on(t, s, anna, "/c/a/other"), on(t, s, anna, "/c/a/support/new")...); list != nil {
		t.Errorf("after sending: %v", list)
	}

	save(anna, "/p", typed("/f", "a", "1"))
	save(anna, "/p", typed("/f"))
	if list := on(t, s, anna, "/p"); list != nil {
		t.Errorf("after clearing: %v", list)
	}
	save(anna, "/p", typed("/f", "a", "1"))
	w.Write(func(ctx context.Context, tx *db.Tx) error { return s.Forget(ctx, tx, anna) })
	if list := on(t, s, anna, "/p"); list != nil {
		t.Errorf("after forgetting: %v", list)
	}

	save(anna, "/p", typed("/f", "a", "1"))
	w.Clock.Pass(25 * time.Hour)
	if on(t, s, browser, "/recover/write") != nil || on(t, s, anna, "/p") == nil {
		t.Error("a day keeps drafts of accounts only")
	}
	w.Clock.Pass(90 * 24 * time.Hour)
	if on(t, s, anna, "/p") != nil {
		t.Error("drafts do not expire")
	}
	w.Deliver()
	if n := w.Count("draft", "1 = 1"); n != 0 {
		t.Errorf("%d rows after the sweep", n)
	}
}

// TestDraftsAreBounded: in size, in number, and in what a table of strangers holds.
func TestDraftsAreBounded(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	s, anna := w.Drafts, draft.OfAccount("anna")
	for i := range 60 {
		w.Clock.Pass(time.Second)
		_, err := s.Save(ctx, anna, fmt.Sprint("/", i), typed("/f", "a", "1"))
		must(t, err)
	}
	if n := w.Count("draft", "1 = 1"); n != 50 {
		t.Errorf("%d drafts of one account", n)
	}
	if on(t, s, anna, "/59") == nil || on(t, s, anna, "/9") != nil {
		t.Error("not the oldest go")
	}
	_, err := s.Save(ctx, anna, "/59", typed("/f", "a", strings.Repeat("ы", 32768)))
	if problem.KindOf(err) != problem.Invalid || on(t, s, anna, "/59")[0] != "/f 0 [[a 1]]" {
		t.Errorf("too large: %v", err)
	}
	for _, d := range []draft.Draft{typed("", "a", "1"), typed("/f", "a", "\x00"), {Form: "/f", Place: -1}, {Form: "/f", Place: 5000}} {
		if _, err := s.Save(ctx, anna, "/p", d); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%v: %v", d, err)
		}
	}
	if _, err := s.Save(ctx, draft.Owner{}, "/p", typed("/f", "a", "1")); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("nobody's draft: %v", err)
	}
	w.Set("draft.guests", "3")
	for i := range 5 {
		w.Clock.Pass(time.Second)
		_, err := s.Save(ctx, draft.OfBrowser(fmt.Sprint(i)), "/p", typed("/f", "a", "1"))
		must(t, err)
	}
	w.Clock.Pass(time.Hour)
	w.Deliver()
	if n := w.Count("draft", "1 = 1"); n != 53 || on(t, s, draft.OfBrowser("1"), "/p") != nil || on(t, s, draft.OfBrowser("4"), "/p") == nil {
		t.Errorf("%d rows after the sweep", n)
	}
}

// TestDraftIsSealed: the table shows neither words nor addresses, and a row moved to
// another place does not open.
func TestDraftIsSealed(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	s, anna := w.Drafts, draft.OfAccount("anna")
	_, err := s.Save(ctx, anna, "/recover/ticket/capability", typed("/recover/ticket/capability", "words", "тайное слово"))
	must(t, err)
	must(t, w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var all []byte
		r, err := tx.QueryContext(ctx, "SELECT owner, page, form, sealed FROM draft")
		must(t, err)
		defer r.Close()
		for r.Next() {
			var a, b, c, d []byte
			must(t, r.Scan(&a, &b, &c, &d))
			all = slices.Concat(all, a, b, c, d)
		}
		if text := string(all); len(text) == 0 || strings.Contains(text, "слово") || strings.Contains(text, "capability") {
			t.Errorf("the table tells: %q", text)
		}
		return r.Err()
	}))
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE draft SET place = 1")
		return err
	})
	if _, err := s.On(ctx, anna, "/recover/ticket/capability"); err == nil {
		t.Error("a moved row opens")
	}
}

// TestTicket: it names one account and one page, ends, and cannot be made by others.
func TestTicket(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	text, err := w.Drafts.Seal(draft.Ticket{Account: "anna", Page: "/p"})
	must(t, err)
	got, err := w.Drafts.Open(ctx, text)
	if err != nil || got.Account != "anna" || got.Page != "/p" {
		t.Errorf("ticket %+v, %v", got, err)
	}
	for _, wrong := range []string{"", "%", "AAAA", text[:len(text)-2], "B" + text[1:]} {
		if _, err := w.Drafts.Open(ctx, wrong); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	w.Clock.Pass(25 * time.Hour)
	if _, err := w.Drafts.Open(ctx, text); problem.KindOf(err) != problem.Invalid {
		t.Errorf("an old ticket: %v", err)
	}
}

// TestSecretNames: what is a secret by its name is not kept, whoever sends it.
func TestSecretNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"password", "password2", "key_password", "Password_old", "code", "pin", "new-pin", "token", "hook_secret"} {
		if !draft.Secret(name) {
			t.Errorf("%s is kept", name)
		}
	}
	for _, name := range []string{"words", "passport_number", "passport_department", "postcode", "shipping", "topic", "inn"} {
		if draft.Secret(name) {
			t.Errorf("%s is not kept", name)
		}
	}
}
