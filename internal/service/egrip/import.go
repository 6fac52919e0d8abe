// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// Imported is what became of the records of extract files.
type Imported struct {
	Files int
	Taken int
	Left  int // wrong ones
	Wrong []string
}

const (
	batch    = 200 // records an act
	maxWrong = 20  // told one by one
)

// Import takes the records of an extract file. Each replaces the earlier one as a
// whole; wrong records are left out and counted.
func (s *Service) Import(ctx context.Context, by, name string, content io.Reader, sum *Imported) error {
	r := egr.NewReader(content)
	sum.Files++
	for {
		list, end, err := s.batch(r, sum)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.keepAll(ctx, tx, by, name, list) })
		if err != nil {
			return err
		}
		sum.Taken += len(list)
		if end {
			return nil
		}
	}
}

func (s *Service) batch(r *egr.Reader, sum *Imported) (list []*egr.Record, end bool, err error) {
	for len(list) < batch {
		rec, err := r.Next()
		var one *egr.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return list, true, nil
		case err == nil && valid(rec):
			list = append(list, rec)
			continue
		case err == nil:
			one = &egr.RecordError{Number: rec.Number, Field: "ОГРН"}
		case !errors.As(err, &one):
			return nil, false, err
		}
		if sum.Left++; len(sum.Wrong) < maxWrong {
			sum.Wrong = append(sum.Wrong, one.Error())
		}
	}
	return list, false, nil
}

func valid(r *egr.Record) bool {
	if r.Register == egr.EGRIP {
		return identity.ValidOGRNIP(r.Number)
	}
	return identity.ValidOGRN(r.Number)
}

func (s *Service) keepAll(ctx context.Context, tx *db.Tx, by, name string, list []*egr.Record) error {
	for _, rec := range list {
		if err := s.keep(ctx, tx, rec, "file"); err != nil {
			return err
		}
		err := newQueries(tx).PutQuery(ctx, putQueryParams{Register: string(rec.Register), Number: rec.Number, Outcome: found, AskedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store question: %w", err)
		}
		if err := s.follow(ctx, tx, rec.Register, rec.Number); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "egrip.import", Object: "file/" + name, Details: map[string]any{"records": len(list)}})
}

//go:embed okved.csv
var sample string

// Activity is a kind of activity of the classifier (ОКВЭД 2, ОК 029-2014).
type Activity struct{ Code, Name string }

var activityCode = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\d{2}(\.\d{1,2}(\.\d{1,2})?)?$`)
})

// ErrTable says that a table of activities is not one.
var ErrTable = errors.New("no table of activities: a line is «code;name»")

// Install puts the sample table of activities where there is none.
func (s *Service) Install(ctx context.Context, tx *db.Tx) error {
	n, err := newQueries(tx).CountActivities(ctx)
	if err != nil || n > 0 {
		return err
	}
	list, err := readActivities(strings.NewReader(sample))
	if err != nil {
		return err
	}
	return s.putActivities(ctx, tx, list)
}

// ImportActivities takes a table of activities, UTF-8, a line «code;name».
func (s *Service) ImportActivities(ctx context.Context, by string, in io.Reader) (int, error) {
	list, err := readActivities(in)
	if err != nil {
		return 0, err
	}
	return len(list), s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.putActivities(ctx, tx, list); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "egrip.okved", Object: "okved", Details: map[string]any{"rows": len(list)}})
	})
}

func (s *Service) putActivities(ctx context.Context, tx *db.Tx, list []Activity) error {
	q := newQueries(tx)
	for _, a := range list {
		if err := q.PutActivity(ctx, putActivityParams{a.Code, a.Name, db.Fold(a.Code + " " + a.Name)}); err != nil {
			return fmt.Errorf("store activity: %w", err)
		}
	}
	return nil
}

const maxTable = 4 << 20

func readActivities(in io.Reader) ([]Activity, error) {
	r := csv.NewReader(io.LimitReader(in, maxTable))
	r.Comma, r.FieldsPerRecord = ';', 2
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	var list []Activity
	for i, row := range rows {
		code, name := strings.TrimPrefix(strings.TrimSpace(row[0]), "\ufeff"), identity.OneLine(row[1])
		if i == 0 && code == "code" {
			continue
		}
		if !activityCode().MatchString(code) || !identity.PlainText(name, 500) {
			return nil, fmt.Errorf("%w: line %d", ErrTable, i+1)
		}
		list = append(list, Activity{code, name})
	}
	if len(list) == 0 {
		return nil, ErrTable
	}
	return list, nil
}

// Activities finds kinds of activity by a code or words.
func (s *Service) Activities(ctx context.Context, words string) (list []Activity, err error) {
	words = db.Fold(words)
	if words == "" {
		return nil, nil
	}
	pattern := "%" + strings.NewReplacer("%", "", "_", "", `\`, "").Replace(words) + "%"
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).FindActivities(ctx, pattern)
		if err != nil {
			return fmt.Errorf("find activities: %w", err)
		}
		list = nil
		for _, row := range rows {
			list = append(list, Activity(row))
		}
		return nil
	})
	return list, err
}
