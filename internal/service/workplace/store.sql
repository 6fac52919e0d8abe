-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: PutRow :execrows
INSERT INTO workplace_row (id, kind, name, version, state, valid_from, valid_to, certificate, certified_to, source, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (kind, name, version, valid_from) DO NOTHING;

-- name: Rows :many
SELECT id, kind, name, version, state, valid_from, valid_to, certificate, certified_to, source, changed_by, changed_at FROM workplace_row
ORDER BY kind, name, valid_from, version;

-- name: EndRow :execrows
UPDATE workplace_row SET valid_to = $2, changed_by = $3, changed_at = $4 WHERE id = $1 AND valid_from < $2;

-- name: PutSetup :execrows
INSERT INTO workplace_setup (id, code, name_ru, name_kk, name_en, needs, site, valid_from, valid_to, source, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (code, valid_from) DO NOTHING;

-- name: Setups :many
SELECT id, code, name_ru, name_kk, name_en, needs, site, valid_from, valid_to, source, changed_by, changed_at FROM workplace_setup
ORDER BY valid_from, code;

-- name: EndSetup :execrows
UPDATE workplace_setup SET valid_to = $2, changed_by = $3, changed_at = $4 WHERE id = $1 AND valid_from < $2;
