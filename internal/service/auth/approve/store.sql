-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertApproval :exec
INSERT INTO approval (id, account_id, session_id, device_key, sealed, state, tries_left, asked_at, expires_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8);

-- name: GetApproval :one
SELECT id, account_id, session_id, device_key, sealed, state, tries_left, asked_at, expires_at, changed_at FROM approval WHERE id = $1;

-- name: ApprovalsOf :many
SELECT id, account_id, session_id, device_key, sealed, state, tries_left, asked_at, expires_at, changed_at
FROM approval WHERE account_id = $1 AND asked_at > $2 ORDER BY asked_at DESC, id DESC;

-- name: MoveApproval :execrows
UPDATE approval SET state = $2, tries_left = $3, expires_at = $4, changed_at = $5 WHERE id = $1 AND state = $6;

-- name: DropApprovals :execrows
DELETE FROM approval WHERE asked_at <= $1;

-- name: ForgetApprovals :exec
DELETE FROM approval WHERE account_id = $1;
