-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: Get :one
SELECT name, off, reason, changed_by, changed_at FROM connector_switch WHERE name = $1;

-- name: List :many
SELECT name, off, reason, changed_by, changed_at FROM connector_switch ORDER BY name;

-- name: Put :exec
INSERT INTO connector_switch (name, off, reason, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET off = excluded.off, reason = excluded.reason, changed_by = excluded.changed_by, changed_at = excluded.changed_at;
