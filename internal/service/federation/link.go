// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

func linkPlace(provider string, subject []byte) []byte {
	return []byte("external/link/" + provider + "/" + base64.RawURLEncoding.EncodeToString(subject))
}

// subjectOf is what finds an account of a provider.
func subjectOf(provider, subject string) []byte { return digest(provider + "/" + subject) }

// Linked returns the link of an account of a provider.
func (s *Service) Linked(ctx context.Context, tx *db.Tx, c Claims) (Link, bool, error) {
	row, err := newQueries(tx).GetLink(ctx, getLinkParams{Provider: c.Provider, Subject: subjectOf(c.Provider, c.Subject)})
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, false, nil
	} else if err != nil {
		return Link{}, false, fmt.Errorf("read link: %w", err)
	}
	l, err := s.linkOf(row)
	return l, err == nil, err
}

// Links returns the links of an account, the oldest first.
func (s *Service) Links(ctx context.Context, tx *db.Tx, accountID string) ([]Link, error) {
	rows, err := newQueries(tx).LinksOf(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	list := make([]Link, 0, len(rows))
	for _, row := range rows {
		l, err := s.linkOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

func (s *Service) linkOf(row externalLinkRow) (Link, error) {
	plain, err := s.ring.Open(row.Secret, linkPlace(row.Provider, row.Subject))
	if err != nil {
		return Link{}, fmt.Errorf("open link: %w", err)
	}
	return Link{
		Provider: row.Provider, Subject: string(plain), AccountID: row.AccountID, Level: identity.Level(row.Level),
		LinkedAt: db.Time(row.LinkedAt), UsedAt: db.Time(row.UsedAt),
	}, nil
}

// Bind binds the account of a provider to one of ours. One that is bound to somebody
// else, or to another account of the provider, is refused.
func (s *Service) Bind(ctx context.Context, tx *db.Tx, c Claims, accountID, origin string) error {
	old, bound, err := s.Linked(ctx, tx, c)
	if err != nil {
		return err
	}
	if bound && old.AccountID == accountID {
		return s.Use(ctx, tx, c)
	}
	if bound {
		return problem.New(problem.Conflict, "external.link.taken")
	}
	subject, now := subjectOf(c.Provider, c.Subject), db.Micros(tx.Now())
	links, err := s.Links(ctx, tx, accountID)
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Provider == c.Provider {
			return problem.New(problem.Conflict, "external.link.other")
		}
	}
	err = newQueries(tx).InsertLink(ctx, insertLinkParams{
		Provider: c.Provider, Subject: subject, AccountID: accountID, Secret: s.ring.Seal([]byte(c.Subject), linkPlace(c.Provider, subject)),
		Level: string(c.Level), LinkedAt: now, UsedAt: now,
	})
	if err != nil {
		return fmt.Errorf("store link: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: actor(accountID), Action: "external.link", Object: "account/" + accountID, Origin: origin,
		Details: map[string]any{"provider": c.Provider, "level": string(c.Level)},
	})
}

// Use notes that a link was used now, with the level of now.
func (s *Service) Use(ctx context.Context, tx *db.Tx, c Claims) error {
	err := newQueries(tx).TouchLink(ctx, touchLinkParams{
		Provider: c.Provider, Subject: subjectOf(c.Provider, c.Subject), UsedAt: db.Micros(tx.Now()), Level: string(c.Level),
	})
	if err != nil {
		return fmt.Errorf("touch link: %w", err)
	}
	return nil
}

// Unbind takes a link away.
func (s *Service) Unbind(ctx context.Context, tx *db.Tx, accountID, provider, origin string) error {
	n, err := newQueries(tx).DropLink(ctx, dropLinkParams{AccountID: accountID, Provider: provider})
	if err != nil {
		return fmt.Errorf("drop link: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "external.link.missing")
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: actor(accountID), Action: "external.unlink", Object: "account/" + accountID, Origin: origin, Details: map[string]any{"provider": provider},
	})
}

// Forget drops what others know an account by: it is closed.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, accountID string) error {
	if err := newQueries(tx).ForgetLinks(ctx, accountID); err != nil {
		return fmt.Errorf("forget links: %w", err)
	}
	return nil
}
