// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/pki/x509"
)

// Certificates shows the officer the register; the look is recorded.
func (s *Service) Certificates(ctx context.Context, actor Actor, q ca.Query) (list []ca.Record, err error) {
	e := audit.Entry{Action: "office.look", Object: "register", Details: map[string]any{"kind": q.Kind}}
	err = s.act(ctx, actor, auth.Officer, e, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.Authority.Search(ctx, tx, q)
		return err
	})
	return list, err
}

// Certificate shows the officer one certificate.
func (s *Service) Certificate(ctx context.Context, actor Actor, serial string) (r ca.Record, err error) {
	e := audit.Entry{Action: "office.look", Object: "certificate/" + serial}
	err = s.act(ctx, actor, auth.Officer, e, func(ctx context.Context, tx *db.Tx) error {
		r, err = s.Authority.CertificateTx(ctx, tx, serial)
		return err
	})
	return r, err
}

// Revoke revokes by the officer's decision, with the number of the paper it rests on.
func (s *Service) Revoke(ctx context.Context, actor Actor, serial string, reason x509.Reason, act string) error {
	if act = strings.TrimSpace(act); act == "" {
		return problem.New(problem.Invalid, "office.revoke.act.missing").At("act")
	}
	e := audit.Entry{Action: "office.revoke", Object: "certificate/" + serial, Details: map[string]any{"act": act}}
	return s.act(ctx, actor, auth.Officer, e, func(ctx context.Context, tx *db.Tx) error {
		return s.Authority.RevokeTx(ctx, tx, ca.Revocation{Actor: "account/" + actor.Account.ID, Serial: serial, Reason: reason, Act: act})
	})
}

// Lists are the lists in force and when the next ones are due.
type Lists struct {
	States []ca.ListState
	Every  time.Duration
}

// Due is when the next list is to be published.
func (l Lists) Due(s ca.ListState) time.Time { return s.ThisUpdate.Add(l.Every) }

// Late reports a list whose successor should have been there: half a term more is the
// leave that a restart has.
func (l Lists) Late(s ca.ListState, now time.Time) bool { return now.After(l.Due(s).Add(l.Every / 2)) }

// Lists shows the officer the lists of revoked certificates.
func (s *Service) Lists(ctx context.Context, actor Actor) (l Lists, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Officer); err != nil {
			return err
		}
		l, err = s.lists(ctx, tx)
		return err
	})
	return l, err
}

func (s *Service) lists(ctx context.Context, tx *db.Tx) (l Lists, err error) {
	if l.Every, err = s.Authority.ListsEvery(ctx, tx); err != nil {
		return l, err
	}
	l.States, err = s.Authority.ListStates(ctx, tx)
	return l, err
}
