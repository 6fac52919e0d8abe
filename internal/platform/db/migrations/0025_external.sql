-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Identity from outside: proofs and facts of a person (package identity), sign-ins under
-- way, links to accounts of others (package federation).

-- +goose Up

-- How a person was recognised; until_at 0 is without an end.
CREATE TABLE person_proof (
    person_id TEXT NOT NULL REFERENCES person (id),
    kind      TEXT NOT NULL,
    source    TEXT NOT NULL,
    level     TEXT NOT NULL,
    proved_at BIGINT NOT NULL,
    until_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, kind, source)
);

-- What a source stated of a person. secret is sealed.
CREATE TABLE person_facts (
    person_id TEXT NOT NULL REFERENCES person (id),
    source    TEXT NOT NULL,
    secret    BYTEA NOT NULL,
    stated_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, source)
);

-- A person on the way to a provider and back: by the digests of the state in the address
-- and of the browser's cookie, used once. secret is sealed.
CREATE TABLE external_attempt (
    state_hash   BYTEA PRIMARY KEY,
    browser_hash BYTEA NOT NULL,
    provider     TEXT NOT NULL,
    secret       BYTEA NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL
);
CREATE INDEX external_attempt_expires ON external_attempt (expires_at);

-- Who came from a provider and has no session yet. secret is sealed.
CREATE TABLE external_arrival (
    token_hash BYTEA PRIMARY KEY,
    secret     BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX external_arrival_expires ON external_arrival (expires_at);

-- An account of a provider that belongs to an account here. subject is a digest.
CREATE TABLE external_link (
    provider   TEXT NOT NULL,
    subject    BYTEA NOT NULL,
    account_id TEXT NOT NULL,
    secret     BYTEA NOT NULL,
    level      TEXT NOT NULL,
    linked_at  BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE UNIQUE INDEX external_link_account ON external_link (account_id, provider);
