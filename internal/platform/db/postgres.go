// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	defaultConns = 16
	// maxAttempts bounds the runs of an act that meets the same rows as others;
	// with the pauses below the last one comes after some three seconds.
	maxAttempts = 24
)

func (d *DB) openPostgres(ctx context.Context, dsn string, conns int) error {
	d.dialect = PostgreSQL
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The text of the error would repeat the connection string.
		return errors.New("open database: the connection string cannot be read")
	}
	cfg.RuntimeParams["application_name"] = "podpis"
	cfg.RuntimeParams["timezone"] = "UTC"
	// An act that hangs must not hold its rows for ever.
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	d.read = stdlib.OpenDB(*cfg)
	d.write = d.read
	if conns <= 0 {
		conns = defaultConns
	}
	d.read.SetMaxOpenConns(conns)
	d.read.SetMaxIdleConns(conns)
	d.read.SetConnMaxIdleTime(5 * time.Minute)
	if err := d.checkPostgres(ctx); err != nil {
		d.read.Close()
		return err
	}
	if err := migrate(ctx, PostgreSQL, d.read); err != nil {
		d.read.Close()
		return err
	}
	return nil
}

// checkPostgres refuses a database in which text would sort otherwise than in
// SQLite.
func (d *DB) checkPostgres(ctx context.Context) error {
	var encoding, collation string
	err := d.read.QueryRowContext(ctx, "SELECT pg_encoding_to_char(encoding), datcollate "+
		"FROM pg_database WHERE datname = current_database()").Scan(&encoding, &collation)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if encoding != "UTF8" || (collation != "C" && collation != "POSIX" && collation != "C.UTF-8") {
		return fmt.Errorf("open database: encoding %s and collation %s, want UTF8 and C "+
			"(CREATE DATABASE podpis TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C')", encoding, collation)
	}
	return nil
}

// writePostgres runs the act, again as long as PostgreSQL asks for it.
func (d *DB) writePostgres(ctx context.Context, act func(context.Context, *Tx) error) error {
	for attempt := 1; ; attempt++ {
		tx, err := d.oncePostgres(ctx, act)
		if err == nil {
			d.stats.acts.Add(1)
			d.stats.commits.Add(1)
			tx.committed()
			return nil
		}
		var doomed error
		if tx != nil {
			doomed = tx.doomedBy()
		}
		again := isSerialization(err) || isSerialization(doomed)
		// A row that is in the way may have come while the act ran: an act that had
		// looked for it did not see it. This is a serialization failure under another
		// name (PostgreSQL, 13.5), so the act looks once more.
		again = again || attempt == 1 && (IsUnique(err) || IsUnique(doomed))
		if !again || attempt == maxAttempts || ctx.Err() != nil {
			return err
		}
		d.stats.retries.Add(1)
		pause := time.Duration(1+rand.IntN(2<<min(attempt, 7))) * time.Millisecond //nolint:gosec // a pause is no secret
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

func (d *DB) oncePostgres(ctx context.Context, act func(context.Context, *Tx) error) (*Tx, error) {
	sqlTx, err := d.write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{db: d, q: sqlTx, now: d.Now()}
	committed := false
	defer func() { // also when the act panics
		tx.end()
		if !committed {
			sqlTx.Rollback() //nolint:errcheck // the connection is dropped if it fails
		}
	}()
	if err := act(ctx, tx); err != nil {
		return tx, err
	}
	if err := tx.doomedBy(); err != nil {
		return tx, err
	}
	if err := sqlTx.Commit(); err != nil {
		if _, answered := errors.AsType[*pgconn.PgError](err); answered {
			return tx, fmt.Errorf("commit: %w", err)
		}
		return tx, fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	committed = true
	return tx, nil
}
