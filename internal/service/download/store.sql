-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertPackage :exec
INSERT INTO download (id, name, kind, title, version, system, publisher, address, size, sha256, streebog256, signature, published_by, published_at, withdrawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0);

-- name: Packages :many
SELECT id, name, kind, title, version, system, publisher, address, size, sha256, streebog256, signature, published_by, published_at, withdrawn_at
FROM download WHERE withdrawn_at = 0 ORDER BY kind, title, version, name;

-- name: PackageByName :one
SELECT id, name, kind, title, version, system, publisher, address, size, sha256, streebog256, signature, published_by, published_at, withdrawn_at
FROM download WHERE name = $1 AND withdrawn_at = 0;

-- name: WithdrawPackage :execrows
UPDATE download SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at = 0;
