// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package chat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/support"
)

// Message is what a bridge carries. Of our answers Name, Contact and Conversation are those of the first
// message, or empty.
type Message struct {
	Conversation string `json:"conversation"`
	ID           string `json:"id"` // of the message: the same one twice is one
	Name         string `json:"name,omitempty"`
	Contact      string `json:"contact,omitempty"` // phone or mail as the person gave it; not confirmed
	Words        string `json:"words"`
	Number       string `json:"number,omitempty"` // of the ticket, in answers
}

// Carry takes a signed message of another chat: it joins the conversation it names, or opens
// one. A signature is good for some minutes and for one message.
func (s *Service) Carry(ctx context.Context, signature string, body []byte, from auth.Client) (t support.Ticket, err error) {
	var m Message
	if err := json.Unmarshal(body, &m); err != nil || m.Conversation == "" || len(m.Conversation) > 200 {
		m = Message{} // nothing is told of a body before its signature is judged
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		window, err := s.Policies.Duration(ctx, tx, "chat.window")
		if err != nil {
			return err
		}
		if !keys.CheckMessage(s.Bridge.Secret, signature, body, tx.Now(), window) {
			return problem.New(problem.Forbidden, "support.key.wrong")
		}
		q, digest := newQueries(tx), sha256.Sum256([]byte(signature))
		n, err := q.Seen(ctx, seenParams{digest[:], db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store signature: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "chat.replay")
		}
		if m.Conversation == "" {
			return problem.New(problem.Invalid, "form.broken")
		}
		t, err = s.carry(ctx, tx, m, from)
		return err
	})
	return t, err
}

func (s *Service) carry(ctx context.Context, tx *db.Tx, m Message, from auth.Client) (t support.Ticket, err error) {
	sum := sha256.Sum256([]byte(m.Conversation))
	conversation := hex.EncodeToString(sum[:])
	row, err := newQueries(tx).ByConversation(ctx, conversation)
	switch {
	case err == nil:
		t, _, err = s.Tickets.Speak(ctx, tx, row.TicketID, support.Said{Side: support.FromPerson, Who: m.Name, Words: m.Words, Message: m.ID, Move: support.Reply})
		if err != nil {
			return t, err
		}
		return t, audit.Record(ctx, tx, audit.Entry{Actor: "guest", Action: "chat.carry", Object: "ticket/" + t.ID, Origin: from.Network})
	case !errors.Is(err, sql.ErrNoRows):
		return t, fmt.Errorf("read conversation: %w", err)
	}
	d := support.Details{Name: m.Name}
	d.Phone, d.Mail, _ = contact(m.Contact) // another chat's word: what is wrong is left out
	if t, _, err = s.Tickets.OpenTx(ctx, tx, d, support.Question{Topic: "other", Words: m.Words, Message: m.ID}, from); err != nil {
		return t, err
	}
	return t, s.begin(ctx, tx, t.ID, "", conversation, s.Ring.Seal([]byte(m.Conversation), addressPlace(t.ID)))
}

func addressPlace(ticketID string) []byte { return []byte("chat/" + ticketID) }

// speak adds to the ticket, and sends an operator's words to the chat they belong to.
func (s *Service) speak(ctx context.Context, tx *db.Tx, row chatRow, said support.Said) error {
	t, _, err := s.Tickets.Speak(ctx, tx, row.TicketID, said)
	if err != nil || row.Conversation == "" || s.Bridge.URL == "" || said.Words == "" {
		return err
	}
	conversation, err := s.Ring.Open(row.Address, addressPlace(row.TicketID))
	if err != nil {
		return fmt.Errorf("open conversation: %w", err)
	}
	id := tx.NewID()
	sealed, err := s.Ring.SealJSON(Message{Conversation: string(conversation), ID: id, Words: said.Words, Number: support.Number(t.Number)}, answerPlace(id))
	if err != nil {
		return err
	}
	return jobs.Insert(ctx, tx, answer{id, sealed}, jobs.Unique(id))
}

func answerPlace(id string) []byte { return []byte("chat-answer/" + id) }

// answer is our word on its way to another chat, sealed.
type answer struct {
	ID     string
	Sealed []byte
}

func (answer) Kind() string { return "chat.answer" }

// send is one try.
func (s *Service) send(ctx context.Context, job jobs.Job[answer]) error {
	var m Message
	if err := s.Ring.OpenJSON(job.Args.Sealed, answerPlace(job.Args.ID), &m); err != nil {
		return jobs.Cancel(err)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Bridge.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("bridge: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Podpis-Signature", keys.SignMessage(s.Bridge.Secret, s.DB.Now(), body))
	client := *s.Bridge.Client // a redirect would carry the words to an address that nobody gave
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	got, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("bridge: %w", err)
	}
	defer got.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(got.Body, 64<<10)) // so that the connection serves again
	if got.StatusCode/100 != 2 {
		return fmt.Errorf("bridge answers %d", got.StatusCode)
	}
	return nil
}

// Work registers what happens by itself.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Work(r, s.send)
	r.Every("chat.expire", time.Minute, s.expire)
}

// expire ends what nobody took in time, and what was taken long ago: their tickets go on.
func (s *Service) expire(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	var before [3]int64
	for i, rule := range []string{"chat.wait", "chat.bridge_wait", "chat.longest"} {
		length, err := s.Policies.Duration(ctx, tx, rule)
		if err != nil {
			return err
		}
		before[i] = db.Micros(tx.Now().Add(-length))
	}
	rows, err := q.Overdue(ctx, overdueParams{before[0], before[1], before[2]})
	if err != nil {
		return fmt.Errorf("read conversations: %w", err)
	}
	for _, row := range rows {
		if err := s.move(ctx, tx, row, Expire, ""); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system", Action: "chat.expire", Object: "ticket/" + row.TicketID}); err != nil {
			return err
		}
	}
	window, err := s.Policies.Duration(ctx, tx, "chat.window")
	if err != nil {
		return err
	}
	keep, err := s.Policies.Duration(ctx, tx, "chat.keep")
	if err != nil {
		return err
	}
	// A signature is good for a window before and after its time.
	return errors.Join(q.ForgetSeen(ctx, db.Micros(tx.Now().Add(-2*window-time.Minute))), q.Forget(ctx, db.Micros(tx.Now().Add(-keep))))
}
