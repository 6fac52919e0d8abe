// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
)

func nextAt(ctx context.Context, tx *db.Tx, name string) (int64, error) {
	next, err := newQueries(tx).NextAt(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return next, err
}

// Lead runs f on one node at a time, under a lease of the given name and length. f's
// context ends when the lease cannot be kept; f must return then, and another node
// starts. Lead returns when ctx is done. For a short time after a pause of the whole
// process two nodes may believe to lead: what f writes must bear it.
func Lead(ctx context.Context, d *db.DB, name string, length time.Duration, f func(ctx context.Context) error) error {
	holder := db.NewID(time.Now())
	for ctx.Err() == nil {
		if ok, err := takeLease(ctx, d, name, holder, length); err != nil || !ok {
			select {
			case <-ctx.Done():
			case <-time.After(length / 3):
			}
			continue
		}
		if err := lead(ctx, d, name, holder, length, f); err != nil && ctx.Err() == nil {
			return fmt.Errorf("lead %s: %w", name, err)
		}
	}
	return nil
}

func lead(ctx context.Context, d *db.DB, name, holder string, length time.Duration, f func(ctx context.Context) error) error {
	leading, cancel := context.WithCancel(ctx)
	defer cancel()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		last := time.Now()
		tick := time.NewTicker(length / 3)
		defer tick.Stop()
		for {
			select {
			case <-leading.Done():
				return
			case <-tick.C:
			}
			ok, err := takeLease(leading, d, name, holder, length)
			switch {
			case err == nil && ok:
				last = time.Now()
			case err == nil || time.Since(last) > length*2/3:
				cancel()
				return
			}
		}
	}()
	err := f(leading)
	if leading.Err() != nil {
		err = nil // it was told to stop, by us or by the loss of the lease
	}
	cancel()
	<-kept
	// So that the next node does not have to wait; if it fails, it waits.
	d.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error { //nolint:errcheck // see above
		return newQueries(tx).DropLease(ctx, dropLeaseParams{name, holder})
	})
	return err
}

func takeLease(ctx context.Context, d *db.DB, name, holder string, length time.Duration) (bool, error) {
	var n int64
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = newQueries(tx).TakeLease(ctx, takeLeaseParams{
			Name: name, Holder: holder, Until: db.Micros(tx.Now().Add(length)), Until_2: db.Micros(tx.Now()),
		})
		return err
	})
	return n > 0, err
}

// Info is a job as people see it.
type Info struct {
	ID, Kind, State, LastError string
	Attempt, MaxAttempts       int
	RunAt, CreatedAt           time.Time
}

// Counts returns how many jobs there are in each state.
func Counts(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	rows, err := newQueries(tx).CountByState(ctx)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	out := map[string]int64{}
	for _, r := range rows {
		out[r.State] = r.N
	}
	return out, nil
}

// List returns up to limit jobs in a state, the one to run next first.
func List(ctx context.Context, tx *db.Tx, state string, limit int) ([]Info, error) {
	rows, err := newQueries(tx).ListByState(ctx, listByStateParams{state, int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	out := make([]Info, len(rows))
	for i, r := range rows {
		out[i] = Info{
			ID: r.ID, Kind: r.Kind, State: r.State, LastError: r.LastError, Attempt: int(r.Attempt),
			MaxAttempts: int(r.MaxAttempts), RunAt: db.Time(r.RunAt), CreatedAt: db.Time(r.CreatedAt),
		}
	}
	return out, nil
}

// Revive gives a dead job all its attempts again. It reports whether there was one.
func Revive(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	n, err := newQueries(tx).Revive(ctx, reviveParams{db.Micros(tx.Now()), id})
	if err != nil {
		return false, fmt.Errorf("revive job: %w", err)
	}
	tx.Signal(topic)
	return n > 0, nil
}
