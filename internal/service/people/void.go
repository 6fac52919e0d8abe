// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// An invitation rests on the right of who sent it and ends with that: one could let the sender in again, with what was
// taken away. Whom it was for is told, in a letter and by the link, which opens nothing.

// bySender is why an invitation was closed: its sender lets nobody in any more.
const bySender = "sender"

// voidLinksOf takes back the invitations of a member that nobody opened.
func (s *Service) voidLinksOf(ctx context.Context, tx *db.Tx, actor Actor, row memberRow) error {
	if row.AccountID == "" {
		return nil
	}
	return s.voidLinks(ctx, tx, actor, owner{identity.Kind(row.Kind), row.Number}, row.AccountID, row.ID)
}

// voidLinksOfLeaver takes back what a closed account has sent from any of its roles.
func (s *Service) voidLinksOfLeaver(ctx context.Context, tx *db.Tx, accountID string) error {
	roles, err := newQueries(tx).InvitedBy(ctx, accountID)
	if err != nil {
		return fmt.Errorf("read invitations: %w", err)
	}
	for _, role := range roles {
		by := Actor{Account: auth.Account{ID: accountID}}
		if err := s.voidLinks(ctx, tx, by, owner{identity.Kind(role.Kind), role.Number}, accountID, "account/"+accountID); err != nil {
			return err
		}
	}
	return nil
}

// voidLinks takes back what an account sent from one role; with is what ended together with it.
func (s *Service) voidLinks(ctx context.Context, tx *db.Tx, actor Actor, own owner, sender, with string) error {
	open, err := newQueries(tx).DeclineInvitationsBy(ctx, declineInvitationsByParams{
		ChangedAt: db.Micros(tx.Now()), Kind: string(own.kind), Number: own.number, CreatedBy: sender,
	})
	if err != nil {
		return fmt.Errorf("take invitations back: %w", err)
	}
	if len(open) == 0 {
		return nil
	}
	company, err := s.company(ctx, tx, own)
	if err != nil {
		return err
	}
	for _, row := range open {
		m, err := s.member(row)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, actor, "people.dismiss", "member/"+m.ID, map[string]any{"from": string(Invited), "with": with}); err != nil {
			return err
		}
		err = s.teller.Tell(ctx, tx, notify.Person{Mail: m.Mail}, notify.Event{
			Kind: "people.void", Class: notify.Case, Dedup: m.ID, Values: map[string]any{"Title": company.Title},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
