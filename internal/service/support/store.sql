-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: NextNumber :one
UPDATE numbering SET last = last + 1 WHERE id = 'ticket' RETURNING last;

-- name: Insert :exec
INSERT INTO ticket (id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, $11, 0, 0, 0, $12, $13, $13);

-- name: Get :one
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE id = $1;

-- name: ByReply :one
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE reply_hash = $1;

-- name: ByView :one
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE view_hash = $1;

-- name: OfAccount :many
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200;

-- name: Queue :many
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE state = $1 ORDER BY due_at, id LIMIT 200;

-- name: Late :many
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE state = $1 AND due_at <= $2 AND late_at = 0 ORDER BY due_at, id LIMIT 200;

-- name: Idle :many
SELECT id, number, account_id, profile_id, origin, topic, state, data, reply_hash, view_hash, seen_by, seen_at, due_at, late_at,
    asked_at, rating, rating_words, created_at, changed_at
FROM ticket WHERE state = $1 AND changed_at <= $2 ORDER BY changed_at, id LIMIT 200;

-- name: CountOpened :one
SELECT count(*) FROM ticket WHERE account_id = $1 AND created_at > $2;

-- name: Update :exec
UPDATE ticket SET state = $2, due_at = $3, late_at = $4, asked_at = $5, rating = $6, rating_words = $7, changed_at = $8 WHERE id = $1;

-- name: See :exec
UPDATE ticket SET seen_by = $2, seen_at = $3 WHERE id = $1;

-- name: InsertMessage :execrows
INSERT INTO ticket_message (id, ticket_id, at, side, who, words, origin_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (ticket_id, origin_id) WHERE origin_id <> '' DO NOTHING;

-- name: MessagesOf :many
SELECT id, ticket_id, at, side, who, words, origin_id FROM ticket_message WHERE ticket_id = $1 ORDER BY at, id LIMIT 500;

-- name: SizeOf :one
SELECT t.state, (SELECT count(*) FROM ticket_message m WHERE m.ticket_id = t.id) AS messages FROM ticket t WHERE t.id = $1;

-- name: InsertFile :exec
INSERT INTO ticket_file (id, ticket_id, name, mime, size, created_at, digest) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: FilesOf :many
SELECT id, ticket_id, name, mime, size, created_at, digest FROM ticket_file WHERE ticket_id = $1 ORDER BY created_at, id;

-- name: GetFile :one
SELECT id, ticket_id, name, mime, size, created_at, digest FROM ticket_file WHERE id = $1;

-- name: InsertDraft :exec
INSERT INTO ticket_draft (id, token_hash, challenge_id, data, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: GetDraft :one
SELECT id, token_hash, challenge_id, data, expires_at FROM ticket_draft WHERE token_hash = $1 AND expires_at > $2;

-- name: DropDraft :execrows
DELETE FROM ticket_draft WHERE id = $1;

-- name: DropDrafts :many
DELETE FROM ticket_draft WHERE expires_at <= $1 RETURNING id, data;

-- name: InsertRating :exec
INSERT INTO help_rating (id, page, useful, words, mail, network, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: RatingsFrom :one
SELECT count(*) FROM help_rating WHERE network = $1 AND created_at > $2;

-- name: Ratings :many
SELECT id, page, useful, words, mail, network, created_at FROM help_rating ORDER BY created_at DESC, id DESC LIMIT 200;

-- name: TicketFilesOfAccount :many
SELECT f.id FROM ticket_file f JOIN ticket t ON t.id = f.ticket_id WHERE t.account_id = $1;

-- name: EraseTicketFiles :exec
DELETE FROM ticket_file WHERE ticket_id IN (SELECT id FROM ticket WHERE account_id = $1);

-- name: EraseTicketMessages :exec
DELETE FROM ticket_message WHERE ticket_id IN (SELECT id FROM ticket WHERE account_id = $1);

-- name: EraseTickets :exec
DELETE FROM ticket WHERE account_id = $1;

-- name: StaleOfGuests :many
SELECT id FROM ticket WHERE account_id = '' AND state = 'closed' AND changed_at <= $1 ORDER BY changed_at, id LIMIT 200;

-- name: EraseFilesOf :many
DELETE FROM ticket_file WHERE ticket_id = $1 RETURNING id;

-- name: EraseMessagesOf :exec
DELETE FROM ticket_message WHERE ticket_id = $1;

-- name: EraseTicket :exec
DELETE FROM ticket WHERE id = $1;

-- name: EraseOpinions :execrows
DELETE FROM help_rating WHERE created_at <= $1;
