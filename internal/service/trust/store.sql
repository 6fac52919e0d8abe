-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: InsertAnchor :execrows
INSERT INTO trust_anchor (fingerprint, purpose, name, source, der, added_at, added_by)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING;

-- name: DeleteAnchor :execrows
DELETE FROM trust_anchor WHERE fingerprint = $1 AND purpose = $2;

-- name: Anchors :many
SELECT fingerprint, purpose, name, source, der, added_at, added_by FROM trust_anchor ORDER BY added_at, fingerprint, purpose;

-- name: InsertList :exec
INSERT INTO trust_list (id, kind, version, made_at, fetched_at, accepted_at, accepted_by, replaced_at, source, digest, blob, signer, centres, unread)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12, $13);

-- name: CurrentLists :many
SELECT id, kind, version, made_at, fetched_at, accepted_at, accepted_by, replaced_at, source, digest, blob, signer, centres, unread
FROM trust_list WHERE replaced_at = 0 ORDER BY kind;

-- name: ReplaceList :execrows
UPDATE trust_list SET replaced_at = $2 WHERE id = $1 AND replaced_at = 0;

-- name: TouchList :execrows
UPDATE trust_list SET fetched_at = $2 WHERE id = $1;

-- name: DropCentres :exec
DELETE FROM trust_centre WHERE list_id = $1;

-- name: DropStatuses :exec
DELETE FROM trust_status WHERE list_id = $1;

-- name: DropKeys :exec
DELETE FROM trust_key WHERE list_id = $1;

-- name: DropCertificates :exec
DELETE FROM trust_certificate WHERE list_id = $1;

-- name: InsertCentre :exec
INSERT INTO trust_centre (list_id, id, number, name, short_name, inn, ogrn, mail, phone, site, registry, country, post_index, region_code,
    region, city, street, successor, note, state, state_text, state_from, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23);

-- name: InsertStatus :exec
INSERT INTO trust_status (list_id, centre_id, n, state, state_text, from_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: InsertKey :exec
INSERT INTO trust_key (list_id, centre_id, n, key_id, complex, class, lists) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: InsertCertificate :exec
INSERT INTO trust_certificate (list_id, centre_id, n, key_n, fingerprint, subject, public_key, not_before, not_after, der)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: Centres :many
SELECT list_id, id, number, name, short_name, inn, ogrn, mail, phone, site, registry, country, post_index, region_code,
    region, city, street, successor, note, state, state_text, state_from, content
FROM trust_centre WHERE list_id = $1 ORDER BY id;

-- name: Statuses :many
SELECT list_id, centre_id, n, state, state_text, from_at FROM trust_status WHERE list_id = $1 ORDER BY centre_id, n;

-- name: Keys :many
SELECT list_id, centre_id, n, key_id, complex, class, lists FROM trust_key WHERE list_id = $1 ORDER BY centre_id, n;

-- name: CertificateMarks :many
SELECT centre_id, key_n, subject, public_key FROM trust_certificate WHERE list_id = $1 ORDER BY centre_id, n;

-- name: CertificatesOf :many
SELECT list_id, centre_id, n, key_n, fingerprint, subject, public_key, not_before, not_after, der
FROM trust_certificate WHERE list_id = $1 AND centre_id = $2 ORDER BY n;

-- name: CertificatesBySubject :many
SELECT der FROM trust_certificate WHERE list_id = $1 AND subject = $2 ORDER BY not_after DESC, fingerprint LIMIT 32;

-- name: CertificatesOfList :many
SELECT der FROM trust_certificate WHERE list_id = $1 ORDER BY centre_id, n;

-- name: SetFetch :exec
INSERT INTO trust_fetch (name, url, tried_at, good_at, failure) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET url = excluded.url, tried_at = excluded.tried_at, good_at = excluded.good_at, failure = excluded.failure;

-- name: GetFetch :one
SELECT name, url, tried_at, good_at, failure FROM trust_fetch WHERE name = $1;

-- name: ListCertificates :many
SELECT centre_id, fingerprint, not_after, der FROM trust_certificate WHERE list_id = $1 ORDER BY centre_id, n;

-- name: ListsReplaced :many
SELECT id, blob FROM trust_list WHERE replaced_at > 0 AND replaced_at < $1 AND blob <> '' ORDER BY replaced_at LIMIT 100;

-- name: ForgetOriginal :exec
UPDATE trust_list SET blob = '' WHERE id = $1;
