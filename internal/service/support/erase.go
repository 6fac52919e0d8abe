// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/identity"
)

// eraseFollows removes the threads of a person who is erased, with their files.
func (s *Service) eraseFollows(r *jobs.Runner) {
	jobs.Subscribe(r, "support.erase", func(ctx context.Context, tx *db.Tx, e identity.Erased) error {
		q := newQueries(tx)
		files, err := q.TicketFilesOfAccount(ctx, e.Account)
		if err != nil {
			return fmt.Errorf("read files: %w", err)
		}
		for _, erase := range []func(context.Context, string) error{q.EraseTicketFiles, q.EraseTicketMessages, q.EraseTickets} {
			if err := erase(ctx, e.Account); err != nil {
				return fmt.Errorf("erase tickets: %w", err)
			}
		}
		for _, id := range files { // after the rows: a file without a row is found by nobody
			if err := s.blobs.Delete(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}
