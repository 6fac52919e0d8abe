-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: Insert :exec
INSERT INTO chat (ticket_id, state, network, conversation, address, operator_id, since, taken_at, ended_at)
VALUES ($1, 'waiting', $2, $3, $4, '', $5, 0, 0);

-- name: Get :one
SELECT ticket_id, state, network, conversation, address, operator_id, since, taken_at, ended_at FROM chat WHERE ticket_id = $1;

-- name: ByConversation :one
SELECT ticket_id, state, network, conversation, address, operator_id, since, taken_at, ended_at FROM chat
WHERE conversation = $1 AND state <> 'ended' ORDER BY since DESC, ticket_id DESC LIMIT 1;

-- name: In :many
SELECT ticket_id, state, network, conversation, address, operator_id, since, taken_at, ended_at FROM chat
WHERE state = $1 ORDER BY since, ticket_id LIMIT 200;

-- name: Overdue :many
SELECT ticket_id, state, network, conversation, address, operator_id, since, taken_at, ended_at FROM chat
WHERE (state = 'waiting' AND conversation = '' AND since <= $1) OR (state = 'waiting' AND conversation <> '' AND since <= $2) OR (state = 'taken' AND taken_at <= $3)
ORDER BY since, ticket_id LIMIT 200;

-- name: CountAhead :one
SELECT count(*) FROM chat WHERE state = 'waiting' AND (since < $1 OR (since = $1 AND ticket_id < $2));

-- name: CountFrom :one
SELECT count(*) FROM chat WHERE network = $1 AND since > $2;

-- name: Move :execrows
UPDATE chat SET state = $3, operator_id = $4, since = $5, taken_at = $6, ended_at = $7 WHERE ticket_id = $1 AND state = $2;

-- name: Forget :exec
DELETE FROM chat WHERE state = 'ended' AND ended_at < $1;

-- name: Seen :execrows
INSERT INTO chat_signature (digest, at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING;

-- name: ForgetSeen :exec
DELETE FROM chat_signature WHERE at < $1;
