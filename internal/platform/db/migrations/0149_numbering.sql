-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- The last number of what people call by a number (tickets, orders by phone, requests to be connected): rows
-- go with their accounts and terms, their numbers stay on paper and are not given twice.

-- +goose Up

CREATE TABLE numbering (
    id   TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO numbering (id, last) SELECT 'connection', last FROM connection_number;
INSERT INTO numbering (id, last) SELECT 'ticket', COALESCE(MAX(number), 1000) FROM ticket;
INSERT INTO numbering (id, last) SELECT 'order', COALESCE(MAX(number), 100) FROM phone_order;
DROP TABLE connection_number;
