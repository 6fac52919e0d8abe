// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
)

const (
	maxWords    = 8000 // octets of one message
	maxField    = 200
	maxDetails  = 20 // lines of diagnostics
	seenFor     = 2 * time.Minute
	dayOfLimits = 24 * time.Hour
)

// WriteTx opens a ticket of a holder, without files, inside an act of a higher service.
func (s *Service) WriteTx(ctx context.Context, tx *db.Tx, actor Actor, q Question) (t Ticket, err error) {
	if err := q.Check(); err != nil {
		return t, err
	}
	if err := s.limit(ctx, tx, actor.Account.ID); err != nil {
		return t, err
	}
	t, _, err = s.insert(ctx, tx, Ticket{AccountID: actor.Account.ID, Profile: actor.Profile, Origin: "site"}, q, actor.Account.Title, nil)
	if err != nil {
		return t, err
	}
	return t, s.record(ctx, tx, actor, "support.write", t.ID, nil)
}

// OpenFor opens a ticket for somebody whom a recovery has shut out, inside its act: words
// is the key of what is said.
func (s *Service) OpenFor(ctx context.Context, tx *db.Tx, actor Actor, accountID, profile string, q Question) error {
	t, _, err := s.insert(ctx, tx, Ticket{AccountID: accountID, Profile: profile, Origin: "recovery"}, q, q.Application, nil)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, actor, "support.write", t.ID, map[string]any{"recovery": q.Application})
}

// Write opens a ticket of a holder.
func (s *Service) Write(ctx context.Context, actor Actor, q Question) (t Ticket, err error) {
	if err := q.Check(); err != nil {
		return t, err
	}
	files, err := s.Receive(ctx, q.Files)
	if err != nil {
		return t, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.limit(ctx, tx, actor.Account.ID); err != nil {
			return err
		}
		t, _, err = s.insert(ctx, tx, Ticket{AccountID: actor.Account.ID, Profile: actor.Profile, Origin: "site"}, q, actor.Account.Title, files)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "support.write", t.ID, nil)
	})
	return t, s.Settle(ctx, files, err)
}

// Check refuses words that are missing or too long.
func (q Question) Check() error {
	switch words := strings.TrimSpace(q.Words); {
	case words == "":
		return problem.New(problem.Invalid, "support.words.missing").At("words")
	case len(q.Words) > maxWords || len(q.Steps) > maxWords:
		return problem.New(problem.Invalid, "support.words.long").At("words").With("Count", maxWords)
	}
	return nil
}

func (s *Service) limit(ctx context.Context, tx *db.Tx, accountID string) error {
	most, err := s.policies.Number(ctx, tx, "support.per_day")
	if err != nil {
		return err
	}
	n, err := newQueries(tx).CountOpened(ctx, countOpenedParams{AccountID: accountID, CreatedAt: db.Micros(tx.Now().Add(-dayOfLimits))})
	if err != nil {
		return fmt.Errorf("count tickets: %w", err)
	}
	if n >= most {
		return problem.New(problem.Limited, "support.too_many").At("words").After(dayOfLimits)
	}
	return nil
}

// insert stores a new ticket with its first message, and tells the person its number and
// term. view is the token of a guest's link.
func (s *Service) insert(ctx context.Context, tx *db.Tx, t Ticket, q Question, who string, files []Received) (_ Ticket, view string, err error) {
	due, err := s.term(ctx, tx, validTopic(q.Topic))
	if err != nil {
		return t, "", err
	}
	queries := newQueries(tx)
	if t.Number, err = queries.NextNumber(ctx); err != nil {
		return t, "", fmt.Errorf("number ticket: %w", err)
	}
	reply, replyHash := keys.NewToken()
	view, viewHash := keys.NewToken()
	t.ID, t.State, t.Topic, t.DueAt, t.CreatedAt, t.ChangedAt = tx.NewID(), Open, validTopic(q.Topic), due, tx.Now(), tx.Now()
	d := &t.Details
	d.Reply, d.Certificate, d.Application, d.Page, d.Code = reply, cut(q.Certificate), cut(q.Application), cut(q.Page), cut(q.Code)
	d.Steps = strings.TrimSpace(q.Steps)
	for _, line := range q.Diagnostics[:min(len(q.Diagnostics), maxDetails)] {
		d.Diagnostics = append(d.Diagnostics, cut(line))
	}
	data, err := s.ring.SealJSON(t.Details, []byte("ticket/"+t.ID))
	if err != nil {
		return t, "", err
	}
	err = queries.Insert(ctx, insertParams{
		ID: t.ID, Number: t.Number, AccountID: t.AccountID, ProfileID: t.Profile, Origin: t.Origin, Topic: t.Topic, State: string(t.State),
		Data: data, ReplyHash: replyHash, ViewHash: viewHash, DueAt: db.Micros(due), RatingWords: []byte{}, CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return t, "", fmt.Errorf("store ticket: %w", err)
	}
	if err := s.Keep(ctx, tx, t.ID, files); err != nil {
		return t, "", err
	}
	if _, err := s.say(ctx, tx, t.ID, FromPerson, who, q.Words, cut(q.Message)); err != nil {
		return t, "", err
	}
	return t, view, s.tell(ctx, tx, t, "support.opened", view, nil)
}

// cut makes what browsers say of themselves short and printable.
func cut(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(strings.TrimSpace(text)); len(runes) > maxField {
		return string(runes[:maxField])
	}
	return strings.TrimSpace(text)
}

// say adds a message to a thread; false: a letter with this id has been there.
func (s *Service) say(ctx context.Context, tx *db.Tx, ticketID string, side Side, who, words, originID string) (bool, error) {
	if side == FromPerson {
		if err := s.roomIn(ctx, tx, ticketID); err != nil {
			return false, err
		}
	}
	id := tx.NewID()
	sealed, err := s.ring.SealJSON(strings.TrimSpace(words), []byte("ticket_message/"+id))
	if err != nil {
		return false, err
	}
	n, err := newQueries(tx).InsertMessage(ctx, insertMessageParams{
		ID: id, TicketID: ticketID, At: db.Micros(tx.Now()), Side: string(side), Who: who, Words: sealed, OriginID: originID,
	})
	if err != nil {
		return false, fmt.Errorf("store message: %w", err)
	}
	tx.Signal(Topic(ticketID))
	return n > 0, nil
}

// roomIn bounds what persons write into a ticket: guests do without an account, and a page shows no more
// than so many messages.
func (s *Service) roomIn(ctx context.Context, tx *db.Tx, ticketID string) error {
	most, err := s.policies.Number(ctx, tx, "support.messages")
	if err != nil {
		return err
	}
	n, _, err := s.Size(ctx, tx, ticketID)
	if err != nil {
		return fmt.Errorf("count messages: %w", err)
	}
	if int64(n) >= most {
		return problem.New(problem.Conflict, "support.thread.full").At("words").With("Count", n).Then("support.thread.full.next")
	}
	return nil
}

// tell sends the person a notice about the ticket. view is given when the ticket is new:
// afterwards nobody knows it but the guest.
func (s *Service) tell(ctx context.Context, tx *db.Tx, t Ticket, kind, view string, values map[string]any) error {
	to := notify.Person{Phone: t.Details.Phone, Mail: t.Details.Mail, Language: t.Details.Language}
	e := notify.Event{Kind: kind, Class: notify.Case, Values: map[string]any{
		"Number": Number(t.Number), "Due": t.DueAt, "Words": "",
	}, Dedup: t.ID + "/" + tx.NewID(), Tag: "[" + Number(t.Number) + " " + t.Details.Reply + "]"}
	for name, value := range values {
		e.Values[name] = value
	}
	if t.AccountID != "" {
		var err error
		if to, err = s.personOf(ctx, tx, t.AccountID, t.Profile); err != nil {
			return err
		}
		e.URL = "/c/" + t.Profile + "/support/" + t.ID
	} else if view != "" {
		e.Link = s.publicURL + "/recover/ticket/" + view
	}
	if !t.Details.Confirmed && t.AccountID == "" {
		return nil // contacts of nobody's: nothing is sent to them
	}
	e.Action = t.State == Waiting || t.State == Solved
	return s.teller.Tell(ctx, tx, to, e)
}

// List returns the tickets of a holder, the newest first.
func (s *Service) List(ctx context.Context, actor Actor) (list []Ticket, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.OfAccount(ctx, tx, actor.Account.ID)
		return err
	})
	return list, err
}

// OfAccount returns the tickets of an account, the newest first.
func (s *Service) OfAccount(ctx context.Context, tx *db.Tx, accountID string) (list []Ticket, err error) {
	rows, err := newQueries(tx).OfAccount(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read tickets: %w", err)
	}
	for _, row := range rows {
		t, err := s.ticketOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// Ticket returns a ticket of the holder with its thread.
func (s *Service) Ticket(ctx context.Context, actor Actor, id string) (t Ticket, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if t, err = s.own(ctx, tx, actor, id); err != nil {
			return err
		}
		return s.thread(ctx, tx, &t, false)
	})
	return t, err
}

// own reads a ticket of the holder: one of somebody else is not found.
func (s *Service) own(ctx context.Context, tx *db.Tx, actor Actor, id string) (Ticket, error) {
	row, err := newQueries(tx).Get(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (row.AccountID != actor.Account.ID || actor.Account.ID == "") {
		return Ticket{}, problem.New(problem.NotFound, "support.ticket.missing")
	} else if err != nil {
		return Ticket{}, fmt.Errorf("read ticket: %w", err)
	}
	return s.ticketOf(row)
}

// byView reads the ticket of a guest's link.
func (s *Service) byView(ctx context.Context, tx *db.Tx, token string) (Ticket, error) {
	row, err := newQueries(tx).ByView(ctx, keys.Digest(token))
	if errors.Is(err, sql.ErrNoRows) {
		return Ticket{}, problem.New(problem.NotFound, "support.ticket.missing")
	} else if err != nil {
		return Ticket{}, fmt.Errorf("read ticket: %w", err)
	}
	return s.ticketOf(row)
}

func (s *Service) ticketOf(row ticketRow) (Ticket, error) {
	t := Ticket{
		ID: row.ID, Number: row.Number, AccountID: row.AccountID, Profile: row.ProfileID, Origin: row.Origin, Topic: row.Topic, State: State(row.State),
		DueAt: db.Time(row.DueAt), Late: row.LateAt != 0, Ask: State(row.State) == Solved && row.AskedAt == 0, Rating: int(row.Rating),
		CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt),
	}
	if err := s.ring.OpenJSON(row.Data, []byte("ticket/"+row.ID), &t.Details); err != nil {
		return t, err
	}
	if len(row.RatingWords) > 0 {
		return t, s.ring.OpenJSON(row.RatingWords, []byte("ticket_rating/"+row.ID), &t.Details.RatingWords)
	}
	return t, nil
}

// thread reads what was said and sent along; notes are for staff.
func (s *Service) thread(ctx context.Context, tx *db.Tx, t *Ticket, staff bool) error {
	rows, err := newQueries(tx).MessagesOf(ctx, t.ID)
	if err != nil {
		return fmt.Errorf("read thread: %w", err)
	}
	t.Messages, t.Files = nil, nil
	for _, row := range rows {
		if Side(row.Side) == Note && !staff {
			continue
		}
		m := Message{At: db.Time(row.At), Side: Side(row.Side), Who: row.Who}
		if err := s.ring.OpenJSON(row.Words, []byte("ticket_message/"+row.ID), &m.Words); err != nil {
			return err
		}
		t.Messages = append(t.Messages, m)
	}
	t.Files, err = s.FilesOf(ctx, tx, t.ID)
	return err
}

// Answer is what a person adds to an own ticket: words and files, or that it is solved or
// is not.
type Answer struct {
	Move  Move // Reply, Confirm, Reopen
	Words string
	Files []Upload
}

// Reply adds to a ticket of the holder.
func (s *Service) Reply(ctx context.Context, actor Actor, id string, a Answer) error {
	return s.reply(ctx, a, func(ctx context.Context, tx *db.Tx) (Ticket, string, error) {
		t, err := s.own(ctx, tx, actor, id)
		return t, actor.Account.Title, err
	}, actor)
}

// ReplyGuest is Reply for whoever holds the link of a guest's ticket.
func (s *Service) ReplyGuest(ctx context.Context, token string, a Answer, actor Actor) error {
	return s.reply(ctx, a, func(ctx context.Context, tx *db.Tx) (Ticket, string, error) {
		t, err := s.byView(ctx, tx, token)
		return t, t.Details.Name, err
	}, actor)
}

func (s *Service) reply(ctx context.Context, a Answer, find func(context.Context, *db.Tx) (Ticket, string, error), actor Actor) error {
	if a.Move == Reply || a.Move == Reopen {
		if err := (Question{Words: a.Words}).Check(); err != nil {
			return err
		}
	}
	// Nothing is stored for somebody who may not write here.
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, _, err := find(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	files, err := s.Receive(ctx, a.Files)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, who, err := find(ctx, tx)
		if err != nil {
			return err
		}
		switch a.Move {
		case Reply, Reopen, Confirm:
		default:
			return problem.New(problem.Invalid, "support.move.wrong")
		}
		if err := s.move(ctx, tx, &t, a.Move); err != nil {
			return err
		}
		if err := s.Keep(ctx, tx, t.ID, files); err != nil {
			return err
		}
		if strings.TrimSpace(a.Words) != "" {
			if _, err := s.say(ctx, tx, t.ID, FromPerson, who, a.Words, ""); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor, "support."+string(a.Move), t.ID, nil)
	})
	return s.Settle(ctx, files, err)
}

// move changes the state of a ticket by the table, with the term of the new state.
func (s *Service) move(ctx context.Context, tx *db.Tx, t *Ticket, m Move) error {
	to, ok := Moves()[t.State][m]
	if !ok {
		return problem.New(problem.Conflict, "support.state."+string(t.State))
	}
	row, err := newQueries(tx).Get(ctx, t.ID)
	if err != nil {
		return fmt.Errorf("read ticket: %w", err)
	}
	// A ticket that waits for the operator keeps its term, whatever the person adds.
	if to != t.State {
		if t.DueAt, err = s.dueOf(ctx, tx, to, t.Topic); err != nil {
			return err
		}
		t.Late, row.LateAt = false, 0
	}
	if m == Confirm || m == Reopen {
		row.AskedAt = db.Micros(tx.Now()) // «Решено?» is asked once
	}
	t.State = to
	err = newQueries(tx).Update(ctx, updateParams{
		ID: t.ID, State: string(to), DueAt: db.Micros(t.DueAt), LateAt: row.LateAt, AskedAt: row.AskedAt, Rating: row.Rating,
		RatingWords: octets(row.RatingWords), ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store ticket: %w", err)
	}
	return nil
}

// dueOf is the term of a state that begins now.
func (s *Service) dueOf(ctx context.Context, tx *db.Tx, state State, topic string) (time.Time, error) {
	switch state {
	case Open:
		return s.term(ctx, tx, topic)
	case Closed:
		return time.Time{}, nil
	}
	d, err := s.policies.Duration(ctx, tx, Turns()[state].Term)
	return tx.Now().Add(d), err
}

// Rate takes what the person thinks of the answer, 1 to 5.
func (s *Service) Rate(ctx context.Context, actor Actor, id string, rating int, words string) error {
	if rating < 1 || rating > 5 {
		return problem.New(problem.Invalid, "support.rating.missing").At("rating")
	}
	if len(words) > maxWords {
		return problem.New(problem.Invalid, "support.words.long").At("rating_words").With("Count", maxWords)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if t.State != Solved && t.State != Closed {
			return problem.New(problem.Conflict, "support.state."+string(t.State))
		}
		sealed, err := s.ring.SealJSON(strings.TrimSpace(words), []byte("ticket_rating/"+t.ID))
		if err != nil {
			return err
		}
		row, err := newQueries(tx).Get(ctx, t.ID)
		if err != nil {
			return fmt.Errorf("read ticket: %w", err)
		}
		err = newQueries(tx).Update(ctx, updateParams{
			ID: t.ID, State: row.State, DueAt: row.DueAt, LateAt: row.LateAt, AskedAt: row.AskedAt, Rating: int64(rating), RatingWords: sealed,
			ChangedAt: row.ChangedAt,
		})
		if err != nil {
			return fmt.Errorf("store rating: %w", err)
		}
		return s.record(ctx, tx, actor, "support.rate", t.ID, map[string]any{"rating": rating})
	})
}

// record is the audit line of an act on a ticket.
func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, id string, details map[string]any) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: actor.Name(), Action: action, Object: "ticket/" + id, Origin: actor.Client.Network, Details: details,
	})
}
