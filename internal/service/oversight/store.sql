-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: Checks :many
SELECT name, checked_at, good_at, problem FROM connector_check ORDER BY name;

-- name: PutCheck :exec
INSERT INTO connector_check (name, checked_at, good_at, problem) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, problem = excluded.problem,
    good_at = CASE WHEN excluded.good_at = 0 THEN connector_check.good_at ELSE excluded.good_at END;

-- name: TextChanges :many
SELECT id, language, name, value, changed_by, changed_at FROM text_change ORDER BY changed_at, id;

-- name: ChangesOf :many
SELECT id, language, name, value, changed_by, changed_at FROM text_change WHERE language = $1 AND name = $2 ORDER BY changed_at DESC, id DESC LIMIT 50;

-- name: InsertTextChange :exec
INSERT INTO text_change (id, language, name, value, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: LatestBrand :one
SELECT id, palette, logo, changed_by, changed_at FROM brand_change ORDER BY changed_at DESC, id DESC LIMIT 1;

-- name: InsertBrand :exec
INSERT INTO brand_change (id, palette, logo, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5);
