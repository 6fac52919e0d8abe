// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
)

// Line is an entry of the record with the name of the member of staff who acted.
// Holders are not named: the auditor sees acts, not people.
type Line struct {
	audit.Entry
	Who string
}

// Filter chooses lines: what actor, action and object begin with, and the times.
type Filter struct {
	Actor, Action, Object string
	From, Before          time.Time
	Limit                 int
}

func (f Filter) details() map[string]any {
	d := map[string]any{}
	for name, value := range map[string]string{"actor": f.Actor, "action": f.Action, "object": f.Object} {
		if value != "" {
			d[name] = value
		}
	}
	return d
}

// Log shows the record to the auditor. An actor without a "/" is looked for among the
// names of staff.
func (s *Service) Log(ctx context.Context, actor Actor, f Filter) (list []Line, err error) {
	err = s.act(ctx, actor, auth.Auditor, audit.Entry{Action: "audit.look", Object: "audit", Details: f.details()}, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.lines(ctx, tx, f)
		return err
	})
	return list, err
}

func (s *Service) lines(ctx context.Context, tx *db.Tx, f Filter) (list []Line, err error) {
	staff, err := s.Accounts.StaffList(ctx, tx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range staff {
		names["account/"+a.ID] = a.Title
		if f.Actor != "" && !strings.Contains(f.Actor, "/") && (db.Fold(a.Mail) == db.Fold(f.Actor) || strings.HasPrefix(db.Fold(a.Title), db.Fold(f.Actor))) {
			f.Actor = "account/" + a.ID
		}
	}
	entries, err := audit.Search(ctx, tx, audit.Filter{Actor: f.Actor, Action: f.Action, Object: f.Object, Before: f.Before, Limit: f.Limit}, f.From)
	for _, e := range entries {
		list = append(list, Line{e, names[e.Actor]})
	}
	return list, err
}

// Looks are the actions by which staff see what belongs to people.
func Looks() []string {
	return []string{
		"ra.look", "ra.file.look", "identity.reveal", "support.look", "support.file.look", "client.find", "client.look", "consult.look", "consult.order.look", "egrip.role.look",
		"office.look", "admin.find",
	}
}

// Exports are the actions by which much leaves the installation at once.
func Exports() []string { return []string{"audit.export", "verdict.seal", "privacy.export"} }

// Which shows the auditor the lines of some actions, the newest first.
func (s *Service) Which(ctx context.Context, actor Actor, actions []string, before time.Time, limit int) (list []Line, err error) {
	sources := make([]audit.Filter, len(actions))
	for i, a := range actions {
		sources[i].Action = a
	}
	e := audit.Entry{Action: "audit.look", Object: "audit", Details: map[string]any{"actions": strings.Join(actions, " ")}}
	err = s.act(ctx, actor, auth.Auditor, e, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		entries, err := audit.Several(ctx, tx, sources, time.Time{}, before, limit, func(audit.Entry) bool { return true })
		if err != nil {
			return err
		}
		staff, err := s.Accounts.StaffList(ctx, tx)
		names := map[string]string{}
		for _, a := range staff {
			names["account/"+a.ID] = a.Title
		}
		for _, e := range entries {
			list = append(list, Line{e, names[e.Actor]})
		}
		return err
	})
	return list, err
}

// Chain verifies the whole record for the auditor.
func (s *Service) Chain(ctx context.Context, actor Actor) (report *audit.Report, err error) {
	err = s.act(ctx, actor, auth.Auditor, audit.Entry{Action: "audit.verify", Object: "audit"}, func(context.Context, *db.Tx) error { return nil })
	if err != nil {
		return nil, err
	}
	return again(s, &s.chain, func() (*audit.Report, error) { return s.Verify(ctx) }) // reads for long: outside of the act
}

// exported is a line of the export for programs.
type exported struct {
	ID      string         `json:"id"`
	At      time.Time      `json:"at"`
	Actor   string         `json:"actor"`
	Name    string         `json:"name,omitempty"`
	Action  string         `json:"action"`
	Object  string         `json:"object"`
	Outcome string         `json:"outcome"`
	Origin  string         `json:"origin"`
	Details map[string]any `json:"details,omitempty"`
}

// Export gives the auditor the chosen lines, and as JSON with the installation's
// signature over it (CAdES-T, detached).
func (s *Service) Export(ctx context.Context, actor Actor, f Filter, signed bool) (list []Line, document, signature []byte, err error) {
	e := audit.Entry{Action: "audit.export", Object: "audit", Details: f.details()}
	err = s.act(ctx, actor, auth.Auditor, e, func(ctx context.Context, tx *db.Tx) error {
		rows, err := s.Policies.Number(ctx, tx, "oversight.export.rows")
		if err != nil {
			return err
		}
		f.Limit = int(rows)
		list, err = s.lines(ctx, tx, f)
		return err
	})
	if err != nil || !signed {
		return list, nil, nil, err
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	rows := make([]exported, 0, len(list))
	for _, l := range list {
		rows = append(rows, exported{l.ID, l.At, l.Actor, l.Who, l.Action, l.Object, l.Outcome, l.Origin, l.Details})
	}
	if err := out.Encode(map[string]any{"made_at": s.DB.Now().UTC(), "filter": f.details(), "entries": rows}); err != nil {
		return nil, nil, nil, fmt.Errorf("write export: %w", err)
	}
	signature, err = s.Verdicts.Detached(ctx, "account/"+actor.Account.ID, "audit", b.Bytes())
	return list, b.Bytes(), signature, err
}
