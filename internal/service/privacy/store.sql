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
