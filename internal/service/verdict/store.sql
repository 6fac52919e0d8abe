-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertVerdict :exec
INSERT INTO verdict (token_hash, sealed, kept_at, expires_at) VALUES ($1, $2, $3, $4);

-- name: GetVerdict :one
SELECT token_hash, sealed, kept_at, expires_at FROM verdict WHERE token_hash = $1 AND expires_at > $2;

-- name: DropVerdict :execrows
DELETE FROM verdict WHERE token_hash = $1;

-- name: DropVerdicts :execrows
DELETE FROM verdict WHERE expires_at <= $1;
