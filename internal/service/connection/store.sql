-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: NextNumber :one
UPDATE numbering SET last = last + 1 WHERE id = 'connection' RETURNING last;

-- name: InsertRequest :exec
INSERT INTO connection_request (id, number, token_hash, account_id, state, operator_id, secret, due_at, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $8);

-- name: RequestByToken :one
SELECT id, number, token_hash, account_id, state, operator_id, secret, due_at, created_at, changed_at
FROM connection_request WHERE token_hash = $1;

-- name: GetRequest :one
SELECT id, number, token_hash, account_id, state, operator_id, secret, due_at, created_at, changed_at
FROM connection_request WHERE id = $1;

-- name: OpenRequests :many
SELECT id, number, token_hash, account_id, state, operator_id, secret, due_at, created_at, changed_at
FROM connection_request WHERE state <> 'closed' ORDER BY CASE WHEN state = 'called' THEN 1 ELSE 0 END, due_at, number LIMIT 200;

-- name: CountOpen :one
SELECT COUNT(*) FROM connection_request WHERE state <> 'closed';

-- name: MoveRequest :execrows
UPDATE connection_request SET state = $2, operator_id = $3, secret = $4, changed_at = $5 WHERE id = $1 AND state = $6;

-- name: DropClosed :execrows
DELETE FROM connection_request WHERE state = 'closed' AND changed_at <= $1;

-- name: DropOfAccount :execrows
DELETE FROM connection_request WHERE account_id = $1 AND account_id <> '';
