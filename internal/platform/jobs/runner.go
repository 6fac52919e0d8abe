// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"podpis/internal/platform/db"
)

// Config of a runner; the zero value is usable.
type Config struct {
	Workers int           // jobs at once; 0 is 8
	Poll    time.Duration // how often to look for jobs of other nodes and for those whose time has come; 0 is 250 ms
	Lease   time.Duration // how long a job is kept for a process that gives no sign; 0 is 1 min
	Grace   time.Duration // how long Run waits for running jobs when it is told to stop; 0 is 10 s
	Keep    time.Duration // how long done jobs stay to be looked at; 0 is 24 h
	Log     *slog.Logger  // nil is slog.Default
}

// Runner runs jobs. Several runners, in one process or on several nodes, may share a
// database.
type Runner struct {
	db          *db.DB
	cfg         Config
	id          string // the holder of leases
	workers     map[string]worker
	subscribers map[string][]string // event kind → kinds of its subscribers
	periodic    []periodic

	mu      sync.Mutex
	running map[string]*inFlight
	freed   chan struct{} // capacity 1: a place became free
}

type inFlight struct {
	attempt int64
	cancel  context.CancelCauseFunc
}

type periodic struct {
	name  string
	every time.Duration
	job   func(ctx context.Context, tx *db.Tx) error
}

// New makes a runner; register the work, then Run it.
func New(d *db.DB, cfg Config) *Runner {
	def := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	if cfg.Workers <= 0 {
		cfg.Workers = 8
	}
	def(&cfg.Poll, 250*time.Millisecond)
	def(&cfg.Lease, time.Minute)
	def(&cfg.Grace, 10*time.Second)
	def(&cfg.Keep, 24*time.Hour)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	r := &Runner{
		db: d, cfg: cfg, id: db.NewID(time.Now()), workers: map[string]worker{},
		subscribers: map[string][]string{}, running: map[string]*inFlight{}, freed: make(chan struct{}, 1),
	}
	r.Every("jobs.purge", cfg.Keep/24, func(ctx context.Context, tx *db.Tx) error {
		_, err := newQueries(tx).Purge(ctx, db.Micros(tx.Now().Add(-cfg.Keep)))
		return err
	})
	return r
}

// Every has f run once per period on one of the nodes, within a transaction; what takes
// long inserts a job there. A period that was missed is not made up for.
func (r *Runner) Every(name string, period time.Duration, f func(ctx context.Context, tx *db.Tx) error) {
	r.periodic = append(r.periodic, periodic{name, period, f})
}

// Run works until ctx is done, then waits for what is running.
func (r *Runner) Run(ctx context.Context) error {
	news, stop := r.db.Watch(topic)
	defer stop()
	work, cancelWork := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancelWork(nil)
	var wg sync.WaitGroup
	wg.Go(func() { r.heartbeat(work) })
	var jobs sync.WaitGroup
	tick := time.NewTicker(r.cfg.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		r.round(ctx, work, &jobs)
		select {
		case <-ctx.Done():
		case <-news:
		case <-r.freed:
		case <-tick.C:
		}
	}
	r.drainRunning(&jobs, cancelWork)
	cancelWork(nil)
	wg.Wait()
	return nil
}

var errStopping = errors.New("jobs: the process is stopping")

func (r *Runner) drainRunning(jobs *sync.WaitGroup, cancel context.CancelCauseFunc) {
	done := make(chan struct{})
	go func() { jobs.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(r.cfg.Grace):
		cancel(errStopping)
		<-done
	}
}

// round starts what is due, as long as there are places and jobs.
func (r *Runner) round(ctx, work context.Context, jobs *sync.WaitGroup) {
	if err := r.schedule(ctx); err != nil && ctx.Err() == nil {
		r.cfg.Log.Error("schedule periodic jobs", "err", err)
	}
	for ctx.Err() == nil {
		r.mu.Lock()
		places := r.cfg.Workers - len(r.running)
		r.mu.Unlock()
		if places <= 0 {
			return
		}
		claims, err := r.claim(ctx, places)
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("claim jobs", "err", err)
		}
		if err != nil || len(claims) == 0 {
			return
		}
		for _, c := range claims {
			jobCtx, cancel := context.WithCancelCause(work)
			r.mu.Lock()
			r.running[c.ID] = &inFlight{c.Attempt, cancel}
			r.mu.Unlock()
			jobs.Go(func() {
				defer cancel(nil)
				r.do(jobCtx, c)
				r.mu.Lock()
				delete(r.running, c.ID)
				r.mu.Unlock()
				select {
				case r.freed <- struct{}{}:
				default:
				}
			})
		}
	}
}

// Drain runs everything that is due, one job after another, and what these insert for
// now. It returns how many it ran; it is for tests and for the command line.
func (r *Runner) Drain(ctx context.Context) (int, error) {
	for n := 0; ; {
		if err := r.schedule(ctx); err != nil {
			return n, err
		}
		claims, err := r.claim(ctx, 1)
		if err != nil || len(claims) == 0 {
			return n, err
		}
		r.do(ctx, claims[0])
		n++
	}
}

// claim takes up to n due jobs. It reads first: looking for jobs costs no write. Jobs of
// a transaction that failed are not returned: they are nobody's, and another node will
// take them.
func (r *Runner) claim(ctx context.Context, n int) ([]claimed, error) {
	var due bool
	err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		due, err = newQueries(tx).Due(ctx, db.Micros(tx.Now()))
		return err
	})
	if err != nil || !due {
		return nil, err
	}
	var claims []claimed
	err = r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		claims = nil
		q, now := newQueries(tx), tx.Now()
		if err := r.reclaim(ctx, q, now); err != nil {
			return err
		}
		p := claimParams{r.id, db.Micros(now.Add(r.cfg.Lease)), db.Micros(now), int32(n)}
		if tx.Dialect() == db.SQLite {
			claims, err = q.Claim(ctx, p)
			return err
		}
		rows, err := q.ClaimSkipLocked(ctx, claimSkipLockedParams(p))
		for _, row := range rows {
			claims = append(claims, claimed(row))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// reclaim gives back jobs whose holder is gone. Those this process runs itself are not
// gone, whatever the clock says: it may have been moved.
func (r *Runner) reclaim(ctx context.Context, q *queries, now time.Time) error {
	expired, err := q.Expired(ctx, db.Micros(now))
	if err != nil {
		return err
	}
	for _, e := range expired {
		r.mu.Lock()
		_, mine := r.running[e.ID]
		r.mu.Unlock()
		if mine {
			continue
		}
		err := q.GiveBack(ctx, giveBackParams{
			RunAt: db.Micros(now), LastError: "its process ended", ID: e.ID, LeaseBy: e.LeaseBy,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var errLeaseLost = errors.New("jobs: the lease was lost")

// do runs one claimed job and stores how it ended.
func (r *Runner) do(ctx context.Context, c claimed) {
	w, known := r.workers[c.Kind]
	var err error
	switch {
	case !known: // another node may be newer
		err = Snooze(time.Minute)
	case w.inTx != nil:
		err = r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := r.finish(ctx, tx, c, "done", ""); err != nil {
				return err
			}
			return caught(func() error { return w.inTx(ctx, tx, c) })
		})
		if err == nil {
			return
		}
	default:
		err = caught(func() error { return w.plain(ctx, c) })
	}
	if errors.Is(err, errLeaseLost) || errors.Is(context.Cause(ctx), errLeaseLost) {
		r.cfg.Log.Warn("job was taken over", "kind", c.Kind, "id", c.ID)
		return
	}
	// The outcome is stored even when the process is stopping.
	err = r.store(context.WithoutCancel(ctx), c, err, ctx.Err() != nil)
	if err != nil {
		r.cfg.Log.Error("store outcome of job", "kind", c.Kind, "id", c.ID, "err", err)
	}
}

// store writes how a try ended. If that fails the lease runs out and the job is tried
// again.
func (r *Runner) store(ctx context.Context, c claimed, outcome error, stopping bool) error {
	return r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if outcome == nil {
			return r.finish(ctx, tx, c, "done", "")
		}
		if s, ok := errors.AsType[snoozeError](outcome); ok {
			return r.again(ctx, tx, c, c.Attempt-1, s.pause, outcome)
		}
		if stopping {
			return r.again(ctx, tx, c, c.Attempt-1, 0, outcome)
		}
		_, final := errors.AsType[cancelError](outcome)
		if final || c.Attempt >= c.MaxAttempts {
			r.cfg.Log.Error("job is dead", "kind", c.Kind, "id", c.ID, "attempt", c.Attempt, "err", outcome)
			return r.finish(ctx, tx, c, "dead", outcome.Error())
		}
		pause := Backoff(int(c.Attempt))
		// So that what failed together does not come back together.
		pause += rand.N(pause/4 + 1) //nolint:gosec // a pause is no secret
		r.cfg.Log.Warn("job failed, will be tried again", "kind", c.Kind, "id", c.ID, "attempt", c.Attempt, "in", pause, "err", outcome)
		return r.again(ctx, tx, c, c.Attempt, pause, outcome)
	})
}

func (r *Runner) again(ctx context.Context, tx *db.Tx, c claimed, attempt int64, pause time.Duration, why error) error {
	return r.set(ctx, tx, c, finishParams{
		State: "waiting", RunAt: db.Micros(tx.Now().Add(pause)), Attempt: attempt, LastError: why.Error(),
	})
}

func (r *Runner) finish(ctx context.Context, tx *db.Tx, c claimed, state, text string) error {
	return r.set(ctx, tx, c, finishParams{
		State: state, RunAt: db.Micros(tx.Now()), Attempt: c.Attempt, LastError: text, FinishedAt: db.Micros(tx.Now()),
	})
}

func (r *Runner) set(ctx context.Context, tx *db.Tx, c claimed, p finishParams) error {
	p.LastError = lastError(p.LastError)
	p.ID, p.LeaseBy, p.Attempt_2 = c.ID, r.id, c.Attempt
	n, err := newQueries(tx).Finish(ctx, p)
	if err == nil && n == 0 {
		return errLeaseLost
	}
	return err
}

// lastError is a reason as the database takes it: short, and text. PostgreSQL takes neither
// half a letter nor a zero octet, and the outcome of a job must not fail for its words.
func lastError(s string) string {
	const longest = 2000 // octets
	return strings.ToValidUTF8(strings.ReplaceAll(s[:min(len(s), longest)], "\x00", ""), "")
}

// caught turns a panic of the work into an error: one bad job must not stop the others.
func caught(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// heartbeat keeps the leases of running jobs.
func (r *Runner) heartbeat(ctx context.Context) {
	tick := time.NewTicker(r.cfg.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r.mu.Lock()
		running := maps.Clone(r.running)
		r.mu.Unlock()
		if len(running) == 0 {
			continue
		}
		var lost []string
		err := r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			lost = nil
			for id, f := range running {
				n, err := newQueries(tx).Extend(ctx, extendParams{db.Micros(tx.Now().Add(r.cfg.Lease)), id, r.id, f.attempt})
				if err != nil {
					return err
				}
				if n == 0 {
					lost = append(lost, id)
				}
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("keep leases of jobs", "err", err)
			continue
		}
		for _, id := range lost { // or just finished, then this does nothing
			running[id].cancel(errLeaseLost)
		}
	}
}

// schedule runs the periodic work whose time has come. One that fails holds up no other.
func (r *Runner) schedule(ctx context.Context) error {
	var failed []error
	for _, p := range r.periodic {
		if err := r.turn(ctx, p); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return errors.Join(failed...)
}

// turn runs one of them if it is due. The row that says when moves in the same
// transaction, so that one node does it.
func (r *Runner) turn(ctx context.Context, p periodic) error {
	isDue := func(ctx context.Context, tx *db.Tx) (bool, error) {
		next, err := nextAt(ctx, tx, p.name)
		return next <= db.Micros(tx.Now()), err
	}
	var due bool
	err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) { due, err = isDue(ctx, tx); return err })
	if err != nil || !due {
		return err
	}
	return r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if still, err := isDue(ctx, tx); err != nil || !still {
			return err
		}
		err := newQueries(tx).SetNextAt(ctx, setNextAtParams{p.name, db.Micros(tx.Now().Add(p.every))})
		if err != nil {
			return err
		}
		return caught(func() error { return p.job(ctx, tx) })
	})
}
