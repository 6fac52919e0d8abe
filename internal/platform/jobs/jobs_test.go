// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
)

type greet struct{ Name string }

func (greet) Kind() string { return "test.greet" }

type born struct{ Name string }

func (born) Event() string { return "test.born" }

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) move(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func write(t testing.TB, d *db.DB, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func add(t testing.TB, d *db.DB, name string, opts ...Option) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error { return Insert(ctx, tx, greet{name}, opts...) })
}

func drain(t *testing.T, r *Runner, want int) {
	t.Helper()
	if n, err := r.Drain(t.Context()); err != nil || n != want {
		t.Errorf("ran %d jobs (%v), want %d", n, err, want)
	}
}

func counts(t *testing.T, d *db.DB) (c map[string]int64) {
	t.Helper()
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) { c, err = Counts(ctx, tx); return err })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantCounts(t *testing.T, d *db.DB, want map[string]int64) {
	t.Helper()
	if got := counts(t, d); !maps.Equal(got, want) {
		t.Errorf("jobs by state: %v, want %v", got, want)
	}
}

func TestJobLivesAndDiesWithItsAct(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	r := New(d, Config{Log: quiet()})
	var got []string
	Work(r, func(_ context.Context, j Job[greet]) error { got = append(got, j.Args.Name); return nil })
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := Insert(ctx, tx, greet{"nobody"}); err != nil {
			return err
		}
		return errors.New("the act fails")
	})
	if err == nil {
		t.Fatal("the act did not fail")
	}
	drain(t, r, 0)
	add(t, d, "Анна")
	drain(t, r, 1)
	drain(t, r, 0)
	if !slices.Equal(got, []string{"Анна"}) {
		t.Errorf("greeted %v", got)
	}
	wantCounts(t, d, map[string]int64{"done": 1})
}

func TestRetriesThenDies(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	r := New(d, Config{Log: quiet(), Keep: 1000 * time.Hour})
	tries := 0
	Work(r, func(_ context.Context, j Job[greet]) error {
		if tries++; tries != j.Attempt || j.Last() != (tries == 3) || !j.CreatedAt.Equal(newClock().now()) {
			t.Errorf("try %d: %+v", tries, j)
		}
		if tries == 2 {
			panic("worse")
		}
		return errors.New("gateway is silent" + strings.Repeat(".", 3000))
	})
	add(t, d, "x", MaxAttempts(3))
	drain(t, r, 1)
	drain(t, r, 0)
	c.move(Backoff(1) - time.Millisecond)
	drain(t, r, 0)
	c.move(time.Second)
	drain(t, r, 1)
	c.move(3 * time.Second)
	drain(t, r, 1)
	c.move(24 * time.Hour)
	drain(t, r, 0)
	wantCounts(t, d, map[string]int64{"dead": 1})
	var dead []Info
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) { dead, err = List(ctx, tx, "dead", 10); return err })
	if err != nil || len(dead) != 1 || dead[0].Attempt != 3 || !strings.HasPrefix(dead[0].LastError, "gateway is silent") || len(dead[0].LastError) > 2000 {
		t.Fatalf("dead jobs: %+v, %v", dead, err)
	}
	tries = 0
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		ok, err := Revive(ctx, tx, dead[0].ID)
		if !ok {
			t.Error("nothing revived")
		}
		return err
	})
	drain(t, r, 1)
	wantCounts(t, d, map[string]int64{"waiting": 1})
}

func TestBackoffGrows(t *testing.T) {
	t.Parallel()
	if Backoff(1) != time.Second || Backoff(2) != 2*time.Second || Backoff(13) != time.Hour || Backoff(0) != time.Second || Backoff(400) != time.Hour {
		t.Errorf("pauses %v %v %v", Backoff(1), Backoff(2), Backoff(13))
	}
}

func TestCancelSnoozeAndStrangers(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	r := New(d, Config{Log: quiet()})
	cause := errors.New("no such person")
	snoozed := 0
	Work(r, func(_ context.Context, j Job[greet]) error {
		if j.Args.Name == "later" {
			if snoozed++; snoozed < 3 {
				return Snooze(time.Minute)
			}
			if j.Attempt != 1 {
				t.Errorf("snoozing counted: attempt %d", j.Attempt)
			}
			return nil
		}
		return fmt.Errorf("greet: %w", Cancel(cause))
	})
	add(t, d, "never")
	add(t, d, "later", MaxAttempts(1))
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return insert(ctx, tx, "test.unknown", []byte("{}"), options{runAt: tx.Now(), maxAttempts: 1})
	})
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return insert(ctx, tx, "test.greet", []byte("not JSON"), options{runAt: tx.Now(), maxAttempts: 5})
	})
	drain(t, r, 4)
	wantCounts(t, d, map[string]int64{"dead": 2, "waiting": 2})
	c.move(time.Minute)
	drain(t, r, 2)
	c.move(time.Minute)
	drain(t, r, 2)
	wantCounts(t, d, map[string]int64{"dead": 2, "waiting": 1, "done": 1})
	if e := Cancel(cause); !errors.Is(e, cause) || e.Error() != cause.Error() {
		t.Errorf("cancel hides its cause: %v", e)
	}
	if Snooze(time.Second).Error() == "" {
		t.Error("no text")
	}
}

func TestUniqueAndLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	r := New(d, Config{Log: quiet()})
	ran := 0
	Work(r, func(context.Context, Job[greet]) error { ran++; return nil })
	for range 3 {
		add(t, d, "once", Unique("k"), At(c.now().Add(time.Hour)))
	}
	add(t, d, "other", Unique("k2"))
	drain(t, r, 1)
	c.move(time.Hour)
	drain(t, r, 1)
	add(t, d, "again", Unique("k")) // a finished job gives its key back
	drain(t, r, 1)
	if ran != 3 {
		t.Errorf("ran %d", ran)
	}
}

func TestWorkTxIsOneAct(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	r := New(d, Config{Log: quiet()})
	fail := true
	WorkTx(r, func(ctx context.Context, tx *db.Tx, j Job[greet]) error {
		if err := newQueries(tx).SetNextAt(ctx, setNextAtParams{"mark", 1}); err != nil {
			return err
		}
		if fail {
			return errors.New("not yet")
		}
		return nil
	})
	mark := func() (n int64) {
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) { n, err = nextAt(ctx, tx, "mark"); return err })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	add(t, d, "x")
	drain(t, r, 1)
	if mark() != 0 {
		t.Error("a failed try left its row")
	}
	fail = false
	c.move(10 * time.Second)
	drain(t, r, 1)
	if mark() != 1 {
		t.Error("a done try left nothing")
	}
	wantCounts(t, d, map[string]int64{"done": 1})
}

func TestEventsReachEachSubscriber(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	r := New(d, Config{Log: quiet()})
	var first, second []string
	Subscribe(r, "first", func(_ context.Context, _ *db.Tx, e born) error { first = append(first, e.Name); return nil })
	Subscribe(r, "second", func(_ context.Context, _ *db.Tx, e born) error {
		if second = append(second, e.Name); len(second) == 1 {
			return errors.New("not ready")
		}
		return nil
	})
	write(t, d, func(ctx context.Context, tx *db.Tx) error { return Publish(ctx, tx, born{"Пётр"}) })
	drain(t, r, 3)
	c.move(10 * time.Second)
	drain(t, r, 1)
	if !slices.Equal(first, []string{"Пётр"}) || !slices.Equal(second, []string{"Пётр", "Пётр"}) {
		t.Errorf("first got %v, second got %v", first, second)
	}
	wantCounts(t, d, map[string]int64{"done": 3})
}

func TestTwoWorkersForOneKindIsAMistake(t *testing.T) {
	t.Parallel()
	r := New(dbtest.Open(t), Config{})
	Work(r, func(context.Context, Job[greet]) error { return nil })
	defer func() {
		if recover() == nil {
			t.Error("registered twice")
		}
	}()
	Work(r, func(context.Context, Job[greet]) error { return nil })
}

// start runs a runner until the returned function is called.
func start(t *testing.T, r *Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	return func() { cancel(); <-done }
}

func TestNodesShareWithoutDoubling(t *testing.T) {
	t.Parallel()
	cfg := dbtest.Config(t, nil)
	a, b := dbtest.Reopen(t, cfg), dbtest.Reopen(t, cfg)
	const n = 300
	var mu sync.Mutex
	seen := map[string]int{}
	all := make(chan struct{})
	work := func(_ context.Context, j Job[greet]) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[j.Args.Name]++; len(seen) == n {
			close(all)
		}
		return nil
	}
	var stops []func()
	for _, d := range []*db.DB{a, b} {
		r := New(d, Config{Log: quiet(), Poll: 5 * time.Millisecond})
		Work(r, work)
		stops = append(stops, start(t, r))
	}
	for i := range n {
		add(t, a, fmt.Sprint(i))
	}
	<-all
	for _, stop := range stops {
		stop()
	}
	for name, times := range seen {
		if times != 1 {
			t.Errorf("job %s ran %d times", name, times)
		}
	}
	wantCounts(t, a, map[string]int64{"done": n})
}

// TestAClaimThatIsNotCommittedRunsNothing: a claim whose transaction fails at its very
// end has already seen its jobs, and another node will claim them too.
func TestAClaimThatIsNotCommittedRunsNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	r := New(d, Config{Log: quiet()})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ran := 0
	Work(r, func(context.Context, Job[greet]) error { ran++; cancel(); return nil })
	add(t, d, "x")
	// Each change of a job owes a row that nobody pays, which is found at the commit.
	statements := []string{
		"CREATE TABLE payer (id TEXT PRIMARY KEY)",
		"CREATE TABLE owed (id TEXT NOT NULL REFERENCES payer (id) DEFERRABLE INITIALLY DEFERRED)",
	}
	if d.Dialect() == db.SQLite {
		statements = append(statements,
			"CREATE TRIGGER owing AFTER UPDATE ON job BEGIN INSERT INTO owed VALUES (new.id); END")
	} else {
		statements = append(statements,
			"CREATE FUNCTION owe() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO owed VALUES (new.id); RETURN NULL; END'",
			"CREATE TRIGGER owing AFTER UPDATE ON job FOR EACH ROW EXECUTE FUNCTION owe()")
	}
	for _, s := range statements {
		write(t, d, func(ctx context.Context, tx *db.Tx) error { _, err := tx.ExecContext(ctx, s); return err })
	}
	var jobs sync.WaitGroup
	r.round(ctx, t.Context(), &jobs)
	jobs.Wait()
	if n, err := r.Drain(t.Context()); n != 0 || !db.IsForeignKey(err) {
		t.Errorf("drained %d, %v", n, err)
	}
	if ran != 0 {
		t.Errorf("ran %d times", ran)
	}
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, map[bool]string{true: "DROP TRIGGER owing", false: "DROP TRIGGER owing ON job"}[d.Dialect() == db.SQLite])
		return err
	})
	drain(t, r, 1)
	if ran != 1 {
		t.Errorf("ran %d times afterwards", ran)
	}
}

func TestDeadNodesJobsAreTakenOver(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	gone, alive := New(d, Config{Log: quiet()}), New(d, Config{Log: quiet()})
	ran := 0
	for _, r := range []*Runner{gone, alive} {
		Work(r, func(context.Context, Job[greet]) error { ran++; return nil })
	}
	add(t, d, "x")
	claims, err := gone.claim(t.Context(), 5)
	if err != nil || len(claims) != 1 {
		t.Fatalf("claimed %v, %v", claims, err)
	}
	drain(t, alive, 0)
	c.move(time.Minute)
	drain(t, alive, 1)
	if ran != 1 {
		t.Errorf("ran %d times", ran)
	}
	// The dead one wakes up: its outcome does not count any more.
	if err := gone.store(t.Context(), claims[0], errors.New("late"), false); !errors.Is(err, errLeaseLost) {
		t.Errorf("late outcome: %v", err)
	}
	wantCounts(t, d, map[string]int64{"done": 1})
}

func TestHeartbeatKeepsAndLoses(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	r := New(d, Config{Log: quiet(), Lease: 300 * time.Millisecond, Poll: 20 * time.Millisecond})
	other := New(d, Config{Log: quiet()})
	began, ended := make(chan string, 1), make(chan error, 1)
	Work(r, func(ctx context.Context, j Job[greet]) error {
		began <- j.ID
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	})
	defer start(t, r)()
	add(t, d, "long")
	id := <-began
	until := func() (v int64) {
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT lease_until FROM job WHERE id = $1", id).Scan(&v)
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for first := until(); until() == first; { // the heartbeat moves it
		if t.Context().Err() != nil {
			t.FailNow()
		}
	}
	write(t, d, func(ctx context.Context, tx *db.Tx) error { // somebody takes the job away
		_, err := tx.ExecContext(ctx, "UPDATE job SET lease_by = $1, lease_until = $2 WHERE id = $3", other.id, db.Micros(tx.Now().Add(time.Hour)), id)
		return err
	})
	if err := <-ended; !errors.Is(err, errLeaseLost) {
		t.Errorf("the job ended by %v", err)
	}
}

func TestStopWaitsThenInterrupts(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	r := New(d, Config{Log: quiet(), Grace: 50 * time.Millisecond})
	began := make(chan struct{}, 2)
	release := make(chan struct{})
	Work(r, func(ctx context.Context, j Job[greet]) error {
		began <- struct{}{}
		if j.Args.Name == "short" {
			<-release
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	})
	add(t, d, "short")
	add(t, d, "endless")
	stop := start(t, r)
	<-began
	<-began
	close(release)
	stop()
	wantCounts(t, d, map[string]int64{"done": 1, "waiting": 1})
	var list []Info
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) { list, err = List(ctx, tx, "waiting", 1); return err })
	if err != nil || list[0].Attempt != 0 {
		t.Errorf("an interrupted try counted: %+v, %v", list, err)
	}
}

// BenchmarkInsertAndWork prints jobs a second from the insert to the stored outcome.
func BenchmarkInsertAndWork(b *testing.B) {
	d := dbtest.Open(b)
	r := New(d, Config{Workers: 64, Log: quiet()})
	var ran atomic.Int64
	all := make(chan struct{})
	n := int64(b.N)
	Work(r, func(context.Context, Job[greet]) error {
		if ran.Add(1) == n {
			close(all)
		}
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }() //nolint:errcheck // Run returns nil
	b.ResetTimer()
	started := time.Now()
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := w; i < b.N; i += 64 {
				add(b, d, "x")
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "inserts/s")
	<-all
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "jobs/s")
	cancel()
	<-done
}
