-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Licences that an entry of a register had and has no longer (package egrip).

-- +goose Up

-- licence is a digest of its marks, data is sealed. The registers give licences in force alone: that
-- one has ended is known from the first answer without it, whose day gone_at is.
CREATE TABLE egr_licence (
    register TEXT NOT NULL,
    number   TEXT NOT NULL,
    licence  TEXT NOT NULL,
    data     BYTEA NOT NULL,
    gone_at  BIGINT NOT NULL,
    PRIMARY KEY (register, number, licence)
);
