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
	if err := (Question{Words: words}).check(); err != nil {
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

// Chat is a conversation that a chat's server hands over.
type Chat struct {
	ID      string // of the conversation
	Name    string
	Contact string // phone or mail as the person gave it; not confirmed
	Words   string
}

// OpenChat opens a ticket of a chat. Its contact is shown to the operator and is sent
// nothing: nobody has confirmed it.
func (s *Service) OpenChat(ctx context.Context, c Chat, from auth.Client) (t Ticket, err error) {
	q := Question{Topic: "other", Words: c.Words}
	if err := q.check(); err != nil {
		return t, err
	}
	d := Details{Name: cut(c.Name)}
	if contact, err := auth.Contact(c.Contact); err == nil {
		if d.Phone = contact; strings.Contains(contact, "@") {
			d.Phone, d.Mail = "", contact
		}
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if t, _, err = s.insert(ctx, tx, Ticket{Origin: "chat", Details: d}, q, d.Name, nil); err != nil {
			return err
		}
		return s.record(ctx, tx, guestActor(from), "support.write", t.ID, map[string]any{"chat": cut(c.ID)})
	})
	return t, err
}
