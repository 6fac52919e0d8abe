-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- A webhook that outlived the end of every session of its account is paused until its owner has looked at it (package inbox).

-- +goose Up

ALTER TABLE webhook ADD COLUMN paused_at BIGINT NOT NULL DEFAULT 0;
