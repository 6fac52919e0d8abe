// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// guestDraft is a guest's ticket until the code is answered: nothing is in the queue before.
type guestDraft struct {
	Guest    Guest    `json:"guest"`
	Question Question `json:"question"` // files are stored already and named below
	Files    []struct {
		ID, Name, MIME, Digest string
		Size                   int64
	} `json:"files"`
}

// StartGuest takes a ticket of somebody without a session and sends a code to the phone
// or the address given: what is not confirmed opens nothing. token goes to the browser.
func (s *Service) StartGuest(ctx context.Context, g Guest, q Question, from auth.Client) (token string, err error) {
	var wrong problem.List
	if strings.TrimSpace(g.Name) == "" || len(g.Name) > maxField {
		wrong = append(wrong, problem.New(problem.Invalid, "support.name.missing").At("name"))
	}
	contact, err := auth.Contact(first(g.Phone, g.Mail))
	if err != nil {
		wrong = append(wrong, problem.All(err)...)
	}
	if err := q.Check(); err != nil {
		wrong = append(wrong, problem.All(err)...)
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	g.Name = cut(g.Name)
	if g.Phone, g.Mail = contact, ""; strings.Contains(contact, "@") {
		g.Phone, g.Mail = "", contact
	}
	files, err := s.Receive(ctx, q.Files)
	if err != nil {
		return "", err
	}
	d := guestDraft{Guest: g, Question: q}
	d.Question.Files = nil
	for _, f := range files {
		d.Files = append(d.Files, struct {
			ID, Name, MIME, Digest string
			Size                   int64
		}{f.id, f.name, f.mime, f.digest, f.size})
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var hash []byte
		token, hash = keys.NewToken()
		id := tx.NewID()
		c, err := s.accounts.AskContact(ctx, tx, auth.ForGuest, contact, id, from)
		if err != nil {
			return err
		}
		data, err := s.ring.SealJSON(d, []byte("ticket_draft/"+id))
		if err != nil {
			return err
		}
		life, err := s.policies.Duration(ctx, tx, "recover.code_life")
		if err != nil {
			return err
		}
		err = newQueries(tx).InsertDraft(ctx, insertDraftParams{
			ID: id, TokenHash: hash, ChallengeID: c.ID, Data: data, ExpiresAt: db.Micros(tx.Now().Add(life)),
		})
		if err != nil {
			return fmt.Errorf("store draft: %w", err)
		}
		return nil
	})
	return token, s.Settle(ctx, files, err)
}

func first(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

// GuestChallenge is the code that a guest's draft waits for.
func (s *Service) GuestChallenge(ctx context.Context, token string) (auth.Challenge, error) {
	var id string
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.draft(ctx, tx, token)
		id = row.ChallengeID
		return err
	})
	if err != nil {
		return auth.Challenge{}, err
	}
	return s.accounts.Challenge(ctx, id)
}

func (s *Service) draft(ctx context.Context, tx *db.Tx, token string) (ticketDraftRow, error) {
	row, err := newQueries(tx).GetDraft(ctx, getDraftParams{TokenHash: keys.Digest(token), ExpiresAt: db.Micros(tx.Now())})
	if errors.Is(err, sql.ErrNoRows) {
		return row, problem.New(problem.NotFound, "support.draft.missing")
	} else if err != nil {
		return row, fmt.Errorf("read draft: %w", err)
	}
	return row, nil
}

// ConfirmGuest answers the code and opens the ticket; view is the token of its page, known
// to the guest alone.
func (s *Service) ConfirmGuest(ctx context.Context, token, code string, from auth.Client) (t Ticket, view string, err error) {
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		row, err := s.draft(ctx, tx, token)
		if err != nil {
			return err
		}
		refusal, err = s.accounts.Answer(ctx, tx, row.ChallengeID, auth.ForGuest, row.ID, code)
		if err != nil || refusal != nil {
			return err
		}
		var d guestDraft
		if err := s.ring.OpenJSON(row.Data, []byte("ticket_draft/"+row.ID), &d); err != nil {
			return err
		}
		var files []Received
		for _, f := range d.Files {
			files = append(files, Received{f.ID, f.Name, f.MIME, f.Digest, f.Size})
		}
		t, view, err = s.insert(ctx, tx, Ticket{Origin: "guest", Details: Details{
			Name: d.Guest.Name, Phone: d.Guest.Phone, Mail: d.Guest.Mail, Language: d.Guest.Language, Confirmed: true,
		}}, d.Question, d.Guest.Name, files)
		if err != nil {
			return err
		}
		if _, err := newQueries(tx).DropDraft(ctx, row.ID); err != nil {
			return fmt.Errorf("drop draft: %w", err)
		}
		return s.record(ctx, tx, guestActor(from), "support.write", t.ID, nil)
	})
	return t, view, errors.Join(err, refusal)
}

// GuestTicket returns the ticket of a guest's link.
func (s *Service) GuestTicket(ctx context.Context, token string) (t Ticket, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if t, err = s.byView(ctx, tx, token); err != nil {
			return err
		}
		if t.EraseAt, err = s.eraseAt(ctx, tx, t); err != nil {
			return err
		}
		return s.thread(ctx, tx, &t, false)
	})
	return t, err
}
