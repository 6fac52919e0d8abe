-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Good habits and the copies of keys that people keep (package habit).

-- +goose Up

-- What a person says they did: only what nothing here can know.
CREATE TABLE habit_done (
    account_id TEXT NOT NULL,
    habit      TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, habit)
);

-- words (which key, medium, place, conditions) are sealed. Times that have not come are 0.
CREATE TABLE key_copy (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL,
    words        BYTEA NOT NULL,
    made_at      BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL
);
CREATE INDEX key_copy_account ON key_copy (account_id);

CREATE TABLE habit_reminder (
    account_id TEXT PRIMARY KEY,
    at         BIGINT NOT NULL
);
