// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const defaultReaders = 8

// openSQLite opens the file with one write handle and a pool of readers.
func (d *DB) openSQLite(ctx context.Context, path string, readers int) error {
	d.dialect = SQLite
	// In an address of a file a relative path would be read as a host.
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find database file: %w", err)
	}
	// Made here, because SQLite would make it readable for others.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("make database file: %w", err)
	}
	f.Close()
	write, err := sql.Open("sqlite", sqliteDSN(path, false))
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	write.SetMaxOpenConns(1)
	if err := migrate(ctx, SQLite, write); err != nil {
		write.Close()
		return err
	}
	if d.read, err = sql.Open("sqlite", sqliteDSN(path, true)); err != nil {
		write.Close()
		return fmt.Errorf("open database: %w", err)
	}
	if readers <= 0 {
		readers = defaultReaders
	}
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	if d.group, err = newGroup(ctx, write, &d.stats); err != nil {
		d.read.Close()
		write.Close()
		return err
	}
	return nil
}

func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{"_dqs": {"0"}} // "text" is a column, as in PostgreSQL
	for _, p := range []string{
		"busy_timeout(10000)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
		"case_sensitive_like(1)", // as in PostgreSQL
		"temp_store(MEMORY)",
		"cache_size(-32768)",           // 32 MiB a connection
		"journal_size_limit(67108864)", // what a long read has let grow is given back
	} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}
