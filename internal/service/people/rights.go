// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// Allowed says whether a role may do something at this moment, and why not. A person may
// everything for themselves, a head everything for theirs.
func (s *Service) Allowed(ctx context.Context, tx *db.Tx, role identity.Profile, right Right) error {
	if role.Kind == identity.Individual {
		return nil
	}
	m, let, err := s.membership(ctx, tx, role)
	if err != nil {
		return err
	}
	if !let {
		return s.asHead(ctx, tx, role, right)
	}
	refuse := func(key string, at time.Time) error {
		return problem.New(problem.Forbidden, key).With("Date", at).With("Title", role.Title)
	}
	switch m.Now(tx.Now()) {
	case string(Ended):
		return refuse("people.closed.ended", m.ChangedAt)
	case "later":
		return refuse("people.closed.later", m.From)
	case "over":
		return refuse("people.closed.over", m.Until)
	}
	if !m.Has(right) {
		return problem.New(problem.Forbidden, "people.closed.right."+string(right)).With("Title", role.Title)
	}
	return nil
}

// asHead is what a role may that nobody let in: the register opened it to a head, or the
// approval of a certificate to somebody entitled to that. Such a one lets nobody in and gives
// no powers where somebody else was before, unless the register names them as a head.
func (s *Service) asHead(ctx context.Context, tx *db.Tx, role identity.Profile, right Right) error {
	// Whom the register named and no longer does may nothing: another acts for them now.
	since, err := s.registers.ResignedAt(ctx, tx, role.ID)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		return problem.New(problem.Forbidden, "people.closed.resigned").With("Date", since).With("Title", role.Title)
	}
	if right != Manage || role.Kind != identity.Organisation {
		return nil
	}
	first, err := s.company(ctx, tx, ownerOf(role))
	if err != nil || first.PersonID == role.PersonID {
		return err
	}
	if _, let, err := s.membership(ctx, tx, first); err != nil || let {
		return err // a member is before nobody
	}
	person, err := s.persons.Person(ctx, tx, role.PersonID)
	if err != nil {
		return err
	}
	named, err := s.registers.NamesHead(ctx, tx, role.RegisterNumber, person)
	if err != nil || named {
		return err
	}
	return problem.New(problem.Forbidden, "people.closed.head").With("Title", role.Title)
}

// MayApply is Allowed for certificates.
func (s *Service) MayApply(ctx context.Context, tx *db.Tx, role identity.Profile) error {
	return s.Allowed(ctx, tx, role, Apply)
}

// membership is how a role was let in; false: it was not, it is a head's.
func (s *Service) membership(ctx context.Context, tx *db.Tx, role identity.Profile) (m Member, let bool, err error) {
	rows, err := newQueries(tx).MembershipsOf(ctx, membershipsOfParams{role.PersonID, string(role.Kind), role.RegisterNumber})
	if err != nil {
		return m, false, fmt.Errorf("read memberships: %w", err)
	}
	if len(rows) == 0 {
		return m, false, nil
	}
	m, err = s.member(rows[0]) // the latest counts
	return m, true, err
}

// Ask is Allowed for a page.
func (s *Service) Ask(ctx context.Context, role identity.Profile, right Right) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Allowed(ctx, tx, role, right) })
}

// MayManage refuses who may not let others in, for the forms of that.
func (s *Service) MayManage(ctx context.Context, actor Actor) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return s.manage(ctx, tx, actor) })
}

// within refuses rights that the actor has not, and a term beyond the actor's own: who was let
// in until a day could stay by another name.
func (s *Service) within(ctx context.Context, tx *db.Tx, actor Actor, i Invitation) error {
	for _, r := range i.Rights {
		if err := s.Allowed(ctx, tx, actor.Role, r); err != nil {
			return problem.New(problem.Forbidden, "people.rights.beyond").At("rights")
		}
	}
	own, let, err := s.membership(ctx, tx, actor.Role)
	if err != nil {
		return err
	}
	if let && !own.Until.IsZero() && (i.Until.IsZero() || i.Until.After(own.Until)) {
		return problem.New(problem.Invalid, "people.until.beyond").At("until").With("Date", own.Until)
	}
	return nil
}

// another refuses what somebody would do to the own membership: a term that one may move
// oneself is none.
func (s *Service) another(ctx context.Context, tx *db.Tx, actor Actor, id string) error {
	own, let, err := s.membership(ctx, tx, actor.Role)
	if err == nil && let && own.ID == id {
		err = problem.New(problem.Conflict, "people.member.self")
	}
	return err
}

// lessened reports that a change takes rights or time away.
func (m Member) lessened(by Invitation) bool {
	shorter := !by.Until.IsZero() && (m.Until.IsZero() || by.Until.Before(m.Until))
	return shorter || slices.ContainsFunc(m.Rights, func(r Right) bool { return !slices.Contains(by.Rights, r) })
}
