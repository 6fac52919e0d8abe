-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Letters of the inbox and what people chose about notices (package notify);
-- the calendar, webhooks and what was put off (package inbox).

-- +goose Up

-- What an account was told. content is sealed.
CREATE TABLE letter (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    class      TEXT NOT NULL,
    content    BYTEA NOT NULL,
    action     BOOLEAN NOT NULL,
    due_at     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    read_at    BIGINT NOT NULL,
    done_at    BIGINT NOT NULL,
    dedup_key  TEXT NOT NULL
);
CREATE INDEX letter_account ON letter (account_id, created_at, id);
CREATE UNIQUE INDEX letter_dedup ON letter (account_id, dedup_key) WHERE dedup_key <> '';

-- quiet_from and quiet_until are minutes of the day in zone; equal: no quiet hours.
CREATE TABLE notice_setting (
    account_id  TEXT PRIMARY KEY,
    language    TEXT NOT NULL,
    quiet_from  BIGINT NOT NULL,
    quiet_until BIGINT NOT NULL,
    zone        TEXT NOT NULL,
    muted       TEXT NOT NULL,
    changed_at  BIGINT NOT NULL
);

-- The address of a calendar is a capability: a new one makes the old one void.
CREATE TABLE calendar_feed (
    account_id TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    named      BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a reminder was put off to; once for each.
CREATE TABLE reminder_later (
    account_id TEXT NOT NULL,
    subject    TEXT NOT NULL,
    until      BIGINT NOT NULL,
    PRIMARY KEY (account_id, subject)
);

-- address and secret are sealed.
CREATE TABLE webhook (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    address    BYTEA NOT NULL,
    secret     BYTEA NOT NULL,
    events     TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_account ON webhook (account_id, profile_id);

CREATE TABLE webhook_delivery (
    id          TEXT PRIMARY KEY,
    webhook_id  TEXT NOT NULL,
    event       TEXT NOT NULL,
    body        BYTEA NOT NULL,
    state       TEXT NOT NULL,
    status      BIGINT NOT NULL,
    error       TEXT NOT NULL,
    attempt     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL
);
CREATE INDEX webhook_delivery_hook ON webhook_delivery (webhook_id, created_at);
