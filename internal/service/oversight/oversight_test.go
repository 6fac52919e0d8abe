// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/oversight"
	"podpis/internal/service/servicetest"
)

func actor(a auth.Account) oversight.Actor {
	return oversight.Actor{Account: a, Client: servicetest.Client()}
}

// A role that was taken away since the sign-in opens nothing, and looks are recorded.
func TestRoleIsReadAnew(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	auditor := w.Staff(auth.Auditor, "+79990001003", "auditor@example.org", "Аудитов А. А.")
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	officer := w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О.")
	lines, err := w.Oversight.Log(t.Context(), actor(auditor), oversight.Filter{Action: "auth.", Actor: "installation", Limit: 2})
	if err != nil || len(lines) != 2 || lines[0].Action != "auth.staff.create" {
		t.Errorf("%+v, %v", lines, err)
	}
	if lines, err = w.Oversight.Log(t.Context(), actor(auditor), oversight.Filter{From: w.DB.Now().Add(time.Hour)}); err != nil || len(lines) != 0 {
		t.Errorf("lines of the future: %+v, %v", lines, err)
	}
	for _, kind := range []string{"", "active", "expired", "revoked", "orders"} {
		if list, err := w.Oversight.Certificates(t.Context(), actor(officer), ca.Query{Text: "nobody", Kind: kind, Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("%s: %d, %v", kind, len(list), err)
		}
	}
	if lines, err = w.Oversight.Which(t.Context(), actor(auditor), oversight.Looks(), time.Time{}, 10); err != nil || len(lines) != 5 || lines[0].Who != officer.Title {
		t.Errorf("%+v, %v", lines, err)
	}
	if err := w.Oversight.SetRole(t.Context(), actor(admin), auditor.ID, auth.Operator); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Oversight.Log(t.Context(), actor(auditor), oversight.Filter{}); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("a former auditor reads: %v", err)
	}
	if err := w.Oversight.SetRole(t.Context(), actor(admin), officer.ID, auth.Holder); problem.KindOf(err) != problem.Invalid {
		t.Errorf("an officer becomes a holder: %v", err)
	}
}

// What cannot be recorded is not done: policies, roles and looks alike.
func TestNothingWithoutTheRecord(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	auditor := w.Staff(auth.Auditor, "+79990001003", "auditor@example.org", "Аудитов А. А.")
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE audit_entry RENAME TO audit_gone")
		return err
	})
	if err := w.Oversight.SetRule(t.Context(), actor(admin), "auth.password.tries", "9", time.Time{}, time.Time{}); err == nil {
		t.Error("a policy changes without a record")
	}
	if err := w.Oversight.SetBlocked(t.Context(), actor(admin), auditor.ID, true); err == nil {
		t.Error("an account is closed without a record")
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, "ALTER TABLE audit_gone RENAME TO audit_entry"); err != nil {
			return err
		}
		n, err := w.Book.Number(ctx, tx, "auth.password.tries")
		if err != nil || n != 3 {
			t.Errorf("tries: %d, %v", n, err)
		}
		until, _, err := w.Accounts.Closed(ctx, tx, auditor.ID)
		if err != nil || !until.IsZero() {
			t.Errorf("closed until %v, %v", until, err)
		}
		return audit.Health(ctx, tx)
	})
}

// A connection that misbehaves is switched off with a reason: what goes through it waits,
// nothing is lost, and it is not tried by itself meanwhile.
func TestConnectorIsSwitchedOff(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	officer := w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О.")
	for _, c := range []struct {
		who          auth.Account
		name, reason string
		kind         problem.Kind
	}{
		{officer, "sms", "так надо", problem.Forbidden}, {admin, "none", "так надо", problem.NotFound}, {admin, "sms", " ", problem.Invalid}, {admin, "sms", strings.Repeat("я", 200), problem.Invalid},
	} {
		if err := w.Oversight.Switch(ctx, actor(c.who), c.name, true, c.reason); problem.KindOf(err) != c.kind {
			t.Errorf("%s %q: %v", c.name, c.reason, err)
		}
	}
	state := func() oversight.Connection {
		t.Helper()
		list, err := w.Oversight.Connections(ctx, actor(admin))
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		return list[0]
	}
	w.Deliver()
	if c := state(); c.CheckedAt.IsZero() || !c.NextAt.Equal(c.CheckedAt.Add(10*time.Minute)) || c.Problem != "" {
		t.Errorf("not tried by itself: %+v", c)
	}
	if err := w.Oversight.Switch(ctx, actor(admin), "sms", true, "шлюз  шлёт дважды"); err != nil {
		t.Fatal(err)
	}
	before := state()
	if !before.Switch.Off || before.Switch.Reason != "шлюз шлёт дважды" || before.Who != admin.Title || !before.NextAt.IsZero() {
		t.Errorf("%+v", before)
	}
	w.Clock.Pass(time.Hour)
	if err := w.Oversight.Test(ctx, actor(admin), "sms", "", "проверка"); err != nil {
		t.Fatal(err)
	}
	w.Deliver()
	if len(w.SMS.To("+79990001004")) != 0 || !state().CheckedAt.Equal(before.CheckedAt) {
		t.Error("it is used while it is off")
	}
	if err := w.Oversight.Switch(ctx, actor(admin), "sms", false, ""); err != nil {
		t.Fatal(err)
	}
	w.Clock.Pass(2 * time.Minute)
	w.Deliver()
	if len(w.SMS.To("+79990001004")) != 1 || !state().CheckedAt.After(before.CheckedAt) {
		t.Error("what waited has not gone out")
	}
	if len(w.Entries("admin.connector.off")) != 1 || len(w.Entries("admin.connector.on")) != 1 {
		t.Error("not recorded")
	}
}

// A list of employees is looked at first, taken whole or not at all, and taken again
// changes nothing.
func TestImportOfEmployees(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	old := w.Staff(auth.Auditor, "+79990001003", "auditor@example.org", "Аудитов А. А.")
	for name, list := range map[string]string{
		"empty": "", "heading alone": "имя;почта;телефон;роль\n", "three fields": "a;b;c\n", "octets": "\xff;a@example.org;+79990003001;operator\n",
		"large": strings.Repeat("Новиков;a@example.org;+79990003001;operator\n", 101), "huge": strings.Repeat("x", 70<<10),
	} {
		if _, err := w.Oversight.Plan(ctx, actor(admin), []byte(list)); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := "\ufeffИмя;Почта;Телефон;Роль\nНовикова О. П.; new@example.org ;8 999 000-30-01;Operator\nБез роли;b@example.org;+79990003002;holder\n" +
		"Дважды;NEW@example.org;+79990003003;officer\nАдминов;admin@example.org;+79990001004;auditor\nЗанят;c@example.org;+79990001003;officer\n;d@example.org;+79990003004;officer\nКто;нет;+79990003005;officer\nКто;e@example.org;1;officer\n"
	plan, err := w.Oversight.Plan(ctx, actor(admin), []byte(bad))
	if err != nil || len(plan) != 8 || plan[0].What != oversight.HireNew || plan[0].Line != 2 || plan[0].Account.Phone != "+79990003001" {
		t.Fatalf("%+v, %v", plan, err)
	}
	for _, h := range plan[1:] {
		if h.What != oversight.HireBad || h.Why == nil {
			t.Errorf("line %d: %+v", h.Line, h)
		}
	}
	if _, err := w.Oversight.Import(ctx, actor(admin), []byte(bad)); problem.KindOf(err) != problem.Conflict || len(w.Entries("auth.staff.create")) != 2 {
		t.Errorf("taken in part: %v", err)
	}
	good := "Новикова О. П.,new@example.org,+79990003001,operator\nАудитов А. А.,Auditor@example.org,+79990001003,officer\n"
	for _, who := range []auth.Account{old} {
		if _, err := w.Oversight.Import(ctx, actor(who), []byte(good)); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("%s imports: %v", who.Role, err)
		}
	}
	plan, err = w.Oversight.Import(ctx, actor(admin), []byte(good))
	if err != nil || plan[0].Password == "" || plan[1].What != oversight.HireRole || plan[1].Was != auth.Auditor || plan[1].Account.ID != old.ID {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, _, err := w.Accounts.Login(ctx, "new@example.org", plan[0].Password, servicetest.Client()); err != nil {
		t.Error(err)
	}
	plan, err = w.Oversight.Import(ctx, actor(admin), []byte(good))
	if err != nil || plan[0].What != oversight.HireSame || plan[1].What != oversight.HireSame || len(w.Entries("auth.staff.create")) != 3 {
		t.Errorf("again: %+v, %v", plan, err)
	}
}

// Where a directory lets staff in, the accounts of a list wait for it and have no password
// that anybody knows.
func TestImportForADirectory(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	other := w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О.")
	if err := w.Oversight.LetIn(t.Context(), actor(admin), other.ID); problem.KindOf(err) != problem.NotFound {
		t.Errorf("without a directory: %v", err)
	}
	var waiting []string
	w.Oversight.Await = func(_ context.Context, _ *db.Tx, id string) error { waiting = append(waiting, id); return nil }
	plan, err := w.Oversight.Import(t.Context(), actor(admin), []byte("Новикова О. П.;new@example.org;+79990003001;operator\n"))
	if err != nil || plan[0].Password != "" || len(waiting) != 1 {
		t.Errorf("%+v, %v, %v", plan, waiting, err)
	}
	if err := w.Oversight.LetIn(t.Context(), actor(admin), other.ID); err != nil || len(waiting) != 2 || len(w.Entries("admin.directory")) != 1 {
		t.Errorf("%v, %v", waiting, err)
	}
	if err := w.Oversight.LetIn(t.Context(), actor(admin), admin.ID); problem.KindOf(err) != problem.Conflict {
		t.Errorf("themselves: %v", err)
	}
}

// A text is said in own words with its name, its past and the way back; a text that cannot
// stand there, or a role that may not, is refused.
func TestOwnTexts(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	auditor := w.Staff(auth.Auditor, "+79990001003", "auditor@example.org", "Аудитов А. А.")
	ru := w.Words.For("ru")
	original := ru.T("brand", nil)
	for _, c := range []struct {
		who              auth.Account
		lang, key, value string
		kind             problem.Kind
	}{
		{auditor, "ru", "brand", "Печать", problem.Forbidden}, {admin, "de", "brand", "Печать", problem.NotFound}, {admin, "ru", "none", "Печать", problem.NotFound},
		{admin, "ru", "status.at", "без места", problem.Invalid}, {admin, "ru", "training.bar", "нет", problem.Invalid}, {admin, "ru", "brand", strings.Repeat("я", 1001), problem.Invalid},
	} {
		if err := w.Oversight.SetText(ctx, actor(c.who), c.lang, c.key, c.value); problem.KindOf(err) != c.kind {
			t.Errorf("%s %s: %v", c.lang, c.key, err)
		}
	}
	for _, value := range []string{"Печать", "Оттиск", ""} {
		w.Clock.Pass(time.Minute)
		if err := w.Oversight.SetText(ctx, actor(admin), "ru", "brand", value); err != nil {
			t.Fatal(err)
		}
		own, err := w.Oversight.OwnTexts(ctx, actor(admin))
		want := value
		if want == "" {
			want = original
		}
		if err != nil || (len(own) == 1) != (value != "") || ru.T("brand", nil) != want {
			t.Errorf("%q: %+v, %v, said %q", value, own, err, ru.T("brand", nil))
		}
	}
	past, err := w.Oversight.TextHistory(ctx, actor(admin), "ru", "brand")
	if err != nil || len(past) != 3 || past[1].Value != "Оттиск" || past[1].Who != admin.Title {
		t.Errorf("%+v, %v", past, err)
	}
	if _, err := w.Oversight.TextHistory(ctx, actor(auditor), "ru", "brand"); problem.KindOf(err) != problem.Forbidden {
		t.Error(err)
	}
	if len(w.Entries("admin.text")) != 3 {
		t.Error("not recorded")
	}
}

// The next list comes when the rule says, from the moment the rule is set, and never later than half of a list's life; the
// officer's page expects it at the same time. A list that another cause has made young is not made again.
func TestListsFollowTheirRule(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	officer := actor(w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О."))
	w.Deliver()
	lists := func() oversight.Lists {
		t.Helper()
		l, err := w.Oversight.Lists(t.Context(), officer)
		if err != nil || len(l.States) != 2 {
			t.Fatalf("%+v, %v", l, err)
		}
		return l
	}
	passes := func(d time.Duration) (after oversight.Lists, published bool) {
		t.Helper()
		before := lists()
		w.Clock.Pass(d)
		w.Deliver()
		after = lists()
		for i := range after.States {
			if (after.States[i].Number != before.States[i].Number) != (after.States[0].Number != before.States[0].Number) {
				t.Errorf("one list of two was published: %+v", after.States)
			}
		}
		return after, after.States[0].Number != before.States[0].Number
	}
	for _, c := range []struct {
		rule    string
		every   time.Duration
		comment string
	}{
		{"", time.Hour, "as it comes"},
		{"10m", 10 * time.Minute, "at once, without a restart"},
		{"3h", 3 * time.Hour, "less often"},
		{"23h", 6 * time.Hour, "half of the life of 12 hours"},
	} {
		if c.rule != "" {
			w.Set("ca.crl.every", c.rule)
		}
		if _, early := passes(c.every - time.Minute); early {
			t.Errorf("%s: published too early", c.comment)
		}
		l, published := passes(time.Minute)
		if !published || l.Every != c.every || !l.Due(l.States[1]).Equal(w.DB.Now().Truncate(time.Second).Add(c.every)) {
			t.Errorf("%s: published %v, expected every %v", c.comment, published, l.Every)
		}
	}
}
