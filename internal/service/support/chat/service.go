// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package chat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/support"
	"podpis/internal/service/support/hours"
)

// Open reports whether specialists work now.
func (s *Service) Open(ctx context.Context) (open bool, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		open, err = s.open(ctx, tx)
		return err
	})
	return open, err
}

func (s *Service) open(ctx context.Context, tx *db.Tx) (bool, error) {
	text, err := s.Policies.String(ctx, tx, "chat.hours")
	if err != nil || text == "" {
		return text == "", err
	}
	zone, err := s.Policies.String(ctx, tx, "support.zone")
	if err != nil {
		return false, err
	}
	h, err := hours.Parse(text, zone)
	if err != nil {
		return false, fmt.Errorf("policy chat.hours: %w", err)
	}
	return h.Open(tx.Now()), nil
}

// Start opens a conversation of a holder; out of hours the ticket alone.
func (s *Service) Start(ctx context.Context, actor support.Actor, q support.Question) (t support.Ticket, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if t, err = s.Tickets.WriteTx(ctx, tx, actor, q); err != nil {
			return err
		}
		return s.begin(ctx, tx, t.ID, "", "", nil)
	})
	return t, err
}

// StartGuest opens a conversation of somebody without an account. view is all they have to come
// back with.
func (s *Service) StartGuest(ctx context.Context, d support.Details, q support.Question, from auth.Client) (t support.Ticket, view string, err error) {
	if d.Phone, d.Mail, err = contact(d.Phone); err != nil {
		return t, "", err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		most, err := s.Policies.Number(ctx, tx, "chat.per_network")
		if err != nil {
			return err
		}
		n, err := newQueries(tx).CountFrom(ctx, countFromParams{from.Network, db.Micros(tx.Now().Add(-day))})
		if err != nil {
			return fmt.Errorf("count conversations: %w", err)
		}
		if n >= most {
			return problem.New(problem.Limited, "support.too_many").At("words").After(day)
		}
		if t, view, err = s.Tickets.OpenTx(ctx, tx, d, q, from); err != nil {
			return err
		}
		return s.begin(ctx, tx, t.ID, from.Network, "", nil)
	})
	return t, view, err
}

// contact is a phone or an address as it was typed; nothing is neither.
func contact(typed string) (phone, mail string, err error) {
	if strings.TrimSpace(typed) == "" {
		return "", "", nil
	}
	c, err := auth.Contact(typed)
	if strings.Contains(c, "@") {
		return "", c, err
	}
	return c, "", err
}

const day = 24 * time.Hour

// begin puts a ticket among those who wait. Of hours without a specialist the row is kept too: it
// counts for its network.
func (s *Service) begin(ctx context.Context, tx *db.Tx, ticketID, network, conversation string, address []byte) error {
	if address == nil {
		address = []byte{}
	}
	q := newQueries(tx)
	err := q.Insert(ctx, insertParams{TicketID: ticketID, Network: network, Conversation: conversation, Address: address, Since: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("store conversation: %w", err)
	}
	open, err := s.open(ctx, tx)
	if err != nil {
		return err
	}
	if !open && conversation == "" { // a bridge's goes on: its answers have no other way
		row, err := q.Get(ctx, ticketID)
		if err != nil {
			return fmt.Errorf("read conversation: %w", err)
		}
		return s.move(ctx, tx, row, Expire, "")
	}
	tx.Signal(topic)
	return nil
}

// topic wakes the page of those who wait.
const topic = "chat"

// Of is the conversation of a ticket, which the caller has been let see.
func (s *Service) Of(ctx context.Context, ticketID string) (c Chat, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).Get(ctx, ticketID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read conversation: %w", err)
		}
		c, err = s.chatOf(ctx, tx, row, "")
		return err
	})
	return c, err
}

func (s *Service) chatOf(ctx context.Context, tx *db.Tx, row chatRow, me string) (c Chat, err error) {
	c = Chat{TicketID: row.TicketID, State: State(row.State), Since: db.Time(row.Since), Mine: me != "" && row.OperatorID == me, Bridged: row.Conversation != ""}
	if c.State == Waiting {
		if c.Ahead, err = newQueries(tx).CountAhead(ctx, countAheadParams{row.Since, row.TicketID}); err != nil {
			return c, fmt.Errorf("count conversations: %w", err)
		}
	}
	if row.OperatorID != "" {
		a, err := s.Accounts.AccountByID(ctx, tx, row.OperatorID)
		if err != nil {
			return c, err
		}
		c.Operator = a.Title
	}
	return c, nil
}

// List are the conversations that wait, the longest first, and those that were taken.
func (s *Service) List(ctx context.Context, actor support.Actor) (list []Chat, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
			return err
		}
		for _, state := range []State{Waiting, Taken} {
			rows, err := newQueries(tx).In(ctx, string(state))
			if err != nil {
				return fmt.Errorf("read conversations: %w", err)
			}
			for _, row := range rows {
				c, err := s.chatOf(ctx, tx, row, actor.Account.ID)
				if err != nil {
					return err
				}
				list = append(list, c)
			}
		}
		return nil
	})
	return list, err
}

// Inspect opens a conversation to an operator; the look is recorded.
func (s *Service) Inspect(ctx context.Context, actor support.Actor, ticketID string) (c Chat, t support.Ticket, err error) {
	if c, err = s.Of(ctx, ticketID); err != nil {
		return c, t, err
	}
	if c.State == "" {
		return c, t, missing()
	}
	if t, err = s.Tickets.Inspect(ctx, actor, ticketID); err != nil {
		return c, t, err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).Get(ctx, ticketID)
		if err != nil {
			return fmt.Errorf("read conversation: %w", err)
		}
		c, err = s.chatOf(ctx, tx, row, actor.Account.ID)
		return err
	})
	c.Number = t.Number
	return c, t, err
}

func missing() error { return problem.New(problem.NotFound, "support.ticket.missing") }

// Decide is what an operator does with a conversation: takes it, hands it back, ends it; solved
// ends the ticket's turn as well, with the last words if there are some.
func (s *Service) Decide(ctx context.Context, actor support.Actor, ticketID string, m Move, solved bool, words string) error {
	return s.act(ctx, actor, ticketID, "chat."+string(m), func(ctx context.Context, tx *db.Tx, row chatRow) error {
		switch m {
		case Take:
		case Hand, End:
			if row.OperatorID != actor.Account.ID {
				return problem.New(problem.Conflict, "chat.other")
			}
		default:
			return problem.New(problem.Invalid, "support.move.wrong")
		}
		if words != "" || solved {
			said := support.Said{Side: support.FromOperator, Who: actor.Account.Title, Words: words}
			if solved {
				said.Move = support.Solve
			}
			if err := s.speak(ctx, tx, row, said); err != nil {
				return err
			}
		}
		return s.move(ctx, tx, row, m, actor.Account.ID)
	})
}

// Say is a message of the operator who has taken the conversation.
func (s *Service) Say(ctx context.Context, actor support.Actor, ticketID, words string) error {
	return s.act(ctx, actor, ticketID, "chat.say", func(ctx context.Context, tx *db.Tx, row chatRow) error {
		if row.OperatorID != actor.Account.ID || State(row.State) != Taken {
			return problem.New(problem.Conflict, "chat.other")
		}
		return s.speak(ctx, tx, row, support.Said{Side: support.FromOperator, Who: actor.Account.Title, Words: words})
	})
}

// act is one act of an operator on a conversation, recorded.
func (s *Service) act(ctx context.Context, actor support.Actor, ticketID, action string, do func(ctx context.Context, tx *db.Tx, row chatRow) error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
			return err
		}
		row, err := newQueries(tx).Get(ctx, ticketID)
		if errors.Is(err, sql.ErrNoRows) {
			return missing()
		} else if err != nil {
			return fmt.Errorf("read conversation: %w", err)
		}
		if err := do(ctx, tx, row); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + actor.Account.ID, Action: action, Object: "ticket/" + ticketID, Origin: actor.Client.Network})
	})
}

// Leave ends a conversation for the person, who has been let see its ticket.
func (s *Service) Leave(ctx context.Context, ticketID string, actor support.Actor) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).Get(ctx, ticketID)
		if errors.Is(err, sql.ErrNoRows) {
			return missing()
		} else if err != nil {
			return fmt.Errorf("read conversation: %w", err)
		}
		if State(row.State) == Ended {
			return nil
		}
		if err := s.move(ctx, tx, row, Leave, ""); err != nil {
			return err
		}
		who := "guest"
		if actor.Account.ID != "" {
			who = "account/" + actor.Account.ID
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who, Action: "chat.leave", Object: "ticket/" + ticketID, Origin: actor.Client.Network})
	})
}

// move changes the state by the table.
func (s *Service) move(ctx context.Context, tx *db.Tx, row chatRow, m Move, operator string) error {
	to, ok := Moves()[State(row.State)][m]
	if !ok {
		return problem.New(problem.Conflict, "chat.state")
	}
	p := moveParams{TicketID: row.TicketID, State: row.State, State_2: string(to), OperatorID: row.OperatorID, Since: row.Since, TakenAt: row.TakenAt}
	switch to {
	case Taken:
		p.OperatorID, p.TakenAt = operator, db.Micros(tx.Now())
	case Waiting: // who was handed over does not stand at the end again
		p.OperatorID, p.TakenAt = "", 0
	default:
		p.EndedAt = db.Micros(tx.Now())
	}
	n, err := newQueries(tx).Move(ctx, p)
	if err != nil {
		return fmt.Errorf("store conversation: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "chat.state")
	}
	tx.Signal(topic)
	tx.Signal(support.Topic(row.TicketID))
	return nil
}

// Watch returns what is signalled when something changes in a ticket's conversation, or among
// those who wait when ticketID is empty. Nodes of PostgreSQL do not hear each other: poll as well.
func (s *Service) Watch(ticketID string) (news <-chan struct{}, stop func()) {
	if ticketID == "" {
		return s.DB.Watch(topic)
	}
	return s.DB.Watch(support.Topic(ticketID))
}

// Size is how far a conversation has come, for an operator: it tells nothing of its words.
func (s *Service) Size(ctx context.Context, actor support.Actor, ticketID string) (c Chat, messages int, state support.State, err error) {
	if c, err = s.Of(ctx, ticketID); err != nil {
		return c, 0, "", err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
			return err
		}
		messages, state, err = s.Tickets.Size(ctx, tx, ticketID)
		return err
	})
	return c, messages, state, err
}
