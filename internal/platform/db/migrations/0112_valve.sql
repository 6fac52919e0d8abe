-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Switches of connections to the outside world (package valve).

-- +goose Up

CREATE TABLE connector_switch (
    name       TEXT PRIMARY KEY,
    off        BOOLEAN NOT NULL,
    reason     TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
