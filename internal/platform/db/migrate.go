// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the numbered files, for tests and for sqlc.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}

// migrate applies what is missing, each file in a transaction.
func migrate(ctx context.Context, dialect Dialect, pool *sql.DB) error {
	kind := goose.DialectSQLite3
	if dialect == PostgreSQL {
		kind = goose.DialectPostgres
		unlock, err := lockMigrations(ctx, pool)
		if err != nil {
			return err
		}
		defer unlock()
	}
	provider, err := goose.NewProvider(kind, pool, Migrations(),
		// Services number their files in ranges of ten, so a file of an early
		// service may come after those of a later one.
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// lockMigrations lets one node at a time migrate a schema. Goose has such a lock,
// but polls for it with pauses of seconds.
func lockMigrations(ctx context.Context, pool *sql.DB) (unlock func(), err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock migrations: %w", err)
	}
	const key = "hashtext('podpis.migrations.' || current_schema())"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+key+")"); err != nil {
		conn.Close()
		return nil, fmt.Errorf("lock migrations: %w", err)
	}
	return func() {
		// If it fails the lock goes with the connection.
		conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+key+")") //nolint:errcheck // see above
		conn.Close()
	}, nil
}
