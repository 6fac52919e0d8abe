// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Service takes requests.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Accounts *auth.Service
}

// Open returns the service.
func Open(p Parts) *Service { return &Service{p} }

// Work registers the end of what was closed, and of what accounts asked that are no more.
func (s *Service) Work(r *jobs.Runner) {
	r.Every("connection.sweep", time.Hour, func(ctx context.Context, tx *db.Tx) error {
		keep, err := s.Policies.Duration(ctx, tx, policyKeep)
		if err != nil {
			return err
		}
		if _, err := newQueries(tx).DropClosed(ctx, db.Micros(tx.Now().Add(-keep))); err != nil {
			return fmt.Errorf("forget requests: %w", err)
		}
		return nil
	})
	jobs.Subscribe(r, "connection", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		if _, err := newQueries(tx).DropOfAccount(ctx, e.Account); err != nil {
			return fmt.Errorf("forget requests: %w", err)
		}
		return nil
	})
}

func place(id string) []byte { return []byte("connection_request/" + id) }

// Ask takes a request. accountID is empty for who has not signed in; token opens its state.
func (s *Service) Ask(ctx context.Context, accountID string, f Form, from auth.Client) (token string, err error) {
	if f, err = f.Clean(); err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.admit(ctx, tx, from); err != nil {
			return err
		}
		term, err := s.Policies.Duration(ctx, tx, policyCallback)
		if err != nil {
			return err
		}
		number, err := newQueries(tx).NextNumber(ctx)
		if err != nil {
			return fmt.Errorf("number request: %w", err)
		}
		id := tx.NewID()
		sealed, err := s.Ring.SealJSON(secret{Form: f}, place(id))
		if err != nil {
			return err
		}
		var hash []byte
		token, hash = keys.NewToken()
		err = newQueries(tx).InsertRequest(ctx, insertRequestParams{
			ID: id, Number: number, TokenHash: hash, AccountID: accountID, State: string(New), Secret: sealed,
			DueAt: db.Micros(tx.Now().Add(term)), CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store request: %w", err)
		}
		by := "guest"
		if accountID != "" {
			by = "account/" + accountID
		}
		return s.record(ctx, tx, by, "connection.ask", id, from)
	})
	return token, err
}

// admit bounds what one network asks, and how many wait.
func (s *Service) admit(ctx context.Context, tx *db.Tx, from auth.Client) error {
	err := s.Accounts.CountAsked(ctx, tx, from)
	if refused, ok := problem.Of(err); ok { // its words speak of codes
		return problem.New(refused.Kind, "connect.often").After(refused.RetryAfter)
	} else if err != nil {
		return err
	}
	most, err := s.Policies.Number(ctx, tx, policyOpen)
	if err != nil {
		return err
	}
	n, err := newQueries(tx).CountOpen(ctx)
	if err != nil {
		return fmt.Errorf("count requests: %w", err)
	}
	if n >= most {
		return problem.New(problem.Limited, "connect.full").After(time.Hour)
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, by, action, id string, from auth.Client) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Action: action, Object: "connection/" + id, Origin: from.Network})
}

func (s *Service) open(row connectionRequestRow) (Request, error) {
	var x secret
	err := s.Ring.OpenJSON(row.Secret, place(row.ID), &x)
	return Request{
		ID: row.ID, Number: row.Number, State: State(row.State), Operator: row.OperatorID, Form: x.Form, Note: x.Note,
		DueAt: db.Time(row.DueAt), CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt),
	}, err
}

// ByToken is a request for whoever holds its link, without what staff wrote.
func (s *Service) ByToken(ctx context.Context, token string) (r Request, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).RequestByToken(ctx, keys.Digest(token))
		if errors.Is(err, sql.ErrNoRows) || token == "" {
			return problem.New(problem.NotFound, "connect.missing")
		} else if err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		r, err = s.open(row)
		r.Note, r.Operator, r.ID = "", "", ""
		return err
	})
	return r, err
}

// operate refuses who is no operator at this moment.
func (s *Service) operate(ctx context.Context, tx *db.Tx, actor auth.Account) error {
	current, err := s.Accounts.AccountByID(ctx, tx, actor.ID)
	if err != nil {
		return err
	}
	if current.Role != auth.Operator {
		return problem.New(problem.Forbidden, "auth.role.other")
	}
	return nil
}

// Queue are the requests that wait, the most urgent first and those that were called after the others,
// without what they say of people.
func (s *Service) Queue(ctx context.Context, actor auth.Account) (list []Request, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.operate(ctx, tx, actor); err != nil {
			return err
		}
		rows, err := newQueries(tx).OpenRequests(ctx)
		if err != nil {
			return fmt.Errorf("read requests: %w", err)
		}
		list = nil
		for _, row := range rows {
			r, err := s.open(row)
			if err != nil {
				return err
			}
			r.Form = Form{Purpose: r.Form.Purpose, Country: r.Form.Country, Region: r.Form.Region}
			r.Note = ""
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

// Look is a request for an operator; the look is recorded.
func (s *Service) Look(ctx context.Context, actor auth.Account, id string, from auth.Client) (r Request, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if r, err = s.find(ctx, tx, actor, id); err != nil {
			return err
		}
		return s.record(ctx, tx, "account/"+actor.ID, "connection.look", id, from)
	})
	return r, err
}

func (s *Service) find(ctx context.Context, tx *db.Tx, actor auth.Account, id string) (Request, error) {
	if err := s.operate(ctx, tx, actor); err != nil {
		return Request{}, err
	}
	row, err := newQueries(tx).GetRequest(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Request{}, problem.New(problem.NotFound, "connect.missing")
	} else if err != nil {
		return Request{}, fmt.Errorf("read request: %w", err)
	}
	return s.open(row)
}

// Move leads a request on. A call and an end have a note.
func (s *Service) Move(ctx context.Context, actor auth.Account, id string, to State, note string, from auth.Client) error {
	if note = strings.TrimSpace(note); len([]rune(note)) > maxWords {
		return problem.New(problem.Invalid, "connect.wrong.words").At("note")
	}
	if to != Taken && note == "" {
		return problem.New(problem.Invalid, "connect.note").At("note")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.find(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if !slices.Contains(Moves()[r.State], to) {
			return problem.New(problem.Conflict, "connect.moved")
		}
		if note != "" {
			r.Note = strings.TrimSpace(r.Note + "\n" + note)
		}
		sealed, err := s.Ring.SealJSON(secret{Form: r.Form, Note: r.Note}, place(id))
		if err != nil {
			return err
		}
		n, err := newQueries(tx).MoveRequest(ctx, moveRequestParams{
			ID: id, State: string(to), OperatorID: actor.ID, Secret: sealed, ChangedAt: db.Micros(tx.Now()), State_2: string(r.State),
		})
		if err != nil {
			return fmt.Errorf("store request: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "connect.moved")
		}
		return s.record(ctx, tx, "account/"+actor.ID, "connection."+string(to), id, from)
	})
}
