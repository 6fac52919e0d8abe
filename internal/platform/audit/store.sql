-- name: InsertEntry :exec
INSERT INTO audit_entry (id, at, actor, action, object, outcome, origin, details)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: InsertUnsealed :exec
INSERT INTO audit_unsealed (id, at) VALUES ($1, $2);

-- name: Unsealed :many
SELECT e.id, e.at, e.actor, e.action, e.object, e.outcome, e.origin, e.details
FROM audit_unsealed AS u JOIN audit_entry AS e ON e.id = u.id
ORDER BY u.at, u.id LIMIT $1;

-- name: DeleteUnsealed :exec
DELETE FROM audit_unsealed WHERE id = $1;

-- name: InsertLink :exec
INSERT INTO audit_link (seq, entry_id, hash) VALUES ($1, $2, $3);

-- name: LastLink :one
SELECT seq, entry_id, hash FROM audit_link ORDER BY seq DESC LIMIT 1;

-- name: Links :many
SELECT l.seq, l.entry_id, l.hash, COALESCE(e.id, '') AS id, COALESCE(e.at, 0) AS at,
    COALESCE(e.actor, '') AS actor, COALESCE(e.action, '') AS action, COALESCE(e.object, '') AS object,
    COALESCE(e.outcome, '') AS outcome, COALESCE(e.origin, '') AS origin, COALESCE(e.details, '') AS details
FROM audit_link AS l LEFT JOIN audit_entry AS e ON e.id = l.entry_id
WHERE l.seq >= $1 ORDER BY l.seq LIMIT $2;

-- name: InsertRoot :exec
INSERT INTO audit_root (size, at, head, root, frontier, key_id, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: LastRoot :one
SELECT size, at, head, root, frontier, key_id, signature FROM audit_root ORDER BY size DESC LIMIT 1;

-- name: Roots :many
SELECT size, at, head, root, frontier, key_id, signature FROM audit_root
WHERE size > $1 ORDER BY size LIMIT $2;

-- name: OldestUnsealed :many
SELECT id, at FROM audit_unsealed WHERE at < $1 ORDER BY at, id LIMIT 1;

-- name: CountUnsealedBefore :one
SELECT count(*) FROM audit_unsealed WHERE at < $1;

-- Entries that no link and no waiting list knows: somebody put them there by hand,
-- or took their link away.
-- name: Strays :many
SELECT e.id, e.at FROM audit_entry AS e
WHERE NOT EXISTS (SELECT 1 FROM audit_link AS l WHERE l.entry_id = e.id)
  AND NOT EXISTS (SELECT 1 FROM audit_unsealed AS u WHERE u.id = e.id)
ORDER BY e.at, e.id LIMIT 1;

-- name: List :many
SELECT e.id, e.at, e.actor, e.action, e.object, e.outcome, e.origin, e.details
FROM audit_entry AS e
WHERE e.at < sqlc.arg(before) AND (CAST(sqlc.arg(actor) AS TEXT) = '' OR e.actor = sqlc.arg(actor))
  AND (CAST(sqlc.arg(object) AS TEXT) = '' OR e.object = sqlc.arg(object))
  AND (CAST(sqlc.arg(action) AS TEXT) = '' OR e.action = sqlc.arg(action))
ORDER BY e.at DESC, e.id DESC LIMIT sqlc.arg(most);

-- What begins so; an empty text is anything. SUBSTR and not LIKE: LIKE has signs of its own,
-- and the databases differ in letters' case.
-- name: Search :many
SELECT e.id, e.at, e.actor, e.action, e.object, e.outcome, e.origin, e.details
FROM audit_entry AS e
WHERE e.at < sqlc.arg(before) AND e.at >= sqlc.arg(since)
  AND (CAST(sqlc.arg(actor) AS TEXT) = '' OR SUBSTR(e.actor, 1, LENGTH(CAST(sqlc.arg(actor) AS TEXT))) = sqlc.arg(actor))
  AND (CAST(sqlc.arg(object) AS TEXT) = '' OR SUBSTR(e.object, 1, LENGTH(CAST(sqlc.arg(object) AS TEXT))) = sqlc.arg(object))
  AND (CAST(sqlc.arg(action) AS TEXT) = '' OR SUBSTR(e.action, 1, LENGTH(CAST(sqlc.arg(action) AS TEXT))) = sqlc.arg(action))
ORDER BY e.at DESC, e.id DESC LIMIT sqlc.arg(most);
