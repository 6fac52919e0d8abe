-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- What the registers of the state say (package egrip).

-- +goose Up

-- The last good answer about an entry; data is sealed.
CREATE TABLE egr_record (
    register TEXT NOT NULL,
    number   TEXT NOT NULL,
    data     BYTEA NOT NULL,
    source   TEXT NOT NULL,
    as_of    BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (register, number)
);

-- How the last question about an entry went: outcome is found, missing or silent.
CREATE TABLE egr_query (
    register TEXT NOT NULL,
    number   TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    failure  TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    retry_at BIGINT NOT NULL,
    PRIMARY KEY (register, number)
);

-- What a role says of itself beside what package identity keeps; data is sealed.
-- standing is the group that people were last told.
CREATE TABLE egr_role (
    profile_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    register   TEXT NOT NULL,
    number     TEXT NOT NULL,
    data       BYTEA NOT NULL,
    standing   TEXT NOT NULL,
    checked_at BIGINT NOT NULL
);
CREATE INDEX egr_role_number ON egr_role (register, number);
CREATE INDEX egr_role_checked ON egr_role (checked_at);

-- Each comparing; data is sealed.
CREATE TABLE egr_compare (
    id         TEXT PRIMARY KEY,
    profile_id TEXT NOT NULL,
    at         BIGINT NOT NULL,
    as_of      BIGINT NOT NULL,
    differ     BIGINT NOT NULL,
    blocking   BIGINT NOT NULL,
    data       BYTEA NOT NULL
);
CREATE INDEX egr_compare_of ON egr_compare (profile_id, at, id);

-- Kinds of activity (ОКВЭД 2), a table that is imported.
CREATE TABLE okved (
    code   TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    search TEXT NOT NULL
);
