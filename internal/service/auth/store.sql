-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertAccount :exec
INSERT INTO account (id, person_id, role, title, phone, mail, mail_folded, mail_confirmed_at, inn, password_hash, must_change, created_at, password_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: GetAccount :one
SELECT id, person_id, role, title, phone, mail, mail_folded, mail_confirmed_at, inn, password_hash, must_change, created_at, password_at
FROM account WHERE id = $1;

-- name: FindAccount :many
SELECT id, person_id, role, title, phone, mail, mail_folded, mail_confirmed_at, inn, password_hash, must_change, created_at, password_at
FROM account WHERE phone = $1 OR mail_folded = $2 OR (inn = $3 AND inn <> '') LIMIT 2;

-- name: AccountByPhone :one
SELECT id, person_id, role, title, phone, mail, mail_folded, mail_confirmed_at, inn, password_hash, must_change, created_at, password_at
FROM account WHERE phone = $1;

-- name: CountRole :one
SELECT count(*) FROM account WHERE role = $1;

-- name: Rename :execrows
UPDATE account SET title = $2, inn = $3 WHERE id = $1;

-- name: ConfirmMail :exec
UPDATE account SET mail_confirmed_at = $2 WHERE id = $1 AND mail = $3;

-- name: SetPassword :exec
UPDATE account SET password_hash = $2, password_at = $3, must_change = $4 WHERE id = $1;

-- name: InsertChallenge :exec
INSERT INTO challenge (id, purpose, subject, binding, codes, tries_left, sent, resend_at, expires_at, used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0);

-- name: GetChallenge :one
SELECT id, purpose, subject, binding, codes, tries_left, sent, resend_at, expires_at, used_at
FROM challenge WHERE id = $1;

-- name: UpdateChallenge :exec
UPDATE challenge SET codes = $2, tries_left = $3, sent = $4, resend_at = $5, expires_at = $6, used_at = $7 WHERE id = $1;

-- name: SentTo :one
SELECT CAST(COALESCE(SUM(sent), 0) AS BIGINT) AS sent FROM challenge
WHERE subject = $1 AND purpose = $2 AND expires_at > $3;

-- name: EndChallenges :exec
UPDATE challenge SET used_at = $2 WHERE subject = $1 AND used_at = 0;

-- name: DropChallenges :execrows
DELETE FROM challenge WHERE expires_at <= $1;

-- name: GetFailure :one
SELECT subject, tries, first_at, locked_until FROM failure WHERE subject = $1;

-- name: PutFailure :exec
INSERT INTO failure (subject, tries, first_at, locked_until) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject) DO UPDATE SET tries = excluded.tries, first_at = excluded.first_at, locked_until = excluded.locked_until;

-- name: ForgetFailure :exec
DELETE FROM failure WHERE subject = $1;

-- name: DropFailures :execrows
DELETE FROM failure WHERE first_at <= $1 AND locked_until <= $2;

-- name: InsertSession :exec
INSERT INTO session (token_hash, id, account_id, level, method, device, network, created_at, seen_at, expires_at, stepped_at, device_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: GetSession :one
SELECT token_hash, id, account_id, level, method, device, network, created_at, seen_at, expires_at, stepped_at, device_key
FROM session WHERE token_hash = $1 AND expires_at > $2;

-- name: SessionsOf :many
SELECT token_hash, id, account_id, level, method, device, network, created_at, seen_at, expires_at, stepped_at, device_key
FROM session WHERE account_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id;

-- name: DropSessionByID :one
DELETE FROM session WHERE account_id = $1 AND id = $2 RETURNING device_key;

-- name: CountOnDevice :one
SELECT count(*) FROM session WHERE account_id = $1 AND device_key = $2 AND expires_at > $3;

-- name: DropOtherSessions :execrows
DELETE FROM session WHERE account_id = $1 AND id <> $2;

-- name: TouchSession :exec
UPDATE session SET seen_at = $2, expires_at = $3 WHERE token_hash = $1;

-- name: RaiseSession :execrows
UPDATE session SET level = $2, token_hash = $3, stepped_at = $4 WHERE token_hash = $1;

-- name: DropSession :exec
DELETE FROM session WHERE token_hash = $1;

-- name: DropSessions :execrows
DELETE FROM session WHERE expires_at <= $1;

-- name: InsertMailLink :exec
INSERT INTO mail_link (token_hash, account_id, mail, expires_at, used_at) VALUES ($1, $2, $3, $4, 0);

-- name: GetMailLink :one
SELECT token_hash, account_id, mail, expires_at, used_at FROM mail_link WHERE token_hash = $1;

-- name: LatestMailLink :one
SELECT CAST(COALESCE(MAX(expires_at), 0) AS BIGINT) AS expires_at FROM mail_link WHERE account_id = $1;

-- name: UseMailLink :execrows
UPDATE mail_link SET used_at = $2 WHERE token_hash = $1 AND used_at = 0;

-- name: DropMailLinks :execrows
DELETE FROM mail_link WHERE expires_at <= $1;

-- name: SetContact :execrows
UPDATE account SET phone = $2, mail = $3, mail_folded = $4, mail_confirmed_at = $5 WHERE id = $1;

-- name: EndSessionsOf :execrows
DELETE FROM session WHERE account_id = $1;

-- name: PutBlock :exec
INSERT INTO account_block (account_id, until, why, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE SET until = excluded.until, why = excluded.why, created_at = excluded.created_at;

-- name: GetBlock :one
SELECT account_id, until, why, created_at FROM account_block WHERE account_id = $1;

-- name: DropBlock :exec
DELETE FROM account_block WHERE account_id = $1;

-- name: SeeDevice :execrows
UPDATE device SET seen_at = $3 WHERE account_id = $1 AND key_hash = $2;

-- name: InsertDevice :exec
INSERT INTO device (account_id, key_hash, first_at, seen_at) VALUES ($1, $2, $3, $3);

-- name: DropDevices :exec
DELETE FROM device WHERE account_id = $1;

-- name: DropOldDevices :execrows
DELETE FROM device WHERE seen_at <= $1;

-- name: InsertAlarm :exec
INSERT INTO alarm (token_hash, account_id, session_id, expires_at, used_at) VALUES ($1, $2, $3, $4, 0);

-- name: GetAlarm :one
SELECT token_hash, account_id, session_id, expires_at, used_at FROM alarm WHERE token_hash = $1 AND expires_at > $2;

-- name: UseAlarm :execrows
UPDATE alarm SET used_at = $2 WHERE token_hash = $1 AND used_at = 0;

-- name: DropAlarms :execrows
DELETE FROM alarm WHERE expires_at <= $1;

-- name: ReplacePassword :execrows
UPDATE account SET password_hash = $2, password_at = $3, must_change = FALSE WHERE id = $1 AND password_hash = $4;

-- name: Staff :many
SELECT id, person_id, role, title, phone, mail, mail_folded, mail_confirmed_at, inn, password_hash, must_change, created_at, password_at
FROM account WHERE role <> 'holder' ORDER BY role, title, id;

-- name: HoldersAfter :many
SELECT id, person_id, role, title, phone, mail, mail_folded, mail_confirmed_at, inn, password_hash, must_change, created_at, password_at
FROM account WHERE role = 'holder' AND title <> '' AND id > $1 ORDER BY id LIMIT $2;

-- name: SetRole :execrows
UPDATE account SET role = $2 WHERE id = $1;

-- name: CloseAccount :execrows
UPDATE account SET phone = 'closed/' || id, mail = '', mail_folded = 'closed/' || id, mail_confirmed_at = 0, inn = '', password_hash = '', title = ''
WHERE id = $1 AND role = 'holder';
