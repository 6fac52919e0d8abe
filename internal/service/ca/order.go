// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// OrderTx says what became of an order, inside an act of a higher service: the
// number of its certificate and where it stands. An order that was never planned,
// or was given up, is not found.
func (s *Service) OrderTx(ctx context.Context, tx *db.Tx, key string) (serial string, state State, err error) {
	row, err := newQueries(tx).ByOrder(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", problem.New(problem.NotFound, "ca.order.abandoned")
	} else if err != nil {
		return "", "", fmt.Errorf("find order: %w", err)
	}
	return row.Serial, State(row.State), nil
}
