// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// Resigned is the event that the register names another head than the person of a role.
type Resigned struct {
	AccountID, ProfileID, Title, Number string
	AsOf                                time.Time
}

// Event names it.
func (Resigned) Event() string { return "egrip.resigned" }

// headed reports that the register names the person as one who acts for the
// organisation: by ИНН. A name alone is not enough, people share names.
func headed(rec *egr.Record, person identity.Person) bool {
	return slices.ContainsFunc(rec.Heads, func(h egr.Head) bool { return h.INN != "" && h.INN == person.INN })
}

// NamesHead reports whether the register, as far as it is known, names a person as one who
// acts for an organisation. Unknown is no.
func (s *Service) NamesHead(ctx context.Context, tx *db.Tx, number string, person identity.Person) (bool, error) {
	e, err := s.entry(ctx, tx, egr.EGRUL, number)
	return err == nil && e.Record != nil && headed(e.Record, person), err
}

// ResignedAt is since when the register names another head than the person of a role whom
// it named before; zero: it does not. A role that an operator opened, whose person the
// register never named, is no head's by the register and is not closed by it.
func (s *Service) ResignedAt(ctx context.Context, tx *db.Tx, profileID string) (time.Time, error) {
	row, err := newQueries(tx).GetHead(ctx, profileID)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	} else if err != nil {
		return time.Time{}, fmt.Errorf("read head: %w", err)
	}
	return db.Time(row.ResignedAt), nil
}

// followHead notes whether an answer of the register names the person of a role. An answer
// that names nobody, as data of some heads are closed (129-ФЗ, 6), changes nothing.
func (s *Service) followHead(ctx context.Context, tx *db.Tx, accountID string, p identity.Profile, e Entry) error {
	if p.Kind != identity.Organisation || e.Group() != Active || !slices.ContainsFunc(e.Record.Heads, func(h egr.Head) bool { return h.INN != "" }) {
		return nil
	}
	person, err := s.persons.Person(ctx, tx, p.PersonID)
	if err != nil {
		return err
	}
	q := newQueries(tx)
	row, err := q.GetHead(ctx, p.ID)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read head: %w", err)
	}
	named, now, action := headed(e.Record, person), db.Micros(tx.Now()), ""
	switch {
	case named && !known:
		return put(q.PutHead(ctx, putHeadParams{p.ID, now, 0}))
	case named && row.ResignedAt != 0:
		action, row.ResignedAt, row.NamedAt = "egrip.head.named", 0, now
	case !named && known && row.ResignedAt == 0:
		action, row.ResignedAt = "egrip.head.resigned", now
	default:
		return nil
	}
	if err := put(q.PutHead(ctx, putHeadParams(row))); err != nil {
		return err
	}
	err = audit.Record(ctx, tx, audit.Entry{
		Actor: byItself, Action: action, Object: "profile/" + p.ID, Details: map[string]any{"account": accountID, "number": p.RegisterNumber, "as_of": e.AsOf.Format(time.DateOnly)},
	})
	if err != nil || named {
		return err
	}
	return jobs.Publish(ctx, tx, Resigned{AccountID: accountID, ProfileID: p.ID, Title: p.Title, Number: p.RegisterNumber, AsOf: e.AsOf})
}

func put(err error) error {
	if err != nil {
		return fmt.Errorf("store head: %w", err)
	}
	return nil
}

// forHead puts the head's data in the place of those of who works for them: an accountant's own name and
// ИНН differ from their employer's entry, and that is no mistake. What only the head's cabinet knows of the
// head stays there.
func (s *Service) forHead(ctx context.Context, tx *db.Tx, v *sides) error {
	head, err := s.persons.RoleOf(ctx, tx, v.profile.Kind, v.profile.RegisterNumber)
	if err != nil {
		return err
	}
	ip := v.profile.Kind == identity.Entrepreneur
	rec := v.entry.Record
	if head.PersonID == v.person.ID || rec != nil && (ip && rec.INN == v.person.INN || !ip && headed(rec, v.person)) {
		return nil
	}
	v.member, v.profile.Company = true, head.Company
	if v.person, err = s.persons.Person(ctx, tx, head.PersonID); err != nil {
		return err
	}
	if v.own, err = s.OwnIn(ctx, tx, head.ID); err != nil || !ip {
		return err
	}
	v.person.BirthDate = identity.Date{}
	v.own.Address, v.own.Region, v.own.Locality, v.own.Street = "", "", "", ""
	return nil
}

// theirOwn reports that the entry is the person's, so that data may be taken from it.
func (v sides) theirOwn() bool {
	if v.member {
		return false
	}
	rec := v.entry.Record
	if v.profile.Kind == identity.Entrepreneur {
		return rec.INN != "" && rec.INN == v.person.INN
	}
	return rec.INN == "" || v.profile.Company.INN == "" || rec.INN == v.profile.Company.INN
}
