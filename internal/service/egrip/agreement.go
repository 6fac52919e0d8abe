// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/der"
)

// agreementVersion is that of the words egrip.agreement.text: new words get a new number.
const agreementVersion = "1"

// Agreement is what the head of an organisation signs to have its cabinet: «Соглашение о
// предоставлении доступа к Личному кабинету». The signature is detached CAdES over Text.
type Agreement struct {
	RequestID   string
	Version     string
	Text        string
	Digest      string // Streebog-256 of the text, hexadecimal
	Signature   []byte // empty: not signed yet
	Certificate string // fingerprint of the signer's
	SignedAt    time.Time
}

func agreementPlace(requestID string) string { return "agreement/" + requestID }

// activate goes on with a request whose person may have the role: with the agreement, when
// the policy asks for one, and with the letter otherwise.
func (s *Service) activate(ctx context.Context, tx *db.Tx, r *Request, by string, move, signed RequestMove) error {
	wanted, err := s.policies.Switch(ctx, tx, policyAgreement)
	if err != nil {
		return err
	}
	if !wanted || s.judge == nil { // nobody here can tell a good signature
		return s.sendLetter(ctx, tx, r, by, move)
	}
	term, err := s.policies.Duration(ctx, tx, policySigning)
	if err != nil {
		return err
	}
	r.DueAt, r.Reason = tx.Now().Add(term), ""
	if err := s.makeAgreement(ctx, tx, r); err != nil {
		return err
	}
	return s.moveRequest(ctx, tx, r, by, signed, "")
}

func (s *Service) makeAgreement(ctx context.Context, tx *db.Tx, r *Request) error {
	person, err := s.persons.Person(ctx, tx, r.PersonID)
	if err != nil {
		return err
	}
	number := person.INN
	if number == "" {
		number = person.IIN
	}
	ru := s.words.For("ru") // the text of law is one, whoever reads it
	words := ru.T("egrip.agreement.text", map[string]any{
		"Organisation": r.Title, "Number": r.Number, "Person": person.FullName(), "PersonNumber": number, "Date": ru.Date(tx.Now()), "Site": s.publicURL,
	})
	// The last lines bind it to this site and this request: a signature of another one is
	// none of this.
	text := words + "\n\npodpis agreement v" + agreementVersion + "\norigin: " + s.publicURL + "\nrequest: " + r.ID + "\ntime: " + tx.Now().UTC().Format(time.RFC3339) + "\n"
	sealed := s.ring.Seal([]byte(text), []byte(agreementPlace(r.ID)))
	err = newQueries(tx).InsertAgreement(ctx, insertAgreementParams{
		RequestID: r.ID, PersonID: r.PersonID, Version: agreementVersion, Text: sealed, Digest: hex.EncodeToString(alg.Streebog256.Sum([]byte(text))),
		Signature: []byte{}, MadeAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store agreement: %w", err)
	}
	return nil
}

// Agreement returns that of a request of the actor, with the request.
func (s *Service) Agreement(ctx context.Context, actor Actor, id string) (r Request, a Agreement, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, a, err = s.agreement(ctx, tx, actor, id)
		return err
	})
	return r, a, err
}

func (s *Service) agreement(ctx context.Context, tx *db.Tx, actor Actor, id string) (r Request, a Agreement, err error) {
	row, err := newQueries(tx).GetAgreement(ctx, getAgreementParams{id, actor.PersonID})
	if errors.Is(err, sql.ErrNoRows) {
		return r, a, problem.New(problem.NotFound, "egrip.role.no_request")
	} else if err != nil {
		return r, a, fmt.Errorf("read agreement: %w", err)
	}
	text, err := s.ring.Open(row.Text, []byte(agreementPlace(id)))
	if err != nil {
		return r, a, fmt.Errorf("open agreement: %w", err)
	}
	a = Agreement{RequestID: id, Version: row.Version, Text: string(text), Digest: row.Digest, Signature: row.Signature, Certificate: row.Certificate}
	if row.SignedAt != 0 {
		a.SignedAt = db.Time(row.SignedAt)
	}
	r, err = s.load(ctx, tx, id)
	return r, a, err
}

// SignAgreement takes the signature of the head over the agreement and sends the letter that
// activates the role. The certificate must be of that person, and of no other organisation.
func (s *Service) SignAgreement(ctx context.Context, actor Actor, id string, signature []byte) (r Request, err error) {
	r, a, err := s.Agreement(ctx, actor, id)
	if err != nil || !a.SignedAt.IsZero() { // a second press of the same button
		return r, err
	}
	if s.judge == nil {
		return r, problem.New(problem.Unavailable, "factor.certificate.unchecked").Then("factor.certificate.unchecked.next")
	}
	shown, err := s.judge.ShownBy(ctx, a.Text, signature)
	if err != nil {
		return r, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if r, a, err = s.agreement(ctx, tx, actor, id); err != nil {
			return err
		}
		if r.State != Signing {
			return problem.New(problem.Conflict, "egrip.role.state."+string(r.State))
		}
		if !tx.Now().Before(r.DueAt) {
			return problem.New(problem.Conflict, "egrip.agreement.late")
		}
		person, err := s.persons.Person(ctx, tx, r.PersonID)
		if err != nil {
			return err
		}
		stated := identity.StatedBy(shown.Certificate.Subject)
		if err := signsFor(shown, stated, person, r.Number); err != nil {
			return err
		}
		r.Company, r.Signed = stated.Company, true
		fingerprint := hex.EncodeToString(shown.Certificate.Fingerprint(alg.SHA256))
		n, err := newQueries(tx).SignAgreement(ctx, signAgreementParams{RequestID: id, Signature: signature, Certificate: fingerprint, SignedAt: db.Micros(tx.Now())})
		if err != nil || n != 1 {
			return fmt.Errorf("store signature: %d rows, %w", n, err)
		}
		err = audit.Record(ctx, tx, audit.Entry{
			Actor: actor.Name, Action: "egrip.agreement.sign", Object: "role/" + id, Origin: actor.Origin,
			Details: map[string]any{"version": a.Version, "digest": a.Digest, "certificate": fingerprint},
		})
		if err != nil {
			return err
		}
		return s.sendLetter(ctx, tx, &r, actor.Name, Signed)
	})
	return r, err
}

// headOfKZ is the purpose of certificates of first heads (НУЦ РК); others of the same
// organisation carry its БИН too.
const headOfKZ der.OID = "1.2.398.3.3.4.1.2.1"

// signsFor refuses a certificate that is not the head's: of another person, of another
// organisation, or one whose issuer does not answer for names (S002-055 asks for a
// qualified one). The register of Russia names the head by ИНН, so a certificate of the
// person alone is enough there; an organisation of Kazakhstan is known by its certificate
// only.
func signsFor(shown trust.Shown, stated identity.Stated, person identity.Person, number string) error {
	foreign := person.Country.Of() == identity.Kazakhstan
	switch {
	case !shown.Names && !foreign:
		return problem.New(problem.Forbidden, "egrip.agreement.qualified").Then("egrip.agreement.next")
	case !stated.Person.Is(person):
		return problem.New(problem.Forbidden, "egrip.agreement.other_person").Then("egrip.agreement.next")
	case foreign && !shown.Certificate.HasExtKeyUsage(headOfKZ):
		return problem.New(problem.Forbidden, "egrip.agreement.head").Then("egrip.agreement.next")
	case stated.Kind == identity.Organisation && stated.Number != number, foreign && stated.Kind != identity.Organisation:
		return problem.New(problem.Forbidden, "egrip.agreement.other_company").Then("egrip.agreement.next")
	}
	return nil
}

// askForeign begins the role of an organisation that no register here knows: of Kazakhstan,
// by БИН. Its certificate, which signs the agreement, says whose it is.
func (s *Service) askForeign(ctx context.Context, tx *db.Tx, r *Request) error {
	known, err := s.recognised(ctx, tx, r.PersonID)
	if err != nil || !known {
		if err == nil {
			err = s.toOperator(ctx, tx, r)
		}
		return err
	}
	return s.activate(ctx, tx, r, byItself, Headed, HeadSigns)
}

// openForeign makes the role of such an organisation with what its certificate states.
func (s *Service) openForeign(ctx context.Context, tx *db.Tx, r *Request, by string) error {
	c := r.Company
	if c.BIN != r.Number {
		return problem.New(problem.Conflict, "egrip.agreement.other_company")
	}
	p, err := s.persons.EnsureProfile(ctx, tx, identity.Profile{PersonID: r.PersonID, Kind: r.Kind, RegisterNumber: r.Number, Title: c.Name, Company: c})
	if err != nil {
		return err
	}
	r.ProfileID, r.Title, r.DueAt = p.ID, c.Name, time.Time{}
	return s.moveRequest(ctx, tx, r, by, Confirm, "")
}
