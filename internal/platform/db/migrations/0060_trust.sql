-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Whom this installation trusts: certificates by decision, lists of accredited
-- centres (package trust).

-- +goose Up

-- purpose is 'root' (anchor of paths) or 'signer' (of lists).
CREATE TABLE trust_anchor (
    fingerprint TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    name        TEXT NOT NULL,
    source      TEXT NOT NULL,
    der         BYTEA NOT NULL,
    added_at    BIGINT NOT NULL,
    added_by    TEXT NOT NULL,
    PRIMARY KEY (fingerprint, purpose)
);

-- Lists that were accepted. Of each kind ('signed', 'table') the one without
-- replaced_at is in force; of the former ones the original stays as a blob.
CREATE TABLE trust_list (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    version     BIGINT NOT NULL,
    made_at     BIGINT NOT NULL,
    fetched_at  BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    accepted_by TEXT NOT NULL,
    replaced_at BIGINT NOT NULL,
    source      TEXT NOT NULL,
    digest      TEXT NOT NULL,
    blob        TEXT NOT NULL,
    signer      TEXT NOT NULL,
    centres     BIGINT NOT NULL,
    unread      BIGINT NOT NULL
);
CREATE UNIQUE INDEX trust_list_current ON trust_list (kind) WHERE replaced_at = 0;

-- Centres of the lists in force: some hundreds, which the service holds in memory.
-- content is the digest of what a list says of the centre.
CREATE TABLE trust_centre (
    list_id     TEXT NOT NULL,
    id          TEXT NOT NULL,
    number      TEXT NOT NULL,
    name        TEXT NOT NULL,
    short_name  TEXT NOT NULL,
    inn         TEXT NOT NULL,
    ogrn        TEXT NOT NULL,
    mail        TEXT NOT NULL,
    phone       TEXT NOT NULL,
    site        TEXT NOT NULL,
    registry    TEXT NOT NULL,
    country     TEXT NOT NULL,
    post_index  TEXT NOT NULL,
    region_code TEXT NOT NULL,
    region      TEXT NOT NULL,
    city        TEXT NOT NULL,
    street      TEXT NOT NULL,
    successor   TEXT NOT NULL,
    note        TEXT NOT NULL,
    state       TEXT NOT NULL,
    state_text  TEXT NOT NULL,
    state_from  BIGINT NOT NULL,
    content     TEXT NOT NULL,
    PRIMARY KEY (list_id, id)
);

-- The history of statuses, of which the periods of accreditation are made.
CREATE TABLE trust_status (
    list_id    TEXT NOT NULL,
    centre_id  TEXT NOT NULL,
    n          BIGINT NOT NULL,
    state      TEXT NOT NULL,
    state_text TEXT NOT NULL,
    from_at    BIGINT NOT NULL,
    PRIMARY KEY (list_id, centre_id, n)
);

-- Keys of centres; lists are the addresses of revocation lists, a line each.
CREATE TABLE trust_key (
    list_id   TEXT NOT NULL,
    centre_id TEXT NOT NULL,
    n         BIGINT NOT NULL,
    key_id    TEXT NOT NULL,
    complex   TEXT NOT NULL,
    class     TEXT NOT NULL,
    lists     TEXT NOT NULL,
    PRIMARY KEY (list_id, centre_id, n)
);

-- Certificates of keys, as far as they can be read. subject is what [x509.Name.Key]
-- gives, digested; public_key the digest of the encoded key.
CREATE TABLE trust_certificate (
    list_id     TEXT NOT NULL,
    centre_id   TEXT NOT NULL,
    n           BIGINT NOT NULL,
    key_n       BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    subject     TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    not_before  BIGINT NOT NULL,
    not_after   BIGINT NOT NULL,
    der         BYTEA NOT NULL,
    PRIMARY KEY (list_id, centre_id, n)
);
CREATE INDEX trust_certificate_subject ON trust_certificate (list_id, subject);

-- What came of fetching the list, one row.
CREATE TABLE trust_fetch (
    name       TEXT PRIMARY KEY,
    url        TEXT NOT NULL,
    tried_at   BIGINT NOT NULL,
    good_at    BIGINT NOT NULL,
    failure    TEXT NOT NULL
);
