-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Notices to devices (package push) and sign-ins that a trusted device approves (package approve).

-- +goose Up

-- The browser of a session, by the digest of its cookie; empty: it has none.
ALTER TABLE session ADD COLUMN device_key TEXT NOT NULL DEFAULT '';

-- The key by which push services know the installation, sealed.
CREATE TABLE push_sender (
    id         TEXT PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- A browser that takes notices. sealed is its address, its keys and its name; the address is a
-- secret, so it is found by its digest.
CREATE TABLE push_device (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL,
    device_key    TEXT NOT NULL,
    endpoint_hash BYTEA NOT NULL UNIQUE,
    sealed        BYTEA NOT NULL,
    added_at      BIGINT NOT NULL,
    used_at       BIGINT NOT NULL
);
CREATE INDEX push_device_account ON push_device (account_id, added_at, id);

-- A second step that waits for a trusted device. sealed is who asks and the numbers.
CREATE TABLE approval (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    device_key TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    state      TEXT NOT NULL,
    tries_left BIGINT NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX approval_account ON approval (account_id, asked_at, id);
CREATE INDEX approval_asked ON approval (asked_at);
