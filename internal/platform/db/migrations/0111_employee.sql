-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Staff whom a directory of the company lets in (package auth/employee).

-- +goose Up

-- An account that signs in by a directory. subject is the digest of who it is there; while
-- it is empty the account waits for the first sign-in with its mail.
CREATE TABLE employee (
    account_id TEXT PRIMARY KEY,
    provider   TEXT NOT NULL,
    subject    TEXT NOT NULL,
    bound_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX employee_subject ON employee (provider, subject) WHERE subject <> '';
