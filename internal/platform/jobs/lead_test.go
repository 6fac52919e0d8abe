// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
)

func TestOneLeads(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	var leaders atomic.Int32
	took := make(chan int, 10)
	run := func(n int) (stop func()) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			err := Lead(ctx, d, "test", 900*time.Millisecond, func(ctx context.Context) error {
				if leaders.Add(1) != 1 {
					t.Error("two leaders")
				}
				defer leaders.Add(-1)
				took <- n
				<-ctx.Done()
				return ctx.Err()
			})
			if err != nil {
				t.Error(err)
			}
		}()
		return func() { cancel(); <-done }
	}
	stop1 := run(1)
	if n := <-took; n != 1 {
		t.Errorf("%d leads", n)
	}
	stop2 := run(2)
	// The first keeps the lease for several of its lengths.
	time.AfterFunc(1500*time.Millisecond, func() { took <- 0 })
	if n := <-took; n != 0 {
		t.Errorf("%d took over from a living leader", n)
	}
	stop1()
	if n := <-took; n != 2 {
		t.Errorf("%d leads after the first has stopped", n)
	}
	// The lease is taken away: the leader stops and somebody leads again.
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE lease SET holder = 'thief', until = $1", db.Micros(tx.Now().Add(time.Second)))
		return err
	})
	if n := <-took; n != 2 {
		t.Errorf("%d leads", n)
	}
	stop2()
	failing := errors.New("broken")
	if err := Lead(t.Context(), d, "test2", time.Second, func(context.Context) error { return failing }); !errors.Is(err, failing) {
		t.Errorf("Lead: %v", err)
	}
}

func TestPeriodicOncePerPeriod(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := dbtest.OpenClock(t, c.now)
	var ran atomic.Int32
	var runners []*Runner
	for range 3 {
		r := New(d, Config{Log: quiet(), Keep: 48 * time.Hour})
		r.Every("test.hourly", time.Hour, func(ctx context.Context, tx *db.Tx) error { ran.Add(1); return nil })
		Work(r, func(context.Context, Job[greet]) error { return nil })
		runners = append(runners, r)
	}
	for hour := range 5 {
		for _, r := range runners {
			drain(t, r, 0)
			drain(t, r, 0)
		}
		if int(ran.Load()) != hour+1 {
			t.Errorf("after %d hours: ran %d times", hour, ran.Load())
		}
		c.move(time.Hour)
	}
	add(t, d, "old")
	drain(t, runners[0], 1)
	c.move(100 * time.Hour) // done jobs are purged
	drain(t, runners[1], 0)
	wantCounts(t, d, map[string]int64{})
}

func TestPeriodicFailureIsReported(t *testing.T) {
	t.Parallel()
	r := New(dbtest.Open(t), Config{Log: quiet()})
	r.Every("test.bad", time.Hour, func(context.Context, *db.Tx) error { return errors.New("bad") })
	if _, err := r.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "test.bad") {
		t.Errorf("error %v", err)
	}
}

// One piece of periodic work that fails, or panics, holds up no other.
func TestPeriodicFailuresAreApart(t *testing.T) {
	t.Parallel()
	r := New(dbtest.Open(t), Config{Log: quiet()})
	var ran atomic.Int32
	r.Every("test.bad", time.Hour, func(context.Context, *db.Tx) error { return errors.New("bad") })
	r.Every("test.worse", time.Hour, func(context.Context, *db.Tx) error { panic("worse") })
	r.Every("test.good", time.Hour, func(context.Context, *db.Tx) error { ran.Add(1); return nil })
	_, err := r.Drain(t.Context())
	for _, name := range []string{"test.bad", "test.worse"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not told: %v", name, err)
		}
	}
	if ran.Load() != 1 {
		t.Errorf("what was well ran %d times", ran.Load())
	}
}

// The reason of a failure is text that both databases take.
func TestReasonsAreText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{strings.Repeat("я", 1500), "zero \x00 octet", "half \xd1", "plain"} {
		got := lastError(s)
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") || len(got) > 2000 || got == "" {
			t.Errorf("%q", got)
		}
	}
	if got := lastError(strings.Repeat("я", 1500)); got != strings.Repeat("я", 1000) {
		t.Errorf("%d octets", len(got))
	}
}
