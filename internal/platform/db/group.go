// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// group is SQLite's write handle with group commit. One goroutine (loop) owns
// the transaction and gives turns; the act itself runs in the goroutine of the
// one who called Write, so that a panic stays with its owner.
type group struct {
	pool  *sql.DB // one connection
	conn  *sql.Conn
	stmts *statements
	stats *stats

	mu     sync.Mutex
	queue  []*turn
	closed bool
	wake   chan struct{} // capacity 1
	ended  chan struct{}
}

// A transaction is closed when the queue is empty or one of these is reached, so
// that the first act of a group does not wait for ever.
const (
	maxGroup     = 1024
	maxGroupTime = 20 * time.Millisecond
	maxRuns      = 5
)

// turn is one act in the queue.
type turn struct {
	state atomic.Int32 // waiting, running or gone
	start chan error   // nil: the connection is yours
	done  chan outcome // the act has run; the connection is given back
	final chan error   // how the transaction ended
}

const (
	waiting = iota
	running
	gone
)

type outcome int

const (
	kept   outcome = iota // the savepoint was released
	undone                // the savepoint was rolled back
	broken                // the transaction is lost
)

var errBrokenByNeighbour = errors.New("db: transaction broken by another act")

// ErrOutcomeUnknown means that the commit failed: the act is most likely not in
// the database, but a crash at this moment may yet prove otherwise.
var ErrOutcomeUnknown = errors.New("db: commit failed")

func newGroup(ctx context.Context, pool *sql.DB, st *stats) (*group, error) {
	g := &group{pool: pool, stats: st, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	if err := g.connect(ctx); err != nil {
		return nil, err
	}
	go g.loop()
	return g, nil
}

func (g *group) connect(ctx context.Context) error {
	conn, err := g.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open write handle: %w", err)
	}
	g.conn = conn
	g.stmts = &statements{conn: conn, byQ: map[string]*sql.Stmt{}}
	return nil
}

// write queues the act and runs it when its turn comes.
func (g *group) write(ctx context.Context, d *DB, act func(context.Context, *Tx) error) error {
	for run := 1; ; run++ {
		err := g.once(ctx, d, act)
		if !errors.Is(err, errBrokenByNeighbour) || run == maxRuns {
			return err
		}
		g.stats.retries.Add(1)
	}
}

func (g *group) once(ctx context.Context, d *DB, act func(context.Context, *Tx) error) error {
	t := &turn{start: make(chan error, 1), done: make(chan outcome, 1), final: make(chan error, 1)}
	if err := g.enqueue(t); err != nil {
		return err
	}
	var refused error
	select {
	case refused = <-t.start:
	case <-ctx.Done():
		if t.state.CompareAndSwap(waiting, gone) {
			return fmt.Errorf("wait for the write handle: %w", context.Cause(ctx))
		}
		refused = <-t.start // the turn was given at the same moment
	}
	if refused != nil {
		return refused
	}
	tx := &Tx{db: d, q: g.conn, stmts: g.stmts, now: d.Now(), guarded: true}
	err := g.run(ctx, t, tx, act)
	final := <-t.final
	switch {
	case err != nil:
		return err
	case final != nil:
		return final
	}
	g.stats.acts.Add(1)
	tx.committed()
	return nil
}

// run executes the act within its savepoint. The deferred function also runs when
// the act panics or calls runtime.Goexit: the connection always goes back.
func (g *group) run(ctx context.Context, t *turn, tx *Tx, act func(context.Context, *Tx) error) (err error) {
	out := broken
	entered := false
	defer func() {
		tx.end()
		if out != kept && entered {
			out = g.undo()
		}
		t.done <- out
	}()
	if err := g.exec("SAVEPOINT act"); err != nil {
		return fmt.Errorf("begin act: %w", err)
	}
	entered = true
	if err := act(ctx, tx); err != nil {
		return err
	}
	if err := tx.doomedBy(); err != nil {
		return err
	}
	if err := g.exec("RELEASE act"); err != nil {
		return fmt.Errorf("end act: %w", err)
	}
	out = kept
	return nil
}

func (g *group) undo() outcome {
	if g.exec("ROLLBACK TO act") != nil || g.exec("RELEASE act") != nil {
		return broken // SQLite rolled everything back by itself (disk full, I/O error)
	}
	return undone
}

// exec runs a statement of the group itself, with the prepared form and without
// the context of any act.
func (g *group) exec(query string) error {
	stmt, err := g.stmts.prepare(context.Background(), query) //nolint:sqlclosecheck // the cache closes it
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(context.Background())
	return err
}

func (g *group) enqueue(t *turn) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.queue = append(g.queue, t)
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return nil
}

// next takes the first act that still waits, and gives it the turn.
func (g *group) next() *turn {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.queue) > 0 {
		t := g.queue[0]
		g.queue[0] = nil
		g.queue = g.queue[1:]
		if t.state.CompareAndSwap(waiting, running) {
			return t
		}
	}
	return nil
}

func (g *group) loop() {
	defer close(g.ended)
	for range g.wake {
		for t := g.next(); t != nil; t = g.next() {
			g.transaction(t)
		}
		g.mu.Lock()
		over := g.closed && len(g.queue) == 0
		g.mu.Unlock()
		if over {
			return
		}
	}
}

// transaction runs acts, the first one given, and commits those that were kept.
func (g *group) transaction(t *turn) {
	if err := g.begin(); err != nil {
		t.start <- fmt.Errorf("begin: %w", err)
		return
	}
	var members []*turn
	nKept, lost := 0, false
	for started := time.Now(); t != nil; t = g.next() {
		t.start <- nil
		members = append(members, t)
		out := <-t.done
		if out == kept {
			nKept++
		}
		if lost = out == broken; lost {
			break
		}
		if len(members) >= maxGroup || time.Since(started) > maxGroupTime {
			break
		}
	}
	var end error
	switch {
	case lost:
		g.abandon()
		end = errBrokenByNeighbour
	case nKept == 0:
		if g.exec("ROLLBACK") != nil {
			g.abandon()
		}
	default:
		if err := g.exec("COMMIT"); err != nil {
			g.abandon()
			end = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		} else {
			g.stats.commits.Add(1)
		}
	}
	// Also those whose act failed were waiting until now: the reason of their
	// failure may be a row that would not have survived a crash.
	for _, m := range members {
		m.final <- end
	}
}

func (g *group) begin() error {
	if g.conn == nil { // an earlier attempt to get a new connection failed
		if err := g.connect(context.Background()); err != nil {
			return err
		}
	}
	err := g.exec("BEGIN IMMEDIATE")
	if err != nil {
		g.abandon()
	}
	return err
}

// abandon leaves a connection whose state is not known and takes a new one.
func (g *group) abandon() {
	g.exec("ROLLBACK") //nolint:errcheck // most likely there is nothing to roll back
	g.stmts.drop()
	g.conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // the way to drop it
	g.conn.Close()
	g.conn = nil
	g.connect(context.Background()) //nolint:errcheck // begin tries again and reports
}

func (g *group) close() error {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		select {
		case g.wake <- struct{}{}:
		default:
		}
	}
	g.mu.Unlock()
	<-g.ended
	if g.conn != nil {
		g.stmts.drop()
		g.conn.Close()
		g.conn = nil
	}
	return g.pool.Close()
}
