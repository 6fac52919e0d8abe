-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertKey :exec
INSERT INTO ca_key (id, role, cert, sealed, created_at, retired_at) VALUES ($1, $2, $3, $4, $5, 0);

-- name: Keys :many
SELECT id, role, cert, sealed, created_at, retired_at FROM ca_key WHERE retired_at = 0 ORDER BY created_at, id;

-- name: Plan :exec
INSERT INTO certificate (serial, issuer_id, order_key, profile, state, subject, search, key_id, request, tbs, token, der,
    approval, approved_by, ordered_by, not_before, not_after, created_at, signing_at, issued_at, revoked_at, reason, revoked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, 0, 0, 0, '');

-- name: UseToken :execrows
UPDATE certificate SET state = $3, signing_at = $4 WHERE serial = $1 AND token = $2 AND state = 'planned';

-- name: Finish :execrows
UPDATE certificate SET state = 'issued', der = $2, issued_at = $3 WHERE serial = $1 AND state = 'signing';

-- name: Abandon :execrows
UPDATE certificate SET state = $2, order_key = $3, revoked_at = $4, reason = $5, revoked_by = $6 WHERE serial = $1 AND state = $7;

-- name: Unfinished :many
SELECT serial, order_key, state FROM certificate WHERE (state = 'planned' OR state = 'signing') AND created_at < $1 ORDER BY created_at LIMIT 1000;

-- name: GetCertificate :one
SELECT serial, issuer_id, order_key, profile, state, subject, search, key_id, request, tbs, token, der,
    approval, approved_by, ordered_by, not_before, not_after, created_at, signing_at, issued_at, revoked_at, reason, revoked_by
FROM certificate WHERE serial = $1;

-- name: ByOrder :one
SELECT serial, issuer_id, order_key, profile, state, subject, search, key_id, request, tbs, token, der,
    approval, approved_by, ordered_by, not_before, not_after, created_at, signing_at, issued_at, revoked_at, reason, revoked_by
FROM certificate WHERE order_key = $1;

-- name: List :many
SELECT serial, issuer_id, order_key, profile, state, subject, search, key_id, request, tbs, token, der,
    approval, approved_by, ordered_by, not_before, not_after, created_at, signing_at, issued_at, revoked_at, reason, revoked_by
FROM certificate WHERE created_at < $1 ORDER BY created_at DESC, serial DESC LIMIT $2;

-- name: Revoke :execrows
UPDATE certificate SET revoked_at = $2, reason = $3, revoked_by = $4 WHERE serial = $1 AND revoked_at = 0 AND state = 'issued';

-- name: Worsen :execrows
UPDATE certificate SET reason = $2, revoked_by = $3 WHERE serial = $1 AND revoked_at <> 0 AND reason <> $2;

-- name: Revoked :many
SELECT serial, revoked_at, reason FROM certificate WHERE issuer_id = $1 AND revoked_at <> 0 AND not_after > $2 ORDER BY serial;

-- name: InsertCRL :exec
INSERT INTO crl (issuer_id, number, der, this_update, next_update) VALUES ($1, $2, $3, $4, $5);

-- name: LatestCRL :one
SELECT issuer_id, number, der, this_update, next_update FROM crl WHERE issuer_id = $1 ORDER BY number DESC LIMIT 1;

-- name: LatestCRLDate :one
SELECT this_update FROM crl WHERE issuer_id = $1 ORDER BY number DESC LIMIT 1;

-- name: DropCRLs :execrows
DELETE FROM crl WHERE issuer_id = $1 AND number < $2;

-- Certificates whose subject has a text, or whose number it is; kind is a part
-- of the register, empty: all.
-- name: Search :many
SELECT serial, issuer_id, order_key, profile, state, subject, search, key_id, request, tbs, token, der,
    approval, approved_by, ordered_by, not_before, not_after, created_at, signing_at, issued_at, revoked_at, reason, revoked_by
FROM certificate
WHERE created_at < sqlc.arg(before)
  AND (CAST(sqlc.arg(query) AS TEXT) = '' OR REPLACE(search, CAST(sqlc.arg(query) AS TEXT), '') <> search OR serial = sqlc.arg(number))
  AND (CAST(sqlc.arg(kind) AS TEXT) = ''
    OR (sqlc.arg(kind) = 'active' AND state = 'issued' AND revoked_at = 0 AND not_after >= sqlc.arg(now))
    OR (sqlc.arg(kind) = 'expired' AND state = 'issued' AND revoked_at = 0 AND not_after < sqlc.arg(now))
    OR (sqlc.arg(kind) = 'revoked' AND revoked_at <> 0)
    OR (sqlc.arg(kind) = 'orders' AND state <> 'issued'))
ORDER BY created_at DESC, serial DESC LIMIT sqlc.arg(most);
