// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !postgres

package db_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
)

// An act that breaks the transaction of the whole group (the database is full) fails
// alone: its neighbours run again.
func TestFullDatabaseFailsOnlyItsOwner(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	limit := func(pages string) {
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, "PRAGMA max_page_count = "+pages)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages)
	})
	if err != nil {
		t.Fatal(err)
	}
	limit(strconv.Itoa(pages + 20))
	// The first act holds its turn until the others wait behind it, so that all of
	// them are one group.
	var wg sync.WaitGroup
	var once sync.Once
	inside, release := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			once.Do(func() { close(inside); <-release })
			return put(ctx, tx, "first")
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	for i := range 20 {
		wg.Go(func() {
			err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				value := "small"
				if i == 10 {
					value = strings.Repeat("x", 1<<20)
				}
				_, err := tx.ExecContext(ctx, insert, fmt.Sprintf("k%02d", i), int64(1), value, int64(0))
				return err
			})
			if (err != nil) != (i == 10) {
				t.Errorf("act %d: %v", i, err)
			}
		})
	}
	close(release)
	wg.Wait()
	if got := len(keys(t, d)); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "again") }); err != nil {
		t.Errorf("after the failure: %v", err)
	}
	t.Logf("%+v", d.Stats())
}

// A waiting act whose context ends leaves the queue without having run.
func TestCancelledInTheQueue(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	inside, release := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- d.Write(context.Background(), func(context.Context, *db.Tx) error {
			close(inside)
			<-release
			return nil
		})
	}()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		second <- d.Write(ctx, func(context.Context, *db.Tx) error { t.Error("it ran"); return nil })
	}()
	cancel()
	if err := <-second; err == nil {
		t.Error("a cancelled act succeeded")
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

const killDir = "PODPIS_TEST_KILL_DIR"

// TestKillLosesNothing kills a writing process with signal 9 and looks for each act
// that it had reported as done.
func TestKillLosesNothing(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	t.Parallel()
	for round := range 5 {
		cfg := dbtest.Config(t, nil)
		child := exec.Command(os.Args[0], "-test.run=^TestKillLosesNothing$")
		child.Env = append(os.Environ(), killDir+"="+cfg.DataDir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var acked []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if key, ok := strings.CutPrefix(lines.Text(), "ack "); ok {
				if acked = append(acked, key); len(acked) == 500+317*round {
					child.Process.Kill() //nolint:errcheck // signal 9; Wait tells
				}
			}
		}
		child.Wait() //nolint:errcheck // it was killed
		if len(acked) < 500 {
			t.Fatalf("only %d acts before the kill", len(acked))
		}
		have := map[string]bool{}
		for _, k := range keys(t, dbtest.Reopen(t, cfg)) {
			have[k] = true
		}
		for _, k := range acked {
			if !have[k] {
				t.Errorf("round %d: acknowledged act %s is lost", round, k)
			}
		}
		t.Logf("killed after %d acknowledged acts, %d found", len(acked), len(have))
	}
}

func writeUntilKilled(t *testing.T, dir string) {
	d, err := db.Open(context.Background(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("w%d-%d", w, i)
				err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, key) })
				if err != nil {
					return
				}
				if _, err := os.Stdout.WriteString("ack " + key + "\n"); err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

const fullDir = "PODPIS_TEST_FULL_DIR"

// TestFullDiskThenResumes runs out of disk in a process of its own (a limit of the size of
// files). Acts fail, nothing half done stays, and work goes on by itself when there is
// space again.
func TestFullDiskThenResumes(t *testing.T) {
	if dir := os.Getenv(fullDir); dir != "" {
		fillDisk(t, dir)
		return
	}
	t.Parallel()
	cfg := dbtest.Config(t, nil)
	child := exec.Command(os.Args[0], "-test.run=^TestFullDiskThenResumes$")
	child.Env = append(os.Environ(), fullDir+"="+cfg.DataDir)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d := dbtest.Reopen(t, cfg)
	got := keys(t, d)
	want := 0
	for line := range strings.Lines(string(out)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "acknowledged "); ok {
			want, _ = strconv.Atoi(n)
		}
	}
	if want < 10 || len(got) != want {
		t.Errorf("%d rows, %d acts were acknowledged", len(got), want)
	}
}

func fillDisk(t *testing.T, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	d, err := db.Open(context.Background(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	write := func(i int) error {
		return d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, insert, fmt.Sprintf("k%04d", i), int64(1), strings.Repeat("x", 20000), int64(0))
			return err
		})
	}
	small := syscall.Rlimit{Cur: 512 << 10, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	acknowledged, failed := 0, 0
	for i := 0; failed < 5 && i < 1000; i++ {
		if write(i) != nil {
			failed++
		} else {
			acknowledged++
		}
	}
	if failed < 5 {
		t.Fatal("the disk was never full")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := write(5000 + i); err != nil {
			t.Fatalf("after space came back: %v", err)
		}
		acknowledged++
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	fmt.Println("acknowledged", acknowledged)
}

// A commit that fails is told apart from an act that fails, and the handle goes on.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE a (id TEXT PRIMARY KEY)"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "CREATE TABLE b (a_id TEXT NOT NULL REFERENCES a (id))")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = 1"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO b (a_id) VALUES ('none')")
		return err
	})
	if !errors.Is(err, db.ErrOutcomeUnknown) {
		t.Errorf("Write: %v, want that the commit failed", err)
	}
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "a") }); err != nil {
		t.Errorf("after it: %v", err)
	}
	wantKeys(t, d, "a")
}

// More different statements than the cache holds.
func TestManyStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for i := range 1100 {
			var n int
			if err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT %d", i)).Scan(&n); err != nil || n != i {
				return fmt.Errorf("%d: %d, %w", i, n, err)
			}
		}
		if err := tx.QueryRowContext(ctx, "SELECT no_such_column").Scan(new(int)); err == nil {
			t.Error("a statement that is none")
		}
		return nil
	})
	if err == nil {
		t.Error("the act is not doomed")
	}
}

// BenchmarkWrite prints durable acts a second, alone and in a crowd.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d := dbtest.Open(b)
			next := make(chan int, writers)
			var wg sync.WaitGroup
			started := time.Now()
			for range writers {
				wg.Go(func() {
					for i := range next {
						err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
							return put(ctx, tx, strconv.Itoa(i))
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			for i := range b.N {
				next <- i
			}
			close(next)
			wg.Wait()
			s := d.Stats()
			b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "acts/s")
			b.ReportMetric(float64(s.Acts)/float64(s.Commits), "acts/commit")
		})
	}
}
