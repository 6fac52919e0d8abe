-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertItem :exec
INSERT INTO news_item (id, state, kind, content, kinds, okved, regions, source, act, in_force, shown_until, open, starts_at, ends_at, zone, place, changed_by, changed_at, published_at)
VALUES ($1, 'draft', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0);

-- name: UpdateItem :execrows
UPDATE news_item SET kind = $2, content = $3, kinds = $4, okved = $5, regions = $6, source = $7, act = $8, in_force = $9, shown_until = $10, open = $11,
    starts_at = $12, ends_at = $13, zone = $14, place = $15, changed_by = $16, changed_at = $17
WHERE id = $1 AND state = 'draft';

-- name: MoveItem :execrows
UPDATE news_item SET state = $3, published_at = $4, changed_by = $5, changed_at = $6 WHERE id = $1 AND state = $2;

-- name: DropItem :execrows
DELETE FROM news_item WHERE id = $1 AND state = 'draft';

-- name: GetItem :one
SELECT id, state, kind, content, kinds, okved, regions, source, act, in_force, shown_until, open, starts_at, ends_at, zone, place, changed_by, changed_at, published_at
FROM news_item WHERE id = $1;

-- name: AllItems :many
SELECT id, state, kind, content, kinds, okved, regions, source, act, in_force, shown_until, open, starts_at, ends_at, zone, place, changed_by, changed_at, published_at
FROM news_item ORDER BY changed_at DESC, id DESC LIMIT $1;

-- name: PublishedItems :many
SELECT id, state, kind, content, kinds, okved, regions, source, act, in_force, shown_until, open, starts_at, ends_at, zone, place, changed_by, changed_at, published_at
FROM news_item WHERE state = 'published' AND (shown_until = 0 OR shown_until > $1) ORDER BY published_at DESC, id DESC LIMIT $2;

-- name: PutChoice :exec
INSERT INTO news_choice (account_id, muted, mail, sent_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE SET muted = excluded.muted, mail = excluded.mail, sent_at = excluded.sent_at;

-- name: GetChoice :one
SELECT account_id, muted, mail, sent_at FROM news_choice WHERE account_id = $1;

-- name: ChoicesDue :many
SELECT account_id, muted, mail, sent_at FROM news_choice WHERE mail = $1 AND sent_at <= $2 ORDER BY sent_at, account_id LIMIT $3;

-- name: Sent :exec
UPDATE news_choice SET sent_at = $2 WHERE account_id = $1;

-- name: ForgetChoice :exec
DELETE FROM news_choice WHERE account_id = $1;

-- name: PutAnswer :exec
INSERT INTO news_answer (item_id, account_id, profile_id, goes, answered_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (item_id, account_id) DO UPDATE SET profile_id = excluded.profile_id, goes = excluded.goes, answered_at = excluded.answered_at;

-- name: GetAnswer :one
SELECT item_id, account_id, profile_id, goes, answered_at FROM news_answer WHERE item_id = $1 AND account_id = $2;

-- name: Goers :many
SELECT item_id, account_id, profile_id, goes, answered_at FROM news_answer WHERE item_id = $1 AND goes ORDER BY account_id;

-- name: GoesTo :many
SELECT item_id, account_id, profile_id, goes, answered_at FROM news_answer WHERE account_id = $1 AND goes ORDER BY item_id;

-- name: CountAnswers :one
SELECT count(*) FROM news_answer WHERE item_id = $1 AND goes = $2;

-- name: ForgetAnswers :exec
DELETE FROM news_answer WHERE account_id = $1;

-- name: DropAnswers :exec
DELETE FROM news_answer WHERE item_id = $1;
