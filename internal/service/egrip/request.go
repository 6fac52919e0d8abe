// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

func (s *Service) insertRequest(ctx context.Context, tx *db.Tx, r Request) error {
	sealed, err := s.ring.SealJSON(requestData{r.Mail, r.Person, r.Company, r.Signed}, []byte(requestPlace(r.ID)))
	if err != nil {
		return err
	}
	err = newQueries(tx).InsertRequest(ctx, insertRequestParams{
		ID: r.ID, AccountID: r.AccountID, PersonID: r.PersonID, Kind: string(r.Kind), Number: r.Number, State: string(r.State), Title: r.Title,
		Data: sealed, CreatedAt: db.Micros(tx.Now()), ChangedAt: db.Micros(tx.Now()), DueAt: db.Micros(r.DueAt),
	})
	if err != nil {
		return fmt.Errorf("store request: %w", err)
	}
	return nil
}

// moveRequest is the only way from one state to another; the table says which there are.
func (s *Service) moveRequest(ctx context.Context, tx *db.Tx, r *Request, by string, move RequestMove, token string) error {
	to, ok := RequestMoves()[r.State][move]
	if !ok {
		return problem.New(problem.Conflict, "egrip.role.state."+string(r.State))
	}
	from := r.State
	r.State, r.ChangedAt = to, tx.Now()
	sealed, err := s.ring.SealJSON(requestData{r.Mail, r.Person, r.Company, r.Signed}, []byte(requestPlace(r.ID)))
	if err != nil {
		return err
	}
	n, err := newQueries(tx).MoveRequest(ctx, moveRequestParams{
		ID: r.ID, State: string(to), Title: r.Title, Data: sealed, Token: token, Reason: r.Reason, ProfileID: r.ProfileID,
		ChangedAt: db.Micros(tx.Now()), DueAt: db.Micros(r.DueAt),
	})
	if err != nil || n != 1 {
		return fmt.Errorf("move request: %d rows, %w", n, err)
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: by, Action: "egrip.role." + string(move), Object: "role/" + r.ID, Details: map[string]any{"from": string(from), "to": string(to)},
	})
}

func (s *Service) load(ctx context.Context, tx *db.Tx, id string) (Request, error) {
	row, err := newQueries(tx).GetRequest(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Request{}, problem.New(problem.NotFound, "egrip.role.no_request")
	} else if err != nil {
		return Request{}, fmt.Errorf("read request: %w", err)
	}
	return s.request(row)
}

func (s *Service) request(row roleRequestRow) (Request, error) {
	var d requestData
	if err := s.ring.OpenJSON(row.Data, []byte(requestPlace(row.ID)), &d); err != nil {
		return Request{}, err
	}
	return Request{
		ID: row.ID, AccountID: row.AccountID, PersonID: row.PersonID, Kind: identity.Kind(row.Kind), Number: row.Number, State: RequestState(row.State),
		Title: row.Title, Reason: row.Reason, ProfileID: row.ProfileID, Mail: d.Mail, Person: d.Person, Company: d.Company, Signed: d.Signed,
		CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt), DueAt: db.Time(row.DueAt),
	}, nil
}

func (s *Service) requests(rows []roleRequestRow) ([]Request, error) {
	list := make([]Request, 0, len(rows))
	for _, row := range rows {
		r, err := s.request(row)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
