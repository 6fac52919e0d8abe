// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/pki/alg"
)

// desk is a database with a sealer over a movable clock.
type desk struct {
	t      testing.TB
	cfg    db.Config
	db     *db.DB
	sealer *Sealer
	key    *alg.PrivateKey
	file   string
	mu     sync.Mutex
	now    time.Time
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	k := &desk{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), file: filepath.Join(t.TempDir(), "anchors")}
	k.cfg = dbtest.Config(t, func() time.Time {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.now = k.now.Add(time.Millisecond)
		return k.now
	})
	k.db = dbtest.Reopen(t, k.cfg)
	var err error
	if k.key, err = alg.Generate(alg.P256, rand.Reader); err != nil {
		t.Fatal(err)
	}
	k.sealer = NewSealer(k.db, Config{Signer: k.key, Anchors: k.file})
	return k
}

func (k *desk) write(f func(ctx context.Context, tx *db.Tx) error) {
	k.t.Helper()
	if err := k.db.Write(context.Background(), f); err != nil {
		k.t.Fatal(err)
	}
}

// record writes n entries and seals them in one go.
func (k *desk) record(n int) {
	k.t.Helper()
	for i := range n {
		k.write(func(ctx context.Context, tx *db.Tx) error {
			return Record(ctx, tx, Entry{
				Actor: "user:1", Action: "test.act", Object: fmt.Sprint("thing:", i), Origin: "192.0.2.1",
				Details: map[string]any{"n": i, "имя": "Пётр"},
			})
		})
	}
	if err := k.sealer.Seal(context.Background()); err != nil {
		k.t.Fatal(err)
	}
}

// history makes 40 entries under five roots.
func (k *desk) history() {
	k.t.Helper()
	for range 5 {
		k.record(8)
	}
}

func (k *desk) exec(query string, args ...any) {
	k.t.Helper()
	k.write(func(ctx context.Context, tx *db.Tx) error { _, err := tx.ExecContext(ctx, query, args...); return err })
}

func (k *desk) verify(anchors bool) *Report {
	k.t.Helper()
	var r *Report
	var err error
	if anchors {
		b, e := os.ReadFile(k.file)
		if e != nil {
			k.t.Fatal(e)
		}
		r, err = Verify(context.Background(), k.db, bytes.NewReader(b), k.key.PublicKey())
	} else {
		r, err = Verify(context.Background(), k.db, nil, k.key.PublicKey())
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

func (k *desk) want(fault Fault, first, last int64) {
	k.t.Helper()
	r := k.verify(true)
	for _, f := range r.Findings {
		if f.Fault == fault && f.First == first && f.Last == last && f.Text != "" {
			return
		}
	}
	k.t.Errorf("found %+v, want %s from %d to %d", r.Findings, fault, first, last)
}

func (k *desk) entryID(seq int) (id string) {
	k.t.Helper()
	err := k.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT entry_id FROM audit_link WHERE seq = $1", seq).Scan(&id)
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return id
}

func TestGoodRecordVerifies(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	if r := k.verify(false); !r.OK() {
		t.Errorf("an empty record: %+v", r.Findings)
	}
	k.record(1100) // more than one batch and one page
	k.history()
	r := k.verify(true)
	if !r.OK() || r.Entries != 1140 || r.Roots != 6 || r.Anchors != 6 || r.SealedTo.IsZero() {
		t.Errorf("report: %+v", r)
	}
	if err := k.sealer.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := k.verify(true); again.Roots != 6 {
		t.Error("a root was signed with nothing new")
	}
	other, _ := alg.Generate(alg.P256, rand.Reader)
	bad, err := Verify(t.Context(), k.db, nil, other.PublicKey())
	if err != nil || len(bad.Findings) == 0 || bad.Findings[0].Fault != BadRoot {
		t.Errorf("with another key: %+v, %v", bad, err)
	}
}

// The server and commands of one installation seal at the same time: each act ends up under a root, and the anchors grow.
func TestSealersOfOneInstallation(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			sealer := NewSealer(k.db, Config{Signer: k.key, Anchors: k.file})
			for i := range 25 {
				err := k.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					return Record(ctx, tx, Entry{Actor: "user:1", Action: "test.act", Object: fmt.Sprint("thing:", i)})
				})
				if err == nil {
					err = sealer.Seal(t.Context())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := k.sealer.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := k.verify(true); !r.OK() || r.Entries != 75 || r.Anchors == 0 {
		t.Errorf("report: %+v", r)
	}
	// A root that was signed before the last one and comes to the file after it.
	before, err := os.ReadFile(k.file)
	if err != nil {
		t.Fatal(err)
	}
	late := Root{Size: 3, At: k.now.Add(-time.Hour), Head: make([]byte, 32), Root: make([]byte, 32)}
	if err := signRoot(rand.Reader, k.key, &late); err != nil {
		t.Fatal(err)
	}
	if err := k.sealer.append(late); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(k.file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the anchors changed: %v", err)
	}
}

// Scenario: tampering. Each way names the first bad entry.
func TestTampering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper      func(k *desk)
		fault       Fault
		first, last int64
	}{
		"an entry changed": {func(k *desk) {
			k.exec("UPDATE audit_entry SET actor = 'user:2' WHERE id = $1", k.entryID(17))
		}, Changed, 17, 17},
		"its time changed": {func(k *desk) {
			k.exec("UPDATE audit_entry SET at = at + 1 WHERE id = $1", k.entryID(0))
		}, Changed, 0, 0},
		"an entry deleted": {func(k *desk) {
			k.exec("DELETE FROM audit_entry WHERE id = $1", k.entryID(23))
		}, Deleted, 23, 23},
		"an entry deleted with its link": {func(k *desk) {
			k.exec("DELETE FROM audit_entry WHERE id = $1", k.entryID(9))
			k.exec("DELETE FROM audit_link WHERE seq = 9")
		}, Deleted, 9, 9},
		"two links swapped": {func(k *desk) {
			a, b := k.entryID(11), k.entryID(12)
			k.exec("UPDATE audit_link SET entry_id = 'x' WHERE seq = 11")
			k.exec("UPDATE audit_link SET entry_id = $1 WHERE seq = 12", a)
			k.exec("UPDATE audit_link SET entry_id = $1 WHERE seq = 11", b)
		}, Changed, 11, 11},
		"an entry added by hand": {func(k *desk) {
			k.exec("INSERT INTO audit_entry (id, at, actor, action, object, outcome, origin, details) VALUES ('z', 1, 'a', 'b', 'c', 'ok', '', '{}')")
		}, Stray, -1, -1},
		"the tail cut": {func(k *desk) {
			for seq := 35; seq < 40; seq++ {
				k.exec("DELETE FROM audit_entry WHERE id = $1", k.entryID(seq))
			}
			k.exec("DELETE FROM audit_link WHERE seq >= 35")
		}, CutTail, 35, 39},
		"the tail cut with its roots": {func(k *desk) {
			for seq := 32; seq < 40; seq++ {
				k.exec("DELETE FROM audit_entry WHERE id = $1", k.entryID(seq))
			}
			k.exec("DELETE FROM audit_link WHERE seq >= 32")
			k.exec("DELETE FROM audit_root WHERE size > 32")
		}, RolledBack, 32, 39},
		"a root forged": {func(k *desk) {
			k.exec("UPDATE audit_root SET at = at + 1 WHERE size = 24")
		}, BadRoot, 16, 23},
		"the chain computed anew": {func(k *desk) { k.rewriteFrom(20) }, Rewritten, 16, 23},
		"an anchor changed": {func(k *desk) {
			b, _ := os.ReadFile(k.file)
			os.WriteFile(k.file, bytes.Replace(b, []byte("audit-1 8 "), []byte("audit-1 7 "), 1), 0o600) //nolint:errcheck // the test fails then
		}, BadAnchor, -1, -1},
		"rubbish among anchors": {func(k *desk) {
			b, _ := os.ReadFile(k.file)
			os.WriteFile(k.file, append([]byte("hello\n"), b...), 0o600) //nolint:errcheck // the test fails then
		}, BadAnchor, -1, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newDesk(t)
			k.history()
			c.tamper(k)
			k.want(c.fault, c.first, c.last)
		})
	}
}

// rewriteFrom changes an entry and makes all links after it fit again, as somebody who
// knows the format but has no key would.
func (k *desk) rewriteFrom(seq int) {
	k.exec("UPDATE audit_entry SET object = 'thing:other' WHERE id = $1", k.entryID(seq))
	k.write(func(ctx context.Context, tx *db.Tx) error {
		links, err := newQueries(tx).Links(ctx, linksParams{0, 1000})
		if err != nil {
			return err
		}
		chain := make([]byte, hashSize)
		for _, l := range links {
			chain = chainHash(chain, leafHash(l.entry()))
			if _, err := tx.ExecContext(ctx, "UPDATE audit_link SET hash = $1 WHERE seq = $2", chain, l.Seq); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestSealerNoticesAChangeBeforeItSigns(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.history()
	k.write(func(ctx context.Context, tx *db.Tx) error { return Record(ctx, tx, Entry{Actor: "a", Action: "b"}) })
	if _, err := k.sealer.link(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.exec("UPDATE audit_entry SET actor = 'other' WHERE id = $1", k.entryID(40))
	if err := k.sealer.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), "number 40") {
		t.Errorf("Seal: %v", err)
	}
}

func TestWaitingTooLong(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.record(3)
	k.write(func(ctx context.Context, tx *db.Tx) error { return Record(ctx, tx, Entry{Actor: "a", Action: "b"}) })
	health := func() error { return k.db.Read(t.Context(), Health) }
	if r := k.verify(true); !r.OK() || health() != nil {
		t.Errorf("a fresh entry: %+v, %v", r.Findings, health())
	}
	k.move(6 * time.Second)
	k.want(Unsealed, -1, -1)
	if health() == nil {
		t.Error("health is good with an entry that waits")
	}
	if _, err := k.sealer.link(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.want(Unsigned, 3, 3)
	if err := k.sealer.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := k.verify(true); !r.OK() {
		t.Errorf("after sealing: %+v", r.Findings)
	}
}

func (k *desk) move(d time.Duration) { k.mu.Lock(); defer k.mu.Unlock(); k.now = k.now.Add(d) }

func TestOlderSnapshotIsRefusedAndSeen(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.history()
	old, err := os.ReadFile(k.file)
	if err != nil {
		t.Fatal(err)
	}
	k.record(8)
	k.record(8)
	// An older snapshot: what came after the first 40 entries is gone, everywhere.
	var ids []string
	for seq := 40; seq < 56; seq++ {
		ids = append(ids, k.entryID(seq))
	}
	for _, id := range ids {
		k.exec("DELETE FROM audit_entry WHERE id = $1", id)
	}
	k.exec("DELETE FROM audit_link WHERE seq >= 40")
	k.exec("DELETE FROM audit_root WHERE size > 40")
	if r := k.verify(false); !r.OK() {
		t.Errorf("the snapshot itself is good: %+v", r.Findings)
	}
	k.want(RolledBack, 40, 55)
	if err := k.sealer.catchUp(t.Context()); !errors.Is(err, ErrRolledBack) {
		t.Errorf("the sealer starts on it: %v", err)
	}
	if err := k.sealer.Run(t.Context()); !errors.Is(err, ErrRolledBack) {
		t.Errorf("the sealer runs on it: %v", err)
	}
	k.sealer.cfg.AcceptRollback = true
	if err := k.sealer.catchUp(t.Context()); err != nil {
		t.Errorf("after the administrator's decision: %v", err)
	}
	k.record(3) // it went on: the anchors still show what happened
	k.want(RolledBack, 43, 55)
	for range 3 {
		k.record(8)
	}
	k.want(Rewritten, 40, 47)
	// The other way round: a crash kept the last roots from the file.
	k2 := newDesk(t)
	k2.history()
	lines := bytes.SplitAfter(mustRead(t, k2.file), []byte("\n"))
	cut := append(bytes.Join(lines[:4], nil), lines[4][:30]...) // the last line is torn
	if err := os.WriteFile(k2.file, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := k2.sealer.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := k2.verify(true); r.Anchors != 6 || len(r.Findings) != 1 || r.Findings[0].Fault != BadAnchor || !r.SealedTo.Equal(k2.verify(false).SealedTo) {
		t.Errorf("a torn line: %+v", r)
	}
	_ = old
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Scenario: the audit cannot be written. The act fails with it, and work resumes by itself.
func TestNoAuditNoAct(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.exec("CREATE TABLE deed (id TEXT PRIMARY KEY)")
	act := func(id string) error {
		return k.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO deed (id) VALUES ($1)", id); err != nil {
				return err
			}
			Record(ctx, tx, Entry{Actor: "a", Action: "b"}) //nolint:errcheck // even an act that does not look
			return nil
		})
	}
	k.exec("ALTER TABLE audit_entry RENAME TO hidden")
	if err := act("1"); err == nil {
		t.Error("the act succeeded without its audit entry")
	}
	k.exec("ALTER TABLE hidden RENAME TO audit_entry")
	if err := act("2"); err != nil {
		t.Errorf("after the repair: %v", err)
	}
	var ids string
	err := k.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT id FROM deed").Scan(&ids)
	})
	if err != nil || ids != "2" {
		t.Errorf("deeds: %q, %v", ids, err)
	}
	err = k.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return Record(ctx, tx, Entry{Action: "b"}) })
	if err == nil {
		t.Error("an entry without an actor")
	}
	err = k.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return Record(ctx, tx, Entry{Actor: "a", Action: "b", Details: map[string]any{"f": func() {}}})
	})
	if err == nil {
		t.Error("details that are no JSON")
	}
}

func TestRunSealsByItself(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.sealer.cfg.Every = 5 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.sealer.Run(ctx) }()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				k.write(func(ctx context.Context, tx *db.Tx) error { return Record(ctx, tx, Entry{Actor: "a", Action: "b"}) })
			}
		})
	}
	wg.Wait()
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		if r := k.verify(false); r.Entries == 80 && r.OK() && r.Roots > 0 && k.sealed(80) {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if r := k.verify(true); !r.OK() || r.Entries != 80 {
		t.Errorf("report: %+v", r)
	}
}

func (k *desk) sealed(n int64) bool {
	var last auditRootRow
	err := k.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) { last, err = newQueries(tx).LastRoot(ctx); return err })
	return err == nil && last.Size == n
}

func TestList(t *testing.T) {
	t.Parallel()
	k := newDesk(t)
	k.record(5)
	list := func(f Filter) (got []Entry) {
		err := k.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) { got, err = List(ctx, tx, f); return err })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	all := list(Filter{})
	if len(all) != 5 || all[0].Object != "thing:4" || all[0].Details["имя"] != "Пётр" || all[0].Outcome != "ok" {
		t.Errorf("all: %+v", all)
	}
	if page := list(Filter{Before: all[1].At, Limit: 2}); len(page) != 2 || page[0].Object != "thing:2" {
		t.Errorf("page: %+v", page)
	}
	if one := list(Filter{Object: "thing:3", Actor: "user:1", Action: "test.act"}); len(one) != 1 {
		t.Errorf("one: %+v", one)
	}
	if none := list(Filter{Actor: "user:9"}); len(none) != 0 {
		t.Errorf("none: %+v", none)
	}
}

// BenchmarkRecord prints acts with an audit entry a second while the sealer runs.
func BenchmarkRecord(b *testing.B) {
	k := newDesk(b)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); k.sealer.Run(ctx) }() //nolint:errcheck // the benchmark would not end
	b.ResetTimer()
	started := time.Now()
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := w; i < b.N; i += 64 {
				k.write(func(ctx context.Context, tx *db.Tx) error { return Record(ctx, tx, Entry{Actor: "a", Action: "b"}) })
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "acts/s")
	cancel()
	<-done
}
