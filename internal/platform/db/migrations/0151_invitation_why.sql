-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Why an invitation was closed before its term (package people): 'sender', who sent it may let nobody in any more. Its
-- link tells so; it opens nothing.

-- +goose Up

ALTER TABLE member ADD COLUMN closed_why TEXT NOT NULL DEFAULT '';
