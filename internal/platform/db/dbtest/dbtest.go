// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package dbtest opens databases for tests: SQLite in a directory of the test by
// default, PostgreSQL with the build tag postgres, so that every suite runs on
// both without knowing it. With the tag, PODPIS_TEST_POSTGRES holds the
// connection string of a server on which the tests may make schemas; when it is
// empty a throw-away server is started from Debian's postgresql-15.
//
// It leaves out fakes: what a test gets is the real thing, migrated.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"podpis/internal/platform/db"
)

// Open opens an empty, migrated database that is closed and removed after the
// test.
func Open(t testing.TB) *db.DB {
	t.Helper()
	return OpenClock(t, nil)
}

// OpenClock is Open with the time of acts given; nil is the system's clock.
func OpenClock(t testing.TB, clock func() time.Time) *db.DB {
	t.Helper()
	return Reopen(t, Config(t, clock))
}

// Config makes an empty database and returns how to open it, for tests that open
// it more than once (restart, several nodes).
func Config(t testing.TB, clock func() time.Time) db.Config {
	t.Helper()
	cfg := db.Config{Clock: clock}
	if dsn := postgresSchema(t); dsn != "" {
		cfg.DSN = dsn
		return cfg
	}
	cfg.DataDir = t.TempDir()
	if err := os.WriteFile(filepath.Join(cfg.DataDir, db.FileName), migrated(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Reopen opens what Config made.
func Reopen(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// migratedOnce keeps the bytes of a migrated SQLite file: copying it costs less
// than running all migrations for each test.
var migratedOnce = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "podpis-dbtest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	d, err := db.Open(context.Background(), db.Config{DataDir: dir})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil { // the last connection empties the WAL into the file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, db.FileName))
})

func migrated(t testing.TB) []byte {
	t.Helper()
	b, err := migratedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
