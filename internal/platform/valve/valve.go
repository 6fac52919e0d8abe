// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package valve switches connections to the outside world off and on: an administrator
// closes one that misbehaves, with a reason, and what would go through it waits or is told
// that it is closed. The switch is a row, so that all nodes see it at once.
//
// It leaves out who may switch, and what a closed connection means for its service.
package valve

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
)

// State is a switch as it was last moved.
type State struct {
	Off    bool
	Reason string
	By     string
	At     time.Time
}

// States are the switches that were ever moved, by the name of the connection.
func States(ctx context.Context, tx *db.Tx) (map[string]State, error) {
	rows, err := newQueries(tx).List(ctx)
	if err != nil {
		return nil, fmt.Errorf("read switches: %w", err)
	}
	list := make(map[string]State, len(rows))
	for _, r := range rows {
		list[r.Name] = State{r.Off, r.Reason, r.ChangedBy, db.Time(r.ChangedAt)}
	}
	return list, nil
}

// Set moves a switch.
func Set(ctx context.Context, tx *db.Tx, by, name string, off bool, reason string) error {
	err := newQueries(tx).Put(ctx, putParams{Name: name, Off: off, Reason: reason, ChangedBy: by, ChangedAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("store switch: %w", err)
	}
	return nil
}

// Open refuses when a connection is switched off.
func Open(ctx context.Context, d *db.DB, name string) error {
	return d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).Get(ctx, name)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !row.Off {
			return nil
		} else if err != nil {
			return fmt.Errorf("read switch: %w", err)
		}
		return problem.New(problem.Unavailable, "connector.off")
	})
}

// pause is how long what waits for a switch sleeps.
const pause = time.Minute

// Gateway is a gateway of notices behind a switch: while it is off notices wait.
func Gateway(d *db.DB, name string, g notify.Gateway) notify.Gateway { return gateway{g, d, name} }

type gateway struct {
	notify.Gateway
	db   *db.DB
	name string
}

// Send hands a message over when the switch is on.
func (g gateway) Send(ctx context.Context, m notify.Message) (string, error) {
	if err := Open(ctx, g.db, g.name); problem.KindOf(err) == problem.Unavailable {
		return "", errors.Join(jobs.Snooze(pause), err)
	} else if err != nil {
		return "", err
	}
	return g.Gateway.Send(ctx, m)
}

// Transport is a transport of HTTP behind a switch; nil is the usual one.
func Transport(d *db.DB, name string, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return transport{base, d, name}
}

type transport struct {
	base http.RoundTripper
	db   *db.DB
	name string
}

// RoundTrip asks when the switch is on; a job that meets it off waits.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := Open(r.Context(), t.db, t.name); problem.KindOf(err) == problem.Unavailable {
		return nil, errors.Join(jobs.Snooze(pause), err)
	} else if err != nil {
		return nil, err
	}
	return t.base.RoundTrip(r)
}
