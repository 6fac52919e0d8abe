// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package consult

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// maxWords bounds what an offer says, in signs.
const maxWords = 2000

// Of is what a ticket says of the carrier of its certificate, for who has been let see the ticket.
func (s *Service) Of(ctx context.Context, t support.Ticket) (r Replacement, err error) {
	if t.AccountID == "" {
		return r, nil
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		r = Replacement{}
		text, err := s.Policies.String(ctx, tx, policyMedia)
		if err != nil {
			return err
		}
		r.Media = media(text)
		if t.Details.Certificate != "" {
			if r.Certificate, r.Found, err = s.Desk.CertificateNamed(ctx, tx, t.AccountID, t.Details.Certificate); err != nil {
				return err
			}
		}
		row, err := newQueries(tx).OfferOf(ctx, t.ID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.AccountID != t.AccountID {
			return nil
		} else if err != nil {
			return fmt.Errorf("read offer: %w", err)
		}
		r.Offer = Offer{State: State(row.State), Medium: row.Medium, DueAt: db.Time(row.DueAt)}
		if row.ApplicationID != "" {
			r.Offer.Application, err = s.Desk.Standing(ctx, tx, row.ApplicationID)
		}
		return err
	})
	return r, err
}

// Offer offers the person of a ticket another carrier for the certificate that the ticket names.
// words say what to bring, and where.
func (s *Service) Offer(ctx context.Context, actor ra.Actor, ticketID, medium, words string) error {
	if words = strings.TrimSpace(words); words == "" {
		return problem.New(problem.Invalid, "support.words.missing").At("offer_words")
	} else if len([]rune(words)) > maxWords {
		return problem.New(problem.Invalid, "consult.words.long").At("offer_words").With("Count", maxWords)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Tickets.Operate(ctx, tx, asSupport(actor)); err != nil {
			return err
		}
		allowed, err := s.Policies.String(ctx, tx, policyMedia)
		if err != nil {
			return err
		}
		if !slices.Contains(media(allowed), medium) {
			return problem.New(problem.Invalid, "consult.medium").At("medium")
		}
		row, err := newQueries(tx).OfferOf(ctx, ticketID)
		if err == nil && State(row.State) == Offered && db.Time(row.DueAt).After(tx.Now()) {
			return problem.New(problem.Conflict, "consult.offered")
		} else if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read offer: %w", err)
		}
		t, err := s.say(ctx, tx, ticketID, support.Said{Side: support.FromOperator, Who: actor.Account.Title, Words: words}, support.Ask)
		if err != nil {
			return err
		}
		held, found, err := s.Desk.CertificateNamed(ctx, tx, t.AccountID, t.Details.Certificate)
		if err != nil {
			return err
		}
		if !found {
			return problem.New(problem.Conflict, "consult.certificate")
		}
		return s.offer(ctx, tx, actor, t, held, medium)
	})
}

func (s *Service) offer(ctx context.Context, tx *db.Tx, actor ra.Actor, t support.Ticket, held ra.Held, medium string) error {
	life, err := s.Policies.Duration(ctx, tx, policyReplace)
	if err != nil {
		return err
	}
	id, due := tx.NewID(), tx.Now().Add(life)
	err = newQueries(tx).InsertOffer(ctx, insertOfferParams{
		ID: id, TicketID: t.ID, AccountID: t.AccountID, Serial: held.Serial, Medium: medium, State: string(Offered), OperatorID: actor.Account.ID,
		DueAt: db.Micros(due), CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store offer: %w", err)
	}
	a, err := s.Accounts.AccountByID(ctx, tx, t.AccountID)
	if err != nil {
		return err
	}
	err = s.Teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, ProfileID: t.Profile, Phone: a.Phone, Mail: a.Mail}, notify.Event{
		Kind: "consult.offered", Class: notify.Case, Action: true, DueAt: due, Dedup: id, URL: "/c/" + t.Profile + "/support/" + t.ID,
		Values: map[string]any{"Number": held.Number, "Ticket": support.Number(t.Number), "Due": due},
	})
	if err != nil {
		return err
	}
	return s.record(ctx, tx, actor, "consult.offer", "ticket/"+t.ID, map[string]any{"serial": held.Serial, "medium": medium})
}

// say adds to a ticket, with a move if its state has it.
func (s *Service) say(ctx context.Context, tx *db.Tx, ticketID string, m support.Said, move support.Move) (support.Ticket, error) {
	_, state, err := s.Tickets.Size(ctx, tx, ticketID)
	if errors.Is(err, sql.ErrNoRows) {
		return support.Ticket{}, problem.New(problem.NotFound, "support.ticket.missing")
	} else if err != nil {
		return support.Ticket{}, err
	}
	if state == support.Closed && m.Side == support.FromOperator {
		return support.Ticket{}, problem.New(problem.Conflict, "support.state."+string(state))
	}
	if _, moves := support.Moves()[state][move]; moves {
		m.Move = move
	}
	t, _, err := s.Tickets.Speak(ctx, tx, ticketID, m)
	return t, err
}

// Answer is what the person of a ticket says to an offer. Accepted, it opens an application in place of
// the certificate; said twice, it is the same one.
func (s *Service) Answer(ctx context.Context, actor ra.Actor, ticketID string, accept bool) (a ra.Application, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a = ra.Application{}
		row, err := newQueries(tx).OfferOf(ctx, ticketID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.AccountID != actor.Account.ID {
			return problem.New(problem.NotFound, "support.ticket.missing")
		} else if err != nil {
			return fmt.Errorf("read offer: %w", err)
		}
		switch {
		case accept && State(row.State) == Accepted:
			a, err = s.Desk.Standing(ctx, tx, row.ApplicationID)
			return err
		case State(row.State) != Offered:
			return problem.New(problem.Conflict, "consult.moved")
		case !db.Time(row.DueAt).After(tx.Now()):
			return problem.New(problem.Conflict, "consult.over")
		}
		to, move := Declined, support.Reply
		if accept {
			if a, err = s.Desk.Replace(ctx, tx, actor, row.Serial, row.Medium, row.ID); err != nil {
				return err
			}
			to, move = Accepted, support.Solve
		}
		if err := s.moveOffer(ctx, tx, row, to, a.ID); err != nil {
			return err
		}
		if _, err := s.say(ctx, tx, ticketID, support.Said{Side: support.FromSystem, Words: "consult.said." + string(to)}, move); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "consult."+string(to), "ticket/"+ticketID, map[string]any{"application": a.ID})
	})
	return a, err
}

func (s *Service) moveOffer(ctx context.Context, tx *db.Tx, row replacementOfferRow, to State, applicationID string) error {
	n, err := newQueries(tx).MoveOffer(ctx, moveOfferParams{ID: row.ID, State: string(to), ApplicationID: applicationID, ChangedAt: db.Micros(tx.Now()), State_2: row.State})
	if err != nil {
		return fmt.Errorf("store offer: %w", err)
	}
	if n == 0 || !slices.Contains(Moves()[State(row.State)], to) {
		return problem.New(problem.Conflict, "consult.moved")
	}
	return nil
}
