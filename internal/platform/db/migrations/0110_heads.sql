-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Whom the register has named as head (package egrip).

-- +goose Up

-- A role whose person the register has named as the head of its organisation; resigned_at is
-- when it named somebody else instead, 0: it still names the person.
CREATE TABLE egr_head (
    profile_id  TEXT PRIMARY KEY,
    named_at    BIGINT NOT NULL,
    resigned_at BIGINT NOT NULL
);
