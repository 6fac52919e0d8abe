// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
	"podpis/internal/service/workplace"
)

// PutSetup adds what a service asks of a workplace.
func (s *Service) PutSetup(ctx context.Context, actor Actor, row workplace.Setup) error {
	row.By = "account/" + actor.Account.ID
	e := audit.Entry{Action: "admin.setup.add", Object: "setup/" + row.Code, Details: map[string]any{"needs": row.Needs, "from": row.From.Format(time.DateOnly)}}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error { return s.Workplaces.PutSetup(ctx, tx, row) })
}

// EndSetup says from which day on a setup is past.
func (s *Service) EndSetup(ctx context.Context, actor Actor, id string, to time.Time) error {
	e := audit.Entry{Action: "admin.setup.end", Object: "setup/" + id, Details: map[string]any{"to": to.Format(time.DateOnly)}}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		return s.Workplaces.EndSetup(ctx, tx, "account/"+actor.Account.ID, id, to)
	})
}

// Setups shows the administrator all of them, with who wrote each.
func (s *Service) Setups(ctx context.Context, actor Actor) (list []workplace.Setup, err error) {
	names, err := s.writers(ctx, actor)
	if err != nil {
		return nil, err
	}
	if list, err = s.Workplaces.Setups(ctx); err != nil {
		return nil, err
	}
	for i := range list {
		if name := names[list[i].By]; name != "" {
			list[i].By = name
		}
	}
	return list, nil
}

// writers are the names of those who may have written a row, for an administrator.
func (s *Service) writers(ctx context.Context, actor Actor) (names map[string]string, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		names, err = s.names(ctx, tx)
		return err
	})
	return names, err
}
