// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package habit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/habit"
	"podpis/internal/service/servicetest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, kind problem.Kind, field string) {
	t.Helper()
	if p, ok := problem.Of(err); !ok || p.Kind != kind || p.Field != field {
		t.Errorf("%v, want %v at %q", err, kind, field)
	}
}

type bench struct {
	*servicetest.World
	t testing.TB
	a auth.Account
}

func newBench(t *testing.T) *bench {
	w := servicetest.NewDesk(t)
	a, _ := w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	return &bench{w, t, a}
}

func (b *bench) actor() habit.Actor { return habit.Actor{Account: b.a, Origin: "127.0.0.1"} }

// state is how a habit stands.
func (b *bench) state(name habit.Name) habit.State {
	b.t.Helper()
	list, err := b.Habits.List(context.Background(), b.a)
	if err != nil || len(list) != 8 {
		b.t.Fatalf("%d habits, %v", len(list), err)
	}
	for _, s := range list {
		if s.Name == name {
			return s
		}
	}
	b.t.Fatalf("no habit %s", name)
	return habit.State{}
}

func safe(now time.Time) habit.Copy {
	return habit.Copy{Key: "С-1042", Medium: "usb", Place: "Сейф в кабинете", Conditions: "Ключ от сейфа у меня", Encrypted: true, MadeAt: now.Add(-time.Hour)}
}

// TestHabits: what the system knows is read from what it keeps and from the record, and the
// person's word does not change it; what it cannot know is their word, which runs out.
func TestHabits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, began := t.Context(), b.DB.Now()
	if s := b.state(habit.Password); !s.Known || !s.Kept || !s.At.Equal(b.a.PasswordAt) {
		t.Errorf("password %+v", s)
	}
	if s := b.state(habit.Second); !s.Known || s.Kept || !s.At.IsZero() {
		t.Errorf("second step %+v", s)
	}
	for _, name := range []habit.Name{habit.Password, habit.Second, habit.Codes, habit.Sessions, habit.Backup, "fridge"} {
		wants(t, b.Habits.Done(ctx, b.actor(), name), problem.Invalid, "")
	}

	// A second session makes ending of sessions due; the record says when it was done.
	token, _, err := b.Accounts.Login(ctx, "+79990000001", servicetest.Password, servicetest.Client())
	must(t, err)
	own, err := b.Accounts.Session(ctx, token)
	must(t, err)
	if s := b.state(habit.Sessions); s.Kept || !s.At.IsZero() {
		t.Errorf("several sessions %+v", s)
	}
	b.Clock.Pass(time.Second)
	must(t, b.Accounts.EndOthers(ctx, own, servicetest.Client()))
	if s := b.state(habit.Sessions); !s.Kept || !s.At.After(began) {
		t.Errorf("others ended %+v", s)
	}

	if s := b.state(habit.Updates); s.Known || s.Kept || !s.At.IsZero() {
		t.Errorf("updates before a word %+v", s)
	}
	must(t, b.Habits.Done(ctx, b.actor(), habit.Updates))
	if s := b.state(habit.Updates); s.Known || !s.Kept || s.Due.Sub(s.At) != 720*time.Hour {
		t.Errorf("updates %+v", s)
	}
	b.Clock.Pass(721 * time.Hour)
	if s := b.state(habit.Updates); s.Kept || s.At.IsZero() {
		t.Errorf("updates a month after %+v", s)
	}
	if n := len(b.Entries("habit.done")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

// TestCopies: medium, place, day and conditions of each copy are kept, sealed; each is asked
// to be confirmed after a term and seen when it is stale; nobody else reaches it.
//
// S001-191: the day and the conditions are asked for and stored.
func TestCopies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	for field, spoil := range map[string]func(c *habit.Copy){
		"which": func(c *habit.Copy) { c.Key = " " }, "place": func(c *habit.Copy) { c.Place = strings.Repeat("я", 301) }, "conditions": func(c *habit.Copy) { c.Conditions = "" },
		"medium": func(c *habit.Copy) { c.Medium = "moon" }, "made": func(c *habit.Copy) { c.MadeAt = time.Time{} },
	} {
		c := safe(b.DB.Now())
		spoil(&c)
		wants(t, b.Habits.AddCopy(ctx, b.actor(), c), problem.Invalid, field)
	}
	future := safe(b.DB.Now())
	future.MadeAt = b.DB.Now().Add(15 * time.Hour) // it is no such day anywhere
	wants(t, b.Habits.AddCopy(ctx, b.actor(), future), problem.Invalid, "made")

	must(t, b.Habits.Done(ctx, b.actor(), habit.Copies)) // there are none
	must(t, b.Habits.AddCopy(ctx, b.actor(), safe(b.DB.Now())))
	cloud := safe(b.DB.Now())
	cloud.Medium, cloud.Place, cloud.MadeAt = "cloud", "Диск", b.DB.Now().Add(10*time.Hour) // today, in Vladivostok
	must(t, b.Habits.AddCopy(ctx, b.actor(), cloud))
	wants(t, b.Habits.Done(ctx, b.actor(), habit.Copies), problem.Conflict, "")
	list := func() []habit.Copy {
		t.Helper()
		list, err := b.Habits.Copies(ctx, b.a)
		must(t, err)
		return list
	}
	all := list()
	if len(all) != 2 || all[1].Place != "Сейф в кабинете" || all[1].Conditions != "Ключ от сейфа у меня" || all[1].Unsafe() || !all[0].Unsafe() {
		t.Fatalf("%+v", all)
	}
	if s := b.state(habit.Backup); !s.Kept || !s.At.Equal(all[1].MadeAt) {
		t.Errorf("a copy in a cloud counts as a backup: %+v", s)
	}
	if n := b.Count("key_copy", "CAST(words AS TEXT) LIKE '%Сейф%'"); n != 0 {
		t.Error("the place of a copy is readable in the database")
	}

	other, _ := b.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	stranger := habit.Actor{Account: other}
	wants(t, b.Habits.ConfirmCopy(ctx, stranger, all[1].ID), problem.NotFound, "")
	wants(t, b.Habits.EndCopy(ctx, stranger, all[1].ID), problem.NotFound, "")

	b.Clock.Pass(4381 * time.Hour)
	if all = list(); !all[0].Stale || !all[1].Stale || b.state(habit.Copies).Kept {
		t.Errorf("half a year after: %+v", all)
	}
	must(t, b.Habits.ConfirmCopy(ctx, b.actor(), all[1].ID))
	if b.state(habit.Copies).Kept {
		t.Error("one of two is confirmed and the habit is kept")
	}
	must(t, b.Habits.EndCopy(ctx, b.actor(), all[0].ID))
	if all = list(); all[0].Stale || !b.state(habit.Copies).Kept || all[1].EndedAt.IsZero() {
		t.Errorf("after the audit: %+v", all)
	}
	wants(t, b.Habits.ConfirmCopy(ctx, b.actor(), all[1].ID), problem.NotFound, "")
	for action, want := range map[string]int{"habit.copy.add": 2, "habit.copy.confirm": 1, "habit.copy.end": 1} {
		if n := len(b.Entries(action)); n != want {
			t.Errorf("%s recorded %d times", action, n)
		}
	}
	b.Write(func(ctx context.Context, tx *db.Tx) error {
		for range 98 {
			if _, err := tx.ExecContext(ctx, "INSERT INTO key_copy (id, account_id, words, made_at, confirmed_at, ended_at) SELECT $1, account_id, words, made_at, confirmed_at, 1 FROM key_copy LIMIT 1", tx.NewID()); err != nil {
				return err
			}
		}
		return nil
	})
	wants(t, b.Habits.AddCopy(ctx, b.actor(), safe(b.DB.Now())), problem.Limited, "")
}

// TestReminders: what has run out is told once in a while, not at once again and not when it
// is switched off; what was never begun is no reason, and who has left is forgotten.
func TestReminders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	told := func() (n int) {
		t.Helper()
		b.Deliver()
		return b.Count("letter", "kind = 'habit.due'")
	}
	must(t, b.Habits.AddCopy(ctx, b.actor(), safe(b.DB.Now())))
	must(t, b.Habits.Done(ctx, b.actor(), habit.Contacts))
	if n := told(); n != 0 {
		t.Fatalf("reminded of what is not due, %d times", n)
	}
	b.Clock.Pass(4381 * time.Hour)
	if n := told(); n != 1 {
		t.Fatalf("reminded %d times", n)
	}
	letters := b.Mail.To("anna@example.org")
	if last := letters[len(letters)-1]; !strings.Contains(last.Subject, "безопасность кабинета") || !strings.Contains(last.Body, "/security/habits") || !strings.Contains(last.Body, ": 2.") {
		t.Errorf("%+v", last)
	}
	b.Clock.Pass(25 * time.Hour)
	if n := told(); n != 1 {
		t.Errorf("a day later: %d", n)
	}
	b.Set("habit.remind", "false")
	b.Clock.Pass(720 * time.Hour)
	if n := told(); n != 1 {
		t.Errorf("switched off: %d", n)
	}
	b.Set("habit.remind", "true")
	b.Clock.Pass(25 * time.Hour)
	if n := told(); n != 2 {
		t.Errorf("switched on again: %d", n)
	}
	b.Write(func(ctx context.Context, tx *db.Tx) error { return b.Accounts.Close(ctx, tx, b.a) })
	b.Deliver()
	if n := b.Count("key_copy", "1 = 1") + b.Count("habit_done", "1 = 1") + b.Count("habit_reminder", "1 = 1"); n != 0 {
		t.Errorf("%d rows of who has left", n)
	}
}
