-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Conversations with a specialist (package support/chat); what is said stands in their tickets.

-- +goose Up

-- conversation is the digest of the id that another chat gave, in hexadecimal; address is sealed: where its answers go.
CREATE TABLE chat (
    ticket_id    TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    network      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    address      BYTEA NOT NULL,
    operator_id  TEXT NOT NULL,
    since        BIGINT NOT NULL,
    taken_at     BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL
);
CREATE INDEX chat_state ON chat (state, since, ticket_id);
CREATE INDEX chat_network ON chat (network, since);
CREATE INDEX chat_conversation ON chat (conversation) WHERE conversation <> '';

-- Signatures of messages that were taken: none is taken twice.
CREATE TABLE chat_signature (
    digest BYTEA PRIMARY KEY,
    at     BIGINT NOT NULL
);
