-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Agreements on access to a cabinet that heads of organisations sign (package egrip).

-- +goose Up

-- text is sealed: whom it names; digest is its Streebog-256. The row stays: it is evidence.
-- signature is empty until it is signed.
CREATE TABLE role_agreement (
    request_id  TEXT PRIMARY KEY,
    person_id   TEXT NOT NULL,
    version     TEXT NOT NULL,
    text        BYTEA NOT NULL,
    digest      TEXT NOT NULL,
    signature   BYTEA NOT NULL,
    certificate TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    signed_at   BIGINT NOT NULL
);
