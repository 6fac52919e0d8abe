-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Changes of contacts by those who can sign in (package contact).

-- +goose Up

-- A new phone or address of an account on its way; data, both contacts, is sealed.
-- stop_hash is the digest of the link that the old contacts have, empty once used.
CREATE TABLE contact_change (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    data         BYTEA NOT NULL,
    challenge_id TEXT NOT NULL,
    stop_hash    BYTEA NOT NULL,
    due_at       BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
-- One at a time.
CREATE UNIQUE INDEX contact_change_open ON contact_change (account_id, kind) WHERE state IN ('code', 'cooling');
CREATE INDEX contact_change_account ON contact_change (account_id, created_at);
CREATE INDEX contact_change_stop ON contact_change (stop_hash);
CREATE INDEX contact_change_due ON contact_change (state, due_at);
