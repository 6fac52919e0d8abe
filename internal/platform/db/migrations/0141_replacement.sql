-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Replacements of carriers that support offers in tickets (package consult).

-- +goose Up

CREATE TABLE replacement_offer (
    id             TEXT PRIMARY KEY,
    ticket_id      TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    serial         TEXT NOT NULL,
    medium         TEXT NOT NULL,
    state          TEXT NOT NULL,
    operator_id    TEXT NOT NULL,
    application_id TEXT NOT NULL,
    due_at         BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL
);
CREATE INDEX replacement_offer_ticket ON replacement_offer (ticket_id, created_at);
CREATE INDEX replacement_offer_state ON replacement_offer (state, due_at);
CREATE INDEX replacement_offer_account ON replacement_offer (account_id);
