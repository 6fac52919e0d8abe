-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertAttempt :exec
INSERT INTO external_attempt (state_hash, browser_hash, provider, secret, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, 0);

-- name: GetAttempt :one
SELECT state_hash, browser_hash, provider, secret, expires_at, used_at FROM external_attempt WHERE state_hash = $1;

-- name: UseAttempt :execrows
UPDATE external_attempt SET used_at = $2 WHERE state_hash = $1 AND used_at = 0;

-- name: DropAttempts :execrows
DELETE FROM external_attempt WHERE expires_at <= $1;

-- name: InsertArrival :exec
INSERT INTO external_arrival (token_hash, secret, expires_at, used_at) VALUES ($1, $2, $3, 0);

-- name: GetArrival :one
SELECT token_hash, secret, expires_at, used_at FROM external_arrival WHERE token_hash = $1;

-- name: UseArrival :execrows
UPDATE external_arrival SET used_at = $2 WHERE token_hash = $1 AND used_at = 0;

-- name: DropArrivals :execrows
DELETE FROM external_arrival WHERE expires_at <= $1;

-- name: InsertLink :exec
INSERT INTO external_link (provider, subject, account_id, secret, level, linked_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: GetLink :one
SELECT provider, subject, account_id, secret, level, linked_at, used_at FROM external_link WHERE provider = $1 AND subject = $2;

-- name: LinksOf :many
SELECT provider, subject, account_id, secret, level, linked_at, used_at FROM external_link WHERE account_id = $1 ORDER BY linked_at, provider;

-- name: TouchLink :exec
UPDATE external_link SET used_at = $3, level = $4 WHERE provider = $1 AND subject = $2;

-- name: DropLink :execrows
DELETE FROM external_link WHERE account_id = $1 AND provider = $2;

-- name: ForgetLinks :exec
DELETE FROM external_link WHERE account_id = $1;
