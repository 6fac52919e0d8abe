-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Documents and requisites that roles keep in the cabinet (package document).

-- +goose Up

-- A document of a role; its content is a sealed blob of the same id, secret is sealed.
-- deleted_at 0: it is there.
CREATE TABLE role_document (
    id         TEXT PRIMARY KEY,
    profile_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    mime       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    secret     BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL
);
CREATE INDEX role_document_profile ON role_document (profile_id, created_at);
CREATE INDEX role_document_account ON role_document (account_id);
CREATE INDEX role_document_deleted ON role_document (deleted_at);

-- What a role writes on invoices and into forms; secret is sealed.
CREATE TABLE requisites (
    profile_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    secret     BYTEA NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX requisites_account ON requisites (account_id);
