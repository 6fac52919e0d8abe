// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// Setups are what services ask for, with what is past.
func (s *Service) Setups(ctx context.Context) (list []Setup, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = setups(ctx, tx)
		return err
	})
	return list, err
}

func setups(ctx context.Context, tx *db.Tx) (list []Setup, err error) {
	rows, err := newQueries(tx).Setups(ctx)
	if err != nil {
		return nil, fmt.Errorf("read setups: %w", err)
	}
	for _, r := range rows {
		s := Setup{
			ID: r.ID, Code: r.Code, Names: map[string]string{"ru": r.NameRu, "kk": r.NameKk, "en": r.NameEn}, Site: r.Site,
			From: db.Time(r.ValidFrom), To: db.Time(r.ValidTo), Source: r.Source, By: r.ChangedBy, At: db.Time(r.ChangedAt),
		}
		if err := json.Unmarshal([]byte(r.Needs), &s.Needs); err != nil {
			return nil, fmt.Errorf("read setup %s: %w", r.ID, err)
		}
		list = append(list, s)
	}
	return list, nil
}

// putSetup adds a row unless there is one of the same code and first day.
func putSetup(ctx context.Context, tx *db.Tx, s Setup) error {
	needs, err := json.Marshal(s.Needs)
	if err != nil {
		return fmt.Errorf("write setup: %w", err)
	}
	_, err = newQueries(tx).PutSetup(ctx, putSetupParams{
		ID: tx.NewID(), Code: s.Code, NameRu: s.Names["ru"], NameKk: s.Names["kk"], NameEn: s.Names["en"], Needs: string(needs), Site: s.Site,
		ValidFrom: db.Micros(s.From), ValidTo: db.Micros(s.To), Source: s.Source, ChangedBy: s.By, ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store setup: %w", err)
	}
	return nil
}

// PutSetup adds a setup that an administrator wrote; s.By says who. Of one code only one is in
// force on a day. The caller records it.
func (s *Service) PutSetup(ctx context.Context, tx *db.Tx, row Setup) error {
	oneLine := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	row.Code, row.Site, row.Source = oneLine(row.Code), oneLine(row.Site), oneLine(row.Source)
	for language, name := range row.Names {
		row.Names[language] = oneLine(name)
	}
	for kind, text := range row.Needs {
		row.Needs[kind] = oneLine(text)
	}
	row.From, row.To = day(row.From), day(row.To)
	if row.From.IsZero() {
		return problem.New(problem.Invalid, "workplace.row.from").At("from")
	}
	table, err := rows(ctx, tx)
	if err != nil {
		return err
	}
	if field := row.fault(table); field != "" {
		return problem.New(problem.Invalid, "workplace."+faultKey(field)).At(field)
	}
	there, err := setups(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range there {
		if t.Code == row.Code && (t.To.IsZero() || t.To.After(row.From)) && (row.To.IsZero() || row.To.After(t.From)) {
			return problem.New(problem.Conflict, "workplace.setup.same").At("word")
		}
	}
	return putSetup(ctx, tx, row)
}

// faultKey is the text of a refusal: days and sources are refused like those of the table, a
// need in one way whatever its kind.
func faultKey(field string) string {
	switch field {
	case "to", "source":
		return "row." + field
	case "word", "site":
		return "setup." + field
	}
	if strings.HasPrefix(field, "name_") {
		return "setup.name"
	}
	return "setup.need"
}

// EndSetup says from which day on a setup is past. The caller records it.
func (s *Service) EndSetup(ctx context.Context, tx *db.Tx, by, id string, to time.Time) error {
	wrong := problem.New(problem.Invalid, "workplace.row.to").At("to")
	if to.IsZero() {
		return wrong
	}
	n, err := newQueries(tx).EndSetup(ctx, endSetupParams{ID: id, ValidTo: db.Micros(day(to)), ChangedBy: by, ChangedAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("end setup: %w", err)
	}
	if n == 0 {
		return wrong
	}
	return nil
}
