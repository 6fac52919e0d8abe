-- name: InForce :one
SELECT value FROM policy
WHERE key = $1 AND valid_from <= $2 AND (valid_to = 0 OR valid_to > $2)
ORDER BY valid_from DESC LIMIT 1;

-- name: History :many
SELECT key, valid_from, valid_to, value, changed_by, changed_at FROM policy
WHERE key = $1 ORDER BY valid_from;

-- name: All :many
SELECT key, valid_from, valid_to, value, changed_by, changed_at FROM policy
ORDER BY key, valid_from;

-- name: InsertDefault :exec
INSERT INTO policy (key, valid_from, valid_to, value, changed_by, changed_at)
VALUES ($1, $2, 0, $3, $4, $5) ON CONFLICT (key, valid_from) DO NOTHING;

-- name: Put :exec
INSERT INTO policy (key, valid_from, valid_to, value, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key, valid_from) DO UPDATE
SET valid_to = excluded.valid_to, value = excluded.value,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at;
