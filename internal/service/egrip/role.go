// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// RequestState is where a request for a role stands.
type RequestState string

// The states, with whose turn it is.
const (
	Waiting   RequestState = "register"  // the register's: it is silent, asked again by itself
	Signing   RequestState = "agreement" // the person's: sign the agreement
	Letter    RequestState = "mail"      // the person's: open the link of the letter
	Reviewing RequestState = "operator"  // the operator's: the register does not name the person
	Opened    RequestState = "open"      // the role is there
	Refused   RequestState = "refused"   // by the register or the operator
	Withdrawn RequestState = "withdrawn" // by the person
)

// RequestMove is what happens to a request.
type RequestMove string

// The moves.
const (
	Answered  RequestMove = "answer"   // the register names the person: an entrepreneur
	Headed    RequestMove = "head"     // the register names the person as head
	HeadSigns RequestMove = "to_sign"  // the same, and the agreement comes first
	Signed    RequestMove = "signed"   // the agreement is
	Unnamed   RequestMove = "unnamed"  // the register does not
	Deny      RequestMove = "deny"     // no such entry, closed, or another person's
	Confirm   RequestMove = "confirm"  // the link was opened
	Approve   RequestMove = "approve"  // by an operator
	LetSign   RequestMove = "let_sign" // by an operator, and the agreement comes first
	Recognise RequestMove = "known"    // by an operator: an entrepreneur, who needs no letter
	TurnDown  RequestMove = "refuse"   // by an operator
	TakenBack RequestMove = "withdraw" // by the person
)

// RequestMoves is the state table of requests: what may follow what, and by what.
func RequestMoves() map[RequestState]map[RequestMove]RequestState {
	return map[RequestState]map[RequestMove]RequestState{
		Waiting:   {Answered: Opened, Headed: Letter, HeadSigns: Signing, Unnamed: Reviewing, Deny: Refused, TakenBack: Withdrawn},
		Signing:   {Signed: Letter, TakenBack: Withdrawn},
		Letter:    {Confirm: Opened, TakenBack: Withdrawn},
		Reviewing: {Approve: Letter, LetSign: Signing, Recognise: Opened, TurnDown: Refused, TakenBack: Withdrawn},
	}
}

// Request is a request for a role.
type Request struct {
	ID, AccountID, PersonID string
	Kind                    identity.Kind
	Number                  string
	State                   RequestState
	Title                   string
	Reason                  string // key of the words, or an operator's own words
	ProfileID               string // of an opened one
	Mail                    string
	Person                  string           // full name of the one who asks
	Company                 identity.Company // as the certificate states that signed the agreement
	Register                *egr.Record
	Signed                  bool // the head has signed the agreement
	CreatedAt, ChangedAt    time.Time
	DueAt                   time.Time // of the link, of the operator, of the next question
}

type requestData struct {
	Mail    string           `json:"mail"`
	Person  string           `json:"person"`
	Company identity.Company `json:"company"`
	Signed  bool             `json:"signed,omitempty"`
}

func requestPlace(id string) string { return "role-request/" + id }

// AskRole asks for a role. An entrepreneur's opens at once when the register has the
// person's ИНН; an organisation's when the person, whom the register names as its head,
// opens the link of a letter; mail is where that goes.
func (s *Service) AskRole(ctx context.Context, actor Actor, kind identity.Kind, number, mail string) (r Request, err error) {
	number, mail = identity.Clean(number), strings.TrimSpace(mail)
	var wrong problem.List
	register, _ := RegisterOf(kind)
	foreign := kind == identity.Organisation && identity.ValidBIN(number)
	switch {
	case foreign:
	case register == egr.EGRIP && !identity.ValidOGRNIP(number):
		wrong = append(wrong, problem.New(problem.Invalid, "identity.ogrnip.check").At("number"))
	case register == egr.EGRUL && !identity.ValidOGRN(number):
		wrong = append(wrong, problem.New(problem.Invalid, "identity.ogrn.check").At("number"))
	case register == "":
		wrong = append(wrong, problem.New(problem.Invalid, "identity.kind.wrong").At("kind"))
	}
	if kind == identity.Organisation && !identity.ValidMail(mail) {
		wrong = append(wrong, problem.New(problem.Invalid, "auth.mail.wrong").At("mail"))
	}
	if err := wrong.Err(); err != nil {
		return Request{}, err
	}
	if r, open, err := s.asked(ctx, actor, kind, number); err != nil || open {
		return r, err
	}
	var e Entry
	if !foreign {
		if e, err = s.Check(ctx, actor, register, number); err != nil {
			return Request{}, err
		}
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		person, err := s.persons.Person(ctx, tx, actor.PersonID)
		if err != nil {
			return err
		}
		profiles, err := s.persons.Profiles(ctx, tx, actor.PersonID)
		if err != nil {
			return err
		}
		for _, p := range profiles {
			if p.Kind == kind && p.RegisterNumber == number {
				return problem.New(problem.Conflict, "egrip.role.have").At("number")
			}
		}
		r = Request{
			ID: tx.NewID(), AccountID: actor.AccountID, PersonID: actor.PersonID, Kind: kind, Number: number, State: Waiting, Title: number,
			Mail: mail, Person: person.FullName(), CreatedAt: tx.Now(), DueAt: e.RetryAt,
		}
		if err := s.insertRequest(ctx, tx, r); err != nil {
			return err
		}
		err = audit.Record(ctx, tx, audit.Entry{
			Actor: actor.Name, Action: "egrip.role.ask", Object: "role/" + r.ID, Origin: actor.Origin, Details: map[string]any{"kind": string(kind), "number": number},
		})
		if err != nil {
			return err
		}
		if foreign && person.Country.Of() != identity.Kazakhstan {
			return problem.New(problem.Invalid, "identity.ogrn.check").At("number")
		}
		if foreign {
			return s.askForeign(ctx, tx, &r)
		}
		return s.decide(ctx, tx, &r, person, e)
	})
	return r, err
}

// asked returns the request of the same role that is under way: a form sent twice asks once.
func (s *Service) asked(ctx context.Context, actor Actor, kind identity.Kind, number string) (r Request, open bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).OpenRequest(ctx, openRequestParams{actor.PersonID, string(kind), number})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("find request: %w", err)
		}
		if r, err = s.request(row); err != nil {
			return err
		}
		late := (r.State == Letter || r.State == Signing) && !tx.Now().Before(r.DueAt)
		open = !late
		return nil
	})
	if err != nil || open {
		return r, open, err
	}
	return r, false, s.mayAsk(ctx, actor)
}

// mayAsk holds how often a person asks: the register is not for looking up strangers.
func (s *Service) mayAsk(ctx context.Context, actor Actor) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		most, err := s.policies.Number(ctx, tx, policyRoles)
		if err != nil {
			return err
		}
		window, err := s.policies.Duration(ctx, tx, policyWindow)
		if err != nil {
			return err
		}
		n, err := newQueries(tx).CountRequests(ctx, countRequestsParams{actor.PersonID, db.Micros(tx.Now().Add(-window))})
		if err != nil {
			return fmt.Errorf("count requests: %w", err)
		}
		if n >= most {
			return problem.New(problem.Limited, "egrip.role.often").With("Limit", int(most)).At("number").After(window)
		}
		return nil
	})
}

// decide moves a request by what the register says.
func (s *Service) decide(ctx context.Context, tx *db.Tx, r *Request, person identity.Person, e Entry) error {
	rec := e.Record
	switch {
	case e.Absent:
		r.Reason = "egrip.role.missing"
		return s.moveRequest(ctx, tx, r, byItself, Deny, "")
	case rec == nil:
		return nil // silent: the job goes on
	case rec.Ceased != nil:
		r.Title, r.Reason = rec.Title(), "egrip.role.ceased"
		return s.moveRequest(ctx, tx, r, byItself, Deny, "")
	}
	r.Title = rec.Title()
	if r.Kind == identity.Entrepreneur {
		if rec.INN == "" || rec.INN != person.INN {
			r.Title, r.Reason = r.Number, "egrip.role.other_person" // whose it is is not told
			return s.moveRequest(ctx, tx, r, byItself, Deny, "")
		}
	}
	known, err := s.recognised(ctx, tx, person.ID)
	switch {
	case err != nil:
		return err
	case !known || r.Kind == identity.Organisation && !headed(rec, person):
		return s.toOperator(ctx, tx, r)
	case r.Kind == identity.Entrepreneur:
		return s.openRole(ctx, tx, r, byItself, Answered, e)
	}
	return s.activate(ctx, tx, r, byItself, Headed, HeadSigns)
}

// recognised reports that the person is known to be who they say: an ИНН that was only typed
// is anybody's.
func (s *Service) recognised(ctx context.Context, tx *db.Tx, personID string) (bool, error) {
	wanted, err := s.policies.String(ctx, tx, PolicyLevel)
	if err != nil {
		return false, err
	}
	proofs, err := s.persons.Proofs(ctx, tx, personID)
	return identity.LevelAt(proofs, tx.Now()).Covers(identity.Level(wanted)), err
}

func (s *Service) toOperator(ctx context.Context, tx *db.Tx, r *Request) error {
	term, err := s.policies.Duration(ctx, tx, policyTerm)
	if err != nil {
		return err
	}
	r.DueAt = tx.Now().Add(term)
	return s.moveRequest(ctx, tx, r, byItself, Unnamed, "")
}

// sendLetter moves a request to Letter and sends the link. The table keeps its hash.
func (s *Service) sendLetter(ctx context.Context, tx *db.Tx, r *Request, by string, move RequestMove) error {
	life, err := s.policies.Duration(ctx, tx, policyLink)
	if err != nil {
		return err
	}
	secret := make([]byte, 24) // 192 bits
	rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	r.DueAt, r.Reason = tx.Now().Add(life), ""
	if err := s.moveRequest(ctx, tx, r, by, move, hex.EncodeToString(keys.Digest(token))); err != nil {
		return err
	}
	words := s.words.For(locale.Asked(ctx))
	return s.notices.Send(ctx, tx, notify.Notice{
		Channel: notify.Mail, Recipient: r.Mail, Secret: true, ExpiresAt: r.DueAt,
		Subject: words.T("mail.role.subject", map[string]any{"Title": r.Title}),
		Body:    words.T("mail.role.body", map[string]any{"Title": r.Title, "Person": r.Person, "Link": s.publicURL + "/roles/confirm/" + token, "Until": words.DateTime(r.DueAt)}),
	})
}

// openRole makes the role with what the register says of it.
func (s *Service) openRole(ctx context.Context, tx *db.Tx, r *Request, by string, move RequestMove, e Entry) error {
	rec := e.Record
	p := identity.Profile{PersonID: r.PersonID, Kind: r.Kind, RegisterNumber: r.Number, Title: r.Person}
	if r.Kind == identity.Organisation {
		a := rec.Address
		p.Title = rec.Title()
		p.Company = identity.Company{
			Name: rec.Title(), OGRN: rec.Number, INN: rec.INN, KPP: rec.KPP, Region: regionOf(a), Locality: a.Locality(), Street: a.StreetLine(),
			Position: s.position(ctx, tx, rec, r.PersonID),
		}
	} else if person, err := s.persons.Person(ctx, tx, r.PersonID); err == nil {
		p.Title = "ИП " + person.ShortName()
	}
	p, err := s.persons.EnsureProfile(ctx, tx, p)
	if err != nil {
		return err
	}
	if err := s.putRole(ctx, tx, r.AccountID, p, ownFrom(e, r.Kind), tx.Now()); err != nil {
		return err
	}
	if err := s.followHead(ctx, tx, r.AccountID, p, e); err != nil {
		return err
	}
	r.ProfileID, r.DueAt = p.ID, time.Time{}
	return s.moveRequest(ctx, tx, r, by, move, "")
}

func (s *Service) position(ctx context.Context, tx *db.Tx, rec *egr.Record, personID string) string {
	person, err := s.persons.Person(ctx, tx, personID)
	if err != nil {
		return ""
	}
	for _, h := range rec.Heads {
		if h.INN == person.INN {
			return strings.ToLower(h.Position)
		}
	}
	return ""
}

// resume goes on with requests that waited for the register.
func (s *Service) resume(ctx context.Context, tx *db.Tx, register egr.Register, number string, e Entry) error {
	rows, err := newQueries(tx).RequestsIn(ctx, string(Waiting))
	if err != nil {
		return fmt.Errorf("find requests: %w", err)
	}
	for _, row := range rows {
		if of, _ := RegisterOf(identity.Kind(row.Kind)); of != register || row.Number != number {
			continue
		}
		r, err := s.request(row)
		if err != nil {
			return err
		}
		person, err := s.persons.Person(ctx, tx, r.PersonID)
		if err != nil {
			return err
		}
		if err := s.decide(ctx, tx, &r, person, e); err != nil {
			return err
		}
		if err := tell(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// ConfirmRole takes the link of a letter, opened by the person who asked. It works once.
func (s *Service) ConfirmRole(ctx context.Context, actor Actor, token string) (r Request, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).RequestByToken(ctx, hex.EncodeToString(keys.Digest(token)))
		if errors.Is(err, sql.ErrNoRows) || err == nil && (row.PersonID != actor.PersonID || !tx.Now().Before(db.Time(row.DueAt))) {
			return problem.New(problem.NotFound, "egrip.role.link")
		} else if err != nil {
			return fmt.Errorf("find request: %w", err)
		}
		if r, err = s.request(row); err != nil {
			return err
		}
		if r.Company.BIN != "" {
			return s.openForeign(ctx, tx, &r, actor.Name)
		}
		register, _ := RegisterOf(r.Kind)
		e, err := s.entry(ctx, tx, register, r.Number)
		if err != nil {
			return err
		}
		if e.Record == nil || e.Record.Ceased != nil {
			return problem.New(problem.Conflict, "egrip.role.ceased")
		}
		return s.openRole(ctx, tx, &r, actor.Name, Confirm, e)
	})
	return r, err
}

// Withdraw takes a request back.
func (s *Service) Withdraw(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.PersonID != actor.PersonID {
			return problem.New(problem.NotFound, "egrip.role.no_request")
		}
		return s.moveRequest(ctx, tx, &r, actor.Name, TakenBack, "")
	})
}

// Decide is an operator's decision on a request the register does not settle. words are
// told to the person who asked when it is refused.
func (s *Service) Decide(ctx context.Context, operator Actor, id string, approve bool, words string) error {
	words = identity.OneLine(words)
	if !approve && !identity.PlainText(words, 500) {
		return problem.New(problem.Invalid, "egrip.role.words").At("words")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case approve && r.Kind == identity.Entrepreneur:
			var e Entry
			if e, err = s.entry(ctx, tx, egr.EGRIP, r.Number); err == nil {
				err = s.openRole(ctx, tx, &r, operator.Name, Recognise, e)
			}
		case approve:
			err = s.activate(ctx, tx, &r, operator.Name, Approve, LetSign)
		default:
			r.Reason, r.DueAt = words, time.Time{}
			err = s.moveRequest(ctx, tx, &r, operator.Name, TurnDown, "")
		}
		if err != nil {
			return err
		}
		return tell(ctx, tx, r)
	})
}

// tell publishes what became of a request; one that still waits is no news.
func tell(ctx context.Context, tx *db.Tx, r Request) error {
	if r.State == Waiting {
		return nil
	}
	return jobs.Publish(ctx, tx, Decided{AccountID: r.AccountID, ProfileID: r.ProfileID, Title: r.Title, Number: r.Number, State: r.State})
}

// Requests are those of a person, the newest first.
func (s *Service) Requests(ctx context.Context, personID string) (list []Request, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).RequestsOf(ctx, personID)
		if err != nil {
			return fmt.Errorf("read requests: %w", err)
		}
		list, err = s.requests(rows)
		return err
	})
	return list, err
}

// Reviewable are the requests that wait for an operator, with what the register says.
// Who looks is recorded.
func (s *Service) Reviewable(ctx context.Context, operator Actor) (list []Request, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).RequestsIn(ctx, string(Reviewing))
		if err != nil {
			return fmt.Errorf("read requests: %w", err)
		}
		if list, err = s.requests(rows); err != nil {
			return err
		}
		for i := range list {
			register, _ := RegisterOf(list[i].Kind)
			e, err := s.entry(ctx, tx, register, list[i].Number)
			if err != nil {
				return err
			}
			list[i].Register = e.Record
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: operator.Name, Action: "egrip.role.look", Object: "roles", Origin: operator.Origin, Details: map[string]any{"count": len(list)}})
	})
	return list, err
}
