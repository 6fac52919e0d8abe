// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"context"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Line is a line of the journal that a person reads: what was done by them, and by others
// with what is theirs.
type Line struct {
	audit.Entry
	Own bool   // done by the person
	Who string // name of the member of staff, empty for the system
}

// JournalFilter chooses lines.
type JournalFilter struct {
	Area    string // begin of actions, such as "auth."; empty: all
	Others  bool   // of others only
	From    time.Time
	Before  time.Time // zero: up to now
	Objects []string  // of the person, beside the account: applications and the like
	Limit   int
}

// Journal returns lines of an account from the audit, the newest first. Lines of one act
// are not parted: there may be a few more than the limit.
func (s *Service) Journal(ctx context.Context, a auth.Account, f JournalFilter) (list []Line, err error) {
	own := "account/" + a.ID
	sources := []audit.Filter{{Actor: own}, {Object: own}}
	for _, o := range f.Objects {
		sources = append(sources, audit.Filter{Object: o})
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		entries, err := audit.Several(ctx, tx, sources, f.From, f.Before, f.Limit, func(e audit.Entry) bool {
			return strings.HasPrefix(e.Action, f.Area) && (!f.Others || e.Actor != own)
		})
		names := map[string]string{}
		for _, e := range entries {
			l := Line{Entry: e, Own: e.Actor == own}
			if l.Who, err = s.actorName(ctx, tx, e.Actor, names); err != nil {
				return err
			}
			list = append(list, l)
		}
		return err
	})
	return list, err
}

// actorName is the title of a member of staff; people do not read names of each other.
func (s *Service) actorName(ctx context.Context, tx *db.Tx, actor string, known map[string]string) (string, error) {
	id, ok := strings.CutPrefix(actor, "account/")
	if !ok {
		return "", nil
	}
	if name, ok := known[id]; ok {
		return name, nil
	}
	account, err := s.Accounts.AccountByID(ctx, tx, id)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return "", err
	}
	if account.Role.Staff() {
		known[id] = account.Title
	} else {
		known[id] = ""
	}
	return known[id], nil
}
