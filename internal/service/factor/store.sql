-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: FactorsOf :many
SELECT id, account_id, kind, name, lookup, secret, counter, active, added_at, used_at
FROM factor WHERE account_id = $1 ORDER BY added_at, id;

-- name: FindFactor :one
SELECT id, account_id, kind, name, lookup, secret, counter, active, added_at, used_at
FROM factor WHERE kind = $1 AND lookup = $2 AND active;

-- name: WaitingFactor :one
SELECT id, account_id, kind, name, lookup, secret, counter, active, added_at, used_at
FROM factor WHERE account_id = $1 AND kind = $2 AND NOT active AND added_at > $3 ORDER BY added_at DESC LIMIT 1;

-- name: InsertFactor :exec
INSERT INTO factor (id, account_id, kind, name, lookup, secret, counter, active, added_at, used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0);

-- name: UseFactor :execrows
UPDATE factor SET secret = $2, counter = $3, used_at = $4 WHERE id = $1;

-- name: DropFactor :execrows
DELETE FROM factor WHERE account_id = $1 AND id = $2;

-- name: DropWaiting :execrows
DELETE FROM factor WHERE NOT active AND added_at <= $1;

-- name: GetSet :one
SELECT account_id, codes, made_at, pending, pending_at FROM recovery_set WHERE account_id = $1;

-- name: PutSet :exec
INSERT INTO recovery_set (account_id, codes, made_at, pending, pending_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id) DO UPDATE SET codes = excluded.codes, made_at = excluded.made_at, pending = excluded.pending,
    pending_at = excluded.pending_at;

-- name: InsertCeremony :exec
INSERT INTO ceremony (key_hash, purpose, account_id, data, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: GetCeremony :one
SELECT key_hash, purpose, account_id, data, expires_at FROM ceremony WHERE key_hash = $1 AND expires_at > $2;

-- name: DropCeremony :execrows
DELETE FROM ceremony WHERE key_hash = $1;

-- name: DropCeremonies :execrows
DELETE FROM ceremony WHERE expires_at <= $1;

-- name: InsertSignChallenge :exec
INSERT INTO sign_challenge (key_hash, purpose, account_id, nonce, made_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0);

-- name: GetSignChallenge :one
SELECT key_hash, purpose, account_id, nonce, made_at, expires_at, used_at FROM sign_challenge WHERE key_hash = $1;

-- name: UseSignChallenge :execrows
UPDATE sign_challenge SET used_at = $2 WHERE key_hash = $1 AND used_at = 0;

-- name: DropSignChallenges :execrows
DELETE FROM sign_challenge WHERE expires_at <= $1;

-- name: ForgetFactors :exec
DELETE FROM factor WHERE account_id = $1;

-- name: ForgetSet :exec
DELETE FROM recovery_set WHERE account_id = $1;
