-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertMember :exec
INSERT INTO member (id, kind, number, profile_id, person_id, account_id, state, duty, rights, data, token, from_at, until_at, created_by, created_at, changed_at)
VALUES ($1, $2, $3, '', '', '', $4, $5, $6, $7, $8, $9, $10, $11, $12, $12);

-- name: GetMember :one
SELECT id, kind, number, profile_id, person_id, account_id, state, duty, rights, data, token, from_at, until_at, created_by, created_at, changed_at, closed_why
FROM member WHERE id = $1;

-- name: MemberByToken :one
SELECT id, kind, number, profile_id, person_id, account_id, state, duty, rights, data, token, from_at, until_at, created_by, created_at, changed_at, closed_why
FROM member WHERE token = $1;

-- name: MembersOf :many
SELECT id, kind, number, profile_id, person_id, account_id, state, duty, rights, data, token, from_at, until_at, created_by, created_at, changed_at, closed_why
FROM member WHERE kind = $1 AND number = $2 ORDER BY created_at DESC, id LIMIT 1000;

-- name: MembershipsOf :many
SELECT id, kind, number, profile_id, person_id, account_id, state, duty, rights, data, token, from_at, until_at, created_by, created_at, changed_at, closed_why
FROM member WHERE person_id = $1 AND kind = $2 AND number = $3 AND state <> 'invited' ORDER BY changed_at DESC, id DESC LIMIT 20;

-- name: CountMembers :one
SELECT count(*) AS n FROM member WHERE kind = $1 AND number = $2 AND state IN ('invited', 'active');

-- name: MoveMember :execrows
UPDATE member SET state = $1, profile_id = $2, person_id = $3, account_id = $4, token = '', changed_at = $5
WHERE id = $6 AND state = $7;

-- name: ChangeMember :execrows
UPDATE member SET duty = $1, rights = $2, until_at = $3, changed_at = $4
WHERE id = $5 AND kind = $6 AND number = $7 AND state IN ('invited', 'active');

-- name: InviteAgain :execrows
UPDATE member SET token = $1, created_at = $2, changed_at = $2, created_by = $3
WHERE id = $4 AND state = 'invited' AND created_at = $5;

-- name: InsertPower :exec
INSERT INTO power (id, kind, number, guid, state, representative, data, from_at, until_at, own, reason, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $11);

-- name: OwnPower :one
SELECT state, from_at, until_at, changed_at FROM power WHERE guid = $1 AND own = 1;

-- name: GetPower :one
SELECT id, kind, number, guid, state, representative, data, from_at, until_at, reason, created_at, changed_at, own
FROM power WHERE id = $1 AND kind = $2 AND number = $3;

-- name: PowersOf :many
SELECT id, guid, state, representative, from_at, until_at, reason, created_at, changed_at
FROM power WHERE kind = $1 AND number = $2 ORDER BY created_at DESC, id LIMIT 1000;

-- name: CountPowers :one
SELECT count(*) AS n FROM power WHERE kind = $1 AND number = $2;

-- name: MovePower :execrows
UPDATE power SET state = $1, data = $2, reason = $3, changed_at = $4
WHERE id = $5 AND kind = $6 AND number = $7 AND state = $8;

-- name: DeclineInvitationsBy :many
UPDATE member SET state = 'declined', closed_why = 'sender', changed_at = $1
WHERE kind = $2 AND number = $3 AND created_by = $4 AND state = 'invited'
RETURNING id, kind, number, profile_id, person_id, account_id, state, duty, rights, data, token, from_at, until_at, created_by, created_at, changed_at, closed_why;

-- name: InvitedBy :many
SELECT DISTINCT kind, number FROM member WHERE created_by = $1 AND state = 'invited';

-- name: EndMembershipsOf :many
UPDATE member SET state = 'ended', changed_at = $1 WHERE account_id = $2 AND state = 'active' RETURNING id;
