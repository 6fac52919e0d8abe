// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"os"
	"sync"
	"testing"
	"time"
)

// Clock is the time of a world.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a clock that stands at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass lets time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Start is when worlds begin: noon in Moscow on an ordinary Wednesday, so that a test says
// the same on every day and at every hour. The drill begins them where days, months and years
// meet: PODPIS_START, "2026-12-31T20:59:30Z".
func Start(t testing.TB) time.Time {
	t.Helper()
	v := os.Getenv("PODPIS_START")
	if v == "" {
		return time.Date(2026, time.November, 18, 9, 0, 0, 0, time.UTC)
	}
	at, err := time.Parse(time.RFC3339, v)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// Ahead is how far the clock is from the system's, for servers of others that only know the
// latter.
func (c *Clock) Ahead() time.Duration { return time.Until(c.Now()) }
