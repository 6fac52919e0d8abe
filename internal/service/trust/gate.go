// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"slices"
	"sync"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

const (
	policyPlaces    = "verify.places"         // checks that are read and judged at once
	policyNetwork   = "verify.places_network" // of these, for one network
	policyUpload    = "verify.upload_mb"      // a whole request, MiB
	policySignature = "verify.signature_mb"   // the signature, which is held in memory
	policyRate      = "verify.rate"           // requests of programs a minute, for one network
)

// Rules are the policies of checks and of the list of accredited centres.
func Rules() []policy.Rule {
	return append(gateRules(),
		policy.Rule{Key: PolicyFetch, Kind: policy.Switch, Default: "true"},                                                                    // follow the addresses in certificates
		policy.Rule{Key: PolicyFetchPrivate, Kind: policy.Switch, Default: "false"},                                                            // into the own network and machine too
		policy.Rule{Key: PolicyFetchTimeout, Kind: policy.Duration, Default: "2s", Valid: policy.Durations(100*time.Millisecond, time.Minute)}, // of one request
		policy.Rule{Key: PolicyFetchMost, Kind: policy.Number, Default: "32"},                                                                  // requests of one check
		policy.Rule{Key: PolicyFetchKeep, Kind: policy.Duration, Default: "10m"},                                                               // how long an answer counts
		policy.Rule{Key: PolicyListURL, Kind: policy.Text, Default: "", Valid: policy.Site},                                                    // empty: no list is fetched
		policy.Rule{Key: policyListEvery, Kind: policy.Duration, Default: "12h"},
		policy.Rule{Key: policyListRetry, Kind: policy.Duration, Default: "15m"},  // after a failure
		policy.Rule{Key: policyListStale, Kind: policy.Duration, Default: "168h"}, // older ones are marked
		policy.Rule{Key: policyListKeep, Kind: policy.Duration, Default: "2160h"}, // originals of lists that were replaced
	)
}

func gateRules() []policy.Rule {
	return []policy.Rule{
		{Key: policyPlaces, Kind: policy.Number, Default: "16", Valid: policy.Numbers(1, 1024)},
		{Key: policyNetwork, Kind: policy.Number, Default: "4", Valid: policy.Numbers(1, 1024)},
		{Key: policyUpload, Kind: policy.Number, Default: "512", Valid: policy.Numbers(1, 4096)},
		{Key: policySignature, Kind: policy.Number, Default: "32", Valid: policy.Numbers(1, 1024)},
		{Key: policyRate, Kind: policy.Number, Default: "300"},
	}
}

// Limits are the policies of checks in force.
type Limits struct {
	Places, Network   int
	Upload, Signature int64 // octets
	Rate              int   // a minute
}

// Gate bounds the checks under way: each reads and hashes as fast as it is sent, and
// holds a signature. All doors share one. It is safe for concurrent use.
type Gate struct {
	db       *db.DB
	policies *policy.Book

	mu       sync.Mutex
	limits   Limits
	read     time.Time // when limits were
	inside   int
	networks map[string]int
	queue    []*waiting
}

type waiting struct {
	network  string
	admitted chan struct{}
}

const (
	fresh    = 5 * time.Second // a changed policy counts after this
	patience = time.Second     // how long a check waits for a place
	queued   = 8               // checks that wait, for each place
)

// NewGate makes a gate by the policies of [Rules].
func NewGate(db *db.DB, policies *policy.Book) *Gate {
	return &Gate{db: db, policies: policies, networks: map[string]int{}}
}

// Limits returns what is in force.
func (g *Gate) Limits(ctx context.Context) (Limits, error) {
	g.mu.Lock()
	l, known := g.limits, time.Since(g.read) < fresh
	g.mu.Unlock()
	if known {
		return l, nil
	}
	err := g.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var n [5]int64
		for i, r := range gateRules() {
			var err error
			if n[i], err = g.policies.Number(ctx, tx, r.Key); err != nil {
				return err
			}
		}
		l = Limits{Places: int(max(n[0], 1)), Network: int(max(n[1], 1)), Upload: n[2] << 20, Signature: n[3] << 20, Rate: int(max(n[4], 1))}
		return nil
	})
	if err != nil {
		return Limits{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limits, g.read = l, time.Now()
	return l, nil
}

// Enter takes a place for a check of a network, and waits a moment for one. Whoever
// got in calls leave; whoever did not is told when to come back.
func (g *Gate) Enter(ctx context.Context, network string) (leave func(), err error) {
	limits, err := g.Limits(ctx)
	if err != nil {
		return nil, err
	}
	busy := problem.New(problem.Unavailable, "verify.busy").Coded("API-912").After(2 * patience)
	w := &waiting{network, make(chan struct{})}
	g.mu.Lock()
	if len(g.queue) >= queued*limits.Places {
		g.mu.Unlock()
		return nil, busy
	}
	g.queue = append(g.queue, w)
	g.admit()
	g.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.admitted:
		return func() { g.leave(network) }, nil
	case <-timer.C:
		err = busy
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.mu.Lock()
	i := slices.Index(g.queue, w)
	if i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
	g.mu.Unlock()
	if i < 0 { // let in at the last moment
		g.leave(network)
	}
	return nil, err
}

// admit lets in those who wait, in their order but for those of a network that has
// all it may. The caller holds the lock.
func (g *Gate) admit() {
	g.queue = slices.DeleteFunc(g.queue, func(w *waiting) bool {
		if g.inside >= g.limits.Places || g.networks[w.network] >= g.limits.Network {
			return false
		}
		g.inside++
		g.networks[w.network]++
		close(w.admitted)
		return true
	})
}

func (g *Gate) leave(network string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.networks[network]--; g.networks[network] == 0 {
		delete(g.networks, network)
	}
	g.admit()
}
