// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// seeded is who put the rows of the program.
const seeded = "default"

// Install puts the rows of the program into the table, and its setups. What an administrator has ended or
// changed stays as it is.
func (s *Service) Install(ctx context.Context, tx *db.Tx) error {
	for _, r := range s.seeds {
		r.By = seeded
		if _, err := put(ctx, tx, r); err != nil {
			return err
		}
	}
	for _, setup := range s.setups {
		setup.By = seeded
		if err := putSetup(ctx, tx, setup); err != nil {
			return err
		}
	}
	return nil
}

// put adds a row unless there is one of the same kind, name, version and first day.
func put(ctx context.Context, tx *db.Tx, r Row) (added bool, err error) {
	n, err := newQueries(tx).PutRow(ctx, putRowParams{
		ID: tx.NewID(), Kind: string(r.Kind), Name: r.Name, Version: r.Version, State: string(r.State), ValidFrom: db.Micros(r.From), ValidTo: db.Micros(r.To),
		Certificate: r.Certificate, CertifiedTo: db.Micros(r.CertifiedTo), Source: r.Source, ChangedBy: r.By, ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return false, fmt.Errorf("store row of a workplace: %w", err)
	}
	return n > 0, nil
}

// Table is the whole table, with what is past.
func (s *Service) Table(ctx context.Context) (t Table, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err = rows(ctx, tx)
		return err
	})
	return t, err
}

func rows(ctx context.Context, tx *db.Tx) (t Table, err error) {
	list, err := newQueries(tx).Rows(ctx)
	if err != nil {
		return nil, fmt.Errorf("read table of workplaces: %w", err)
	}
	for _, r := range list {
		t = append(t, Row{
			ID: r.ID, Kind: Kind(r.Kind), Name: r.Name, Version: r.Version, State: State(r.State), From: db.Time(r.ValidFrom), To: db.Time(r.ValidTo),
			Certificate: r.Certificate, CertifiedTo: db.Time(r.CertifiedTo), Source: r.Source, By: r.ChangedBy, At: db.Time(r.ChangedAt),
		})
	}
	return t, nil
}

// Put adds a row that an administrator wrote; r.By says who. The caller records it.
func (s *Service) Put(ctx context.Context, tx *db.Tx, r Row) error {
	for _, text := range []*string{&r.Name, &r.Version, &r.Certificate, &r.Source} {
		*text = strings.Join(strings.Fields(*text), " ")
	}
	r.From, r.To, r.CertifiedTo = day(r.From), day(r.To), day(r.CertifiedTo)
	if r.From.IsZero() {
		return problem.New(problem.Invalid, "workplace.row.from").At("from")
	}
	if field := r.fault(); field != "" {
		return problem.New(problem.Invalid, "workplace.row."+field).At(field)
	}
	added, err := put(ctx, tx, r)
	if err == nil && !added {
		return problem.New(problem.Conflict, "workplace.row.same").At("from")
	}
	return err
}

// End says from which day on a row is past. The caller records it.
func (s *Service) End(ctx context.Context, tx *db.Tx, by, id string, to time.Time) error {
	if to.IsZero() {
		return problem.New(problem.Invalid, "workplace.row.to").At("to")
	}
	n, err := newQueries(tx).EndRow(ctx, endRowParams{ID: id, ValidTo: db.Micros(day(to)), ChangedBy: by, ChangedAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("end row of a workplace: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Invalid, "workplace.row.to").At("to")
	}
	return nil
}

// day is the midnight of a calendar day as the table keeps it, wherever it was typed.
func day(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
