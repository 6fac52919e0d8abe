-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- What services ask of a workplace (package workplace, Setup).

-- +goose Up

-- Days are midnights; valid_to is the first day a row is past, 0: no such day. needs is JSON: by
-- kind, what is asked. The program's own rows have changed_by 'default'.
CREATE TABLE workplace_setup (
    id         TEXT PRIMARY KEY,
    code       TEXT NOT NULL,
    name_ru    TEXT NOT NULL,
    name_kk    TEXT NOT NULL,
    name_en    TEXT NOT NULL,
    needs      TEXT NOT NULL,
    site       TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT NOT NULL,
    source     TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (code, valid_from)
);
