-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- A second submit of the same form makes one object, whatever the node (package ra).

-- +goose Up

CREATE UNIQUE INDEX application_submit_key ON application (account_id, submit_key);

-- The digest of a document as it was attached: the same one twice is one.
ALTER TABLE application_file ADD COLUMN digest TEXT NOT NULL DEFAULT '';
