-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Orders that consultants take by phone, and carriers they offer to replace (package consult).

-- +goose Up

-- Somebody who called and was not known: what they want is sealed and waits for whoever confirms
-- the phone. The phone is how it is found, as with a sign-up; it goes when nothing waits any more.
CREATE TABLE phone_order (
    id             TEXT PRIMARY KEY,
    number         BIGINT NOT NULL UNIQUE,
    phone          TEXT NOT NULL,
    state          TEXT NOT NULL,
    operator_id    TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    application_id TEXT NOT NULL,
    secret         BYTEA NOT NULL,
    due_at         BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL
);
CREATE INDEX phone_order_phone ON phone_order (phone, state);
CREATE INDEX phone_order_state ON phone_order (state, due_at);
CREATE INDEX phone_order_operator ON phone_order (operator_id, created_at);
