-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Who acts for an entrepreneur or an organisation, and powers of attorney (package people).

-- +goose Up

-- Somebody who was let in by a head. data is sealed: the address of the invitation and the
-- name; token is the hash of its link.
CREATE TABLE member (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    number     TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    account_id TEXT NOT NULL,
    state      TEXT NOT NULL,
    duty       TEXT NOT NULL,
    rights     TEXT NOT NULL,
    data       BYTEA NOT NULL,
    token      TEXT NOT NULL,
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX member_of ON member (kind, number, created_at);
CREATE INDEX member_person ON member (person_id, kind, number);
CREATE UNIQUE INDEX member_token ON member (token) WHERE token <> '';

-- A machine-readable power of attorney. data is sealed: the file and its signature. until_at is
-- the end of its last day.
CREATE TABLE power (
    id             TEXT PRIMARY KEY,
    kind           TEXT NOT NULL,
    number         TEXT NOT NULL,
    guid           TEXT NOT NULL,
    state          TEXT NOT NULL,
    representative TEXT NOT NULL,
    data           BYTEA NOT NULL,
    from_at        BIGINT NOT NULL,
    until_at       BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX power_guid ON power (kind, number, guid);
CREATE INDEX power_of ON power (kind, number, created_at);
