// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"podpis/internal/platform/problem"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
)

// One network does not take all places, and nobody takes more than there are.
func TestGate(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.Set("verify.places", "3")
	w.Set("verify.places_network", "2")
	g := trust.NewGate(w.DB, w.Book)
	enter := func(network string) func() {
		leave, err := g.Enter(ctx, network)
		must(t, err)
		return leave
	}
	first, second := enter("192.0.2.1"), enter("192.0.2.1")
	_, err := g.Enter(ctx, "192.0.2.1")
	if p, ok := problem.Of(err); !ok || p.Kind != problem.Unavailable || p.RetryAfter == 0 {
		t.Errorf("a third place of one network: %v", err)
	}
	third := enter("192.0.2.2")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := g.Enter(gone, "192.0.2.3"); !errors.Is(err, context.Canceled) {
		t.Errorf("one that has gone: %v", err)
	}
	first()
	enter("192.0.2.3")()
	second()
	third()
}

func TestGateUnderLoad(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	w.Set("verify.places", "2")
	w.Set("verify.places_network", "1")
	g := trust.NewGate(w.DB, w.Book)
	var inside, entered atomic.Int64
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for range 100 {
				leave, err := g.Enter(ctx, []string{"a", "b", "c"}[i%3])
				if err != nil {
					continue
				}
				if n := inside.Add(1); n > 2 {
					t.Errorf("%d inside", n)
				}
				entered.Add(1)
				inside.Add(-1)
				leave()
			}
		})
	}
	group.Wait()
	if entered.Load() == 0 {
		t.Error("nobody got in")
	}
}
