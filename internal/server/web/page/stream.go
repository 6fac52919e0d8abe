// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"podpis/internal/platform/problem"
)

// StreamEnd is what addresses of streams end with: they do not count as use of a session.
const StreamEnd = "/stream"

// Bounds of streams: how many there are at once, and of one account or, without one, of one network, how
// long one lasts before the browser asks anew, and how often it looks by itself, for what other nodes have
// changed.
const (
	maxStreams  = 400
	maxOfOne    = 8
	streamLife  = 5 * time.Minute
	streamLook  = 10 * time.Second
	streamWrite = 15 * time.Second
)

// streams counts those that are open.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

func (s *streams) open(who string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.of[who] >= maxOfOne {
		return false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.all++
	s.of[who]++
	return true
}

func (s *streams) close(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[who]--; s.of[who] == 0 {
		delete(s.of, who)
	}
}

type leavingKey struct{}

// UntilLeaving gives requests a channel that is closed when the server is about to stop. What is under way
// ends in its time; a stream would keep the server waiting, and ends at once.
func UntilLeaving(ctx context.Context, leaving <-chan struct{}) context.Context {
	return context.WithValue(ctx, leavingKey{}, leaving)
}

// Stream tells a page when what it shows has changed (server-sent events, HTML Living Standard, 9.2):
// the version now, and each other one. version judges anew whether the person may see it; a session that
// has ended sees nothing more.
func (b *Base) Stream(w http.ResponseWriter, r *http.Request, news <-chan struct{}, version func() (string, error)) error {
	last, err := version()
	if err != nil {
		return err
	}
	session, signedIn := SessionOf(r.Context())
	who := "network/" + Client(r).Network
	if signedIn { // a desk of operators has one network
		who = "account/" + session.Account.ID
	}
	if !b.streams.open(who) {
		return problem.New(problem.Limited, "stream.many").After(time.Minute)
	}
	defer b.streams.close(who)
	out := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	say := func(line string) error {
		_ = out.SetWriteDeadline(time.Now().Add(streamWrite)) // a recorder of tests has none
		if _, err := fmt.Fprint(w, line); err != nil {
			return err
		}
		return out.Flush()
	}
	if say("retry: 5000\nevent: version\ndata: "+last+"\n\n") != nil {
		return nil // they have gone
	}
	leaving, _ := r.Context().Value(leavingKey{}).(<-chan struct{})
	end, look := time.NewTimer(streamLife), time.NewTicker(streamLook)
	defer end.Stop()
	defer look.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-end.C:
			return nil
		case <-leaving:
			return nil
		case <-news:
		case <-look.C:
		}
		now, err := version()
		if err == nil && signedIn {
			_, err = b.Accounts.Peek(r.Context(), session.Token)
		}
		if err != nil {
			return nil // no longer theirs, or the database is away: the browser asks again
		}
		line := ":\n\n" // says that somebody is there
		if now != last {
			line, last = "event: version\ndata: "+now+"\n\n", now
		}
		if say(line) != nil {
			return nil
		}
	}
}
