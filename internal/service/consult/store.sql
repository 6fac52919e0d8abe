-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0

-- name: NextNumber :one
UPDATE numbering SET last = last + 1 WHERE id = 'order' RETURNING last;

-- name: InsertOrder :exec
INSERT INTO phone_order (id, number, phone, state, operator_id, account_id, application_id, secret, due_at, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, '', '', $6, $7, $8, $8);

-- name: GetOrder :one
SELECT id, number, phone, state, operator_id, account_id, application_id, secret, due_at, created_at, changed_at
FROM phone_order WHERE id = $1;

-- name: OrderOf :one
SELECT id, number, phone, state, operator_id, account_id, application_id, secret, due_at, created_at, changed_at
FROM phone_order WHERE phone = $1 AND state = $2 AND due_at > $3 ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: OrdersIn :many
SELECT id, number, phone, state, operator_id, account_id, application_id, secret, due_at, created_at, changed_at
FROM phone_order WHERE state = $1 ORDER BY due_at, number LIMIT 200;

-- name: OrdersDue :many
SELECT id, number, phone, state, operator_id, account_id, application_id, secret, due_at, created_at, changed_at
FROM phone_order WHERE state = $1 AND due_at <= $2 ORDER BY due_at, number LIMIT 200;

-- name: CountOrders :one
SELECT COUNT(*) FROM phone_order WHERE operator_id = $1 AND created_at > $2;

-- name: MoveOrder :execrows
UPDATE phone_order SET state = $2, phone = '', account_id = $3, application_id = $4, secret = $5, changed_at = $6
WHERE id = $1 AND state = $7;

-- name: DropOrders :execrows
DELETE FROM phone_order WHERE state <> $1 AND changed_at <= $2;

-- name: DropOrdersOf :execrows
DELETE FROM phone_order WHERE account_id = $1 AND account_id <> '';

-- name: InsertOffer :exec
INSERT INTO replacement_offer (id, ticket_id, account_id, serial, medium, state, operator_id, application_id, due_at, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $9);

-- name: OfferOf :one
SELECT id, ticket_id, account_id, serial, medium, state, operator_id, application_id, due_at, created_at, changed_at
FROM replacement_offer WHERE ticket_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: OffersDue :many
SELECT id, ticket_id, account_id, serial, medium, state, operator_id, application_id, due_at, created_at, changed_at
FROM replacement_offer WHERE state = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 200;

-- name: MoveOffer :execrows
UPDATE replacement_offer SET state = $2, application_id = $3, changed_at = $4 WHERE id = $1 AND state = $5;

-- name: DropOffersOf :execrows
DELETE FROM replacement_offer WHERE account_id = $1 AND account_id <> '';
