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

// PutWorkplace adds a row to the dated tables that workplaces are judged by.
func (s *Service) PutWorkplace(ctx context.Context, actor Actor, r workplace.Row) error {
	r.By = "account/" + actor.Account.ID
	e := audit.Entry{Action: "admin.workplace.add", Object: "workplace/" + string(r.Kind), Details: map[string]any{"name": r.Name, "version": r.Version, "state": string(r.State)}}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error { return s.Workplaces.Put(ctx, tx, r) })
}

// EndWorkplace says from which day on a row is past.
func (s *Service) EndWorkplace(ctx context.Context, actor Actor, id string, to time.Time) error {
	e := audit.Entry{Action: "admin.workplace.end", Object: "workplace/" + id, Details: map[string]any{"to": to.Format(time.DateOnly)}}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		return s.Workplaces.End(ctx, tx, "account/"+actor.Account.ID, id, to)
	})
}

// WorkplaceTable shows the administrator the whole table, with who wrote each row.
func (s *Service) WorkplaceTable(ctx context.Context, actor Actor) (t workplace.Table, err error) {
	names, err := s.writers(ctx, actor)
	if err != nil {
		return nil, err
	}
	if t, err = s.Workplaces.Table(ctx); err != nil {
		return nil, err
	}
	for i := range t {
		if name := names[t[i].By]; name != "" {
			t[i].By = name
		}
	}
	return t, nil
}
