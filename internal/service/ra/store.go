// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/pki/alg"
)

func place(id string) []byte { return []byte("application/" + id) }

// record is an application inside an act: the row and its sealed part.
type record struct {
	row  applicationRow
	data data
}

func (s *Service) load(ctx context.Context, tx *db.Tx, id string) (*record, error) {
	row, err := newQueries(tx).Get(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, problem.New(problem.NotFound, "ra.application.missing")
	} else if err != nil {
		return nil, fmt.Errorf("read application: %w", err)
	}
	return s.open(row)
}

func (s *Service) open(row applicationRow) (*record, error) {
	r := &record{row: row}
	plain, err := s.ring.Open(row.Data, place(row.ID))
	if err != nil {
		return nil, fmt.Errorf("open application: %w", err)
	}
	defer keys.Zero(plain)
	if err := json.Unmarshal(plain, &r.data); err != nil {
		return nil, fmt.Errorf("decode application: %w", err)
	}
	return r, nil
}

// own loads an application of the actor; one of somebody else is not found.
func (s *Service) own(ctx context.Context, tx *db.Tx, actor Actor, id string) (*record, error) {
	r, err := s.load(ctx, tx, id)
	if err == nil && r.row.AccountID != actor.Account.ID {
		return nil, problem.New(problem.NotFound, "ra.application.missing")
	}
	return r, err
}

func (s *Service) save(ctx context.Context, tx *db.Tx, r *record) error {
	plain, err := json.Marshal(r.data)
	if err != nil {
		return fmt.Errorf("encode application: %w", err)
	}
	defer keys.Zero(plain)
	row := r.row
	err = newQueries(tx).Update(ctx, updateParams{
		ID: row.ID, ProfileID: row.ProfileID, Kind: row.Kind, State: row.State, Title: row.Title,
		Data: s.ring.Seal(plain, place(row.ID)), Approval: row.Approval, ChallengeID: row.ChallengeID,
		OperatorID: row.OperatorID, Serial: row.Serial, ChangedAt: db.Micros(tx.Now()), SubmittedAt: row.SubmittedAt, DueAt: row.DueAt,
	})
	if err != nil {
		return fmt.Errorf("store application: %w", err)
	}
	return nil
}

// move changes the state by the table, with the line of the timeline and the
// audit record of the same act.
func (s *Service) move(ctx context.Context, tx *db.Tx, r *record, actor Actor, m Move, words string) error {
	next, ok := Moves()[State(r.row.State)][m]
	if !ok {
		return problem.New(problem.Conflict, "ra.state."+r.row.State)
	}
	from := r.row.State
	r.row.State = string(next)
	if err := s.save(ctx, tx, r); err != nil {
		return err
	}
	if err := s.note(ctx, tx, r, actor.Account.Title, string(m), words); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: actor.name(), Action: "ra." + string(m), Object: "application/" + r.row.ID, Origin: actor.Client.Network,
		Details: map[string]any{"from": from, "to": r.row.State},
	})
}

func (s *Service) note(ctx context.Context, tx *db.Tx, r *record, who, kind, words string) error {
	err := newQueries(tx).InsertEvent(ctx, insertEventParams{
		ID: tx.NewID(), ApplicationID: r.row.ID, At: db.Micros(tx.Now()), Who: who, Kind: kind, Words: words,
	})
	if err != nil {
		return fmt.Errorf("store event: %w", err)
	}
	return nil
}

// digest is what approvals and signatures of an application are bound to.
func (f Form) digest() (string, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode form: %w", err)
	}
	return hex.EncodeToString(alg.Streebog256.Sum(text)), nil
}

func (r *record) view() Application {
	return Application{
		ID: r.row.ID, AccountID: r.row.AccountID, PersonID: r.row.PersonID, ProfileID: r.row.ProfileID, Number: r.row.Number,
		State: State(r.row.State), Kind: identity.Kind(r.row.Kind), Title: r.row.Title,
		Form: r.data.Form, Typed: r.data.Typed, Marked: r.data.Marked, Reason: r.data.Reason, Signed: r.data.Signed, Prepared: r.data.Prepared,
		ChallengeID: r.row.ChallengeID, SeenBy: r.row.SeenBy, Serial: r.row.Serial,
		CreatedAt: db.Time(r.row.CreatedAt), ChangedAt: db.Time(r.row.ChangedAt), SubmittedAt: db.Time(r.row.SubmittedAt), DueAt: db.Time(r.row.DueAt),
	}
}

// whole is the view with files and timeline.
func (s *Service) whole(ctx context.Context, tx *db.Tx, r *record) (Application, error) {
	a := r.view()
	q := newQueries(tx)
	files, err := q.FilesOf(ctx, a.ID)
	if err != nil {
		return a, fmt.Errorf("read files: %w", err)
	}
	for _, f := range files {
		a.Files = append(a.Files, fileOf(f))
	}
	events, err := q.EventsOf(ctx, a.ID)
	if err != nil {
		return a, fmt.Errorf("read events: %w", err)
	}
	for _, e := range events {
		a.Events = append(a.Events, Event{At: db.Time(e.At), Who: e.Who, Kind: e.Kind, Words: e.Words})
	}
	return a, nil
}

func fileOf(row applicationFileRow) File {
	return File{ID: row.ID, Purpose: row.Purpose, Name: row.Name, MIME: row.Mime, Size: row.Size, blobID: row.BlobID}
}
