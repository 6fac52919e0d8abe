// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// Results come once and in their order, whatever takes how long, and never are more begun than may be.
func TestInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, workers := rapid.IntRange(0, 40).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "workers")
		ahead := workers + rapid.IntRange(0, 5).Draw(t, "ahead")
		var begun, delivered atomic.Int64
		var got []int
		err := inOrder(context.Background(), n, workers, ahead, func(_ context.Context, i int) int {
			if open := begun.Add(1) - delivered.Load(); open > int64(ahead) {
				t.Errorf("%d are open", open)
			}
			for range (i * 7919 % 13) * 100 {
				_ = i
			}
			return i * i
		}, func(first int, results []int) error {
			if first != len(got) || len(results) == 0 {
				t.Errorf("%d results from %d after %d", len(results), first, len(got))
			}
			got = append(got, results...)
			delivered.Add(int64(len(results)))
			return nil
		})
		if err != nil || len(got) != n {
			t.Fatalf("%d of %d, %v", len(got), n, err)
		}
		for i, v := range got {
			if v != i*i {
				t.Fatalf("result %d is %d", i, v)
			}
		}
	})
}

func TestInOrderEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var seen []int
	err := inOrder(t.Context(), 1000, 3, 6, func(_ context.Context, i int) int { return i }, func(_ int, results []int) error {
		seen = append(seen, results...)
		if slices.Contains(results, 10) {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || len(seen) > 17 {
		t.Errorf("%v after %d", err, len(seen))
	}
	ctx, stop := context.WithCancel(t.Context())
	err = inOrder(ctx, 1000, 3, 6, func(ctx context.Context, i int) int {
		if i == 20 {
			stop()
		}
		return i
	}, func(int, []int) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// What is larger than the room waits until it is alone.
func TestRoom(t *testing.T) {
	t.Parallel()
	r := newRoom(100)
	first, second := r.take(60), r.take(40)
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		r.take(1000)()
	}()
	first()
	select {
	case <-taken:
		t.Fatal("two that do not fit were in the room")
	default:
	}
	second()
	<-taken
}
