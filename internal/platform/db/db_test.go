// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
)

// The table these tests write to is the policy table: it is always there.
const insert = "INSERT INTO policy (key, valid_from, valid_to, value, changed_by, changed_at) VALUES ($1, $2, 0, $3, 'test', $4)"

func put(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.ExecContext(ctx, insert, key, int64(1), "v", db.Micros(tx.Now()))
	return err
}

func keys(t *testing.T, d *db.DB) []string {
	t.Helper()
	var got []string
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		got = nil
		rows, err := tx.QueryContext(ctx, "SELECT key FROM policy ORDER BY key")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k string
			if err := rows.Scan(&k); err != nil {
				return err
			}
			got = append(got, k)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantKeys(t *testing.T, d *db.DB, want ...string) {
	t.Helper()
	if got := keys(t, d); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("keys in the database: %v, want %v", got, want)
	}
}

func TestWriteCommitsOrUndoes(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "a") }); err != nil {
		t.Fatal(err)
	}
	wantErr := errors.New("no")
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := put(ctx, tx, "b"); err != nil {
			return err
		}
		return wantErr
	})
	if !errors.Is(err, wantErr) || err.Error() != wantErr.Error() {
		t.Errorf("error of the act: %v, want it unchanged", err)
	}
	wantKeys(t, d, "a")
	if s := d.Stats(); s.Acts != 1 {
		t.Errorf("acts counted: %d, want 1", s.Acts)
	}
}

func TestUniqueDoomsTheAct(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	var second error
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := put(ctx, tx, "a"); err != nil {
			return err
		}
		err := put(ctx, tx, "a")
		second = put(ctx, tx, "b") // an act that ignores its error
		if err == nil {
			t.Error("same key twice: no error")
		}
		return nil
	})
	if !db.IsUnique(err) {
		t.Errorf("Write: %v, want a unique violation though the act returned nil", err)
	}
	if second == nil {
		t.Error("a statement after the failed one ran")
	}
	wantKeys(t, d)
	if db.IsUnique(errors.New("x")) || db.IsForeignKey(err) || db.IsUnique(nil) {
		t.Error("kinds of errors are mixed up")
	}
}

func TestPanicUndoesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			defer func() {
				if p := recover(); (p != nil) != (i%4 == 0) {
					t.Errorf("act %d: recovered %v", i, p)
				}
			}()
			err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				if err := put(ctx, tx, fmt.Sprintf("k%02d", i)); err != nil {
					return err
				}
				if i%4 == 0 {
					panic("act breaks")
				}
				if i%4 == 1 {
					return errors.New("act fails")
				}
				return nil
			})
			if (err != nil) != (i%4 == 1) {
				t.Errorf("act %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if got := len(keys(t, d)); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
}

func TestGoexitReleasesTheHandle(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { //nolint:errcheck // it does not return
			put(ctx, tx, "gone") //nolint:errcheck // see above
			runtime.Goexit()     // as t.FailNow does
			return nil
		})
	}()
	<-done
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "a") }); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, d, "a")
}

func TestConcurrentActsAreSerial(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, insert, "n", int64(0), "0", int64(0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const workers, each = 8, 10
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
					var n int64
					if err := tx.QueryRowContext(ctx, "SELECT changed_at FROM policy WHERE key = $1", "n").Scan(&n); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, "UPDATE policy SET changed_at = $1 WHERE key = $2", n+1, "n")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var n int64
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT changed_at FROM policy WHERE key = $1", "n").Scan(&n)
	})
	if err != nil || n != workers*each {
		t.Errorf("counter %d (%v), want %d", n, err, workers*each)
	}
	t.Logf("%s: %+v", dbtest.Dialect, d.Stats())
}

func TestReadIsASnapshotAndWritesNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		count := func() (n int) {
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM policy").Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		before := count()
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "a") })
		if err != nil {
			t.Error(err)
		}
		if after := count(); after != before {
			t.Errorf("the snapshot saw a later commit: %d rows, then %d", before, after)
		}
		return put(ctx, tx, "b")
	})
	if err == nil {
		t.Error("a read could write")
	}
	wantKeys(t, d, "a")
}

func TestActsDoNotNest(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	err := d.Write(t.Context(), func(ctx context.Context, _ *db.Tx) error {
		return d.Write(ctx, func(context.Context, *db.Tx) error { return nil })
	})
	if err == nil || !strings.Contains(err.Error(), "within an act") {
		t.Errorf("nested act: %v", err)
	}
}

func TestTxIsDeadAfterItsAct(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	var kept *db.Tx
	if err := d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), kept, "late"); !errors.Is(err, db.ErrTxDone) {
		t.Errorf("Exec after the act: %v", err)
	}
	rows, err := kept.QueryContext(t.Context(), "SELECT 1") //nolint:rowserrcheck,sqlclosecheck // there are none
	if !errors.Is(err, db.ErrTxDone) || rows != nil {
		t.Errorf("Query after the act: %v", err)
	}
	if _, err := kept.PrepareContext(t.Context(), "SELECT 1"); !errors.Is(err, db.ErrTxDone) { //nolint:sqlclosecheck // there is none
		t.Errorf("Prepare after the act: %v", err)
	}
	var n int
	if err := kept.QueryRowContext(t.Context(), "SELECT 1").Scan(&n); !errors.Is(err, db.ErrTxDone) {
		t.Errorf("QueryRow after the act: %v", err)
	}
}

func TestCancelStopsBetweenStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := put(ctx, tx, "a"); err != nil {
			return err
		}
		cancel()
		return put(ctx, tx, "b")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v, want cancelled", err)
	}
	if err := d.Write(ctx, func(context.Context, *db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Write under a context that is over: %v", err)
	}
	wantKeys(t, d)
}

func TestTimeIdsAndHooks(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("MSK", 3*3600)
	clock := time.Date(2026, 11, 21, 14, 2, 3, 123456789, moscow)
	d := dbtest.OpenClock(t, func() time.Time { clock = clock.Add(time.Second); return clock })
	var committed atomic.Int32
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		now := tx.Now()
		if now.Location() != time.UTC || now.Nanosecond()%1000 != 0 || !now.Equal(tx.Now()) {
			t.Errorf("Now: %v, then %v", now, tx.Now())
		}
		if a, b := tx.NewID(), tx.NewID(); a == b || len(a) != 26 || a[:9] != b[:9] {
			t.Errorf("ids %q and %q", a, b)
		}
		tx.AfterCommit(func() { committed.Add(1) })
		if committed.Load() != 0 {
			t.Error("hook ran before the commit")
		}
		return put(ctx, tx, "a")
	})
	if err != nil || committed.Load() != 1 {
		t.Errorf("err %v, hooks run: %d", err, committed.Load())
	}
	err = d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error {
		tx.AfterCommit(func() { committed.Add(1) })
		return errors.New("no")
	})
	if err == nil || committed.Load() != 1 {
		t.Errorf("hook of a failed act ran")
	}
	if a, b := db.NewID(clock), db.NewID(clock.Add(time.Millisecond)); a >= b {
		t.Errorf("ids do not sort by time: %q, %q", a, b)
	}
	for _, at := range []time.Time{{}, clock.Truncate(time.Microsecond), time.UnixMicro(-5)} {
		if got := db.Time(db.Micros(at)); !got.Equal(at) {
			t.Errorf("time %v came back as %v", at, got)
		}
	}
	if got := db.Fold("  ООО  «Ёлка»\tПётр "); got != "ооо «елка» петр" {
		t.Errorf("Fold: %q", got)
	}
}

// What the two databases do differently by themselves.
func TestOneBehaviour(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, k := range []string{"Яя", "ab", "Б", "B", "ёж", "a_"} {
			if err := put(ctx, tx, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantKeys(t, d, "B", "a_", "ab", "Б", "Яя", "ёж") // the order of bytes
	scalar := func(query string, dst any) error {
		return d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRowContext(ctx, query).Scan(dst)
		})
	}
	var n int
	if err := scalar("SELECT count(*) FROM policy WHERE key LIKE 'b%'", &n); err != nil || n != 0 {
		t.Errorf("LIKE found %d (%v), want case to matter", n, err)
	}
	if err := scalar(`SELECT count(*) FROM policy WHERE key = "ab"`, &n); err == nil {
		t.Error("a text in double quotes was accepted")
	}
	if err := scalar("SELECT key FROM policy WHERE key = 'none'", new(string)); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
}

func TestPreparedAndForeignKeys(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE a (id TEXT PRIMARY KEY)"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "CREATE TABLE b (id TEXT PRIMARY KEY, a_id TEXT NOT NULL REFERENCES a (id), ok BOOLEAN NOT NULL, raw BYTEA NOT NULL, x DOUBLE PRECISION NOT NULL)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const insertB = "INSERT INTO b (id, a_id, ok, raw, x) VALUES ($1, $2, $3, $4, $5)"
	err = d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, insertB, "1", "none", true, []byte{0, 1}, 0.5)
		return err
	})
	if !db.IsForeignKey(err) {
		t.Errorf("row that points at nothing: %v", err)
	}
	err = d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO a (id) VALUES ($1)", "a"); err != nil {
			return err
		}
		stmt, err := tx.PrepareContext(ctx, insertB)
		if err != nil {
			return err
		}
		defer stmt.Close()
		_, err = stmt.ExecContext(ctx, "1", "a", true, []byte{0, 0xff}, 0.5)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		var ok bool
		var raw []byte
		var x float64
		if err := tx.QueryRowContext(ctx, "SELECT ok, raw, x FROM b WHERE a_id = $1", "a").Scan(&ok, &raw, &x); err != nil {
			return err
		}
		if !ok || string(raw) != "\x00\xff" || x != 0.5 {
			t.Errorf("row came back as %v %x %v", ok, raw, x)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReopenKeepsAndCloseRefuses(t *testing.T) {
	t.Parallel()
	cfg := dbtest.Config(t, nil)
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "a") }); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(context.Context, *db.Tx) error { return nil }); err == nil {
		t.Error("a closed database takes acts")
	}
	if err := d.Ping(t.Context()); err == nil {
		t.Error("a closed database answers")
	}
	wantKeys(t, dbtest.Reopen(t, cfg), "a")
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty, file := filepath.Join(dir, "empty"), filepath.Join(dir, "file")
	for name, text := range map[string]string{empty: " \n", file: "host=127.0.0.1 port=1 dbname=x connect_timeout=2"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		cfg  db.Config
		want string
	}{
		"nothing given":       {db.Config{}, "no data directory"},
		"no such file":        {db.Config{Database: filepath.Join(dir, "none")}, "read connection string"},
		"empty file":          {db.Config{Database: empty}, "is empty"},
		"nobody listens":      {db.Config{Database: file}, "open database"},
		"unreadable DSN":      {db.Config{DSN: "postgres://u:secret@[::1/x"}, "cannot be read"},
		"directory is a file": {db.Config{DataDir: file}, "make data directory"},
	} {
		d, err := db.Open(t.Context(), c.cfg)
		if err == nil {
			d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestLookThenInsert: two acts that look whether the work is done before they do it,
// at once, do it once, and neither fails. On PostgreSQL both look before either inserts;
// the loser of the race gets a unique violation and looks again.
func TestLookThenInsert(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	const acts = 2
	var looked sync.WaitGroup
	looked.Add(acts)
	errs := make(chan error, acts)
	for range acts {
		first := true
		go func() {
			errs <- d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				var n int
				if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM job_schedule WHERE name = $1", "race").Scan(&n); err != nil {
					return err
				}
				if first {
					first = false
					looked.Done()
					if tx.Dialect() == db.PostgreSQL { // SQLite runs one act after another
						looked.Wait()
					}
				}
				if n > 0 {
					return nil
				}
				_, err := tx.ExecContext(ctx, "INSERT INTO policy (key, valid_from, valid_to, value, changed_by, changed_at) VALUES ($1, 0, 0, '', '', 0)", "race")
				if err != nil {
					return err
				}
				_, err = tx.ExecContext(ctx, "INSERT INTO job_schedule (name, next_at) VALUES ($1, 0)", "race")
				return err
			})
		}()
	}
	for range acts {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
