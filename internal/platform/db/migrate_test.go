// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/platform/db"
)

// Both databases get the same files, so the files may use only what both have.
// Keywords are written in capitals, which leaves columns such as serial alone.
func TestMigrationsArePortable(t *testing.T) {
	t.Parallel()
	types := regexp.MustCompile(`\b(SERIAL|BIGSERIAL|INT|INTEGER|SMALLINT|VARCHAR|CHAR|TIMESTAMP|TIMESTAMPTZ|DATE|JSON|JSONB|UUID|BLOB|REAL|NUMERIC|BOOL|AUTOINCREMENT|DEFERRABLE|ENUM)\b`)
	name := regexp.MustCompile(`^\d{4}_[a-z0-9_]+\.sql$`)
	files, err := fs.Glob(db.Migrations(), "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, f := range files {
		text, err := fs.ReadFile(db.Migrations(), f)
		if err != nil {
			t.Fatal(err)
		}
		if !name.MatchString(f) {
			t.Errorf("%s: want a name as 0010_identity.sql", f)
		}
		sql := string(text)
		if !strings.Contains(sql, "-- +goose Up\n") || strings.Contains(sql, "+goose Down") || strings.Contains(sql, "NO TRANSACTION") {
			t.Errorf("%s: want Up, no Down, in a transaction", f)
		}
		for i, line := range strings.Split(sql, "\n") {
			line, _, _ = strings.Cut(line, "--")
			if bad := types.FindString(line); bad != "" {
				t.Errorf("%s:%d: %s is not portable", f, i+1, bad)
			}
		}
	}
}
