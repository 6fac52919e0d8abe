-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Tickets, what people think of help pages (package support).

-- +goose Up

-- account_id is empty for guests; data is sealed: contacts, diagnostics.
-- reply_hash finds the ticket of a letter, view_hash that of a guest's link.
CREATE TABLE ticket (
    id           TEXT PRIMARY KEY,
    number       BIGINT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL,
    profile_id   TEXT NOT NULL,
    origin       TEXT NOT NULL,
    topic        TEXT NOT NULL,
    state        TEXT NOT NULL,
    data         BYTEA NOT NULL,
    reply_hash   BYTEA NOT NULL UNIQUE,
    view_hash    BYTEA NOT NULL,
    seen_by      TEXT NOT NULL,
    seen_at      BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    late_at      BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    rating       BIGINT NOT NULL,
    rating_words BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
CREATE INDEX ticket_account ON ticket (account_id, created_at);
CREATE INDEX ticket_queue ON ticket (state, due_at);
CREATE INDEX ticket_view ON ticket (view_hash);

-- side is who speaks: person, operator, system; a note is seen by staff only.
-- origin_id is the id a letter came with: the same one twice is one.
CREATE TABLE ticket_message (
    id        TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    at        BIGINT NOT NULL,
    side      TEXT NOT NULL,
    who       TEXT NOT NULL,
    words     BYTEA NOT NULL,
    origin_id TEXT NOT NULL
);
CREATE INDEX ticket_message_ticket ON ticket_message (ticket_id, at, id);
CREATE UNIQUE INDEX ticket_message_origin ON ticket_message (ticket_id, origin_id) WHERE origin_id <> '';

CREATE TABLE ticket_file (
    id         TEXT PRIMARY KEY,
    ticket_id  TEXT NOT NULL,
    name       TEXT NOT NULL,
    mime       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    digest     TEXT NOT NULL
);
CREATE INDEX ticket_file_ticket ON ticket_file (ticket_id, created_at);

-- A guest's ticket that waits for the code; data is sealed.
CREATE TABLE ticket_draft (
    id           TEXT PRIMARY KEY,
    token_hash   BYTEA NOT NULL UNIQUE,
    challenge_id TEXT NOT NULL,
    data         BYTEA NOT NULL,
    expires_at   BIGINT NOT NULL
);

-- What readers think of a help page; words and mail are sealed, mail is never shown.
CREATE TABLE help_rating (
    id         TEXT PRIMARY KEY,
    page       TEXT NOT NULL,
    useful     BOOLEAN NOT NULL,
    words      BYTEA NOT NULL,
    mail       BYTEA NOT NULL,
    network    TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX help_rating_page ON help_rating (page, created_at);
CREATE INDEX help_rating_network ON help_rating (network, created_at);
