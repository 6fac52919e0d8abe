// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import "sync"

// signals wakes goroutines of this process when a topic has news. Nodes of
// PostgreSQL find each other's news by polling: NOTIFY would make all commits of the
// cluster pass one lock.
type signals struct {
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]bool
}

// Watch returns a channel that receives after a commit that signalled the topic;
// several signals may come as one. Call stop when done.
func (d *DB) Watch(topic string) (news <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	d.signals.mu.Lock()
	defer d.signals.mu.Unlock()
	if d.signals.watchers == nil {
		d.signals.watchers = map[string]map[chan struct{}]bool{}
	}
	if d.signals.watchers[topic] == nil {
		d.signals.watchers[topic] = map[chan struct{}]bool{}
	}
	d.signals.watchers[topic][c] = true
	return c, func() {
		d.signals.mu.Lock()
		defer d.signals.mu.Unlock()
		if delete(d.signals.watchers[topic], c); len(d.signals.watchers[topic]) == 0 {
			delete(d.signals.watchers, topic)
		}
	}
}

func (d *DB) signal(topic string) {
	d.signals.mu.Lock()
	defer d.signals.mu.Unlock()
	for c := range d.signals.watchers[topic] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Signal wakes the watchers of a topic once the act is durable. It loses nothing that
// matters only if they poll as well.
func (t *Tx) Signal(topic string) { t.AfterCommit(func() { t.db.signal(topic) }) }
