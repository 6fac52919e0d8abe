// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package inbox

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
)

// Hook is a webhook.
type Hook struct {
	ID        string
	Address   string
	Events    []string // classes of notices
	CreatedAt time.Time
	PausedAt  time.Time // zero: it is called; see [Service.ResumeHook]
	Log       []Delivery
}

// Delivery is a line of a webhook's log.
type Delivery struct {
	ID        string
	Event     string
	State     string // waiting, sent, failed
	Status    int    // of the last answer, 0: none
	Error     string
	Held      bool // not sent: the webhook was paused
	Attempts  int
	CreatedAt time.Time
}

// maxAddress bounds an address, in octets.
const maxAddress = 500

// HookEvents are what a webhook may follow: no security notices, which are for people.
func HookEvents() []string {
	return []string{string(notify.Case), string(notify.Reminder), string(notify.Receipt), string(notify.Demand)}
}

// AddHook stores a webhook and returns its secret, shown once.
func (s *Service) AddHook(ctx context.Context, actor Actor, address string, events []string) (secret string, err error) {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", problem.New(problem.Invalid, "hooks.address.wrong").At("address")
	}
	events = slices.DeleteFunc(slices.Clone(events), func(e string) bool { return !slices.Contains(HookEvents(), e) })
	if len(events) == 0 {
		return "", problem.New(problem.Invalid, "hooks.events.missing").At("events")
	}
	b := make([]byte, 32)
	rand.Read(b)
	secret = "whs_" + hex.EncodeToString(b)
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		most, err := s.policies.Number(ctx, tx, "inbox.hooks")
		if err != nil {
			return err
		}
		there, err := newQueries(tx).HooksOf(ctx, actor.Account.ID)
		if err != nil {
			return fmt.Errorf("read webhooks: %w", err)
		}
		if int64(len(there)) >= most {
			return problem.New(problem.Invalid, "hooks.too_many").At("address").With("Count", int(most))
		}
		id := tx.NewID()
		err = newQueries(tx).InsertHook(ctx, insertHookParams{
			ID: id, AccountID: actor.Account.ID, ProfileID: actor.Profile, Address: s.ring.Seal([]byte(address), hookPlace(id, "address")),
			Secret: s.ring.Seal([]byte(secret), hookPlace(id, "secret")), Events: strings.Join(events, " "), CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store webhook: %w", err)
		}
		return s.record(ctx, tx, actor, "hook.add", "webhook/"+id, map[string]any{"host": u.Host})
	})
	return secret, err
}

func hookPlace(id, column string) []byte { return []byte("webhook/" + id + "/" + column) }

// Hooks returns the webhooks of a role with their logs.
func (s *Service) Hooks(ctx context.Context, actor Actor) (list []Hook, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		rows, err := newQueries(tx).HooksOf(ctx, actor.Account.ID)
		if err != nil {
			return fmt.Errorf("read webhooks: %w", err)
		}
		for _, row := range rows {
			if row.ProfileID != actor.Profile {
				continue
			}
			address, err := s.ring.Open(row.Address, hookPlace(row.ID, "address"))
			if err != nil {
				return fmt.Errorf("open webhook: %w", err)
			}
			h := Hook{ID: row.ID, Address: string(address), Events: strings.Fields(row.Events), CreatedAt: db.Time(row.CreatedAt), PausedAt: db.Time(row.PausedAt)}
			log, err := newQueries(tx).DeliveriesOf(ctx, row.ID)
			if err != nil {
				return fmt.Errorf("read deliveries: %w", err)
			}
			for _, d := range log {
				h.Log = append(h.Log, Delivery{
					ID: d.ID, Event: d.Event, State: d.State, Status: int(d.Status), Error: d.Error, Held: d.Error == heldBack, Attempts: int(d.Attempt), CreatedAt: db.Time(d.CreatedAt),
				})
			}
			list = append(list, h)
		}
		return nil
	})
	return list, err
}

// ownHook refuses a webhook that is not of the actor's role: it is not found.
func (s *Service) ownHook(ctx context.Context, tx *db.Tx, actor Actor, id string) (webhookRow, error) {
	row, err := newQueries(tx).GetHook(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (row.AccountID != actor.Account.ID || row.ProfileID != actor.Profile) {
		return row, problem.New(problem.NotFound, "hooks.missing")
	} else if err != nil {
		return row, fmt.Errorf("read webhook: %w", err)
	}
	return row, nil
}

// calledHook is ownHook for what calls its address: a paused one is not called.
func (s *Service) calledHook(ctx context.Context, tx *db.Tx, actor Actor, id string) error {
	row, err := s.ownHook(ctx, tx, actor, id)
	if err == nil && row.PausedAt != 0 {
		err = problem.New(problem.Conflict, "hooks.paused.not")
	}
	return err
}

// DropHook removes a webhook and its log.
func (s *Service) DropHook(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.ownHook(ctx, tx, actor, id); err != nil {
			return err
		}
		q := newQueries(tx)
		if err := errors.Join(q.DropHook(ctx, id), q.DropDeliveries(ctx, id)); err != nil {
			return fmt.Errorf("drop webhook: %w", err)
		}
		return s.record(ctx, tx, actor, "hook.drop", "webhook/"+id, nil)
	})
}

// TestHook sends a test event.
func (s *Service) TestHook(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.calledHook(ctx, tx, actor, id); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, id, "test", payload{Event: "test", At: tx.Now()})
	})
}

// RetryHook sends an event of the log again, under the same id.
func (s *Service) RetryHook(ctx context.Context, actor Actor, id, deliveryID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.calledHook(ctx, tx, actor, id); err != nil {
			return err
		}
		d, err := newQueries(tx).GetDelivery(ctx, deliveryID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && d.WebhookID != id {
			return problem.New(problem.NotFound, "hooks.missing")
		} else if err != nil {
			return fmt.Errorf("read delivery: %w", err)
		}
		return jobs.Insert(ctx, tx, callHook{deliveryID}, jobs.Unique(deliveryID), jobs.MaxAttempts(1))
	})
}

// payload is the body of a webhook. It names the case, not its words: those are read in
// the cabinet, by whoever may.
type payload struct {
	ID      string    `json:"id"`
	Event   string    `json:"event"`
	Class   string    `json:"class,omitempty"`
	Profile string    `json:"profile,omitempty"`
	URL     string    `json:"url,omitempty"`
	At      time.Time `json:"at"`
}

type callHook struct{ ID string }

func (callHook) Kind() string { return "inbox.hook" }

func (s *Service) enqueue(ctx context.Context, tx *db.Tx, hookID, event string, p payload) error {
	p.ID = tx.NewID()
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	err = newQueries(tx).InsertDelivery(ctx, insertDeliveryParams{
		ID: p.ID, WebhookID: hookID, Event: event, Body: s.ring.Seal(body, hookPlace(p.ID, "body")), CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store delivery: %w", err)
	}
	tries, err := s.policies.Number(ctx, tx, "inbox.hook.tries")
	if err != nil {
		return err
	}
	return jobs.Insert(ctx, tx, callHook{p.ID}, jobs.Unique(p.ID), jobs.MaxAttempts(int(max(tries, 1))))
}
