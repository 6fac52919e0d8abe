-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Consents that were taken back, and breaches of personal data (package privacy).

-- +goose Up

CREATE TABLE consent_withdrawal (
    account_id TEXT PRIMARY KEY,
    at         BIGINT NOT NULL,
    ticket_id  TEXT NOT NULL
);

-- words are sealed.
CREATE TABLE breach (
    id          TEXT PRIMARY KEY,
    found_at    BIGINT NOT NULL,
    people      BIGINT NOT NULL,
    words       BYTEA NOT NULL,
    entered_by  TEXT NOT NULL,
    told_at     BIGINT NOT NULL,
    results_at  BIGINT NOT NULL
);
CREATE INDEX breach_found ON breach (found_at);
