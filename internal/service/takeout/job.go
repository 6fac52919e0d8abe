// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package takeout

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
)

// makeArchive is the job that makes one archive.
type makeArchive struct{ Run string }

// Kind names the job.
func (makeArchive) Kind() string { return "takeout.make" }

// settled is how old a thing has to be: what is younger may stand beside something that is stored a moment later with an
// earlier time, which the next archive would pass by.
const settled = time.Minute

// Work begins what plans say, drops what is past its term, and all that an account had when it is closed.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("takeout.plan", time.Minute, s.beginDue)
	r.Every("takeout.sweep", time.Hour, s.sweep)
	jobs.Work(r, func(ctx context.Context, job jobs.Job[makeArchive]) error { return s.try(ctx, job) })
	jobs.Subscribe(r, "takeout", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		q := newQueries(tx)
		ids, err := q.IDsOf(ctx, e.Account)
		if err != nil {
			return fmt.Errorf("read archives: %w", err)
		}
		if _, err := q.DropPlan(ctx, e.Account); err != nil {
			return fmt.Errorf("drop plan: %w", err)
		}
		if err := q.DropRuns(ctx, e.Account); err != nil {
			return fmt.Errorf("drop archives: %w", err)
		}
		return s.erase(ctx, ids)
	})
}

func (s *Service) erase(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := s.Blobs.Delete(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) beginDue(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	due, err := q.DuePlans(ctx, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("read plans: %w", err)
	}
	hour, err := s.Policies.Number(ctx, tx, policyHour)
	if err != nil {
		return err
	}
	for _, account := range due {
		p, _, err := s.plan(ctx, tx, account)
		if err != nil {
			return err
		}
		p.NextAt = p.next(tx.Now(), s.Zone, int(hour))
		if err := s.putPlan(ctx, tx, account, p); err != nil {
			return err
		}
		rows, err := q.RunsOf(ctx, runsOfParams{account, 1})
		if err != nil {
			return fmt.Errorf("read archives: %w", err)
		}
		if unfinished(rows) {
			continue // its archive is still being made: it takes what is new as well
		}
		id, err := s.begin(ctx, tx, account)
		if err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "takeout.begin", Object: "takeout/" + id, Details: map[string]any{"account": account}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	rows, err := newQueries(tx).ExpiredRuns(ctx, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("read archives: %w", err)
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return s.dropArchives(ctx, tx, ids)
}

// dropArchives forgets contents; the runs stay in the list.
func (s *Service) dropArchives(ctx context.Context, tx *db.Tx, ids []string) error {
	for _, id := range ids {
		if err := newQueries(tx).EmptyRun(ctx, id); err != nil {
			return fmt.Errorf("drop archive: %w", err)
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "takeout.drop", Object: "takeout/" + id}); err != nil {
			return err
		}
	}
	return s.erase(ctx, ids)
}

// failure is where a run failed: "read", "sign" or "store".
type failure struct {
	stage string
	err   error
}

func (f failure) Error() string { return f.stage + ": " + f.err.Error() }
func (f failure) Unwrap() error { return f.err }

// try makes an archive. A failed try is written down; after the last one the person is told.
func (s *Service) try(ctx context.Context, job jobs.Job[makeArchive]) error {
	err := s.make(ctx, job.Args.Run)
	if err == nil || ctx.Err() != nil {
		return err
	}
	stage := "store"
	if f, ok := errors.AsType[failure](err); ok {
		stage = f.stage
	}
	return errors.Join(err, s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, _, _, err := s.subject(ctx, tx, job.Args.Run)
		if err != nil || a.ID == "" {
			return err
		}
		state := Again
		if job.Last() {
			state = Failed
			if err := s.tell(ctx, tx, a, notify.Event{Kind: "takeout.failed", Class: notify.Case, Action: true, Values: map[string]any{"Why": notify.Key("takeout.why." + stage)}}); err != nil {
				return err
			}
		}
		_, err = newQueries(tx).SetRun(ctx, setRunParams{ID: job.Args.Run, State: string(state), Why: stage, DoneAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store run: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "takeout.make", Object: "takeout/" + job.Args.Run, Outcome: "refused:takeout.why." + stage})
	}))
}

// subject is whose run it is and by what plan; an empty account: there is nothing to be made any more.
func (s *Service) subject(ctx context.Context, tx *db.Tx, run string) (a auth.Account, p stored, l limits, err error) {
	row, err := newQueries(tx).GetRun(ctx, run)
	if errors.Is(err, sql.ErrNoRows) {
		return a, p, l, nil
	} else if err != nil {
		return a, p, l, fmt.Errorf("read run: %w", err)
	}
	p, found, err := s.plan(ctx, tx, row.AccountID)
	if err != nil || !found || !unfinished([]takeoutRunRow{row}) {
		if err == nil && !found && unfinished([]takeoutRunRow{row}) { // the plan was ended in between
			if _, err = newQueries(tx).SetRun(ctx, setRunParams{ID: run, State: string(Nothing), DoneAt: db.Micros(tx.Now())}); err == nil {
				err = audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "takeout.make", Object: "takeout/" + run, Details: map[string]any{"account": row.AccountID, "ended": true}})
			}
		}
		return a, p, l, err
	}
	if l.size, err = s.Policies.Number(ctx, tx, policySize); err != nil {
		return a, p, l, err
	}
	if l.files, err = s.Policies.Number(ctx, tx, policyFiles); err != nil {
		return a, p, l, err
	}
	a, err = s.Accounts.AccountByID(ctx, tx, row.AccountID)
	return a, p, l, err
}

// make gathers, signs and stores an archive.
func (s *Service) make(ctx context.Context, run string) error {
	var a auth.Account
	var p stored
	var l limits
	var until time.Time
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		until = tx.Now().Add(-settled)
		a, p, l, err = s.subject(ctx, tx, run)
		return err
	})
	if err != nil || a.ID == "" {
		return err
	}
	pack := newPacking(l, p.cursors)
	for _, part := range AllParts() {
		if !slices.Contains(p.Parts, part) {
			continue
		}
		after := p.cursors[part]
		if p.Whole {
			after = ""
		}
		items, err := s.items(ctx, a, part, sinceOf(after), until)
		if err != nil {
			return failure{"read", err}
		}
		items = slices.DeleteFunc(items, func(i item) bool { return i.at.After(until) })
		if err := pack.add(ctx, part, items, after); err != nil {
			return failure{"read", err}
		}
	}
	if pack.files == 0 && len(pack.left) == 0 {
		return s.done(ctx, run, a, p, pack, 0)
	}
	if err := s.seal(ctx, run, a, pack, until); err != nil {
		return err
	}
	sealed := s.Ring.Seal(pack.out.Bytes(), blobPlace(run))
	if err := s.Blobs.Delete(ctx, run); err != nil { // of a try that died before its act
		return failure{"store", err}
	}
	if err := s.Blobs.Put(ctx, run, bytes.NewReader(sealed)); err != nil {
		return failure{"store", err}
	}
	if err := s.done(ctx, run, a, p, pack, int64(pack.out.Len())); err != nil {
		if errors.Is(err, db.ErrOutcomeUnknown) {
			return err
		}
		return errors.Join(failure{"store", err}, s.Blobs.Delete(context.WithoutCancel(ctx), run))
	}
	return nil
}

// seal adds the list of the files and its signature, and ends the archive.
func (s *Service) seal(ctx context.Context, run string, a auth.Account, pack *packing, at time.Time) error {
	list, err := pack.names()
	if err != nil {
		return failure{"read", err}
	}
	signature, err := s.Seal(ctx, "account/"+a.ID, "takeout/"+run, list)
	if err != nil {
		return failure{"sign", err}
	}
	if err := errors.Join(pack.write("list.csv", at, list), pack.write("list.csv.sig", at, signature), pack.zip.Close()); err != nil {
		return failure{"read", err}
	}
	return nil
}

// done stores what became of a run, moves the cursors and tells the person; of more archives than are kept the oldest go.
func (s *Service) done(ctx context.Context, run string, a auth.Account, p stored, pack *packing, size int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		keep, err := s.Policies.Duration(ctx, tx, policyKeep)
		if err != nil {
			return err
		}
		now, found, err := s.plan(ctx, tx, a.ID) // it may have been changed in between
		if err != nil {
			return err
		}
		row := setRunParams{ID: run, State: string(Nothing), DoneAt: db.Micros(tx.Now())}
		if size > 0 {
			row.State, row.Size, row.Files, row.LeftCount, row.ExpiresAt = string(Ready), size, pack.files, int64(len(pack.left)), db.Micros(tx.Now().Add(keep))
			if row.LeftOut, err = s.Ring.SealJSON(pack.left, place(run)); err != nil {
				return err
			}
		}
		n, err := newQueries(tx).SetRun(ctx, row)
		if err != nil {
			return fmt.Errorf("store run: %w", err)
		}
		if n == 0 { // the account was closed in between
			return s.erase(ctx, []string{run})
		}
		if found {
			now.cursors = pack.cursors
			if err := s.putPlan(ctx, tx, a.ID, now); err != nil {
				return err
			}
		}
		if size > 0 {
			e := notify.Event{Kind: "takeout.ready", Class: notify.Case, Values: map[string]any{"Until": tx.Now().Add(keep)}}
			if len(pack.left) > 0 {
				e.Kind, e.Action, e.Values["Count"] = "takeout.partly", true, len(pack.left)
			}
			if err := errors.Join(s.tell(ctx, tx, a, e), s.prune(ctx, tx, a.ID)); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "system", Action: "takeout.make", Object: "takeout/" + run, Details: map[string]any{"account": a.ID, "size": size, "files": pack.files, "left": len(pack.left), "whole": p.Whole},
		})
	})
}

func (s *Service) prune(ctx context.Context, tx *db.Tx, accountID string) error {
	most, err := s.Policies.Number(ctx, tx, policyCount)
	if err != nil {
		return err
	}
	rows, err := newQueries(tx).RunsOf(ctx, runsOfParams{accountID, 1000})
	if err != nil {
		return fmt.Errorf("read archives: %w", err)
	}
	var old []string
	there := int64(0)
	for _, row := range rows {
		if State(row.State) == Ready {
			if there++; there > max(1, most) {
				old = append(old, row.ID)
			}
		}
	}
	return s.dropArchives(ctx, tx, old)
}
