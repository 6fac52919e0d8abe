-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- The last number of requests to be connected (package connection): requests go, their numbers are said
-- by phone and stay on receipts, and are not given twice.

-- +goose Up

CREATE TABLE connection_number (
    id   TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO connection_number (id, last) SELECT 'request', COALESCE(MAX(number), 100) FROM connection_request;
