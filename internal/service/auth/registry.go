// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/egrip"
)

// followRegister tells holders what the register says anew of their roles, and calls an
// account by the name its person took from the register.
func (s *Service) followRegister(r *jobs.Runner) {
	jobs.Subscribe(r, "auth.rename", func(ctx context.Context, tx *db.Tx, e egrip.Renamed) error {
		return s.Rename(ctx, tx, e.AccountID, e.Title, e.INN)
	})
	jobs.Subscribe(r, "auth.tell", func(ctx context.Context, tx *db.Tx, e egrip.Changed) error {
		a, err := s.account(ctx, tx, e.AccountID)
		if err != nil {
			return err
		}
		data := map[string]any{
			"Title": e.Title, "Number": e.Number, "From": s.words.T("standing."+string(e.From), nil), "To": s.words.T("standing."+string(e.To), nil),
			"Status": e.Status, "Date": s.words.Date(e.AsOf), "Link": s.publicURL + "/c/" + e.ProfileID + "/registry/compare",
		}
		return s.notices.Send(ctx, tx, notify.Notice{
			Channel: notify.Mail, Recipient: a.Mail, Subject: s.words.T("mail.registry.subject", data), Body: s.words.T("mail.registry.body", data),
		})
	})
}
