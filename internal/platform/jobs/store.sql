-- name: InsertJob :execrows
INSERT INTO job (id, kind, payload, unique_key, state, attempt, max_attempts, run_at,
    lease_until, lease_by, last_error, created_at, finished_at)
VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $6, 0, '', '', $7, 0)
ON CONFLICT (kind, unique_key) WHERE unique_key <> '' AND state IN ('waiting', 'running') DO NOTHING;

-- name: Due :one
SELECT EXISTS (SELECT 1 FROM job AS j WHERE (j.state = 'waiting' AND j.run_at <= $1)
    OR (j.state = 'running' AND j.lease_until <= $1)) AS due;

-- name: Claim :many
UPDATE job SET state = 'running', attempt = attempt + 1, lease_by = $1, lease_until = $2
WHERE id IN (SELECT j.id FROM job AS j WHERE j.state = 'waiting' AND j.run_at <= $3
    ORDER BY j.run_at, j.id LIMIT $4)
RETURNING id, kind, payload, attempt, max_attempts, created_at;

-- ClaimSkipLocked is Claim for PostgreSQL: nodes do not wait for each other.
-- name: ClaimSkipLocked :many
UPDATE job SET state = 'running', attempt = attempt + 1, lease_by = $1, lease_until = $2
WHERE id IN (SELECT j.id FROM job AS j WHERE j.state = 'waiting' AND j.run_at <= $3
    ORDER BY j.run_at, j.id LIMIT $4 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, payload, attempt, max_attempts, created_at;

-- name: Expired :many
SELECT id, lease_by FROM job WHERE state = 'running' AND lease_until <= $1
ORDER BY lease_until LIMIT 1000;

-- name: GiveBack :exec
UPDATE job SET state = 'waiting', lease_by = '', lease_until = 0, run_at = $1, last_error = $2
WHERE id = $3 AND state = 'running' AND lease_by = $4;

-- name: Extend :execrows
UPDATE job SET lease_until = $1
WHERE id = $2 AND state = 'running' AND lease_by = $3 AND attempt = $4;

-- name: Finish :execrows
UPDATE job SET state = $1, run_at = $2, attempt = $3, last_error = $4, finished_at = $5,
    lease_by = '', lease_until = 0
WHERE id = $6 AND state = 'running' AND lease_by = $7 AND attempt = $8;

-- name: Purge :execrows
DELETE FROM job WHERE state = 'done' AND finished_at <= $1;

-- name: CountByState :many
SELECT state, count(*) AS n FROM job GROUP BY state ORDER BY state;

-- name: ListByState :many
SELECT id, kind, unique_key, state, attempt, max_attempts, run_at, last_error, created_at, finished_at
FROM job WHERE state = $1 ORDER BY run_at, id LIMIT $2;

-- name: Revive :execrows
UPDATE job SET state = 'waiting', attempt = 0, run_at = $1, finished_at = 0
WHERE id = $2 AND state = 'dead';

-- name: NextAt :one
SELECT next_at FROM job_schedule WHERE name = $1;

-- name: SetNextAt :exec
INSERT INTO job_schedule (name, next_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at;

-- name: TakeLease :execrows
INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE lease.holder = excluded.holder OR lease.until <= $4;

-- name: DropLease :exec
DELETE FROM lease WHERE name = $1 AND holder = $2;
