// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// TextChange is what a text was changed to; an empty value is the original.
type TextChange struct {
	ID, Language, Key, Value string
	Who                      string
	At                       time.Time
}

// maxTexts bounds how many texts an installation says in its own words.
const maxTexts = 500

// OwnTexts are the texts that are said in own words now.
func (s *Service) OwnTexts(ctx context.Context, actor Actor) (list []TextChange, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		list, err = s.ownTexts(ctx, tx)
		return err
	})
	return list, err
}

// ownTexts are the latest changes, but those back to the original.
func (s *Service) ownTexts(ctx context.Context, tx *db.Tx) (list []TextChange, err error) {
	rows, err := newQueries(tx).TextChanges(ctx)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	names, err := s.names(ctx, tx)
	if err != nil {
		return nil, err
	}
	last := map[[2]string]int{}
	for i, row := range rows {
		last[[2]string{row.Language, row.Name}] = i
	}
	for i, row := range rows {
		if last[[2]string{row.Language, row.Name}] == i && row.Value != "" {
			list = append(list, TextChange{row.ID, row.Language, row.Name, row.Value, names[row.ChangedBy], db.Time(row.ChangedAt)})
		}
	}
	return list, nil
}

// TextHistory are the changes of a text, the newest first.
func (s *Service) TextHistory(ctx context.Context, actor Actor, language, key string) (list []TextChange, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		rows, err := newQueries(tx).ChangesOf(ctx, changesOfParams{language, key})
		if err != nil {
			return fmt.Errorf("read texts: %w", err)
		}
		names, err := s.names(ctx, tx)
		for _, row := range rows {
			list = append(list, TextChange{row.ID, row.Language, row.Name, row.Value, names[row.ChangedBy], db.Time(row.ChangedAt)})
		}
		return err
	})
	return list, err
}

// CheckText refuses a text that cannot stand in the place of the original.
func (s *Service) CheckText(language, key, value string) error {
	err := s.Words.Check(language, key, value)
	for reason, words := range map[error]string{locale.ErrFixed: "fixed", locale.ErrLetters: "letters", locale.ErrPlaces: "places"} {
		if errors.Is(err, reason) {
			return problem.New(problem.Invalid, "admin.text."+words).At("value")
		}
	}
	if err != nil {
		return problem.New(problem.NotFound, "admin.text.missing")
	}
	return nil
}

// SetText says a text in own words from now on; empty is the original again.
func (s *Service) SetText(ctx context.Context, actor Actor, language, key, value string) error {
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	if _, ok := s.Words.Original(language, key); !ok {
		return problem.New(problem.NotFound, "admin.text.missing")
	}
	if value != "" {
		if err := s.CheckText(language, key, value); err != nil {
			return err
		}
	}
	e := audit.Entry{Action: "admin.text", Object: "text/" + language + "/" + key, Details: map[string]any{"value": value}}
	err := s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		now, err := s.ownTexts(ctx, tx)
		if err != nil {
			return err
		}
		if len(now) >= maxTexts && value != "" {
			return problem.New(problem.Limited, "admin.text.many").At("value")
		}
		err = newQueries(tx).InsertTextChange(ctx, insertTextChangeParams{
			ID: tx.NewID(), Language: language, Name: key, Value: value, ChangedBy: "account/" + actor.Account.ID, ChangedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store text: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.sayTexts(ctx)
}

// Show puts the own texts and the brand in force on this node.
func (s *Service) Show(ctx context.Context) error {
	return errors.Join(s.sayTexts(ctx), s.showBrand(ctx))
}

// sayTexts puts the own texts in force on this node.
func (s *Service) sayTexts(ctx context.Context) error {
	own := locale.Own{}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := s.ownTexts(ctx, tx)
		for _, t := range list {
			if own[t.Language] == nil {
				own[t.Language] = map[string]string{}
			}
			own[t.Language][t.Key] = t.Value
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.Words.Say(own)
}

// Watch shows what other nodes have changed, until ctx is done.
func (s *Service) Watch(ctx context.Context) error {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := s.Show(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}
