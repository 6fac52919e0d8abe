-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Who asked for letters in a system outside (package inbox).

-- +goose Up

CREATE TABLE outlet_consent (
    account_id TEXT NOT NULL,
    outlet     TEXT NOT NULL,
    given_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, outlet)
);
