-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Tables of the platform: audit, jobs, notices, policy.

-- +goose Up

-- The audit (package audit). An act inserts its entry here; the sealer copies the
-- hash of it into audit_link. Nothing is ever updated or deleted.
CREATE TABLE audit_entry (
    id      TEXT PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    object  TEXT NOT NULL,
    outcome TEXT NOT NULL,
    origin  TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_object ON audit_entry (object, at);
CREATE INDEX audit_entry_actor ON audit_entry (actor, at);

-- Entries that are committed and not yet linked; the sealer empties it.
CREATE TABLE audit_unsealed (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

CREATE TABLE audit_link (
    seq      BIGINT PRIMARY KEY,
    entry_id TEXT NOT NULL UNIQUE,
    hash     BYTEA NOT NULL
);

-- A signed root over all links up to and including size - 1.
CREATE TABLE audit_root (
    size      BIGINT PRIMARY KEY,
    at        BIGINT NOT NULL,
    head      BYTEA NOT NULL,
    root      BYTEA NOT NULL,
    frontier  BYTEA NOT NULL,
    key_id    TEXT NOT NULL,
    signature BYTEA NOT NULL
);

-- Jobs (package jobs).
CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    payload      BYTEA NOT NULL,
    unique_key   TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempt      BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    run_at       BIGINT NOT NULL,
    lease_until  BIGINT NOT NULL,
    lease_by     TEXT NOT NULL,
    last_error   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT NOT NULL
);
CREATE INDEX job_due ON job (state, run_at, id);
CREATE INDEX job_lease ON job (state, lease_until);
CREATE INDEX job_finished ON job (state, finished_at);
-- One waiting or running job for a key; a finished one gives its key back.
CREATE UNIQUE INDEX job_unique ON job (kind, unique_key)
    WHERE unique_key <> '' AND state IN ('waiting', 'running');

CREATE TABLE job_schedule (
    name    TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL
);

CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL
);

-- Notices (package notify).
CREATE TABLE notice (
    id           TEXT PRIMARY KEY,
    channel      TEXT NOT NULL,
    recipient    BYTEA NOT NULL,
    subject      TEXT NOT NULL,
    body         BYTEA NOT NULL,
    dedup_key    TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempt      BIGINT NOT NULL,
    gateway_id   TEXT NOT NULL,
    last_error   TEXT NOT NULL,
    expires_at   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT NOT NULL,
    secret       BOOLEAN NOT NULL
);
CREATE INDEX notice_state ON notice (state, created_at);
CREATE UNIQUE INDEX notice_dedup ON notice (channel, dedup_key) WHERE dedup_key <> '';

-- Numbers of law, tariffs and limits (package policy). A row is in force from
-- valid_from until the next row of its key, or until valid_to when that is set.
CREATE TABLE policy (
    key        TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT NOT NULL,
    value      TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (key, valid_from)
);
