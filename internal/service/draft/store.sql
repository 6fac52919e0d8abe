-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: PutDraft :exec
INSERT INTO draft (owner, page, form, place, guest, sealed, saved_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (owner, page, form, place) DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at, expires_at = excluded.expires_at;

-- name: DraftsOf :many
SELECT form, place, sealed, saved_at FROM draft WHERE owner = $1 AND page = $2 AND expires_at > $3 ORDER BY form, place;

-- name: HasForm :one
SELECT COUNT(*) FROM draft WHERE owner = $1 AND form = $2;

-- name: DropForm :exec
DELETE FROM draft WHERE owner = $1 AND form = $2;

-- name: DropDraft :exec
DELETE FROM draft WHERE owner = $1 AND page = $2 AND form = $3 AND place = $4;

-- name: DropOwner :exec
DELETE FROM draft WHERE owner = $1;

-- name: SavedBefore :many
SELECT saved_at FROM draft WHERE owner = $1 ORDER BY saved_at DESC LIMIT 1 OFFSET $2;

-- name: DropOldest :exec
DELETE FROM draft WHERE owner = $1 AND saved_at <= $2;

-- name: GuestSavedBefore :many
SELECT saved_at FROM draft WHERE guest = 1 ORDER BY saved_at DESC LIMIT 1 OFFSET $1;

-- name: DropOldestGuests :exec
DELETE FROM draft WHERE guest = 1 AND saved_at <= $1;

-- name: DropExpired :exec
DELETE FROM draft WHERE expires_at <= $1;

-- name: AllDrafts :many
SELECT page, form, place, sealed, saved_at FROM draft WHERE owner = $1 AND expires_at > $2 ORDER BY saved_at, form, place;
