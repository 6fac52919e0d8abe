// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Letter is a letter to support as a mail server hands it over.
type Letter struct {
	ID      string // Message-ID: the same letter twice is one
	From    string
	To      string
	Subject string
	Text    string
}

// replyToken finds the token in support+TOKEN@host, or in the subject as [Т-1001 TOKEN].
var replyToken = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:support\+([A-Za-z0-9_-]{43})@|\[Т-\d+ ([A-Za-z0-9_-]{43})\])`)
})

// Join adds a letter to the thread that its token names. A letter without one is refused:
// the sender's address proves nothing, so it opens no ticket and joins none.
func (s *Service) Join(ctx context.Context, l Letter, from auth.Client) error {
	m := replyToken().FindStringSubmatch(l.To + " " + l.Subject)
	if m == nil {
		return problem.New(problem.NotFound, "support.ticket.missing")
	}
	words := unquoted(l.Text)
	if err := (Question{Words: words}).Check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).ByReply(ctx, keys.Digest(first(m[1], m[2])))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "support.ticket.missing")
		} else if err != nil {
			return fmt.Errorf("read ticket: %w", err)
		}
		t, err := s.ticketOf(row)
		if err != nil {
			return err
		}
		// Who wrote is told as the letter says it: only the token was proved.
		made, err := s.say(ctx, tx, t.ID, FromPerson, cut(l.From), words, cut(l.ID))
		if err != nil || !made {
			return err
		}
		if err := s.move(ctx, tx, &t, Reply); err != nil {
			return err
		}
		return s.record(ctx, tx, guestActor(from), "support.mail", t.ID, nil)
	})
}

// unquoted leaves the quotation of our own letter out.
func unquoted(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, ">") {
			continue
		}
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// OpenTx opens a ticket of somebody without an account inside an act of a service that carries
// conversations; view is the token of its page. Contacts are shown to the operator and are sent
// nothing: nobody has confirmed them.
func (s *Service) OpenTx(ctx context.Context, tx *db.Tx, d Details, q Question, from auth.Client) (t Ticket, view string, err error) {
	if err := q.Check(); err != nil {
		return t, "", err
	}
	d.Name = cut(d.Name)
	if t, view, err = s.insert(ctx, tx, Ticket{Origin: "chat", Details: d}, q, d.Name, nil); err != nil {
		return t, "", err
	}
	return t, view, s.record(ctx, tx, guestActor(from), "support.write", t.ID, nil)
}

// Said is what a service that carries conversations adds to a ticket. It has judged who may.
type Said struct {
	Side                Side
	Who, Words, Message string // Message: of the conversation; the same one twice is one
	Move                Move   // empty: the state stays
}

// Speak adds to the thread of a ticket; made is false when the message has been there.
func (s *Service) Speak(ctx context.Context, tx *db.Tx, id string, m Said) (t Ticket, made bool, err error) {
	row, err := newQueries(tx).Get(ctx, id)
	if err != nil {
		return t, false, fmt.Errorf("read ticket: %w", err)
	}
	if t, err = s.ticketOf(row); err != nil {
		return t, false, err
	}
	if m.Words != "" || m.Move == "" {
		if err := (Question{Words: m.Words}).Check(); err != nil {
			return t, false, err
		}
		if made, err = s.say(ctx, tx, id, m.Side, cut(m.Who), m.Words, cut(m.Message)); err != nil || !made {
			return t, false, err
		}
	}
	if m.Move != "" {
		err = s.move(ctx, tx, &t, m.Move)
	}
	return t, made, err
}

// Size is how many messages a ticket has, and its state.
func (s *Service) Size(ctx context.Context, tx *db.Tx, id string) (int, State, error) {
	row, err := newQueries(tx).SizeOf(ctx, id)
	return int(row.Messages), State(row.State), err
}
