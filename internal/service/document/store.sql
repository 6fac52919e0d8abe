-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertDocument :exec
INSERT INTO role_document (id, profile_id, account_id, kind, mime, size, secret, created_at, deleted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0);

-- name: DocumentsOf :many
SELECT id, profile_id, account_id, kind, mime, size, secret, created_at, deleted_at
FROM role_document WHERE profile_id = $1 ORDER BY created_at DESC, id;

-- name: DocumentsOfAccount :many
SELECT id, profile_id, account_id, kind, mime, size, secret, created_at, deleted_at
FROM role_document WHERE account_id = $1 ORDER BY created_at, id;

-- name: GetDocument :one
SELECT id, profile_id, account_id, kind, mime, size, secret, created_at, deleted_at
FROM role_document WHERE id = $1;

-- name: SetDeleted :execrows
UPDATE role_document SET deleted_at = $2 WHERE id = $1;

-- name: DeletedBefore :many
SELECT id FROM role_document WHERE deleted_at > 0 AND deleted_at <= $1 ORDER BY deleted_at LIMIT 500;

-- name: DropDocument :exec
DELETE FROM role_document WHERE id = $1;

-- name: CountKind :one
SELECT COUNT(*) FROM role_document WHERE profile_id = $1 AND kind = $2 AND created_at > $3;

-- name: Weigh :one
SELECT COUNT(*) AS number, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS size FROM role_document WHERE profile_id = $1;

-- name: PutRequisites :exec
INSERT INTO requisites (profile_id, account_id, secret, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (profile_id) DO UPDATE SET secret = excluded.secret, changed_at = excluded.changed_at;

-- name: GetRequisites :one
SELECT profile_id, account_id, secret, changed_at FROM requisites WHERE profile_id = $1;

-- name: RequisitesOfAccount :many
SELECT profile_id, account_id, secret, changed_at FROM requisites WHERE account_id = $1 ORDER BY profile_id;

-- name: DropRequisites :exec
DELETE FROM requisites WHERE account_id = $1;
