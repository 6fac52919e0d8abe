// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// The outcomes of a question.
const (
	found   = "found"
	missing = "missing"
	silent  = "silent"
)

func recordPlace(register, number string) string { return "egr/" + register + "/" + number }

// keep stores a record in the place of the earlier one. One whose data are older than
// what is there stays out: files may come late.
func (s *Service) keep(ctx context.Context, tx *db.Tx, r *egr.Record, source string) error {
	q := newQueries(tx)
	old, err := q.GetRecord(ctx, getRecordParams{string(r.Register), r.Number})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read record: %w", err)
	}
	if err == nil && db.Time(old.AsOf).After(r.Date()) {
		return nil
	}
	var before *egr.Record
	if err == nil {
		before = &egr.Record{}
		if err := s.ring.OpenJSON(old.Data, []byte(recordPlace(old.Register, old.Number)), before); err != nil {
			return err
		}
	}
	if err := s.followLicences(ctx, tx, before, r); err != nil {
		return err
	}
	sealed, err := s.ring.SealJSON(r, []byte(recordPlace(string(r.Register), r.Number)))
	if err != nil {
		return err
	}
	err = q.PutRecord(ctx, putRecordParams{
		Register: string(r.Register), Number: r.Number, Data: sealed, Source: source, AsOf: db.Micros(r.Date()), TakenAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store record: %w", err)
	}
	return nil
}

func (s *Service) entry(ctx context.Context, tx *db.Tx, register egr.Register, number string) (Entry, error) {
	var e Entry
	q := newQueries(tx)
	row, err := q.GetRecord(ctx, getRecordParams{string(register), number})
	switch {
	case err == nil:
		e.Record = &egr.Record{}
		if err := s.ring.OpenJSON(row.Data, []byte(recordPlace(row.Register, row.Number)), e.Record); err != nil {
			return Entry{}, err
		}
		e.Source, e.AsOf, e.TakenAt = row.Source, db.Time(row.AsOf), db.Time(row.TakenAt)
	case !errors.Is(err, sql.ErrNoRows):
		return Entry{}, fmt.Errorf("read record: %w", err)
	}
	asked, err := q.GetQuery(ctx, getQueryParams{string(register), number})
	switch {
	case err == nil:
		e.AskedAt, e.RetryAt = db.Time(asked.AskedAt), db.Time(asked.RetryAt)
		e.Absent, e.Silent = asked.Outcome == missing, asked.Outcome == silent
	case !errors.Is(err, sql.ErrNoRows):
		return Entry{}, fmt.Errorf("read question: %w", err)
	}
	return e, nil
}

func rolePlace(profileID string) string { return "egr-role/" + profileID }

// OwnIn is Own inside an act of a higher service.
func (s *Service) OwnIn(ctx context.Context, tx *db.Tx, profileID string) (Own, error) {
	row, err := newQueries(tx).GetRole(ctx, profileID)
	if errors.Is(err, sql.ErrNoRows) {
		return Own{}, nil
	} else if err != nil {
		return Own{}, fmt.Errorf("read role: %w", err)
	}
	var o Own
	return o, s.ring.OpenJSON(row.Data, []byte(rolePlace(profileID)), &o)
}

func (s *Service) putRole(ctx context.Context, tx *db.Tx, accountID string, p identity.Profile, o Own, checked time.Time) error {
	register, ok := RegisterOf(p.Kind)
	if !ok {
		return nil
	}
	q := newQueries(tx)
	params := putRoleParams{ProfileID: p.ID, AccountID: accountID, PersonID: p.PersonID, Register: string(register), Number: p.RegisterNumber, Standing: string(o.Status), CheckedAt: db.Micros(checked)}
	if row, err := q.GetRole(ctx, p.ID); err == nil {
		if checked.IsZero() {
			params.CheckedAt = row.CheckedAt
		}
		if row.Standing != "" { // what people were told is changed by follow alone
			params.Standing = row.Standing
		}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read role: %w", err)
	}
	var err error
	if params.Data, err = s.ring.SealJSON(o, []byte(rolePlace(p.ID))); err != nil {
		return err
	}
	if err := q.PutRole(ctx, params); err != nil {
		return fmt.Errorf("store role: %w", err)
	}
	return nil
}
