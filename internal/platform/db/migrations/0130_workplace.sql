-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Dated tables of browsers, systems, crypto providers, tools and tokens (package workplace).

-- +goose Up

-- Days are midnights; valid_to is the first day a row is past, certified_to the last day of its
-- certificate, 0: no such day. The program's own rows have changed_by 'default'.
CREATE TABLE workplace_row (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    version      TEXT NOT NULL,
    state        TEXT NOT NULL,
    valid_from   BIGINT NOT NULL,
    valid_to     BIGINT NOT NULL,
    certificate  TEXT NOT NULL,
    certified_to BIGINT NOT NULL,
    source       TEXT NOT NULL,
    changed_by   TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    UNIQUE (kind, name, version, valid_from)
);
