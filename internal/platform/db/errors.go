// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Result codes of SQLite (sqlite.org/rescode.html) and of PostgreSQL (manual,
// Appendix A).
const (
	sqliteConstraintPrimaryKey = 1555
	sqliteConstraintUnique     = 2067
	sqliteConstraintForeignKey = 787

	pgUniqueViolation      = "23505"
	pgForeignKeyViolation  = "23503"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
)

// IsUnique reports whether err comes from a row that is there already. The act it
// happened in is doomed; the question is for the caller of Write.
func IsUnique(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqliteConstraintUnique || e.Code() == sqliteConstraintPrimaryKey
	}
	return pgCode(err) == pgUniqueViolation
}

// IsForeignKey reports whether err comes from a row that points at nothing.
func IsForeignKey(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqliteConstraintForeignKey
	}
	return pgCode(err) == pgForeignKeyViolation
}

func isSerialization(err error) bool {
	code := pgCode(err)
	return code == pgSerializationFailure || code == pgDeadlockDetected
}

func pgCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
