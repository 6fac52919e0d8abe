// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package middleware

import (
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	t.Parallel()
	var r Rate
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	count := func(network string) (n int) {
		for {
			if wait, ok := r.Allow(network, 10, now); !ok {
				if wait <= 0 || wait > time.Minute {
					t.Errorf("wait %v", wait)
				}
				return n
			}
			n++
		}
	}
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{0, 10}, {30 * time.Second, 0}, {30 * time.Second, 0}, {30 * time.Second, 5}, {30 * time.Second, 5}, {time.Hour, 10}} {
		now = now.Add(step.pass)
		if got := count("192.0.2.1"); got != step.want {
			t.Errorf("after %v: %d, want %d", step.pass, got, step.want)
		}
	}
	if got := count("192.0.2.2"); got != 10 {
		t.Errorf("another network: %d", got)
	}
}
