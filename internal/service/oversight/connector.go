// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/platform/valve"
	"podpis/internal/service/auth"
)

// Connection is a connector with what was last found and how its switch stands.
type Connection struct {
	Connector
	CheckedAt, GoodAt time.Time
	NextAt            time.Time // when it is tried again by itself
	Problem           string    // kind of the failure, empty: good
	Switch            valve.State
	Who               string // who moved the switch
}

// Connections shows the administrator all connectors.
func (s *Service) Connections(ctx context.Context, actor Actor) (list []Connection, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		every, err := s.Policies.Duration(ctx, tx, "oversight.connector.check")
		if err != nil {
			return err
		}
		rows, err := newQueries(tx).Checks(ctx)
		if err != nil {
			return fmt.Errorf("read checks: %w", err)
		}
		found := map[string]connectorCheckRow{}
		for _, row := range rows {
			found[row.Name] = row
		}
		switches, err := valve.States(ctx, tx)
		if err != nil {
			return err
		}
		names, err := s.names(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range s.Connectors {
			row := found[c.Name]
			one := Connection{Connector: c, CheckedAt: db.Time(row.CheckedAt), GoodAt: db.Time(row.GoodAt), Problem: row.Problem, Switch: switches[c.Name]}
			if one.Who = names[one.Switch.By]; !one.Switch.Off && !one.CheckedAt.IsZero() {
				one.NextAt = one.CheckedAt.Add(every)
			}
			list = append(list, one)
		}
		return nil
	})
	return list, err
}

// names are those of staff, by the actor of the record.
func (s *Service) names(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	staff, err := s.Accounts.StaffList(ctx, tx)
	names := make(map[string]string, len(staff))
	for _, a := range staff {
		names["account/"+a.ID] = a.Title
	}
	return names, err
}

// maxReason bounds why a connection is switched off.
const maxReason = 300

// Switch moves the switch of a connector, for a reason.
func (s *Service) Switch(ctx context.Context, actor Actor, name string, off bool, reason string) error {
	i := s.connector(name)
	if i < 0 || s.Connectors[i].Fixed {
		return problem.New(problem.NotFound, "admin.connector.missing")
	}
	if reason = strings.Join(strings.Fields(reason), " "); off && (reason == "" || len(reason) > maxReason) {
		return problem.New(problem.Invalid, "admin.connector.reason").At("reason")
	}
	e := audit.Entry{Action: "admin.connector.on", Object: "connector/" + name, Details: map[string]any{"reason": reason}}
	if off {
		e.Action = "admin.connector.off"
	}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		return valve.Set(ctx, tx, "account/"+actor.Account.ID, name, off, reason)
	})
}

func (s *Service) connector(name string) int {
	return slices.IndexFunc(s.Connectors, func(c Connector) bool { return c.Name == name })
}

// Try asks a connector now and keeps the answer.
func (s *Service) Try(ctx context.Context, actor Actor, name string) error {
	i := s.connector(name)
	if i < 0 {
		return problem.New(problem.NotFound, "admin.connector.missing")
	}
	// The role is asked for before anybody outside hears of it.
	if err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return s.as(ctx, tx, actor, auth.Administrator) }); err != nil {
		return err
	}
	failure := s.asked(ctx, i)
	e := audit.Entry{Action: "admin.connector.try", Object: "connector/" + name}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error { return checked(ctx, tx, name, failure) })
}

func (s *Service) asked(ctx context.Context, i int) error {
	limited, cancel := context.WithTimeout(ctx, maxTry)
	defer cancel()
	return s.Connectors[i].Try(limited)
}

func checked(ctx context.Context, tx *db.Tx, name string, failure error) error {
	row := putCheckParams{Name: name, CheckedAt: db.Micros(tx.Now()), GoodAt: db.Micros(tx.Now())}
	if failure != nil {
		row.GoodAt, row.Problem = 0, problemOf(failure)
	}
	if err := newQueries(tx).PutCheck(ctx, row); err != nil {
		return fmt.Errorf("store check: %w", err)
	}
	return nil
}

// look is one try of a connector that nobody asked for.
type look struct{ Name string }

// Kind names the job.
func (look) Kind() string { return "oversight.connector" }

// Work registers the tries of connectors. One that is switched off is left alone.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Work(r, func(ctx context.Context, job jobs.Job[look]) error {
		i := s.connector(job.Args.Name)
		if i < 0 {
			return nil
		}
		failure := s.asked(ctx, i)
		return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return checked(ctx, tx, job.Args.Name, failure) })
	})
	r.Every("oversight.connectors", time.Minute, func(ctx context.Context, tx *db.Tx) error {
		every, err := s.Policies.Duration(ctx, tx, "oversight.connector.check")
		if err != nil {
			return err
		}
		rows, err := newQueries(tx).Checks(ctx)
		if err != nil {
			return fmt.Errorf("read checks: %w", err)
		}
		switches, err := valve.States(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range s.Connectors {
			fresh := slices.ContainsFunc(rows, func(row connectorCheckRow) bool {
				return row.Name == c.Name && tx.Now().Before(db.Time(row.CheckedAt).Add(every))
			})
			if fresh || switches[c.Name].Off {
				continue
			}
			if err := jobs.Insert(ctx, tx, look{c.Name}, jobs.Unique(c.Name), jobs.MaxAttempts(1)); err != nil {
				return err
			}
		}
		return nil
	})
}
