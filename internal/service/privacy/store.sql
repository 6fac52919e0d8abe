-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: Withdrawal :one
SELECT account_id, at, ticket_id FROM consent_withdrawal WHERE account_id = $1;

-- name: InsertWithdrawal :execrows
INSERT INTO consent_withdrawal (account_id, at, ticket_id) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO NOTHING;

-- name: InsertBreach :exec
INSERT INTO breach (id, found_at, people, words, entered_by, told_at, results_at) VALUES ($1, $2, $3, $4, $5, 0, 0);

-- name: Breaches :many
SELECT id, found_at, people, words, entered_by, told_at, results_at FROM breach ORDER BY found_at DESC, id DESC LIMIT 100;

-- name: TellBreach :execrows
UPDATE breach SET told_at = $2 WHERE id = $1 AND told_at = 0;

-- name: EndBreach :execrows
UPDATE breach SET results_at = $2 WHERE id = $1 AND results_at = 0 AND told_at <> 0;

-- name: InsertClosing :execrows
INSERT INTO closing (account_id, person_id, asked_at, due_at, done_at, erase_at, erased_at) VALUES ($1, $2, $3, $4, 0, 0, 0) ON CONFLICT (account_id) DO NOTHING;

-- name: GetClosing :one
SELECT account_id, person_id, asked_at, due_at, done_at, erase_at, erased_at FROM closing WHERE account_id = $1;

-- name: CancelClosing :execrows
DELETE FROM closing WHERE account_id = $1 AND done_at = 0;

-- name: DueClosings :many
SELECT account_id FROM closing WHERE done_at = 0 AND due_at <= $1 ORDER BY due_at LIMIT 100;

-- name: DoneClosing :execrows
UPDATE closing SET done_at = $2, erase_at = $3 WHERE account_id = $1 AND done_at = 0;

-- name: DueErasures :many
SELECT account_id, person_id FROM closing WHERE done_at <> 0 AND erased_at = 0 AND erase_at <= $1 ORDER BY erase_at LIMIT 100;

-- name: ErasedClosing :execrows
UPDATE closing SET erased_at = $2 WHERE account_id = $1 AND erased_at = 0;
