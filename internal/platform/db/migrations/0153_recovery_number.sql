-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Recoveries are erased by term (package recovery): their numbers stay on paper and are not given twice.

-- +goose Up

INSERT INTO numbering (id, last) SELECT 'recovery', COALESCE(MAX(number), 1000) FROM recovery;
