-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertChange :exec
INSERT INTO contact_change (id, account_id, kind, state, data, challenge_id, stop_hash, due_at, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9);

-- name: LatestChange :one
SELECT id, account_id, kind, state, data, challenge_id, stop_hash, due_at, created_at, changed_at
FROM contact_change WHERE account_id = $1 AND kind = $2
ORDER BY CASE WHEN state IN ('code', 'cooling') THEN 0 ELSE 1 END, created_at DESC, changed_at DESC, id LIMIT 1;

-- name: ChangeByStop :one
SELECT id, account_id, kind, state, data, challenge_id, stop_hash, due_at, created_at, changed_at
FROM contact_change WHERE stop_hash = $1;

-- name: ChangesDue :many
SELECT id, account_id, kind, state, data, challenge_id, stop_hash, due_at, created_at, changed_at
FROM contact_change WHERE state = $1 AND due_at <= $2 ORDER BY due_at, id;

-- name: PendingOf :many
SELECT id, account_id, kind, state, data, challenge_id, stop_hash, due_at, created_at, changed_at
FROM contact_change WHERE account_id = $1 AND state IN ('code', 'cooling') ORDER BY created_at, id;

-- name: UpdateChange :exec
UPDATE contact_change SET state = $2, challenge_id = $3, stop_hash = $4, due_at = $5, changed_at = $6 WHERE id = $1;

-- name: CountChanges :one
SELECT COUNT(*) FROM contact_change WHERE account_id = $1 AND created_at > $2;

-- name: DropEnded :execrows
DELETE FROM contact_change WHERE state NOT IN ('code', 'cooling') AND changed_at <= $1;

-- name: DropChanges :execrows
DELETE FROM contact_change WHERE account_id = $1;
