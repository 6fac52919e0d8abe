// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/support"
)

// Client is what the call centre sees of somebody who was found by three fields. Contacts
// and numbers are masked until they are asked for.
type Client struct {
	AccountID  string
	Name       string
	Phone      string
	Mail       string
	INN        string
	SNILS      string
	Closed     time.Time // until when the sign-in is closed; zero: it is open
	Blocked    bool      // by the holder or by a stop, not by failed tries
	MustChange bool
	Tickets    []support.Ticket
	Recoveries []Case
}

// FindClient looks for a person by all three fields (S001-199): there is no search by one
// of them, and nothing is said of which did not fit. Who is found stays open to this
// operator for a while.
func (s *Service) FindClient(ctx context.Context, actor support.Actor, claim Claim) (accountID string, err error) {
	claim, wrong := claim.clean()
	if err := wrong.Err(); err != nil {
		return "", err
	}
	found := false
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
			return err
		}
		var a auth.Account
		if a, found, err = s.match(ctx, tx, claim); err != nil {
			return err
		}
		e := audit.Entry{Actor: actor.Name(), Action: "client.find", Object: "account/" + a.ID, Origin: actor.Client.Network}
		if !found {
			e.Object, e.Outcome = "", "refused"
			return audit.Record(ctx, tx, e)
		}
		accountID = a.ID
		if err := s.allowLook(ctx, tx, actor, a.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, e)
	})
	if err == nil && !found {
		err = problem.New(problem.NotFound, "client.none")
	}
	return accountID, err
}

func (s *Service) allowLook(ctx context.Context, tx *db.Tx, actor support.Actor, accountID string) error {
	length, err := s.Policies.Duration(ctx, tx, "support.look")
	if err != nil {
		return err
	}
	err = newQueries(tx).PutLook(ctx, putLookParams{OperatorID: actor.Account.ID, AccountID: accountID, Until: db.Micros(tx.Now().Add(length))})
	if err != nil {
		return fmt.Errorf("store look: %w", err)
	}
	return nil
}

// MayLook refuses a client whom this operator has not found, and who is no operator: an address is no search.
func (s *Service) MayLook(ctx context.Context, tx *db.Tx, actor support.Actor, accountID string) error {
	if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
		return err
	}
	until, err := newQueries(tx).GetLook(ctx, getLookParams{OperatorID: actor.Account.ID, AccountID: accountID})
	if errors.Is(err, sql.ErrNoRows) || err == nil && db.Time(until).Before(tx.Now()) {
		return problem.New(problem.NotFound, "client.find_first")
	} else if err != nil {
		return fmt.Errorf("read look: %w", err)
	}
	return nil
}

// Client shows a client; reveal shows contacts and numbers in full. Each look is recorded.
func (s *Service) Client(ctx context.Context, actor support.Actor, accountID string, reveal bool) (c Client, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c = Client{}
		if err := s.MayLook(ctx, tx, actor, accountID); err != nil {
			return err
		}
		a, err := s.Accounts.AccountByID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		p, err := s.Persons.Person(ctx, tx, a.PersonID)
		if err != nil {
			return err
		}
		c = Client{AccountID: a.ID, Name: p.FullName(), Phone: a.Phone, Mail: a.Mail, INN: p.INN, SNILS: identity.FormatSNILS(p.SNILS), MustChange: a.MustChange}
		if !reveal {
			c.Phone, c.Mail, c.INN, c.SNILS = identity.MaskPhone(a.Phone), identity.MaskMail(a.Mail), mask(p.INN), mask(c.SNILS)
		}
		if c.Closed, c.Blocked, err = s.Accounts.Closed(ctx, tx, accountID); err != nil {
			return err
		}
		if err := s.casesOf(ctx, tx, &c); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.Name(), Action: "client.look", Object: "account/" + accountID, Origin: actor.Client.Network,
			Details: map[string]any{"reveal": reveal},
		})
	})
	return c, err
}

// mask leaves the last two signs.
func mask(number string) string {
	runes := []rune(number)
	for i := range max(0, len(runes)-2) {
		runes[i] = '•'
	}
	return string(runes)
}

func (s *Service) casesOf(ctx context.Context, tx *db.Tx, c *Client) (err error) {
	if c.Tickets, err = s.Tickets.OfAccount(ctx, tx, c.AccountID); err != nil {
		return err
	}
	rows, err := newQueries(tx).OfAccount(ctx, c.AccountID)
	if err != nil {
		return fmt.Errorf("read recoveries: %w", err)
	}
	for _, row := range rows {
		r, err := s.open(row)
		if err != nil {
			return err
		}
		c.Recoveries = append(c.Recoveries, r.view())
	}
	return nil
}

// Help is what an operator does for a client at once.
type Help string

// The helps. None of them shows or sets a secret.
const (
	HelpUnlock   Help = "unlock"   // opens the sign-in
	HelpInstruct Help = "instruct" // sends an instruction by SMS
	HelpSignOut  Help = "signout"  // ends all sessions
)

// HelpClient does one thing for a client; the client is told of it.
func (s *Service) HelpClient(ctx context.Context, actor support.Actor, accountID string, h Help) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.MayLook(ctx, tx, actor, accountID); err != nil {
			return err
		}
		to, err := s.holder(ctx, tx, accountID)
		if err != nil {
			return err
		}
		switch h {
		case HelpUnlock:
			err = s.Accounts.Unblock(ctx, tx, accountID)
		case HelpSignOut:
			_, err = s.Accounts.EndSessions(ctx, tx, accountID)
		case HelpInstruct:
		default:
			return problem.New(problem.Invalid, "support.move.wrong")
		}
		if err != nil {
			return err
		}
		err = s.Teller.Tell(ctx, tx, to, notify.Event{Kind: "client." + string(h), Class: notify.Security, URL: "/recover", Dedup: tx.NewID()})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.Name(), Action: "client." + string(h), Object: "account/" + accountID, Origin: actor.Client.Network,
		})
	})
}

// Cases are the recoveries that wait for staff or for a visit.
func (s *Service) Cases(ctx context.Context, actor support.Actor) (list []Case, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
			return err
		}
		for _, step := range []Step{StepDesk, StepSecond, StepVisit, StepIssued, StepCooling} {
			rows, err := newQueries(tx).In(ctx, string(step))
			if err != nil {
				return fmt.Errorf("read recoveries: %w", err)
			}
			for _, row := range rows {
				c, err := s.open(row)
				if err != nil {
					return err
				}
				list = append(list, c.view())
			}
		}
		return nil
	})
	return list, err
}

// Case shows a recovery to an operator; the look is recorded.
func (s *Service) Case(ctx context.Context, actor support.Actor, id string) (r Case, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.caseFor(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		r = c.view()
		if r.Events, err = s.eventsOf(ctx, tx, id); err != nil {
			return err
		}
		if r.Files, err = s.Tickets.FilesOf(ctx, tx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "recover.look", c, nil)
	})
	return r, err
}

func (s *Service) caseFor(ctx context.Context, tx *db.Tx, actor support.Actor, id string) (*course, error) {
	if err := s.Tickets.Operate(ctx, tx, actor); err != nil {
		return nil, err
	}
	row, err := newQueries(tx).Get(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, problem.New(problem.NotFound, "recover.missing")
	} else if err != nil {
		return nil, fmt.Errorf("read recovery: %w", err)
	}
	return s.open(row)
}

// Identify is the first operator's word: the fields fit, and the person was called back on
// a number the operator did not take from the case.
func (s *Service) Identify(ctx context.Context, actor support.Actor, id string, compared, called bool) error {
	return s.decideCase(ctx, actor, id, compared && called, func(ctx context.Context, tx *db.Tx, c *course) error {
		if !c.data.Matched || c.row.AccountID == "" {
			return problem.New(problem.Conflict, "recover.unmatched")
		}
		c.row.OperatorID = actor.Account.ID
		return s.step(ctx, tx, actor, c, StepSecond)
	})
}

// Agree is the second operator's word; the first one's own is not enough. The change takes
// effect after the time in which the old contacts may stop it.
func (s *Service) Agree(ctx context.Context, actor support.Actor, id string, compared, called bool) error {
	return s.decideCase(ctx, actor, id, compared && called, func(ctx context.Context, tx *db.Tx, c *course) error {
		if c.row.OperatorID == actor.Account.ID || c.row.OperatorID == "" {
			return problem.New(problem.Forbidden, "recover.second.own")
		}
		c.row.SecondID = actor.Account.ID
		if err := s.step(ctx, tx, actor, c, StepCooling); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, "cooling")
	})
}

func (s *Service) decideCase(ctx context.Context, actor support.Actor, id string, ticked bool, decision func(context.Context, *db.Tx, *course) error) error {
	if !ticked {
		return problem.New(problem.Invalid, "recover.ticks").At("ticks")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.caseFor(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		return decision(ctx, tx, c)
	})
}

// Refuse ends a recovery with a reason; a visit stays possible.
func (s *Service) Refuse(ctx context.Context, actor support.Actor, id, reason string) error {
	if err := (support.Question{Words: reason}).Check(); err != nil {
		return problem.New(problem.Invalid, "support.words.missing").At("reason")
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.caseFor(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		c.data.Reason = strings.TrimSpace(reason)
		if err := s.step(ctx, tx, actor, c, StepRefused); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, "refused")
	})
}

// Originals are what somebody brings to the desk (S001-205).
func Originals() []string { return []string{"passport", "inn", "snils"} }

// Visit is what the operator at the desk records.
type Visit struct {
	CaseID   string         // of who announced the visit; empty: just came
	Seen     []string       // of [Originals], all of them
	Written  support.Upload // the application to restore access, on paper with a signature
	NewPhone string         // empty: the phone stays
}

// Issue ends a visit with a one-time password, shown to the operator once and printed for
// the client (S001-206). Another phone is not put in force here: that takes another
// operator, and the time in which the old contacts may stop it.
func (s *Service) Issue(ctx context.Context, actor support.Actor, accountID string, v Visit) (password string, err error) {
	phone := ""
	if strings.TrimSpace(v.NewPhone) != "" {
		var ok bool
		if phone, ok = identity.NormalPhone(v.NewPhone); !ok {
			return "", problem.New(problem.Invalid, "auth.phone.wrong").At("phone")
		}
	}
	for _, o := range Originals() {
		if !slices.Contains(v.Seen, o) {
			return "", problem.New(problem.Invalid, "recover.originals").At("seen")
		}
	}
	if len(v.Written.Content) == 0 {
		return "", problem.New(problem.Invalid, "recover.written").At("files")
	}
	files, err := s.Tickets.Receive(ctx, []support.Upload{v.Written})
	if err != nil {
		return "", err
	}
	password, hash, err := s.Accounts.DrawPassword(ctx)
	if err != nil {
		return "", s.Tickets.Settle(ctx, files, err)
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.MayLook(ctx, tx, actor, accountID); err != nil {
			return err
		}
		c, err := s.visitOf(ctx, tx, actor, v.CaseID)
		if err != nil {
			return err
		}
		c.row.AccountID, c.row.OperatorID, c.data.Seen = accountID, actor.Account.ID, v.Seen
		if err := s.step(ctx, tx, actor, c, StepIssued); err != nil {
			return err
		}
		if err := s.Tickets.Keep(ctx, tx, c.row.ID, files); err != nil {
			return err
		}
		if err := s.Accounts.ResetPassword(ctx, tx, actor.Name(), accountID, hash, true); err != nil {
			return err
		}
		if err := s.Accounts.Unblock(ctx, tx, accountID); err != nil {
			return err
		}
		if err := s.warn(ctx, tx, c); err != nil || phone == "" {
			return err
		}
		return s.askSecond(ctx, tx, actor, accountID, phone, v.Seen)
	})
	if err != nil {
		return "", s.Tickets.Settle(ctx, files, err)
	}
	return password, nil
}

// visitOf is the case of a visit that was announced, or a new one.
func (s *Service) visitOf(ctx context.Context, tx *db.Tx, actor support.Actor, id string) (*course, error) {
	if id != "" {
		return s.caseFor(ctx, tx, actor, id)
	}
	c, _, err := s.begin(ctx, tx, ByVisit, StepVisit, "", "", tx.NewID(), details{})
	return c, err
}

// askSecond puts the change of a phone before another operator.
func (s *Service) askSecond(ctx context.Context, tx *db.Tx, actor support.Actor, accountID, phone string, seen []string) error {
	c, _, err := s.begin(ctx, tx, PhoneByDesk, StepDesk, accountID, "", tx.NewID(), details{New: phone, Matched: true, Seen: seen})
	if err != nil {
		return err
	}
	c.row.OperatorID = actor.Account.ID
	if err := s.step(ctx, tx, actor, c, StepSecond); err != nil {
		return err
	}
	return s.warn(ctx, tx, c)
}
