// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package takeout

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// runsShown is how many runs are listed.
const runsShown = 20

// stored is a plan with where its archives ended: a cursor a part.
type stored struct {
	Plan
	cursors map[Part]string
}

func (s *Service) plan(ctx context.Context, tx *db.Tx, accountID string) (p stored, found bool, err error) {
	row, err := newQueries(tx).GetPlan(ctx, accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	} else if err != nil {
		return p, false, fmt.Errorf("read plan: %w", err)
	}
	p.Plan = Plan{Every: Every(row.Every), Day: int(row.Day), Whole: row.Whole, Paused: row.Paused, NextAt: db.Time(row.NextAt)}
	return p, true, errors.Join(json.Unmarshal([]byte(row.Parts), &p.Parts), json.Unmarshal([]byte(row.Cursors), &p.cursors))
}

func (s *Service) putPlan(ctx context.Context, tx *db.Tx, accountID string, p stored) error {
	if p.cursors == nil {
		p.cursors = map[Part]string{}
	}
	parts, err := json.Marshal(p.Parts)
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	cursors, err := json.Marshal(p.cursors)
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	err = newQueries(tx).PutPlan(ctx, putPlanParams{
		AccountID: accountID, Every: string(p.Every), Day: int64(p.Day), Parts: string(parts), Whole: p.Whole, Paused: p.Paused, Cursors: string(cursors), NextAt: db.Micros(p.NextAt),
	})
	if err != nil {
		return fmt.Errorf("store plan: %w", err)
	}
	return nil
}

// Look returns the plan of an account, nil when there is none, and its latest runs.
func (s *Service) Look(ctx context.Context, a auth.Account) (plan *Plan, runs []Run, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		plan, runs = nil, nil
		p, found, err := s.plan(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if found {
			plan = &p.Plan
		}
		rows, err := newQueries(tx).RunsOf(ctx, runsOfParams{a.ID, runsShown})
		if err != nil {
			return fmt.Errorf("read archives: %w", err)
		}
		for _, row := range rows {
			r, err := s.run(row)
			if err != nil {
				return err
			}
			runs = append(runs, r)
		}
		return nil
	})
	return plan, runs, err
}

func (s *Service) run(row takeoutRunRow) (Run, error) {
	r := Run{
		ID: row.ID, State: State(row.State), Why: row.Why, Size: row.Size, Files: int(row.Files), LeftCount: int(row.LeftCount),
		CreatedAt: db.Time(row.CreatedAt), DoneAt: db.Time(row.DoneAt), ExpiresAt: db.Time(row.ExpiresAt),
	}
	if len(row.LeftOut) == 0 {
		return r, nil
	}
	return r, s.Ring.OpenJSON(row.LeftOut, place(row.ID), &r.Left)
}

// Set makes or changes the plan; what archives already had is not forgotten. Both channels are told: a plan that somebody
// else made would hand everything out.
func (s *Service) Set(ctx context.Context, actor Actor, p Plan) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		old, _, err := s.plan(ctx, tx, actor.Account.ID)
		if err != nil {
			return err
		}
		hour, err := s.Policies.Number(ctx, tx, policyHour)
		if err != nil {
			return err
		}
		p.Paused, p.NextAt = false, p.next(tx.Now(), s.Zone, int(hour))
		if err := s.putPlan(ctx, tx, actor.Account.ID, stored{p, old.cursors}); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, actor.Account, notify.Event{Kind: "takeout.set", Class: notify.Security, Values: map[string]any{"Next": p.NextAt}}); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "takeout.set", "account/"+actor.Account.ID, map[string]any{"every": string(p.Every), "day": p.Day, "parts": p.Parts, "whole": p.Whole})
	})
}

// Pause stops the plan for a while, or takes it up again from now.
func (s *Service) Pause(ctx context.Context, actor Actor, paused bool) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.own(ctx, tx, actor)
		if err != nil || p.Paused == paused { // pressed twice
			return err
		}
		hour, err := s.Policies.Number(ctx, tx, policyHour)
		if err != nil {
			return err
		}
		p.Paused, p.NextAt = paused, p.next(tx.Now(), s.Zone, int(hour))
		if err := s.putPlan(ctx, tx, actor.Account.ID, p); err != nil {
			return err
		}
		action := "takeout.resume"
		if paused {
			action = "takeout.pause"
		}
		return s.record(ctx, tx, actor, action, "account/"+actor.Account.ID, nil)
	})
}

// End takes the plan away; archives stay for their term.
func (s *Service) End(ctx context.Context, actor Actor) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).DropPlan(ctx, actor.Account.ID)
		if err != nil {
			return fmt.Errorf("drop plan: %w", err)
		}
		if n == 0 {
			return nil // pressed twice
		}
		return s.record(ctx, tx, actor, "takeout.end", "account/"+actor.Account.ID, nil)
	})
}

// Now makes an archive at once, by the plan.
func (s *Service) Now(ctx context.Context, actor Actor) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.own(ctx, tx, actor); err != nil {
			return err
		}
		again, err := s.Policies.Duration(ctx, tx, policyAgain)
		if err != nil {
			return err
		}
		rows, err := newQueries(tx).RunsOf(ctx, runsOfParams{actor.Account.ID, 1})
		if err != nil {
			return fmt.Errorf("read archives: %w", err)
		}
		if len(rows) > 0 {
			if wait := db.Time(rows[0].CreatedAt).Add(again).Sub(tx.Now()); unfinished(rows) || wait > 0 && State(rows[0].State) != Failed {
				return problem.New(problem.Limited, "takeout.soon").After(max(wait, 0))
			}
		}
		id, err := s.begin(ctx, tx, actor.Account.ID)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "takeout.now", "takeout/"+id, nil)
	})
}

func unfinished(rows []takeoutRunRow) bool {
	return len(rows) > 0 && (State(rows[0].State) == Waiting || State(rows[0].State) == Again)
}

// begin stores a run and the job that makes it.
func (s *Service) begin(ctx context.Context, tx *db.Tx, accountID string) (id string, err error) {
	tries, err := s.Policies.Number(ctx, tx, policyTries)
	if err != nil {
		return "", err
	}
	id = tx.NewID()
	if err := newQueries(tx).InsertRun(ctx, insertRunParams{ID: id, AccountID: accountID, State: string(Waiting), CreatedAt: db.Micros(tx.Now())}); err != nil {
		return "", fmt.Errorf("store run: %w", err)
	}
	return id, jobs.Insert(ctx, tx, makeArchive{Run: id}, jobs.Unique(id), jobs.MaxAttempts(max(1, int(tries))))
}

// Archive hands an archive out to whom it belongs, recorded.
func (s *Service) Archive(ctx context.Context, actor Actor, id string) (content []byte, r Run, err error) {
	missing := problem.New(problem.NotFound, "takeout.missing")
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).GetRun(ctx, id)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (row.AccountID != actor.Account.ID || State(row.State) != Ready) {
			return missing
		} else if err != nil {
			return fmt.Errorf("read run: %w", err)
		}
		if r, err = s.run(row); err != nil {
			return err
		}
		if !tx.Now().Before(r.ExpiresAt) {
			return missing
		}
		return s.record(ctx, tx, actor, "takeout.download", "takeout/"+id, nil)
	})
	if err != nil {
		return nil, r, err
	}
	sealed, err := s.Blobs.Get(ctx, id)
	if err != nil {
		return nil, r, fmt.Errorf("read archive: %w", err)
	}
	content, err = s.Ring.Open(sealed, blobPlace(id))
	return content, r, err
}

func (s *Service) own(ctx context.Context, tx *db.Tx, actor Actor) (stored, error) {
	p, found, err := s.plan(ctx, tx, actor.Account.ID)
	if err == nil && !found {
		err = problem.New(problem.NotFound, "takeout.none")
	}
	return p, err
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, object string, details map[string]any) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + actor.Account.ID, Action: action, Object: object, Origin: actor.Client.Network, Details: details})
}

// tell sends a person to the page of archives, by no secret link and without a word of what is in them.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a auth.Account, e notify.Event) error {
	profiles, err := s.Persons.Profiles(ctx, tx, a.PersonID)
	if err != nil || len(profiles) == 0 {
		return err
	}
	e.URL, e.Dedup = "/c/"+profiles[0].ID+"/security/takeout", tx.NewID()
	return s.Teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, e)
}
