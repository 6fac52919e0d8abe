-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Recovery cases (package support) and sign-ins that are closed (package auth).

-- +goose Up

-- account_id is empty when nobody was found: the person is told the same. data is sealed.
CREATE TABLE recovery (
    id           TEXT PRIMARY KEY,
    number       BIGINT NOT NULL UNIQUE,
    token_hash   BYTEA NOT NULL,
    stop_hash    BYTEA NOT NULL,
    account_id   TEXT NOT NULL,
    path         TEXT NOT NULL,
    state        TEXT NOT NULL,
    data         BYTEA NOT NULL,
    challenge_id TEXT NOT NULL,
    operator_id  TEXT NOT NULL,
    second_id    TEXT NOT NULL,
    due_at       BIGINT NOT NULL,
    late_at      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
CREATE INDEX recovery_token ON recovery (token_hash);
CREATE INDEX recovery_stop ON recovery (stop_hash);
CREATE INDEX recovery_due ON recovery (state, due_at);
CREATE INDEX recovery_account ON recovery (account_id, created_at);

CREATE TABLE recovery_event (
    id          TEXT PRIMARY KEY,
    recovery_id TEXT NOT NULL,
    at          BIGINT NOT NULL,
    who         TEXT NOT NULL,
    move        TEXT NOT NULL
);
CREATE INDEX recovery_event_case ON recovery_event (recovery_id, at, id);

-- What an operator found by three fields is open to that operator for a while.
CREATE TABLE client_look (
    operator_id TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    until       BIGINT NOT NULL,
    PRIMARY KEY (operator_id, account_id)
);

-- Accounts whose every way in is closed until a time, or until an operator opens it.
CREATE TABLE account_block (
    account_id TEXT PRIMARY KEY,
    until      BIGINT NOT NULL,
    why        TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
