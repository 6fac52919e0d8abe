-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Ways in: step-up, devices, sign-in by certificate (package auth); what a person can
-- prove with (package factor).

-- +goose Up

-- When a session last showed a second step; 0 is never.
ALTER TABLE session ADD COLUMN stepped_at BIGINT NOT NULL DEFAULT 0;

-- A browser that an account has come from, by the digest of its cookie.
CREATE TABLE device (
    account_id TEXT NOT NULL,
    key_hash   BYTEA NOT NULL,
    first_at   BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, key_hash)
);

-- «Это не я»: a link in a letter about a sign-in, single use.
CREATE TABLE alarm (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX alarm_expires ON alarm (expires_at);

-- A text that a certificate's key signs once.
CREATE TABLE sign_challenge (
    key_hash   BYTEA PRIMARY KEY,
    purpose    TEXT NOT NULL,
    account_id TEXT NOT NULL,
    nonce      TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX sign_challenge_expires ON sign_challenge (expires_at);

-- A method of the second step. lookup finds it by what the person shows (identifier of a
-- passkey, of a certificate); secret is sealed; counter is the last step of an
-- application's code or the last count of a passkey.
CREATE TABLE factor (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    lookup     TEXT NOT NULL,
    secret     BYTEA NOT NULL,
    counter    BIGINT NOT NULL,
    active     BOOLEAN NOT NULL,
    added_at   BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX factor_account ON factor (account_id);
CREATE UNIQUE INDEX factor_lookup ON factor (kind, lookup);

-- Recovery codes: digests of those in force, and a new set that waits until one of it is
-- typed back. Both are sealed.
CREATE TABLE recovery_set (
    account_id TEXT PRIMARY KEY,
    codes      BYTEA NOT NULL,
    made_at    BIGINT NOT NULL,
    pending    BYTEA NOT NULL,
    pending_at BIGINT NOT NULL
);

-- A passkey being made or shown: what was asked of the browser, sealed, single use.
CREATE TABLE ceremony (
    key_hash   BYTEA PRIMARY KEY,
    purpose    TEXT NOT NULL,
    account_id TEXT NOT NULL,
    data       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);
