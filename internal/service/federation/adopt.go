// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation

import (
	"context"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// Adopt takes over what a provider answers for, when it is about the same person: facts
// with their source and date, and a proof. What differs is not taken, and told field by
// field.
func (s *Service) Adopt(ctx context.Context, tx *db.Tx, accountID, personID string, c Claims, origin string) (refusal, err error) {
	person, err := s.persons.Person(ctx, tx, personID)
	if err != nil {
		return nil, err
	}
	if differences := identity.Compare(person, c.Person).Err(); differences != nil {
		return differences, audit.Record(ctx, tx, audit.Entry{
			Actor: "account/" + accountID, Action: "identity.compare", Object: "person/" + person.ID, Outcome: "refused:" + problem.All(differences)[0].Key,
			Origin: origin, Details: map[string]any{"source": c.Provider},
		})
	}
	if err := s.persons.PutFacts(ctx, tx, person.ID, c.Provider, c.Facts); err != nil {
		return nil, err
	}
	proof := identity.Proof{PersonID: person.ID, Kind: identity.ByESIA, Source: c.Provider, Level: c.Level}
	if c.Kind == OIDC {
		proof.Kind = identity.ByBank
		if proof.Level == identity.Standard { // the bank has seen the person: what that is worth is policy
			value, err := s.policies.String(ctx, tx, "external.bank.level")
			if err != nil {
				return nil, err
			}
			proof.Level = identity.Level(value)
		}
	}
	// A name is shared by many: a proof needs a number that both have.
	if !identity.SameNumber(person, c.Person) {
		proof.Level = identity.Simplified
	}
	if err := s.persons.AddProof(ctx, tx, proof); err != nil {
		return nil, err
	}
	return nil, audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + accountID, Action: "identity.proof", Object: "person/" + person.ID, Origin: origin,
		Details: map[string]any{"kind": string(proof.Kind), "source": proof.Source, "level": string(proof.Level)},
	})
}

// Recognised is the account of ЕСИА by which the person of one of ours was recognised, as
// they are now; empty when there is none. A link alone is not enough: it may have been made
// for somebody whose data differ, and then whose face it is says nothing of the person here.
func (s *Service) Recognised(ctx context.Context, tx *db.Tx, accountID, personID string) (subject string, err error) {
	links, err := s.Links(ctx, tx, accountID)
	if err != nil {
		return "", err
	}
	proofs, err := s.persons.Proofs(ctx, tx, personID)
	if err != nil {
		return "", err
	}
	for _, l := range links {
		if p, _ := s.Provider(l.Provider); p.Kind != ESIA || l.Level != identity.Confirmed {
			continue
		}
		for _, p := range proofs {
			if p.Kind == identity.ByESIA && p.Source == l.Provider && p.Level == identity.Confirmed {
				subject = l.Subject
			}
		}
	}
	return subject, nil
}

// AdoptMatch takes a comparison of ЕБС. The degree that is enough is policy, in
// hundredths of a per cent. It counts for the person that ЕСИА recognised, and nobody else.
func (s *Service) AdoptMatch(ctx context.Context, tx *db.Tx, accountID, personID string, c Claims, origin string) (refusal, err error) {
	enough, err := s.policies.Number(ctx, tx, "external.match")
	if err != nil {
		return nil, err
	}
	entry := audit.Entry{
		Actor: "account/" + accountID, Action: "identity.proof", Object: "person/" + personID, Origin: origin,
		Details: map[string]any{"kind": string(identity.ByBiometrics), "source": c.Provider},
	}
	recognised, err := s.Recognised(ctx, tx, accountID, personID)
	if err != nil {
		return nil, err
	}
	switch {
	case recognised == "" || recognised != c.Subject:
		refusal = problem.New(problem.Conflict, "external.ebs.esia_first")
	case !c.Alive:
		refusal = problem.New(problem.Conflict, "external.ebs.picture").Coded("ID-208")
	case c.Match*10000 < float64(enough):
		refusal = problem.New(problem.Conflict, "external.ebs.other").Coded("ID-207")
	}
	if refusal != nil {
		entry.Outcome = "refused:" + problem.All(refusal)[0].Key
		return refusal, audit.Record(ctx, tx, entry)
	}
	err = s.persons.AddProof(ctx, tx, identity.Proof{PersonID: personID, Kind: identity.ByBiometrics, Source: c.Provider, Level: identity.Confirmed})
	if err != nil {
		return nil, err
	}
	return nil, audit.Record(ctx, tx, entry)
}
