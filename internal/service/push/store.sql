-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertSender :exec
INSERT INTO push_sender (id, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING;

-- name: GetSender :one
SELECT sealed FROM push_sender WHERE id = $1;

-- name: InsertDevice :exec
INSERT INTO push_device (id, account_id, device_key, endpoint_hash, sealed, added_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0);

-- name: FindDevice :one
SELECT id, account_id, device_key, endpoint_hash, sealed, added_at, used_at FROM push_device WHERE endpoint_hash = $1;

-- name: GetDevice :one
SELECT id, account_id, device_key, endpoint_hash, sealed, added_at, used_at FROM push_device WHERE id = $1;

-- name: DevicesOf :many
SELECT id, account_id, device_key, endpoint_hash, sealed, added_at, used_at FROM push_device WHERE account_id = $1 ORDER BY added_at, id;

-- name: UseDevice :exec
UPDATE push_device SET used_at = $2 WHERE id = $1;

-- name: DropDevice :execrows
DELETE FROM push_device WHERE id = $1;

-- name: DropBrowser :execrows
DELETE FROM push_device WHERE account_id = $1 AND device_key = $2;

-- name: DropOthers :execrows
DELETE FROM push_device WHERE account_id = $1 AND (device_key <> $2 OR device_key = '');
