-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- How an installation looks (package oversight).

-- +goose Up

-- Each change, the latest counts; logo is a PNG, empty: the product's own seal.
CREATE TABLE brand_change (
    id         TEXT PRIMARY KEY,
    palette    TEXT NOT NULL,
    logo       BYTEA NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX brand_change_at ON brand_change (changed_at, id);
