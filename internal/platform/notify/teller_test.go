// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
)

// told is a database with a teller over it.
type told struct {
	t      *testing.T
	db     *db.DB
	teller *notify.Teller
}

func newTold(t *testing.T) *told {
	t.Helper()
	ring, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	if err != nil {
		t.Fatal(err)
	}
	words, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC) // 23:30 in Moscow
	d := dbtest.OpenClock(t, func() time.Time { return at })
	return &told{t, d, notify.NewTeller(notify.New(ring), words, "https://podpis.example")}
}

func (w *told) do(act func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), act); err != nil {
		w.t.Fatal(err)
	}
}

func (w *told) tell(kind string, class notify.Class, values map[string]any) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *db.Tx) error {
		to := notify.Person{AccountID: "a", Phone: "+79990000001", Mail: "a@example.org"}
		return w.teller.Tell(ctx, tx, to, notify.Event{Kind: kind, Class: class, Values: values, Dedup: "1", Link: "https://podpis.example/secret", URL: "/here"})
	})
}

// jobs counts the deliveries that are due now, and those that wait.
func (w *told) jobs() (due, later int) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *db.Tx) error {
		now := db.Micros(tx.Now())
		for where, n := range map[string]*int{"run_at <= $1": &due, "run_at > $1": &later} {
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM job WHERE kind = 'notify.deliver' AND "+where, now).Scan(n); err != nil {
				return err
			}
		}
		return nil
	})
	return due, later
}

func (w *told) letters() (list []notify.Letter) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = w.teller.Letters(ctx, tx, "a")
		return err
	})
	return list
}

// A person is told once, in the language chosen; a secret link never stands in the letter;
// what can wait does in quiet hours; security notices wait for nothing and go both ways
// whatever is switched off.
func TestTell(t *testing.T) {
	t.Parallel()
	w := newTold(t)
	w.do(func(ctx context.Context, tx *db.Tx) error {
		return w.teller.SetSettings(ctx, tx, "a", notify.Settings{
			Language: "en", Quiet: notify.Quiet{From: 22 * 60, Until: 8 * 60, Zone: "Europe/Moscow"},
			Muted: []string{"case/sms", "security/sms", "security/mail"},
		})
	})
	w.tell("application.approved", notify.Case, map[string]any{"Number": "А-1"})
	w.tell("application.approved", notify.Case, map[string]any{"Number": "А-1"})
	list := w.letters()
	if len(list) != 1 || list[0].Subject != "Application А-1 is approved" || strings.Contains(list[0].Body, "secret") {
		t.Errorf("%+v", list)
	}
	if due, later := w.jobs(); due != 0 || later != 1 {
		t.Errorf("%d deliveries now and %d later, want the mail later", due, later)
	}
	w.tell("recover.begun", notify.Security, map[string]any{"Number": "В-1"})
	if due, later := w.jobs(); due != 2 || later != 1 {
		t.Errorf("%d deliveries now and %d later, want both of the security notice now", due, later)
	}
	w.do(func(ctx context.Context, tx *db.Tx) error {
		if n, err := w.teller.Unread(ctx, tx, "a"); err != nil || n != 2 {
			t.Errorf("%d unread, %v", n, err)
		}
		if err := w.teller.MarkRead(ctx, tx, list[0].ID, true); err != nil {
			return err
		}
		if n, err := w.teller.Unread(ctx, tx, "a"); err != nil || n != 1 {
			t.Errorf("%d unread, %v", n, err)
		}
		if _, err := w.teller.Letter(ctx, tx, "b", list[0].ID); err == nil {
			t.Error("somebody else's letter is found")
		}
		for _, bad := range []notify.Settings{{Quiet: notify.Quiet{From: -1}}, {Quiet: notify.Quiet{Until: 1440}}, {Quiet: notify.Quiet{Zone: "Atlantis"}}} {
			if w.teller.SetSettings(ctx, tx, "a", bad) == nil {
				t.Errorf("%+v is taken", bad)
			}
		}
		return nil
	})
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	at := func(h, m int) time.Time { return time.Date(2026, 11, 22, h, m, 0, 0, time.UTC) }
	night := notify.Quiet{From: 22 * 60, Until: 8 * 60, Zone: "UTC"}
	day := notify.Quiet{From: 12 * 60, Until: 13*60 + 30, Zone: "UTC"}
	for _, c := range []struct {
		q         notify.Quiet
		now, want time.Time
	}{
		{night, at(21, 59), at(21, 59)}, {night, at(22, 0), at(32, 0)}, {night, at(3, 0), at(8, 0)}, {night, at(8, 0), at(8, 0)},
		{day, at(12, 30), at(13, 30)}, {day, at(14, 0), at(14, 0)}, {notify.Quiet{}, at(3, 0), at(3, 0)},
		{notify.Quiet{From: 0, Until: 60, Zone: "Asia/Almaty"}, at(19, 30), at(20, 0)},
	} {
		if got := c.q.End(c.now); !got.Equal(c.want) {
			t.Errorf("%+v at %v: %v, want %v", c.q, c.now, got, c.want)
		}
	}
}
