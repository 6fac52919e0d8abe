-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Requests to be connected (package connection).

-- +goose Up

-- Who asks, for what, is sealed; token_hash is the digest of the link to its state.
CREATE TABLE connection_request (
    id          TEXT PRIMARY KEY,
    number      BIGINT NOT NULL UNIQUE,
    token_hash  BYTEA NOT NULL UNIQUE,
    account_id  TEXT NOT NULL,
    state       TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    secret      BYTEA NOT NULL,
    due_at      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
);
CREATE INDEX connection_request_state ON connection_request (state, due_at);
CREATE INDEX connection_request_account ON connection_request (account_id);
