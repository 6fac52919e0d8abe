// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
)

// SendMailLink sends another link to confirm the address of an account, not more
// often than the policy says. A confirmed address needs none.
func (s *Service) SendMailLink(ctx context.Context, accountID string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		account, err := s.AccountByID(ctx, tx, accountID)
		if err != nil || account.MailConfirmed {
			return err
		}
		life, err := s.policies.Duration(ctx, tx, "auth.mail.life")
		if err != nil {
			return err
		}
		pause, err := s.policies.Duration(ctx, tx, "auth.mail.resend")
		if err != nil {
			return err
		}
		latest, err := newQueries(tx).LatestMailLink(ctx, account.ID)
		if err != nil {
			return fmt.Errorf("find mail link: %w", err)
		}
		if wait := db.Time(latest).Add(pause - life).Sub(tx.Now()); latest != 0 && wait > 0 {
			return problem.New(problem.Limited, "auth.mail.wait").After(wait).With("Seconds", int(wait.Seconds())+1)
		}
		if err := s.sendMailLink(ctx, tx, account.ID, account.Mail, "confirm"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + account.ID, Action: "auth.mail.link", Object: "account/" + account.ID, Origin: from.Network,
		})
	})
}

// sendMailLink sends the link: to a newcomer with what to do first, or alone.
func (s *Service) sendMailLink(ctx context.Context, tx *db.Tx, accountID, address, kind string) error {
	life, err := s.policies.Duration(ctx, tx, "auth.mail.life")
	if err != nil {
		return err
	}
	token, digest := keys.NewToken()
	expires := tx.Now().Add(life)
	err = newQueries(tx).InsertMailLink(ctx, insertMailLinkParams{
		TokenHash: digest, AccountID: accountID, Mail: address, ExpiresAt: db.Micros(expires),
	})
	if err != nil {
		return fmt.Errorf("store mail link: %w", err)
	}
	words := s.words.For(locale.Asked(ctx))
	return s.notices.Send(ctx, tx, notify.Notice{
		Channel: notify.Mail, Recipient: address, Secret: true, ExpiresAt: expires,
		Dedup:   "confirm/" + tx.NewID(),
		Subject: words.T("mail."+kind+".subject", nil),
		Body:    words.T("mail."+kind+".body", map[string]any{"URL": s.publicURL + "/confirm/" + token, "Site": s.publicURL}),
	})
}

// ConfirmMail uses a mail link up. Used twice by the same person it stays
// confirmed and says so.
func (s *Service) ConfirmMail(ctx context.Context, token string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		link, err := q.GetMailLink(ctx, keys.Digest(token))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "auth.mail.link_old")
		} else if err != nil {
			return fmt.Errorf("read mail link: %w", err)
		}
		if !db.Time(link.ExpiresAt).After(tx.Now()) {
			return problem.New(problem.NotFound, "auth.mail.link_old")
		}
		if link.UsedAt != 0 {
			return nil // the second press of the same button
		}
		now := db.Micros(tx.Now())
		if _, err := q.UseMailLink(ctx, useMailLinkParams{TokenHash: link.TokenHash, UsedAt: now}); err != nil {
			return fmt.Errorf("use mail link: %w", err)
		}
		if err := q.ConfirmMail(ctx, confirmMailParams{ID: link.AccountID, MailConfirmedAt: now, Mail: link.Mail}); err != nil {
			return fmt.Errorf("confirm mail: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + link.AccountID, Action: "auth.mail.confirm", Object: "account/" + link.AccountID, Origin: from.Network,
		})
	})
}
