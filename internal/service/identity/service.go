// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
)

// Service keeps persons and roles. Its methods run inside an act of a higher
// service, which records them in the audit together with the act.
type Service struct{ ring *keys.Ring }

// New returns the service; ring seals personal data.
func New(ring *keys.Ring) *Service { return &Service{ring: ring} }

// Register stores a person, checked before, with the role of a natural person.
func (s *Service) Register(ctx context.Context, tx *db.Tx, p Person) (Profile, error) {
	wrong := append(p.CheckName(tx.Now()), p.CheckDocuments(tx.Now())...)
	if err := wrong.Err(); err != nil {
		return Profile{}, err
	}
	return s.register(ctx, tx, p)
}

// RegisterStated stores a person whom a certificate names: a certificate has no passport
// and, in Russia, no day of birth. They are asked for when something needs them.
func (s *Service) RegisterStated(ctx context.Context, tx *db.Tx, p Person) (Profile, error) {
	if err := p.CheckStated().Err(); err != nil {
		return Profile{}, err
	}
	return s.register(ctx, tx, p)
}

func (s *Service) register(ctx context.Context, tx *db.Tx, p Person) (Profile, error) {
	p.ID = tx.NewID()
	if err := s.insertPerson(ctx, tx, p); err != nil {
		return Profile{}, err
	}
	return s.EnsureProfile(ctx, tx, Profile{PersonID: p.ID, Kind: Individual, Title: p.ShortName()})
}

// Person returns a person with the sealed data open.
func (s *Service) Person(ctx context.Context, tx *db.Tx, id string) (Person, error) {
	row, err := newQueries(tx).GetPerson(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, problem.New(problem.NotFound, "identity.person.missing")
	} else if err != nil {
		return Person{}, fmt.Errorf("read person: %w", err)
	}
	return s.open(row)
}

// ChangePerson replaces what is known of a person by corrected data. Whoever gets another
// number of the state or another day of birth has to be recognised anew: the proofs were of
// who they were before.
func (s *Service) ChangePerson(ctx context.Context, tx *db.Tx, p Person) error {
	wrong := append(p.CheckName(tx.Now()), p.CheckDocuments(tx.Now())...)
	if err := wrong.Err(); err != nil {
		return err
	}
	before, err := s.Person(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if before.INN != p.INN || before.SNILS != p.SNILS || before.IIN != p.IIN || before.BirthDate != p.BirthDate {
		if err := newQueries(tx).DropProofs(ctx, p.ID); err != nil {
			return fmt.Errorf("drop proofs: %w", err)
		}
	}
	return s.updatePerson(ctx, tx, p)
}

// EnsureProfile stores a role, or brings the one there is up to date.
func (s *Service) EnsureProfile(ctx context.Context, tx *db.Tx, p Profile) (Profile, error) {
	if !p.Kind.Valid() {
		return Profile{}, problem.New(problem.Invalid, "identity.kind.wrong")
	}
	details, err := json.Marshal(p.Company)
	if err != nil {
		return Profile{}, fmt.Errorf("encode profile: %w", err)
	}
	q := newQueries(tx)
	err = q.InsertProfile(ctx, insertProfileParams{
		ID: tx.NewID(), PersonID: p.PersonID, Kind: string(p.Kind), RegisterNumber: p.RegisterNumber,
		Title: p.Title, Details: string(details), CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return Profile{}, fmt.Errorf("store profile: %w", err)
	}
	row, err := q.FindProfile(ctx, findProfileParams{PersonID: p.PersonID, Kind: string(p.Kind), RegisterNumber: p.RegisterNumber})
	if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	return profileOf(row)
}

// Profile returns a role of the given person. A role of somebody else is not
// found: an address must not tell what exists.
func (s *Service) Profile(ctx context.Context, tx *db.Tx, personID, id string) (Profile, error) {
	row, err := newQueries(tx).GetProfile(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.PersonID != personID {
		return Profile{}, problem.New(problem.NotFound, "identity.profile.missing")
	} else if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	return profileOf(row)
}

// RoleOf returns the first role in an entry of the register: that of who opened its cabinet.
func (s *Service) RoleOf(ctx context.Context, tx *db.Tx, kind Kind, number string) (Profile, error) {
	row, err := newQueries(tx).RoleOf(ctx, roleOfParams{string(kind), number})
	if errors.Is(err, sql.ErrNoRows) {
		return Profile{}, problem.New(problem.NotFound, "identity.profile.missing")
	} else if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	return profileOf(row)
}

// Profiles returns the roles of a person, the oldest first.
func (s *Service) Profiles(ctx context.Context, tx *db.Tx, personID string) ([]Profile, error) {
	rows, err := newQueries(tx).ProfilesOf(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	profiles := make([]Profile, 0, len(rows))
	for _, row := range rows {
		p, err := profileOf(row)
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, p)
	}
	return profiles, nil
}
