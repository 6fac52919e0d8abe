-- name: InsertNotice :execrows
INSERT INTO notice (id, channel, recipient, subject, body, dedup_key, state, attempt,
    gateway_id, last_error, expires_at, created_at, finished_at, secret)
VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, '', '', $7, $8, 0, $9)
ON CONFLICT (channel, dedup_key) WHERE dedup_key <> '' DO NOTHING;

-- name: GetNotice :one
SELECT id, channel, recipient, subject, body, dedup_key, state, attempt,
    gateway_id, last_error, expires_at, created_at, finished_at, secret
FROM notice WHERE id = $1;

-- name: BeginNotice :execrows
UPDATE notice SET state = 'sending', attempt = attempt + 1
WHERE id = $1 AND state IN ('waiting', 'sending');

-- name: FailNotice :exec
UPDATE notice SET state = 'waiting', last_error = $1 WHERE id = $2 AND state = 'sending';

-- name: FinishNotice :exec
UPDATE notice SET state = $1, gateway_id = $2, last_error = $3, finished_at = $4
WHERE id = $5;

-- name: WipeBody :exec
UPDATE notice SET body = $1 WHERE id = $2;

-- name: CountNotices :many
SELECT channel, state, count(*) AS n FROM notice GROUP BY channel, state ORDER BY channel, state;

-- name: PurgeNotices :exec
DELETE FROM notice WHERE finished_at > 0 AND finished_at < $1;
