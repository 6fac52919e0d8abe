-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Powers of attorney that were made here: what their state is, this installation alone knows (package people).

-- +goose Up
ALTER TABLE power ADD COLUMN own BIGINT NOT NULL DEFAULT 0; -- 1: made here, 0: handed in
CREATE UNIQUE INDEX power_own ON power (guid) WHERE own = 1;
