-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertSignup :exec
INSERT INTO signup (id, token_hash, phone, phone_confirmed, challenge_id, password_hash, data, account_id, changed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: GetSignup :one
SELECT id, token_hash, phone, phone_confirmed, challenge_id, password_hash, data, account_id, changed_at, expires_at
FROM signup WHERE token_hash = $1 AND expires_at > $2;

-- name: UpdateSignup :exec
UPDATE signup SET phone = $2, phone_confirmed = $3, challenge_id = $4, password_hash = $5, data = $6, account_id = $7, changed_at = $8,
    expires_at = $9
WHERE id = $1;

-- name: DropSignups :execrows
DELETE FROM signup WHERE expires_at <= $1;
