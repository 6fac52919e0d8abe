-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: NextNumber :one
SELECT CAST(COALESCE(MAX(number), 1000) + 1 AS BIGINT) AS number FROM application;

-- name: Insert :exec
INSERT INTO application (id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', '', 0, '', $11, $11, 0, 0);

-- name: Get :one
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE id = $1;

-- name: BySerial :one
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE serial = $1;

-- name: ByKey :one
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE account_id = $1 AND submit_key = $2;

-- name: OfPerson :many
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE person_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200;

-- name: Queue :many
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE state = $1 ORDER BY due_at, id LIMIT 200;

-- name: Unfinished :many
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE state = $1 AND changed_at <= $2 ORDER BY changed_at, id LIMIT 200;

-- name: Overdue :many
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE state = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 200;

-- name: OfAccountIn :many
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE account_id = $1 AND state = $2 ORDER BY created_at DESC, id DESC LIMIT 200;

-- name: ByNumber :one
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE number = $1;

-- name: CountSince :one
SELECT count(*) FROM application WHERE person_id = $1 AND submitted_at > $2 AND id <> $3;

-- name: EarliestSince :one
SELECT CAST(COALESCE(MIN(submitted_at), 0) AS BIGINT) AS at FROM application
WHERE person_id = $1 AND submitted_at > $2 AND id <> $3;

-- name: Update :exec
UPDATE application SET profile_id = $2, kind = $3, state = $4, title = $5, data = $6, approval = $7, challenge_id = $8,
    operator_id = $9, serial = $10, changed_at = $11, submitted_at = $12, due_at = $13
WHERE id = $1;

-- name: See :exec
UPDATE application SET seen_by = $2, seen_at = $3 WHERE id = $1;

-- name: InsertEvent :exec
INSERT INTO application_event (id, application_id, at, who, kind, words) VALUES ($1, $2, $3, $4, $5, $6);

-- name: EventsOf :many
SELECT id, application_id, at, who, kind, words FROM application_event WHERE application_id = $1 ORDER BY at DESC, id DESC;

-- name: InsertFile :exec
INSERT INTO application_file (id, application_id, purpose, name, mime, size, blob_id, created_at, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: FilesOf :many
SELECT id, application_id, purpose, name, mime, size, blob_id, created_at, digest FROM application_file WHERE application_id = $1 ORDER BY created_at, id;

-- name: GetFile :one
SELECT id, application_id, purpose, name, mime, size, blob_id, created_at, digest FROM application_file WHERE id = $1;

-- name: DropFile :exec
DELETE FROM application_file WHERE id = $1;

-- name: Installed :many
SELECT id, number, account_id, person_id, profile_id, kind, state, title, data, submit_key, approval, challenge_id,
    operator_id, seen_by, seen_at, serial, created_at, changed_at, submitted_at, due_at
FROM application WHERE state = $1 AND id > $2 ORDER BY id LIMIT 200;

-- name: EraseEvents :exec
UPDATE application_event SET who = '', words = '' WHERE application_id = $1;
