// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
)

// formFor is a new form, filled in with what is known of the role the holder acts in.
func (s *Service) formFor(ctx context.Context, tx *db.Tx, actor Actor, person identity.Person) (Form, error) {
	f := Form{Kind: identity.Individual, Person: person, Mail: actor.Account.Mail}
	if actor.Role == "" {
		return f, nil
	}
	role, err := s.persons.Profile(ctx, tx, actor.Account.PersonID, actor.Role)
	if err != nil || role.Kind == identity.Individual {
		return f, err
	}
	f.Kind, f.HolderChosen = role.Kind, true
	if role.Kind == identity.Entrepreneur {
		f.OGRNIP = role.RegisterNumber
	} else {
		f.Company = role.Company
		f.Company.OGRN = role.RegisterNumber
	}
	if s.registry == nil {
		return f, nil
	}
	own, err := s.registry.OwnIn(ctx, tx, role.ID)
	if err != nil {
		return f, err
	}
	f.Region, f.Locality = own.Region, own.Locality
	if !own.TakenAt.IsZero() {
		f.RegisterDate = own.TakenAt.Format("02.01.2006")
	}
	return f, nil
}

// entitled refuses what a person may not ask for in the role that a form is for, from
// whichever of their roles they come: who was let in by a head and let go is let go here too.
func (s *Service) entitled(ctx context.Context, tx *db.Tx, personID string, f Form) error {
	if s.rights == nil || f.Kind == identity.Individual {
		return nil
	}
	role := identity.Profile{PersonID: personID, Kind: f.Kind, RegisterNumber: f.OGRNIP, Title: f.Person.ShortName()}
	if f.Kind == identity.Organisation {
		role.RegisterNumber, role.Title = f.Company.OGRN, f.Company.Name
	}
	return s.rights(ctx, tx, role)
}

// acting refuses a certificate for an entrepreneur or an organisation that the register
// does not know, or knows as closed, or as another person's.
func (s *Service) acting(ctx context.Context, tx *db.Tx, f Form) error {
	if s.registry == nil {
		return nil
	}
	switch f.Kind {
	case identity.Entrepreneur:
		return s.registry.Admit(ctx, tx, f.Kind, f.OGRNIP, f.Person.INN, "ogrnip")
	case identity.Organisation:
		return s.registry.Admit(ctx, tx, f.Kind, f.Company.OGRN, f.Company.INN, "ogrn")
	}
	return nil
}

// followRegister tells holders what the register says anew of their roles.
func (s *Service) followRegister(r *jobs.Runner) {
	jobs.Subscribe(r, "ra.tell", func(ctx context.Context, tx *db.Tx, e egrip.Changed) error {
		return s.tellOf(ctx, tx, e.AccountID, e.ProfileID, notify.Event{
			Kind: "registry." + string(e.To), Class: notify.Case, Action: e.To != egrip.Active, URL: "/c/" + e.ProfileID + "/registry/compare",
			Values: map[string]any{"Title": e.Title, "Number": e.Number, "Status": e.Status, "Date": dayOf(e.AsOf)},
		})
	})
	jobs.Subscribe(r, "ra.tell", func(ctx context.Context, tx *db.Tx, e egrip.Resigned) error {
		return s.tellOf(ctx, tx, e.AccountID, e.ProfileID, notify.Event{
			Kind: "role.resigned", Class: notify.Security, URL: "/roles", Values: map[string]any{"Title": e.Title, "Number": e.Number, "Date": dayOf(e.AsOf)},
		})
	})
	jobs.Subscribe(r, "ra.tell", func(ctx context.Context, tx *db.Tx, e egrip.Decided) error {
		return s.tellOf(ctx, tx, e.AccountID, e.ProfileID, notify.Event{
			Kind: "role." + string(e.State), Class: notify.Case, Action: e.State == egrip.Letter || e.State == egrip.Signing, URL: "/roles",
			Values: map[string]any{"Title": e.Title, "Number": e.Number},
		})
	})
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("02.01.2006")
}

func (s *Service) tellOf(ctx context.Context, tx *db.Tx, accountID, profileID string, e notify.Event) error {
	a, err := s.accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	return s.teller.Tell(ctx, tx, notify.Person{AccountID: a.ID, ProfileID: profileID, Phone: a.Phone, Mail: a.Mail}, e)
}
