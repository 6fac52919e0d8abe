-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: PutFeed :exec
INSERT INTO calendar_feed (account_id, token_hash, named, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE SET token_hash = excluded.token_hash, named = excluded.named, created_at = excluded.created_at;

-- name: FeedByToken :one
SELECT account_id, token_hash, named, created_at FROM calendar_feed WHERE token_hash = $1;

-- name: FeedOf :one
SELECT account_id, token_hash, named, created_at FROM calendar_feed WHERE account_id = $1;

-- name: DropFeed :execrows
DELETE FROM calendar_feed WHERE account_id = $1;

-- name: PutLater :execrows
INSERT INTO reminder_later (account_id, subject, until) VALUES ($1, $2, $3) ON CONFLICT (account_id, subject) DO NOTHING;

-- name: CountLater :one
SELECT COUNT(*) FROM reminder_later WHERE account_id = $1 AND subject = $2;

-- name: InsertHook :exec
INSERT INTO webhook (id, account_id, profile_id, address, secret, events, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: HooksOf :many
SELECT id, account_id, profile_id, address, secret, events, created_at, paused_at FROM webhook WHERE account_id = $1 ORDER BY created_at, id;

-- name: GetHook :one
SELECT id, account_id, profile_id, address, secret, events, created_at, paused_at FROM webhook WHERE id = $1;

-- name: PauseHooks :many
UPDATE webhook SET paused_at = $1 WHERE account_id = $2 AND paused_at = 0 RETURNING id, address;

-- name: ResumeHook :execrows
UPDATE webhook SET paused_at = 0 WHERE id = $1 AND paused_at <> 0;

-- name: DropHook :exec
DELETE FROM webhook WHERE id = $1;

-- name: InsertDelivery :exec
INSERT INTO webhook_delivery (id, webhook_id, event, body, state, status, error, attempt, created_at, finished_at)
VALUES ($1, $2, $3, $4, 'waiting', 0, '', 0, $5, 0);

-- name: GetDelivery :one
SELECT id, webhook_id, event, body, state, status, error, attempt, created_at, finished_at FROM webhook_delivery WHERE id = $1;

-- name: DeliveriesOf :many
SELECT id, webhook_id, event, body, state, status, error, attempt, created_at, finished_at
FROM webhook_delivery WHERE webhook_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100;

-- name: FinishDelivery :exec
UPDATE webhook_delivery SET state = $2, status = $3, error = $4, attempt = attempt + 1, finished_at = $5 WHERE id = $1;

-- name: PurgeDeliveries :exec
DELETE FROM webhook_delivery WHERE created_at < $1;

-- name: DropDeliveries :exec
DELETE FROM webhook_delivery WHERE webhook_id = $1;

-- name: ForgetHooks :exec
DELETE FROM webhook WHERE account_id = $1;

-- name: ForgetDeliveries :exec
DELETE FROM webhook_delivery WHERE webhook_id IN (SELECT id FROM webhook WHERE account_id = $1);

-- name: PutConsent :exec
INSERT INTO outlet_consent (account_id, outlet, given_at) VALUES ($1, $2, $3) ON CONFLICT (account_id, outlet) DO NOTHING;

-- name: ConsentsOf :many
SELECT account_id, outlet, given_at FROM outlet_consent WHERE account_id = $1;

-- name: DropConsent :exec
DELETE FROM outlet_consent WHERE account_id = $1 AND outlet = $2;

-- name: ForgetConsents :exec
DELETE FROM outlet_consent WHERE account_id = $1;
