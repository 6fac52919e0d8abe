-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- What the authority hands out (package download).

-- +goose Up

-- The content is a blob of the same id. address: where the publisher keeps what is only
-- pointed to; the content is then a statement of it. withdrawn_at 0: handed out.
CREATE TABLE download (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    title        TEXT NOT NULL,
    version      TEXT NOT NULL,
    system       TEXT NOT NULL,
    publisher    TEXT NOT NULL,
    address      TEXT NOT NULL,
    size         BIGINT NOT NULL,
    sha256       TEXT NOT NULL,
    streebog256  TEXT NOT NULL,
    signature    BYTEA NOT NULL,
    published_by TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX download_name ON download (name) WHERE withdrawn_at = 0;
