// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// Tx is one act's view of the database. It is what sqlc's generated code takes
// (DBTX), belongs to one goroutine, and is of no use after the act.
type Tx struct {
	db      *DB
	q       querier
	stmts   *statements // SQLite's write handle only
	now     time.Time
	guarded bool // statements must not be interrupted halfway (see run)

	mu     sync.Mutex // end may race with a goroutine that outlived its act
	ended  bool
	doomed error
	after  []func()
}

// querier is what *sql.Tx and *sql.Conn have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// ErrTxDone is returned by statements that come after their act has ended.
var ErrTxDone = errors.New("db: the act has ended")

// Now is the time of the act: UTC, microseconds, the same at each call, so that
// all rows of one act bear one time.
func (t *Tx) Now() time.Time { return t.now }

// NewID makes an identifier that has never been, in the order of time.
func (t *Tx) NewID() string { return NewID(t.now) }

// AfterCommit has f run once the act is durable, in the goroutine that called
// Write, before Write returns. It is for waking those who wait; what must not be
// lost is a job.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Dialect returns which database this is, for the few statements of the
// platform that differ.
func (t *Tx) Dialect() Dialect { return t.db.dialect }

// ExecContext runs a statement that returns no rows.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := t.run(ctx)
	if err != nil {
		return nil, err
	}
	if t.stmts != nil {
		stmt, err := t.stmts.prepare(ctx, query) //nolint:sqlclosecheck // the cache closes it
		if err != nil {
			return nil, t.doom(err)
		}
		res, err := stmt.ExecContext(ctx, args...)
		return res, t.doom(err)
	}
	res, err := t.q.ExecContext(ctx, query, args...)
	return res, t.doom(err)
}

// QueryContext runs a statement that returns rows; the caller closes them.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := t.run(ctx)
	if err != nil {
		return nil, err
	}
	// Never from the cache of statements: two walks over the same query may be
	// open at once, and SQLite would reset the first.
	rows, err := t.q.QueryContext(ctx, query, args...)
	return rows, t.doom(err)
}

// QueryRowContext runs a statement that returns at most one row. Errors appear in
// Scan; unlike those of the other methods they doom the act on PostgreSQL only.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx, err := t.run(ctx)
	if err != nil {
		return t.failedRow(err)
	}
	if t.stmts != nil {
		stmt, err := t.stmts.prepare(ctx, query) //nolint:sqlclosecheck // the cache closes it
		if err != nil {
			return t.failedRow(t.doom(err))
		}
		return stmt.QueryRowContext(ctx, args...)
	}
	return t.q.QueryRowContext(ctx, query, args...)
}

// PrepareContext prepares a statement; the caller closes it before the act ends.
func (t *Tx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	ctx, err := t.run(ctx)
	if err != nil {
		return nil, err
	}
	stmt, err := t.q.PrepareContext(ctx, query)
	return stmt, t.doom(err)
}

// run says whether another statement may run, and under which context. On the
// write handle of SQLite a statement is never interrupted: an interrupted INSERT
// rolls back the whole transaction, and with it the acts of the neighbours.
func (t *Tx) run(ctx context.Context) (context.Context, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ended:
		return nil, ErrTxDone
	case t.doomed != nil:
		return nil, t.doomed
	case ctx.Err() != nil:
		t.doomed = context.Cause(ctx)
		return nil, t.doomed
	}
	if t.guarded {
		ctx = context.WithoutCancel(ctx)
	}
	return ctx, nil
}

func (t *Tx) doom(err error) error {
	if err == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.doomed == nil {
		t.doomed = err
	}
	return err
}

func (t *Tx) doomedBy() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.doomed
}

func (t *Tx) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

// failedRow makes a row whose Scan returns err; database/sql gives no other way
// to make one than a query under a context that is over.
func (t *Tx) failedRow(err error) *sql.Row {
	return t.db.read.QueryRowContext(overContext{err}, "SELECT 1")
}

// overContext is a context that ended with err.
type overContext struct{ err error }

func (overContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c overContext) Err() error                { return c.err }
func (overContext) Value(any) any               { return nil }

func (overContext) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// committed runs what waited for the commit.
func (t *Tx) committed() {
	for _, f := range t.after {
		f()
	}
}

// statements keeps prepared statements of one connection.
type statements struct {
	conn *sql.Conn
	byQ  map[string]*sql.Stmt
}

// maxStatements bounds the cache; the program's queries are fewer, but nothing
// forbids a service to build one.
const maxStatements = 1024

func (s *statements) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.byQ[query]; ok {
		return stmt, nil
	}
	if len(s.byQ) >= maxStatements {
		s.drop()
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.byQ[query] = stmt
	return stmt, nil
}

func (s *statements) drop() {
	for q, stmt := range s.byQ {
		stmt.Close()
		delete(s.byQ, q)
	}
}
