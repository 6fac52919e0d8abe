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

-- name: InsertLetter :execrows
INSERT INTO letter (id, account_id, profile_id, kind, class, content, action, due_at, created_at, read_at, done_at, dedup_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10)
ON CONFLICT (account_id, dedup_key) WHERE dedup_key <> '' DO NOTHING;

-- name: GetLetter :one
SELECT id, account_id, profile_id, kind, class, content, action, due_at, created_at, read_at, done_at, dedup_key FROM letter WHERE id = $1;

-- name: LettersOf :many
SELECT id, account_id, profile_id, kind, class, content, action, due_at, created_at, read_at, done_at, dedup_key
FROM letter WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2;

-- name: LettersFrom :many
SELECT id, account_id, profile_id, kind, class, content, action, due_at, created_at, read_at, done_at, dedup_key
FROM letter WHERE account_id = $1 AND created_at >= $2 ORDER BY created_at, id LIMIT $3;

-- name: CountUnread :one
SELECT count(*) FROM letter WHERE account_id = $1 AND read_at = 0 AND class <> 'news';

-- name: ReadLetter :exec
UPDATE letter SET read_at = $2 WHERE id = $1 AND read_at = 0;

-- name: DoneLetter :execrows
UPDATE letter SET done_at = $2 WHERE id = $1 AND done_at = 0;

-- name: GetSetting :one
SELECT account_id, language, quiet_from, quiet_until, zone, muted, changed_at FROM notice_setting WHERE account_id = $1;

-- name: PutSetting :exec
INSERT INTO notice_setting (account_id, language, quiet_from, quiet_until, zone, muted, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account_id) DO UPDATE SET language = excluded.language, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
    zone = excluded.zone, muted = excluded.muted, changed_at = excluded.changed_at;

-- name: ForgetLetters :exec
DELETE FROM letter WHERE account_id = $1;

-- name: ForgetSetting :exec
DELETE FROM notice_setting WHERE account_id = $1;
