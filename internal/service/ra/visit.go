// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// VisitTicks are what an operator answers for when somebody came in person (63-ФЗ, 18, 1).
func VisitTicks() []string { return []string{"original", "face", "data"} }

// ProveByVisit records that somebody came with the passport and is who the account says. The operator types
// its number from the original: it is sealed here, so that only the document itself gives it.
func (s *Service) ProveByVisit(ctx context.Context, actor Actor, accountID, passport string, ticks []string) error {
	for _, t := range VisitTicks() {
		if !slices.Contains(ticks, t) {
			return problem.New(problem.Invalid, "ra.ticks.missing").At("visited")
		}
	}
	if err := mustOperate(actor); err != nil {
		return err
	}
	matched := false
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		current, err := s.operator(ctx, tx, actor)
		if err != nil {
			return err
		}
		account, err := s.accounts.AccountByID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		if account.ID == current.ID || account.PersonID == current.PersonID {
			return problem.New(problem.Forbidden, "ra.operator.own")
		}
		person, err := s.persons.Person(ctx, tx, account.PersonID)
		if err != nil {
			return err
		}
		matched = sameNumber(person.Passport.Number, passport)
		err = audit.Record(ctx, tx, audit.Entry{
			Actor: actor.name(), Action: "ra.visit", Object: "account/" + accountID, Origin: actor.Client.Network, Details: map[string]any{"matched": matched},
		})
		if err != nil || !matched {
			return err // a number that differs is recorded too
		}
		err = s.persons.AddProof(ctx, tx, identity.Proof{PersonID: account.PersonID, Kind: identity.ByVisit, Source: actor.name(), Level: identity.Confirmed})
		if err != nil {
			return err
		}
		return s.tellOf(ctx, tx, accountID, "", notify.Event{Kind: "proof.visit", Class: notify.Security, URL: "/roles"})
	})
	if err == nil && !matched {
		return problem.New(problem.Invalid, "ra.visit.differs").At("passport")
	}
	return err
}

// sameNumber compares numbers of documents by their digits and letters.
func sameNumber(kept, typed string) bool {
	plain := func(s string) []byte {
		return []byte(strings.ToUpper(strings.Map(func(r rune) rune {
			if r == ' ' || r == '-' || r == '№' {
				return -1
			}
			return r
		}, s)))
	}
	a, b := plain(kept), plain(typed)
	return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}
