-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- The closing of accounts, and the end of what is kept of them (package privacy).

-- +goose Up

-- due_at: when it closes unless it is called off; erase_at: until when the law has the data kept.
-- Times that have not come are 0.
CREATE TABLE closing (
    account_id TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL,
    asked_at   BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    done_at    BIGINT NOT NULL,
    erase_at   BIGINT NOT NULL,
    erased_at  BIGINT NOT NULL
);
CREATE INDEX closing_due ON closing (due_at) WHERE done_at = 0;
CREATE INDEX closing_erase ON closing (erase_at) WHERE done_at <> 0 AND erased_at = 0;
