// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package inbox

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth/agent"
)

// What leaves the cabinet by itself, the calendar's address and webhooks, outlives no end of all sessions (a recovery,
// «Это не я», a stopped change of contact): one of the sessions may have been a thief's, who would go on reading what
// the account is told. The address is void, its owner makes another; webhooks are kept as they were typed and paused
// until the owner has looked whose they are.

// heldBack is what the log says of an event that waited for a webhook when it was paused.
const heldBack = "paused"

func (s *Service) cutOff(ctx context.Context, tx *db.Tx, e agent.Left) error {
	if !e.All || e.But != "" { // who ends the others asked for it themselves
		return nil
	}
	q := newQueries(tx)
	feeds, err := q.DropFeed(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("drop calendar: %w", err)
	}
	hooks, err := q.PauseHooks(ctx, pauseHooksParams{PausedAt: db.Micros(tx.Now()), AccountID: e.Account})
	if err != nil {
		return fmt.Errorf("pause webhooks: %w", err)
	}
	if feeds == 0 && len(hooks) == 0 {
		return nil
	}
	hosts, err := s.hostsOf(hooks)
	if err != nil {
		return err
	}
	err = audit.Record(ctx, tx, audit.Entry{
		Actor: "system", Action: "inbox.cut_off", Object: "account/" + e.Account, Details: map[string]any{"calendar": feeds > 0, "webhooks": len(hooks)},
	})
	if err != nil {
		return err
	}
	return s.tellCutOff(ctx, tx, e.Account, feeds > 0, hosts)
}

// hostsOf are the names of the hosts of webhooks, each once.
func (s *Service) hostsOf(hooks []pauseHooksRow) (hosts []string, err error) {
	for _, h := range hooks {
		address, err := s.ring.Open(h.Address, hookPlace(h.ID, "address"))
		if err != nil {
			return nil, fmt.Errorf("open webhook: %w", err)
		}
		if u, err := url.Parse(string(address)); err == nil {
			hosts = append(hosts, u.Host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts), nil
}

// tellCutOff says what was switched off and how it is made anew.
func (s *Service) tellCutOff(ctx context.Context, tx *db.Tx, accountID string, feed bool, hosts []string) error {
	a, err := s.accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	if a.Gone() {
		return nil
	}
	what := "both"
	switch {
	case len(hosts) == 0:
		what = "calendar"
	case !feed:
		what = "hooks"
	}
	return s.teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, Phone: a.Phone, Mail: a.Mail}, notify.Event{
		Kind: "cutoff." + what, Class: notify.Security, Values: map[string]any{"Hosts": strings.Join(hosts, ", ")}, Dedup: tx.NewID(),
	})
}

// ResumeHook has a paused webhook called again. What happened meanwhile stays in the log and can be repeated there.
func (s *Service) ResumeHook(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.ownHook(ctx, tx, actor, id); err != nil {
			return err
		}
		n, err := newQueries(tx).ResumeHook(ctx, id)
		if err != nil {
			return fmt.Errorf("resume webhook: %w", err)
		}
		if n == 0 {
			return nil // pressed twice
		}
		return s.record(ctx, tx, actor, "hook.resume", "webhook/"+id, nil)
	})
}

// holdBack ends an event whose webhook was paused while it waited: it goes out when its owner repeats it.
func (s *Service) holdBack(ctx context.Context, deliveryID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := newQueries(tx).FinishDelivery(ctx, finishDeliveryParams{ID: deliveryID, State: "failed", Error: heldBack, FinishedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("hold event back: %w", err)
		}
		return nil
	})
}
