// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"encoding/json"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
)

// sealed is the part of a person that the database keeps under the
// installation's key.
type sealed struct {
	BirthDate Date     `json:"birth_date"`
	SNILS     string   `json:"snils"`
	Passport  Passport `json:"passport"`
	IIN       string   `json:"iin,omitempty"`
	Country   Country  `json:"country,omitempty"`
}

func place(personID string) []byte { return []byte("person/" + personID) }

func (s *Service) seal(p Person) ([]byte, error) {
	plain, err := json.Marshal(sealed{p.BirthDate, p.SNILS, p.Passport, p.IIN, p.Country})
	if err != nil {
		return nil, fmt.Errorf("encode person: %w", err)
	}
	defer keys.Zero(plain)
	return s.ring.Seal(plain, place(p.ID)), nil
}

func (s *Service) open(row personRow) (Person, error) {
	plain, err := s.ring.Open(row.Secret, place(row.ID))
	if err != nil {
		return Person{}, fmt.Errorf("open person: %w", err)
	}
	defer keys.Zero(plain)
	var secret sealed
	if err := json.Unmarshal(plain, &secret); err != nil {
		return Person{}, fmt.Errorf("decode person: %w", err)
	}
	return Person{
		ID: row.ID, Surname: row.Surname, GivenName: row.GivenName, Patronymic: row.Patronymic, INN: row.Inn,
		BirthDate: secret.BirthDate, SNILS: secret.SNILS, Passport: secret.Passport, IIN: secret.IIN, Country: secret.Country,
	}, nil
}

func (s *Service) insertPerson(ctx context.Context, tx *db.Tx, p Person) error {
	secret, err := s.seal(p)
	if err != nil {
		return err
	}
	now := db.Micros(tx.Now())
	err = newQueries(tx).InsertPerson(ctx, insertPersonParams{
		ID: p.ID, Surname: p.Surname, GivenName: p.GivenName, Patronymic: p.Patronymic, Search: db.Fold(p.FullName()),
		Inn: p.INN, Secret: secret, CreatedAt: now, ChangedAt: now,
	})
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "identity.inn.taken").At("inn").Because(err)
	} else if err != nil {
		return fmt.Errorf("store person: %w", err)
	}
	return nil
}

func (s *Service) updatePerson(ctx context.Context, tx *db.Tx, p Person) error {
	secret, err := s.seal(p)
	if err != nil {
		return err
	}
	n, err := newQueries(tx).UpdatePerson(ctx, updatePersonParams{
		ID: p.ID, Surname: p.Surname, GivenName: p.GivenName, Patronymic: p.Patronymic, Search: db.Fold(p.FullName()),
		Inn: p.INN, Secret: secret, ChangedAt: db.Micros(tx.Now()),
	})
	switch {
	case db.IsUnique(err):
		return problem.New(problem.Conflict, "identity.inn.taken").At("inn").Because(err)
	case err != nil:
		return fmt.Errorf("store person: %w", err)
	case n == 0:
		return problem.New(problem.NotFound, "identity.person.missing")
	}
	return nil
}

func profileOf(row profileRow) (Profile, error) {
	p := Profile{ID: row.ID, PersonID: row.PersonID, Kind: Kind(row.Kind), RegisterNumber: row.RegisterNumber, Title: row.Title}
	if err := json.Unmarshal([]byte(row.Details), &p.Company); err != nil {
		return Profile{}, fmt.Errorf("decode profile: %w", err)
	}
	return p, nil
}
