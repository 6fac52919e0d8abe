-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Archives of one's own data by a plan (package takeout).

-- +goose Up

-- One plan an account. parts and cursors are JSON; a cursor is where the last archive of a part ended.
CREATE TABLE takeout_plan (
    account_id TEXT PRIMARY KEY,
    every      TEXT NOT NULL,
    day        BIGINT NOT NULL,
    parts      TEXT NOT NULL,
    whole      BOOLEAN NOT NULL,
    paused     BOOLEAN NOT NULL,
    cursors    TEXT NOT NULL,
    next_at    BIGINT NOT NULL
);
CREATE INDEX takeout_plan_next ON takeout_plan (next_at);

-- The archive is a sealed blob of the same id; left_out is sealed, it has names of files.
CREATE TABLE takeout_run (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    state      TEXT NOT NULL,
    why        TEXT NOT NULL,
    size       BIGINT NOT NULL,
    files      BIGINT NOT NULL,
    left_count BIGINT NOT NULL,
    left_out   BYTEA,
    created_at BIGINT NOT NULL,
    done_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX takeout_run_account ON takeout_run (account_id, created_at);
CREATE INDEX takeout_run_expires ON takeout_run (expires_at);
