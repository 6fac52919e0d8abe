-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Applications for certificates (package ra).

-- +goose Up

-- data is sealed: what was typed, and personal data as approved.
CREATE TABLE application (
    id           TEXT PRIMARY KEY,
    number       BIGINT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    profile_id   TEXT NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    title        TEXT NOT NULL,
    data         BYTEA NOT NULL,
    submit_key   TEXT NOT NULL,
    approval     TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    operator_id  TEXT NOT NULL,
    seen_by      TEXT NOT NULL,
    seen_at      BIGINT NOT NULL,
    serial       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    submitted_at BIGINT NOT NULL,
    due_at       BIGINT NOT NULL
);
CREATE INDEX application_person ON application (person_id, created_at);
CREATE INDEX application_queue ON application (state, due_at, id);
CREATE INDEX application_serial ON application (serial);

-- What happened to an application, as its holder reads it.
CREATE TABLE application_event (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    at             BIGINT NOT NULL,
    who            TEXT NOT NULL,
    kind           TEXT NOT NULL,
    words          TEXT NOT NULL
);
CREATE INDEX application_event_of ON application_event (application_id, at, id);

-- Documents attached; the content is sealed in the blob store under blob_id.
CREATE TABLE application_file (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    purpose        TEXT NOT NULL,
    name           TEXT NOT NULL,
    mime           TEXT NOT NULL,
    size           BIGINT NOT NULL,
    blob_id        TEXT NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX application_file_of ON application_file (application_id, created_at);
