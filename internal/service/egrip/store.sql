-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: PutRecord :exec
INSERT INTO egr_record (register, number, data, source, as_of, taken_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (register, number) DO UPDATE SET data = excluded.data, source = excluded.source, as_of = excluded.as_of, taken_at = excluded.taken_at;

-- name: GetRecord :one
SELECT register, number, data, source, as_of, taken_at FROM egr_record
WHERE register = $1 AND number = $2;

-- name: PutQuery :exec
INSERT INTO egr_query (register, number, outcome, failure, asked_at, retry_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (register, number) DO UPDATE SET outcome = excluded.outcome, failure = excluded.failure, asked_at = excluded.asked_at, retry_at = excluded.retry_at;

-- name: GetQuery :one
SELECT register, number, outcome, failure, asked_at, retry_at FROM egr_query
WHERE register = $1 AND number = $2;

-- name: PutRole :exec
INSERT INTO egr_role (profile_id, account_id, person_id, register, number, data, standing, checked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (profile_id) DO UPDATE SET account_id = excluded.account_id, data = excluded.data, standing = excluded.standing, checked_at = excluded.checked_at;

-- name: GetRole :one
SELECT profile_id, account_id, person_id, register, number, data, standing, checked_at FROM egr_role
WHERE profile_id = $1;

-- name: RolesOf :many
SELECT profile_id, account_id, person_id, register, number, data, standing, checked_at FROM egr_role
WHERE register = $1 AND number = $2 ORDER BY profile_id;

-- name: RolesDue :many
SELECT register, number FROM egr_role
WHERE checked_at < $1 ORDER BY checked_at LIMIT $2;

-- name: Checked :exec
UPDATE egr_role SET checked_at = $3
WHERE register = $1 AND number = $2;

-- name: InsertCompare :exec
INSERT INTO egr_compare (id, profile_id, at, as_of, differ, blocking, data)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: LatestCompare :one
SELECT id, profile_id, at, as_of, differ, blocking, data FROM egr_compare
WHERE profile_id = $1 ORDER BY at DESC, id DESC LIMIT 1;

-- name: PutActivity :exec
INSERT INTO okved (code, name, search) VALUES ($1, $2, $3)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, search = excluded.search;

-- name: CountActivities :one
SELECT count(*) FROM okved;

-- name: FindActivities :many
SELECT code, name FROM okved
WHERE search LIKE $1 ORDER BY code LIMIT 25;

-- name: InsertRequest :exec
INSERT INTO role_request (id, account_id, person_id, kind, number, state, title, data, token, reason, profile_id, created_at, changed_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: MoveRequest :execrows
UPDATE role_request SET state = $2, title = $3, data = $4, token = $5, reason = $6, profile_id = $7, changed_at = $8, due_at = $9
WHERE id = $1;

-- name: GetRequest :one
SELECT id, account_id, person_id, kind, number, state, title, data, token, reason, profile_id, created_at, changed_at, due_at FROM role_request
WHERE id = $1;

-- name: RequestByToken :one
SELECT id, account_id, person_id, kind, number, state, title, data, token, reason, profile_id, created_at, changed_at, due_at FROM role_request
WHERE token = $1 AND token <> '';

-- name: RequestsOf :many
SELECT id, account_id, person_id, kind, number, state, title, data, token, reason, profile_id, created_at, changed_at, due_at FROM role_request
WHERE person_id = $1 ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: RequestsIn :many
SELECT id, account_id, person_id, kind, number, state, title, data, token, reason, profile_id, created_at, changed_at, due_at FROM role_request
WHERE state = $1 ORDER BY due_at, id LIMIT 100;

-- name: CountRequests :one
SELECT count(*) FROM role_request
WHERE person_id = $1 AND created_at > $2;

-- name: GetHead :one
SELECT profile_id, named_at, resigned_at FROM egr_head WHERE profile_id = $1;

-- name: PutHead :exec
INSERT INTO egr_head (profile_id, named_at, resigned_at) VALUES ($1, $2, $3)
ON CONFLICT (profile_id) DO UPDATE SET named_at = excluded.named_at, resigned_at = excluded.resigned_at;

-- name: OpenRequest :one
SELECT id, account_id, person_id, kind, number, state, title, data, token, reason, profile_id, created_at, changed_at, due_at FROM role_request
WHERE person_id = $1 AND kind = $2 AND number = $3 AND state IN ('register', 'agreement', 'mail', 'operator') ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: InsertAgreement :exec
INSERT INTO role_agreement (request_id, person_id, version, text, digest, signature, certificate, made_at, signed_at)
VALUES ($1, $2, $3, $4, $5, $6, '', $7, 0);

-- name: GetAgreement :one
SELECT request_id, person_id, version, text, digest, signature, certificate, made_at, signed_at FROM role_agreement
WHERE request_id = $1 AND person_id = $2;

-- name: SignAgreement :execrows
UPDATE role_agreement SET signature = $2, certificate = $3, signed_at = $4 WHERE request_id = $1 AND signed_at = 0;

-- name: PutGoneLicence :exec
INSERT INTO egr_licence (register, number, licence, data, gone_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (register, number, licence) DO UPDATE SET data = excluded.data, gone_at = excluded.gone_at;

-- name: DropGoneLicence :exec
DELETE FROM egr_licence WHERE register = $1 AND number = $2 AND licence = $3;

-- name: GoneLicences :many
SELECT register, number, licence, data, gone_at FROM egr_licence
WHERE register = $1 AND number = $2 ORDER BY gone_at DESC, licence LIMIT $3;
