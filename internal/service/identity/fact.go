// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
)

// FactKind is what a fact is about; its name stands in the words of pages.
type FactKind string

// The kinds of facts.
const (
	FactDocument     FactKind = "document"
	FactLicence      FactKind = "licence"
	FactBirthplace   FactKind = "birthplace"
	FactAddress      FactKind = "address"
	FactFamily       FactKind = "family"
	FactVehicle      FactKind = "vehicle"
	FactProperty     FactKind = "property"
	FactAccount      FactKind = "account"
	FactOrganisation FactKind = "organisation"
	FactEmployment   FactKind = "employment"
)

// FactKinds are the kinds in the order of pages.
func FactKinds() []FactKind {
	return []FactKind{FactDocument, FactLicence, FactBirthplace, FactAddress, FactFamily, FactVehicle, FactProperty, FactAccount, FactOrganisation, FactEmployment}
}

// Fact is something that a source states of a person.
type Fact struct {
	Kind   FactKind    `json:"kind"`
	Values []FactValue `json:"values"`
}

// FactValue is one line of a fact; the name is a key of the words of pages.
type FactValue struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Dossier is what one source stated, at one time.
type Dossier struct {
	Source string
	At     time.Time
	Facts  []Fact
}

func factsPlace(personID, source string) []byte { return []byte("facts/" + personID + "/" + source) }

// PutFacts stores what a source states now, in the place of what it stated before.
func (s *Service) PutFacts(ctx context.Context, tx *db.Tx, personID, source string, facts []Fact) error {
	plain, err := json.Marshal(facts)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	defer keys.Zero(plain)
	err = newQueries(tx).PutFacts(ctx, putFactsParams{
		PersonID: personID, Source: source, Secret: s.ring.Seal(plain, factsPlace(personID, source)), StatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store facts: %w", err)
	}
	return nil
}

// Facts returns what sources state of a person, the newest first.
func (s *Service) Facts(ctx context.Context, tx *db.Tx, personID string) ([]Dossier, error) {
	rows, err := newQueries(tx).FactsOf(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	list := make([]Dossier, 0, len(rows))
	for _, r := range rows {
		plain, err := s.ring.Open(r.Secret, factsPlace(r.PersonID, r.Source))
		if err != nil {
			return nil, fmt.Errorf("open facts: %w", err)
		}
		d := Dossier{Source: r.Source, At: db.Time(r.StatedAt)}
		err = json.Unmarshal(plain, &d.Facts)
		keys.Zero(plain)
		if err != nil {
			return nil, fmt.Errorf("decode facts: %w", err)
		}
		list = append(list, d)
	}
	return list, nil
}

// DropFacts forgets what a source stated.
func (s *Service) DropFacts(ctx context.Context, tx *db.Tx, personID, source string) error {
	if err := newQueries(tx).DropFacts(ctx, dropFactsParams{PersonID: personID, Source: source}); err != nil {
		return fmt.Errorf("forget facts: %w", err)
	}
	return nil
}

// PersonByINN finds who has a number, empty when nobody.
func (s *Service) PersonByINN(ctx context.Context, tx *db.Tx, inn string) (personID string, err error) {
	if inn == "" {
		return "", nil
	}
	ids, err := newQueries(tx).PersonsByINN(ctx, inn)
	if err != nil {
		return "", fmt.Errorf("find person: %w", err)
	}
	if len(ids) != 1 {
		return "", nil
	}
	return ids[0], nil
}
