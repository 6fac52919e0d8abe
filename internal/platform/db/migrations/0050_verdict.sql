-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Judgements kept behind a link (package verdict). The link is stored hashed, the judgement sealed: it names people.

-- +goose Up

CREATE TABLE verdict (
    token_hash BYTEA PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    kept_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX verdict_expires ON verdict (expires_at);
