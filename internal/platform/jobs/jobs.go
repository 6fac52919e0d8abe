// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package jobs is work that has to be done once an act is durable: sending a notice,
// telling another service, publishing a list. A job is inserted in the act's own
// transaction, so that it exists exactly when the act does, and is then tried
// until it succeeds.
//
//	jobs.Insert(ctx, tx, SendNotice{ID: id})            in a service
//	jobs.Work(runner, func(ctx, job) error {…})          in the wiring
//	jobs.Publish(ctx, tx, ca.Issued{Serial: s})         a lower service tells …
//	jobs.Subscribe(runner, "filing", func(ctx, tx, e))  … a higher one
//
// States of a job: waiting → running → done | waiting (to be tried again) | dead
// (out of attempts, or given up by [Cancel]; people look at it and may
// [Runner.Revive] it). A job runs under a lease: if its process dies another
// one takes it when the lease is over. So a job made by [Work] runs at least
// once and must bear a second run; one made by [WorkTx] does its work in the same
// transaction that marks it done, exactly once. There is no order among jobs.
//
// The package leaves out: queues with priorities, and nodes waking each other (they
// poll, see [Config.Poll]). docs/design/jobs.md says why it is our own.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
)

// Args is what a job is about. It is stored as JSON: no secrets, and old forms must
// stay readable.
type Args interface {
	// Kind names the work, "area.verb"; stable for ever.
	Kind() string
}

// Job is one try of a job.
type Job[A Args] struct {
	ID          string
	Args        A
	Attempt     int // 1 at the first try
	MaxAttempts int
	CreatedAt   time.Time
}

// Last reports whether no further try follows this one.
func (j Job[A]) Last() bool { return j.Attempt >= j.MaxAttempts }

// Option changes how a job is inserted.
type Option func(*options)

type options struct {
	runAt       time.Time
	unique      string
	maxAttempts int
}

// DefaultMaxAttempts is how often a job is tried: with the pauses of [Backoff] for
// about nine days.
const DefaultMaxAttempts = 240

// At makes the job wait until a time.
func At(t time.Time) Option { return func(o *options) { o.runAt = t } }

// Unique makes Insert do nothing while a job of the same kind and key waits or runs.
func Unique(key string) Option { return func(o *options) { o.unique = key } }

// MaxAttempts sets how often the job is tried.
func MaxAttempts(n int) Option { return func(o *options) { o.maxAttempts = n } }

const topic = "jobs"

// Insert stores a job in the transaction of the act that needs it.
func Insert(ctx context.Context, tx *db.Tx, args Args, opts ...Option) error {
	o := options{runAt: tx.Now(), maxAttempts: DefaultMaxAttempts}
	for _, opt := range opts {
		opt(&o)
	}
	payload, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	return insert(ctx, tx, args.Kind(), payload, o)
}

func insert(ctx context.Context, tx *db.Tx, kind string, payload []byte, o options) error {
	_, err := newQueries(tx).InsertJob(ctx, insertJobParams{
		ID: tx.NewID(), Kind: kind, Payload: payload, UniqueKey: o.unique,
		MaxAttempts: int64(o.maxAttempts), RunAt: db.Micros(o.runAt), CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("insert job %s: %w", kind, err)
	}
	tx.Signal(topic)
	return nil
}

// Backoff is the pause after the n-th failed try: 1 s, 2 s, 4 s … up to an hour.
func Backoff(n int) time.Duration {
	const longest = time.Hour
	if n > 12 {
		return longest
	}
	return min(time.Second<<max(n-1, 0), longest)
}

type cancelError struct{ err error }

func (e cancelError) Error() string { return e.err.Error() }
func (e cancelError) Unwrap() error { return e.err }

// Cancel marks an error as final: the job is dead, no try follows.
func Cancel(err error) error { return cancelError{err} }

type snoozeError struct{ pause time.Duration }

func (e snoozeError) Error() string { return "later, in " + e.pause.String() }

// Snooze is returned by work that has to wait: the job is tried again after the
// pause, and this try does not count.
func Snooze(pause time.Duration) error { return snoozeError{pause} }

// Snoozed reports an error that [Snooze] made: no try was made.
func Snoozed(err error) bool { _, ok := errors.AsType[snoozeError](err); return ok }

// Event is something that has happened in a service, for those above it.
type Event interface {
	// Event names what happened, "area.done"; stable for ever.
	Event() string
}

const eventPrefix = "event."

// Publish stores an event in the transaction of the act that caused it. Each
// subscriber gets a job of its own, tried until it succeeds.
func Publish(ctx context.Context, tx *db.Tx, e Event) error {
	payload, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("publish %s: %w", e.Event(), err)
	}
	return insert(ctx, tx, eventPrefix+e.Event(), payload, options{runAt: tx.Now(), maxAttempts: DefaultMaxAttempts})
}

// Work registers what does jobs of a kind, at least once each. Call it before Run.
func Work[A Args](r *Runner, work func(ctx context.Context, job Job[A]) error) {
	var zero A
	r.register(zero.Kind(), worker{plain: func(ctx context.Context, c claimed) error {
		job, err := decode[A](c)
		if err != nil {
			return err
		}
		return work(ctx, job)
	}})
}

// WorkTx registers what does jobs of a kind within the transaction that marks them
// done. The work talks to nobody but the database.
func WorkTx[A Args](r *Runner, work func(ctx context.Context, tx *db.Tx, job Job[A]) error) {
	var zero A
	r.register(zero.Kind(), worker{inTx: func(ctx context.Context, tx *db.Tx, c claimed) error {
		job, err := decode[A](c)
		if err != nil {
			return err
		}
		return work(ctx, tx, job)
	}})
}

// Subscribe registers a subscriber of an event; its name tells subscribers apart and
// is stable for ever. The work is done exactly once, as with [WorkTx].
func Subscribe[E Event](r *Runner, name string, work func(ctx context.Context, tx *db.Tx, e E) error) {
	var zero E
	kind := eventPrefix + zero.Event()
	own := kind + "→" + name
	if len(r.subscribers[kind]) == 0 {
		r.register(kind, worker{inTx: func(ctx context.Context, tx *db.Tx, c claimed) error {
			for _, s := range r.subscribers[kind] {
				o := options{runAt: tx.Now(), maxAttempts: DefaultMaxAttempts}
				if err := insert(ctx, tx, s, c.Payload, o); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	r.subscribers[kind] = append(r.subscribers[kind], own)
	r.register(own, worker{inTx: func(ctx context.Context, tx *db.Tx, c claimed) error {
		var e E
		if err := json.Unmarshal(c.Payload, &e); err != nil {
			return Cancel(fmt.Errorf("read event: %w", err))
		}
		return work(ctx, tx, e)
	}})
}

func decode[A Args](c claimed) (Job[A], error) {
	job := Job[A]{ID: c.ID, Attempt: int(c.Attempt), MaxAttempts: int(c.MaxAttempts), CreatedAt: db.Time(c.CreatedAt)}
	if err := json.Unmarshal(c.Payload, &job.Args); err != nil {
		return job, Cancel(fmt.Errorf("read job: %w", err))
	}
	return job, nil
}

type worker struct {
	plain func(ctx context.Context, c claimed) error
	inTx  func(ctx context.Context, tx *db.Tx, c claimed) error
}

// claimed is a job as the database gives it.
type claimed = claimRow

func (r *Runner) register(kind string, w worker) {
	if _, twice := r.workers[kind]; twice {
		panic(errors.New("jobs: two workers for " + kind)) // a mistake of the wiring
	}
	r.workers[kind] = w
}
