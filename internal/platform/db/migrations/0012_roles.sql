-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Roles that people asked for (package egrip).

-- +goose Up

-- data is sealed: the address of the letter and what the register said. token is
-- the hash of the activation link.
CREATE TABLE role_request (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    number     TEXT NOT NULL,
    state      TEXT NOT NULL,
    title      TEXT NOT NULL,
    data       BYTEA NOT NULL,
    token      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    due_at     BIGINT NOT NULL
);
CREATE INDEX role_request_person ON role_request (person_id, created_at);
CREATE INDEX role_request_state ON role_request (state, due_at);
CREATE UNIQUE INDEX role_request_token ON role_request (token) WHERE token <> '';
