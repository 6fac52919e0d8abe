-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Texts that an installation says in its own words (package oversight).

-- +goose Up

-- Each change of a text, the latest counts; an empty value is the original.
CREATE TABLE text_change (
    id         TEXT PRIMARY KEY,
    language   TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX text_change_of ON text_change (language, name, changed_at);
