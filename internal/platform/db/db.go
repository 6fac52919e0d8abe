// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package db keeps the state of the program: SQLite in a directory by default,
// PostgreSQL when the installation grows beyond one machine. Services see one
// interface and one SQL, and must not be able to tell which of the two is below.
//
// # Acts
//
// [DB.Write] runs one act in one transaction and returns after it is durable.
// Everything an act does (rows, audit entry, jobs, notices) commits together
// or not at all. An act may be run more than once (a serialization failure on
// PostgreSQL, a neighbour of the same group that broke the transaction on
// SQLite), so it touches nothing outside of its transaction except variables
// it sets anew on each run, talks to nobody, and does not last: on SQLite all
// acts of the program pass one after another.
//
// After a statement of an act has failed the act is doomed: each later
// statement returns the same error and Write returns an error whatever the act
// returned. PostgreSQL behaves so by itself; SQLite is made to. To insert what
// may be there already, use ON CONFLICT, not the error. Rows are read to their end
// or closed before the next statement (PostgreSQL wants it; sqlc's code does so).
//
// [DB.Read] gives one consistent snapshot and refuses to write.
//
// # SQLite: one write handle, group commit
//
// All acts go through one connection. Those that wait while the disk is busy
// run one after another, each in a SAVEPOINT of its own, in one BEGIN IMMEDIATE
// … COMMIT, and share its fsync (WAL, synchronous=FULL). An act that fails or
// panics undoes only itself. Several writing connections would give waits of
// seconds instead: SQLite's busy handler polls.
//
// # PostgreSQL
//
// Acts are SERIALIZABLE and are run again after 40001 and 40P01. The database
// has to have encoding UTF8 and collation C, so that text has one order in both
// kinds: CREATE DATABASE podpis TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'.
//
// # How a service adds tables and queries
//
//  1. A migration migrations/00NN_name.sql with "-- +goose Up" on top and no
//     Down: the list is append-only, the same for both databases, a file that
//     has been released is never edited. Each service owns a range of ten
//     numbers (0001–0009 are the platform's).
//  2. Portable types only: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION, BYTEA. Every
//     column NOT NULL, with the zero value for "nothing" (NULL sorts first in
//     one database and last in the other). Times are BIGINT, microseconds since
//     1970-01-01 UTC ([Micros], [Time]; 0 is "no time"). Ids are TEXT made by
//     [Tx.NewID]. No DEFAULT that computes, no serial, no deferred constraint,
//     no foreign key into another service's table. What people search for gets
//     a second column filled with [Fold], because SQLite folds ASCII only.
//  3. store.sql beside the service, in sqlc's notation ("-- name: GetCert :one",
//     placeholders $1, $2 …, columns named, never *); its own tables only. Then
//     "go run internal/platform/db/generate.go" (part of make generate) finds it
//     and writes store_gen.go beside it, all names unexported.
//  4. In the code: newQueries(tx).GetCert(ctx, id). A [Tx] is what sqlc calls
//     DBTX. Lists of values: one JSON or comma separated text parameter, or a
//     query for each; slices do not exist in SQLite.
//  5. Tests open a database with dbtest.Open(t): SQLite by default, PostgreSQL
//     with the build tag postgres, one suite for both.
//
// The package leaves out: knowledge of any table but its own list of
// migrations, caching, object mapping.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// FileName is the name of the SQLite database in [Config.DataDir].
const FileName = "podpis.db"

// Config says where the state is kept. The zero value with a DataDir is SQLite
// in that directory.
type Config struct {
	// Database is "" or "sqlite" for SQLite in DataDir; anything else is the
	// path of a file with the connection string of PostgreSQL (a secret, hence
	// never on the command line).
	Database string
	// DSN is the connection string itself; it wins over Database.
	DSN string
	// DataDir is where SQLite keeps `podpis.db`; it is made (0700) when absent.
	DataDir string
	// Clock gives the time of acts; nil is the system's clock.
	Clock func() time.Time
	// MaxReaders bounds concurrent reads (SQLite) or all connections
	// (PostgreSQL); 0 is 8 and 16.
	MaxReaders int
}

// Dialect tells the two databases apart. Only the platform's own packages may
// need it.
type Dialect int

// The databases.
const (
	SQLite Dialect = iota
	PostgreSQL
)

// String is "sqlite" or "postgres".
func (d Dialect) String() string {
	if d == PostgreSQL {
		return "postgres"
	}
	return "sqlite"
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	clock   func() time.Time
	read    *sql.DB
	group   *group  // SQLite: the write handle
	write   *sql.DB // PostgreSQL: the same handle as read
	stats   stats
	signals signals
}

// Stats counts what the write side did since the database was opened.
type Stats struct {
	Acts    uint64 // committed
	Commits uint64 // transactions that carried them: fewer than Acts when grouped
	Retries uint64 // runs of an act beyond its first
}

type stats struct{ acts, commits, retries atomic.Uint64 }

// ErrClosed is returned by acts that come after [DB.Close].
var ErrClosed = errors.New("db: closed")

// Open opens the database, applies the migrations it lacks and checks that it
// is fit for use.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{clock: cfg.Clock}
	if d.clock == nil {
		d.clock = time.Now
	}
	dsn := cfg.DSN
	if dsn == "" && cfg.Database != "" && cfg.Database != "sqlite" {
		text, err := os.ReadFile(cfg.Database)
		if err != nil {
			return nil, fmt.Errorf("read connection string: %w", err)
		}
		if dsn = strings.TrimSpace(string(text)); dsn == "" {
			return nil, fmt.Errorf("read connection string: %s is empty", cfg.Database)
		}
	}
	if dsn != "" {
		if err := d.openPostgres(ctx, dsn, cfg.MaxReaders); err != nil {
			return nil, err
		}
		return d, nil
	}
	if cfg.DataDir == "" {
		return nil, errors.New("open database: no data directory given")
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	if err := d.openSQLite(ctx, filepath.Join(cfg.DataDir, FileName), cfg.MaxReaders); err != nil {
		return nil, err
	}
	return d, nil
}

// Write runs act in one transaction and returns when it is durable. If act
// returns an error, panics or leaves its goroutine, nothing of it remains; the
// error is returned as it is, the panic goes on. An error that wraps
// [ErrOutcomeUnknown] means that the commit itself failed. Acts do not nest.
// Cancelling ctx stops an act between its statements.
func (d *DB) Write(ctx context.Context, act func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(inAct{}) != nil {
		return errors.New("db: act within an act")
	}
	// The one value besides the request id that a context carries here: without
	// it a nested act would wait for ever for the turn its parent holds.
	actCtx := context.WithValue(ctx, inAct{}, true)
	if d.dialect == PostgreSQL {
		return d.writePostgres(actCtx, act)
	}
	return d.group.write(actCtx, d, act)
}

type inAct struct{}

// Read runs f on a snapshot of the database. Statements that write fail.
func (d *DB) Read(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.dialect == PostgreSQL {
		opts.Isolation = sql.LevelRepeatableRead
	}
	sqlTx, err := d.read.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer sqlTx.Rollback() //nolint:errcheck // a read has nothing to lose
	tx := &Tx{db: d, q: sqlTx, now: d.Now()}
	defer tx.end()
	return f(ctx, tx)
}

// Now is the clock's time as the database can keep it: UTC, microseconds.
func (d *DB) Now() time.Time { return d.clock().UTC().Truncate(time.Microsecond) }

// Dialect returns which database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Stats returns the counters.
func (d *DB) Stats() Stats {
	return Stats{d.stats.acts.Load(), d.stats.commits.Load(), d.stats.retries.Load()}
}

// Ping reports whether the database answers; it is for health checks.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.read.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close waits for the acts under way, refuses new ones and closes the files.
func (d *DB) Close() error {
	var first error
	if d.group != nil {
		first = d.group.close()
	}
	if err := d.read.Close(); err != nil && first == nil {
		first = err
	}
	if first != nil {
		return fmt.Errorf("close database: %w", first)
	}
	return nil
}
