-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: NextNumber :one
UPDATE numbering SET last = last + 1 WHERE id = 'recovery' RETURNING last;

-- name: Insert :exec
INSERT INTO recovery (id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at,
    created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, 0, $12, $12);

-- name: Get :one
SELECT id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at, created_at, changed_at
FROM recovery WHERE id = $1;

-- name: ByToken :one
SELECT id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at, created_at, changed_at
FROM recovery WHERE token_hash = $1;

-- name: ByStop :one
SELECT id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at, created_at, changed_at
FROM recovery WHERE stop_hash = $1;

-- name: In :many
SELECT id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at, created_at, changed_at
FROM recovery WHERE state = $1 ORDER BY due_at, id LIMIT 200;

-- name: Due :many
SELECT id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at, created_at, changed_at
FROM recovery WHERE state = $1 AND due_at <= $2 AND late_at = 0 ORDER BY due_at, id LIMIT 200;

-- name: OfAccount :many
SELECT id, number, token_hash, stop_hash, account_id, path, state, data, challenge_id, operator_id, second_id, due_at, late_at, created_at, changed_at
FROM recovery WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20;

-- name: Update :exec
UPDATE recovery SET stop_hash = $2, account_id = $3, state = $4, data = $5, challenge_id = $6, operator_id = $7, second_id = $8, due_at = $9,
    late_at = $10, changed_at = $11
WHERE id = $1;

-- name: InsertEvent :exec
INSERT INTO recovery_event (id, recovery_id, at, who, move) VALUES ($1, $2, $3, $4, $5);

-- name: EventsOf :many
SELECT id, recovery_id, at, who, move FROM recovery_event WHERE recovery_id = $1 ORDER BY at DESC, id DESC;

-- name: PutLook :exec
INSERT INTO client_look (operator_id, account_id, until) VALUES ($1, $2, $3)
ON CONFLICT (operator_id, account_id) DO UPDATE SET until = excluded.until;

-- name: GetLook :one
SELECT until FROM client_look WHERE operator_id = $1 AND account_id = $2;

-- name: Stale :many
SELECT id FROM recovery
WHERE state IN ('done', 'stopped', 'refused', 'expired') AND (account_id <> '' AND changed_at <= $1 OR account_id = '' AND changed_at <= $2)
ORDER BY changed_at, id LIMIT 200;

-- name: AllOf :many
SELECT id FROM recovery WHERE account_id = $1;

-- name: EraseEvents :exec
DELETE FROM recovery_event WHERE recovery_id = $1;

-- name: Erase :exec
DELETE FROM recovery WHERE id = $1;
