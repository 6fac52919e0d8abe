-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- The authority: its keys, certificates, revocation lists (package ca).

-- +goose Up

-- sealed is the private key under the installation's key; empty for a key that
-- is kept elsewhere.
CREATE TABLE ca_key (
    id         TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    cert       BYTEA NOT NULL,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX ca_key_role ON ca_key (role) WHERE retired_at = 0;

-- A certificate from its plan on: the row is there before the key signs.
CREATE TABLE certificate (
    serial      TEXT PRIMARY KEY,
    issuer_id   TEXT NOT NULL,
    order_key   TEXT NOT NULL UNIQUE,
    profile     TEXT NOT NULL,
    state       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    search      TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    request     BYTEA NOT NULL,
    tbs         BYTEA NOT NULL,
    token       BYTEA NOT NULL,
    der         BYTEA NOT NULL,
    approval    TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    ordered_by  TEXT NOT NULL,
    not_before  BIGINT NOT NULL,
    not_after   BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    signing_at  BIGINT NOT NULL,
    issued_at   BIGINT NOT NULL,
    revoked_at  BIGINT NOT NULL,
    reason      BIGINT NOT NULL,
    revoked_by  TEXT NOT NULL
);
CREATE INDEX certificate_state ON certificate (state, created_at);
CREATE INDEX certificate_revoked ON certificate (issuer_id, revoked_at, serial);
CREATE INDEX certificate_created ON certificate (created_at, serial);
-- One key, one holder: a key that was certified for one order is not certified
-- for another.
CREATE UNIQUE INDEX certificate_key ON certificate (key_id) WHERE state <> 'dropped' AND state <> 'abandoned';

CREATE TABLE crl (
    issuer_id   TEXT NOT NULL,
    number      BIGINT NOT NULL,
    der         BYTEA NOT NULL,
    this_update BIGINT NOT NULL,
    next_update BIGINT NOT NULL,
    PRIMARY KEY (issuer_id, number)
);
