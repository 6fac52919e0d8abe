-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertPerson :exec
INSERT INTO person (id, surname, given_name, patronymic, search, inn, secret, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: GetPerson :one
SELECT id, surname, given_name, patronymic, search, inn, secret, created_at, changed_at FROM person
WHERE id = $1;

-- name: UpdatePerson :execrows
UPDATE person SET surname = $2, given_name = $3, patronymic = $4, search = $5, inn = $6, secret = $7, changed_at = $8
WHERE id = $1;

-- name: InsertProfile :exec
INSERT INTO profile (id, person_id, kind, register_number, title, details, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (person_id, kind, register_number) DO UPDATE SET title = excluded.title, details = excluded.details;

-- name: GetProfile :one
SELECT id, person_id, kind, register_number, title, details, created_at FROM profile
WHERE id = $1;

-- name: FindProfile :one
SELECT id, person_id, kind, register_number, title, details, created_at FROM profile
WHERE person_id = $1 AND kind = $2 AND register_number = $3;

-- name: ProfilesOf :many
SELECT id, person_id, kind, register_number, title, details, created_at FROM profile
WHERE person_id = $1 ORDER BY created_at, id;

-- name: RoleOf :one
SELECT id, person_id, kind, register_number, title, details, created_at FROM profile
WHERE kind = $1 AND register_number = $2 ORDER BY created_at, id LIMIT 1;

-- name: PersonsByINN :many
SELECT id FROM person WHERE inn = $1 LIMIT 2;

-- name: PutProof :exec
INSERT INTO person_proof (person_id, kind, source, level, proved_at, until_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (person_id, kind, source) DO UPDATE SET level = excluded.level, proved_at = excluded.proved_at, until_at = excluded.until_at;

-- name: ProofsOf :many
SELECT person_id, kind, source, level, proved_at, until_at FROM person_proof WHERE person_id = $1 ORDER BY proved_at DESC, kind;

-- name: PutFacts :exec
INSERT INTO person_facts (person_id, source, secret, stated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (person_id, source) DO UPDATE SET secret = excluded.secret, stated_at = excluded.stated_at;

-- name: FactsOf :many
SELECT person_id, source, secret, stated_at FROM person_facts WHERE person_id = $1 ORDER BY stated_at DESC, source;

-- name: DropFacts :exec
DELETE FROM person_facts WHERE person_id = $1 AND source = $2;

-- name: DropProofs :exec
DELETE FROM person_proof WHERE person_id = $1;

-- name: RetirePerson :execrows
UPDATE person SET inn = '', search = '', changed_at = $2 WHERE id = $1;

-- name: ErasePerson :exec
UPDATE person SET surname = '', given_name = '', patronymic = '', inn = '', search = '', secret = $2, changed_at = $3 WHERE id = $1;

-- name: EraseProfiles :exec
UPDATE profile SET title = '', details = '{}' WHERE person_id = $1;

-- name: EraseFacts :exec
DELETE FROM person_facts WHERE person_id = $1;

-- name: EraseProofs :exec
DELETE FROM person_proof WHERE person_id = $1;
