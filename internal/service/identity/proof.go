// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// Level is how sure the installation is of who somebody is. It follows from proofs and
// is never set by hand.
type Level string

// The levels, as ЕСИА has them too.
const (
	Simplified Level = "simplified" // names, a phone
	Standard   Level = "standard"   // numbers and document agree with somebody's records
	Confirmed  Level = "confirmed"  // somebody answers for having seen the person
)

// Levels are the levels, the lowest first.
func Levels() []Level { return []Level{Simplified, Standard, Confirmed} }

func (l Level) rank() int {
	switch l {
	case Confirmed:
		return 2
	case Standard:
		return 1
	}
	return 0
}

// Covers reports a level that is at least another.
func (l Level) Covers(other Level) bool { return l.rank() >= other.rank() }

// ProofKind is how somebody was recognised.
type ProofKind string

// The kinds of proofs.
const (
	ByCertificate ProofKind = "certificate" // a valid qualified certificate
	ByDocuments   ProofKind = "documents"   // documents that an operator compared
	ByESIA        ProofKind = "esia"
	ByBiometrics  ProofKind = "esia_ebs" // ЕСИА together with ЕБС
	ByBank        ProofKind = "bank"
	ByVisit       ProofKind = "visit"
)

// ProofKinds are all ways to a confirmed account, the shortest first.
func ProofKinds() []ProofKind {
	return []ProofKind{ByESIA, ByCertificate, ByBank, ByBiometrics, ByDocuments, ByVisit}
}

// Proof is one recognition.
type Proof struct {
	PersonID string
	Kind     ProofKind
	Source   string // who answers for it: a provider, a certificate, an operator
	Level    Level  // what it gives
	At       time.Time
	Until    time.Time // zero: no end
}

// AddProof stores a proof. A newer one of the same kind and source takes the place of
// the older.
func (s *Service) AddProof(ctx context.Context, tx *db.Tx, p Proof) error {
	if p.Level.rank() == 0 && p.Level != Simplified || p.Kind == "" || p.Source == "" {
		return problem.New(problem.Invalid, "identity.proof.wrong")
	}
	err := newQueries(tx).PutProof(ctx, putProofParams{
		PersonID: p.PersonID, Kind: string(p.Kind), Source: p.Source, Level: string(p.Level), ProvedAt: db.Micros(tx.Now()), UntilAt: db.Micros(p.Until),
	})
	if err != nil {
		return fmt.Errorf("store proof: %w", err)
	}
	return nil
}

// Proofs returns the proofs of a person, the newest first.
func (s *Service) Proofs(ctx context.Context, tx *db.Tx, personID string) ([]Proof, error) {
	rows, err := newQueries(tx).ProofsOf(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("read proofs: %w", err)
	}
	list := make([]Proof, 0, len(rows))
	for _, r := range rows {
		p := Proof{PersonID: r.PersonID, Kind: ProofKind(r.Kind), Source: r.Source, Level: Level(r.Level), At: db.Time(r.ProvedAt)}
		if r.UntilAt != 0 {
			p.Until = db.Time(r.UntilAt)
		}
		list = append(list, p)
	}
	return list, nil
}

// LevelAt is what proofs give at a time.
func LevelAt(proofs []Proof, now time.Time) Level {
	level := Simplified
	for _, p := range proofs {
		if (p.Until.IsZero() || now.Before(p.Until)) && !level.Covers(p.Level) {
			level = p.Level
		}
	}
	return level
}

// Compare holds what somebody answers for against what the cabinet has. Each difference
// is a refusal that names the field and has a code of the catalogue. What one of them
// does not state is not compared.
func Compare(own, stated Person) problem.List {
	var wrong problem.List
	differ := func(field, code, a, b string) {
		if a != "" && b != "" && foldName(a) != foldName(b) {
			wrong = append(wrong, problem.New(problem.Conflict, "identity.differs."+field).At(field).Coded(code))
		}
	}
	differ("surname", "ID-201", own.Surname, stated.Surname)
	differ("given_name", "ID-201", own.GivenName, stated.GivenName)
	differ("patronymic", "ID-201", own.Patronymic, stated.Patronymic)
	differ("birth_date", "ID-202", own.BirthDate.String(), stated.BirthDate.String())
	differ("snils", "ID-203", own.SNILS, stated.SNILS)
	if own.Passport.Kind.Of() == stated.Passport.Kind.Of() {
		differ("passport_number", "ID-204", own.Passport.Number, stated.Passport.Number)
	}
	differ("inn", "ID-205", own.INN, stated.INN)
	return wrong
}

// foldName makes names comparable: registers know no «ё».
func foldName(s string) string {
	return strings.ReplaceAll(db.Fold(OneLine(s)), "ё", "е")
}

// SameNumber reports a number of the state that both have and share: what tells one
// person from another of the same name.
func SameNumber(a, b Person) bool {
	for _, pair := range [][2]string{{a.SNILS, b.SNILS}, {a.INN, b.INN}, {a.IIN, b.IIN}, {a.Passport.Number, b.Passport.Number}} {
		if pair[0] != "" && pair[0] == pair[1] {
			return true
		}
	}
	return false
}
