-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Connections of the installation and when they were last tried (package oversight).

-- +goose Up

CREATE TABLE connector_check (
    name       TEXT PRIMARY KEY,
    checked_at BIGINT NOT NULL,
    good_at    BIGINT NOT NULL,
    problem    TEXT NOT NULL
);
