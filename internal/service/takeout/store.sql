-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: PutPlan :exec
INSERT INTO takeout_plan (account_id, every, day, parts, whole, paused, cursors, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account_id) DO UPDATE SET every = excluded.every, day = excluded.day, parts = excluded.parts, whole = excluded.whole, paused = excluded.paused, cursors = excluded.cursors, next_at = excluded.next_at;

-- name: GetPlan :one
SELECT account_id, every, day, parts, whole, paused, cursors, next_at FROM takeout_plan WHERE account_id = $1;

-- name: DuePlans :many
SELECT account_id FROM takeout_plan WHERE paused = FALSE AND next_at <= $1 ORDER BY next_at, account_id LIMIT 100;

-- name: DropPlan :execrows
DELETE FROM takeout_plan WHERE account_id = $1;

-- name: InsertRun :exec
INSERT INTO takeout_run (id, account_id, state, why, size, files, left_count, created_at, done_at, expires_at) VALUES ($1, $2, $3, '', 0, 0, 0, $4, 0, 0);

-- name: SetRun :execrows
UPDATE takeout_run SET state = $2, why = $3, size = $4, files = $5, left_count = $6, left_out = $7, done_at = $8, expires_at = $9 WHERE id = $1;

-- name: GetRun :one
SELECT id, account_id, state, why, size, files, left_count, left_out, created_at, done_at, expires_at FROM takeout_run WHERE id = $1;

-- name: RunsOf :many
SELECT id, account_id, state, why, size, files, left_count, left_out, created_at, done_at, expires_at FROM takeout_run WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2;

-- name: ExpiredRuns :many
SELECT id, account_id FROM takeout_run WHERE state = 'ready' AND expires_at <= $1 ORDER BY expires_at LIMIT 100;

-- name: EmptyRun :exec
UPDATE takeout_run SET state = 'gone', left_out = NULL WHERE id = $1;

-- name: IDsOf :many
SELECT id FROM takeout_run WHERE account_id = $1;

-- name: DropRuns :exec
DELETE FROM takeout_run WHERE account_id = $1;
