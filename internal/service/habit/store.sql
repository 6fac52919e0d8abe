-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: PutDone :exec
INSERT INTO habit_done (account_id, habit, at) VALUES ($1, $2, $3) ON CONFLICT (account_id, habit) DO UPDATE SET at = excluded.at;

-- name: DoneOf :many
SELECT account_id, habit, at FROM habit_done WHERE account_id = $1;

-- name: InsertCopy :exec
INSERT INTO key_copy (id, account_id, words, made_at, confirmed_at, ended_at) VALUES ($1, $2, $3, $4, $5, 0);

-- name: CopiesOf :many
SELECT id, account_id, words, made_at, confirmed_at, ended_at FROM key_copy WHERE account_id = $1 ORDER BY ended_at, made_at DESC, id LIMIT 200;

-- name: CountCopies :one
SELECT COUNT(*) FROM key_copy WHERE account_id = $1;

-- name: ConfirmCopy :execrows
UPDATE key_copy SET confirmed_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at = 0;

-- name: EndCopy :execrows
UPDATE key_copy SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at = 0;

-- name: Beginners :many
SELECT account_id FROM habit_done WHERE habit_done.account_id > $1
UNION SELECT account_id FROM key_copy WHERE ended_at = 0 AND key_copy.account_id > $1 ORDER BY account_id LIMIT 200;

-- name: RemindedAt :one
SELECT at FROM habit_reminder WHERE account_id = $1;

-- name: PutReminded :exec
INSERT INTO habit_reminder (account_id, at) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET at = excluded.at;

-- name: DropDone :exec
DELETE FROM habit_done WHERE account_id = $1;

-- name: DropCopies :exec
DELETE FROM key_copy WHERE account_id = $1;

-- name: DropReminded :exec
DELETE FROM habit_reminder WHERE account_id = $1;
