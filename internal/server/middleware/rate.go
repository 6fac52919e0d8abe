// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package middleware

import (
	"sync"
	"time"
)

// Rate counts requests of networks over a minute that slides: of the minute before
// the current one, the share that is not over yet counts. Its zero value is ready.
//
// go-chi/httprate does the same; it brings a package that asks the processor for its
// abilities at the start of every command: 0.6 ms and more in a virtual
// machine.
type Rate struct {
	mu           sync.Mutex
	began        time.Time
	before, here map[string]int
}

const rateWindow = time.Minute

// Allow counts a request at a time unless limit is reached; then wait is until the
// next window.
func (r *Rate) Allow(network string, limit int, now time.Time) (wait time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch since := now.Sub(r.began); {
	case since >= 2*rateWindow:
		r.began, r.before, r.here = now, nil, map[string]int{}
	case since >= rateWindow:
		r.began, r.before, r.here = r.began.Add(rateWindow), r.here, map[string]int{}
	}
	left := rateWindow - now.Sub(r.began)
	if r.here[network]+int(int64(r.before[network])*int64(left)/int64(rateWindow)) >= limit {
		return max(left, time.Second), false
	}
	r.here[network]++
	return 0, true
}
