-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: BySubject :one
SELECT account_id, provider, subject, bound_at FROM employee WHERE provider = $1 AND subject = $2;

-- name: ByAccount :one
SELECT account_id, provider, subject, bound_at FROM employee WHERE account_id = $1;

-- name: Bind :exec
INSERT INTO employee (account_id, provider, subject, bound_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE SET provider = excluded.provider, subject = excluded.subject, bound_at = excluded.bound_at;
