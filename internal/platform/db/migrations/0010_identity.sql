-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Persons and the roles they act in (package identity).

-- +goose Up

-- secret is the sealed part: СНИЛС, birth date and passport.
CREATE TABLE person (
    id         TEXT PRIMARY KEY,
    surname    TEXT NOT NULL,
    given_name TEXT NOT NULL,
    patronymic TEXT NOT NULL,
    search     TEXT NOT NULL,
    inn        TEXT NOT NULL,
    secret     BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_inn ON person (inn) WHERE inn <> '';

-- A role of a person: themselves, an entrepreneur, somebody of an organisation.
CREATE TABLE profile (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES person (id),
    kind       TEXT NOT NULL,
    register_number TEXT NOT NULL,
    title      TEXT NOT NULL,
    details    TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX profile_role ON profile (person_id, kind, register_number);
