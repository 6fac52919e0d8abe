// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contact

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// Service changes contacts.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Teller    *notify.Teller
	Accounts  *auth.Service
	PublicURL string // https://host, without a slash at the end
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// Of returns the latest change of each kind of contact of an account.
func (s *Service) Of(ctx context.Context, a auth.Account) (list []Change, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		for _, k := range Kinds() {
			c, err := s.latest(ctx, tx, a.ID, k)
			if err != nil {
				return err
			}
			if c != nil {
				list = append(list, c.view(tx.Now()))
			}
		}
		return nil
	})
	for i, c := range list {
		if c.State != Code {
			continue
		}
		challenge, err := s.Accounts.Challenge(ctx, c.Challenge.ID)
		if err == nil {
			list[i].Challenge, list[i].Live = challenge, true
		} else if problem.KindOf(err) == problem.Internal {
			return nil, err
		}
	}
	return list, err
}

// Ask sends a code to a new contact. One that waits for its code gives way to it; one that
// waits for the old contacts has to be called off first.
func (s *Service) Ask(ctx context.Context, own auth.Session, kind Kind, typed string, from auth.Client) error {
	if err := s.stepped(ctx, own); err != nil {
		return err
	}
	contact, err := auth.Contact(typed)
	if err != nil || kindOf(contact) != kind {
		return problem.New(problem.Invalid, "auth."+string(kind)+".wrong").At(string(kind)).Because(err)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.Accounts.AccountByID(ctx, tx, own.Account.ID)
		if err != nil {
			return err
		}
		if same(a, contact) && (kind == Phone || a.MailConfirmed) {
			return problem.New(problem.Invalid, "contact.same").At(string(kind))
		}
		if err := s.giveWay(ctx, tx, a.ID, kind); err != nil {
			return err
		}
		if err := s.count(ctx, tx, a.ID, kind); err != nil {
			return err
		}
		id := tx.NewID()
		challenge, err := s.ask(ctx, tx, contact, id, kind, from)
		if err != nil {
			return err
		}
		d := data{Old: old(a, kind), New: contact, Language: locale.Asked(ctx)}
		if err := s.insert(ctx, tx, id, a.ID, kind, challenge.ID, d); err != nil {
			return err
		}
		return s.record(ctx, tx, "account/"+a.ID, "contact.ask", id, a.ID, kind, from)
	})
}

// stepped refuses sessions that may not change contacts.
func (s *Service) stepped(ctx context.Context, own auth.Session) error {
	if own.Level != auth.Full || own.Account.Role.Staff() {
		return problem.New(problem.Forbidden, "auth.second.needed")
	}
	fresh, err := s.Accounts.Stepped(ctx, own)
	if err == nil && !fresh {
		err = problem.New(problem.Forbidden, "auth.step.needed").Then("auth.step.next")
	}
	return err
}

func same(a auth.Account, contact string) bool {
	return contact == a.Phone || db.Fold(contact) == db.Fold(a.Mail)
}

// ask sends the code. What is refused is refused at the field of this form.
func (s *Service) ask(ctx context.Context, tx *db.Tx, contact, id string, kind Kind, from auth.Client) (auth.Challenge, error) {
	c, err := s.Accounts.AskContact(ctx, tx, auth.ForContact, contact, id, from)
	if p, ok := problem.Of(err); ok {
		err = p.At(string(kind))
	}
	return c, err
}

// giveWay ends a change that waits for its code.
func (s *Service) giveWay(ctx context.Context, tx *db.Tx, accountID string, kind Kind) error {
	c, err := s.latest(ctx, tx, accountID, kind)
	switch {
	case err != nil || c == nil:
		return err
	case c.state() == Cooling:
		return problem.New(problem.Conflict, "contact.pending").At(string(kind))
	case c.state() == Code:
		return s.move(ctx, tx, c, Dropped)
	}
	return nil
}

// count bounds how many changes an account begins in a day.
func (s *Service) count(ctx context.Context, tx *db.Tx, accountID string, kind Kind) error {
	most, err := s.Policies.Number(ctx, tx, policyCount)
	if err != nil {
		return err
	}
	n, err := newQueries(tx).CountChanges(ctx, countChangesParams{AccountID: accountID, CreatedAt: db.Micros(tx.Now().Add(-24 * time.Hour))})
	if err != nil {
		return fmt.Errorf("count changes: %w", err)
	}
	if n >= most {
		return problem.New(problem.Limited, "contact.too_many").At(string(kind)).After(24 * time.Hour)
	}
	return nil
}

// Resend sends another code to the same contact, or a new one when the time of the first
// is over.
func (s *Service) Resend(ctx context.Context, own auth.Session, kind Kind, from auth.Client) error {
	var challengeID string
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.waiting(ctx, tx, own.Account.ID, kind, Code)
		if err == nil {
			challengeID = c.row.ChallengeID
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := s.Accounts.Challenge(ctx, challengeID); err == nil {
		_, err = s.Accounts.Resend(ctx, challengeID)
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.waiting(ctx, tx, own.Account.ID, kind, Code)
		if err != nil {
			return err
		}
		challenge, err := s.ask(ctx, tx, c.data.New, c.row.ID, kind, from)
		if err != nil {
			return err
		}
		c.row.ChallengeID = challenge.ID
		if err := s.save(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, "account/"+own.Account.ID, "contact.resend", c.row.ID, own.Account.ID, kind, from)
	})
}

// Confirm takes the code.
func (s *Service) Confirm(ctx context.Context, own auth.Session, kind Kind, code string, from auth.Client) error {
	if err := s.stepped(ctx, own); err != nil {
		return err
	}
	var refusal error
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		c, err := s.waiting(ctx, tx, own.Account.ID, kind, Code)
		if err != nil {
			return err
		}
		refusal, err = s.Accounts.Answer(ctx, tx, c.row.ChallengeID, auth.ForContact, c.row.ID, identity.Clean(code))
		if err != nil || refusal != nil {
			return err
		}
		taken, err := s.Accounts.Taken(ctx, tx, c.data.New, c.row.AccountID)
		if err != nil {
			return err
		}
		a, err := s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
		if err != nil {
			return err
		}
		seasoned, err := s.seasoned(ctx, tx, own)
		if err != nil {
			return err
		}
		by := "account/" + a.ID
		switch {
		case taken:
			refusal = problem.New(problem.Conflict, "contact.taken."+string(kind)).At(string(kind))
			err = s.move(ctx, tx, c, Refused)
		case seasoned, kind == Mail && !a.MailConfirmed:
			err = s.apply(ctx, tx, c, by)
		default:
			err = s.cool(ctx, tx, c)
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, by, "contact."+c.row.State, c.row.ID, a.ID, kind, from)
	})
	return errors.Join(err, refusal)
}

// seasoned reports a session by a certificate where no way in is younger than the while that the old contacts have: a
// thief who has just bound a certificate of their own would do without it.
func (s *Service) seasoned(ctx context.Context, tx *db.Tx, own auth.Session) (bool, error) {
	if own.Method != auth.ByCertificate {
		return false, nil
	}
	term, err := s.Policies.Duration(ctx, tx, policyCooling)
	if err != nil {
		return false, err
	}
	return s.Accounts.Settled(ctx, tx, own.Account.ID, tx.Now().Add(-term))
}

// cool tells the old contacts, with the link that stops the change.
func (s *Service) cool(ctx context.Context, tx *db.Tx, c *course) error {
	var token string
	token, c.row.StopHash = keys.NewToken()
	if err := s.move(ctx, tx, c, Cooling); err != nil {
		return err
	}
	return s.tell(ctx, tx, c, "contact.begun", s.PublicURL+"/contacts/stop/"+token)
}

// apply puts a proved contact in force. The contacts before are told, then the new one.
func (s *Service) apply(ctx context.Context, tx *db.Tx, c *course, by string) error {
	c.row.StopHash = []byte{}
	if err := s.move(ctx, tx, c, Done); err != nil {
		return err
	}
	if db.Fold(c.data.New) != db.Fold(c.data.Old) {
		if err := s.tell(ctx, tx, c, "contact.done", ""); err != nil {
			return err
		}
		if err := s.tellNew(ctx, tx, c); err != nil {
			return err
		}
	}
	return s.Accounts.ChangeContact(ctx, tx, by, c.row.AccountID, c.data.New)
}

// Drop calls a change off.
func (s *Service) Drop(ctx context.Context, own auth.Session, kind Kind, from auth.Client) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.waiting(ctx, tx, own.Account.ID, kind, Code, Cooling)
		if err != nil {
			return err
		}
		was := c.state()
		c.row.StopHash = []byte{}
		if err := s.move(ctx, tx, c, Dropped); err != nil {
			return err
		}
		if was == Cooling { // they were told of it
			if err := s.tell(ctx, tx, c, "contact.dropped", ""); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, "account/"+own.Account.ID, "contact.drop", c.row.ID, own.Account.ID, kind, from)
	})
}

// Stopping is the change that a link stops, without stopping it.
func (s *Service) Stopping(ctx context.Context, stop string) (c Change, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := s.byStop(ctx, tx, stop)
		if err == nil {
			c = found.view(tx.Now())
		}
		return err
	})
	return c, err
}

// Stop is what an old contact does: the change ends, and so does every session, for one of
// them asked for it.
func (s *Service) Stop(ctx context.Context, stop string, from auth.Client) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byStop(ctx, tx, stop)
		if err != nil {
			return err
		}
		c.row.StopHash = []byte{} // once
		if err := s.move(ctx, tx, c, Stopped); err != nil {
			return err
		}
		if _, err := s.Accounts.EndSessions(ctx, tx, c.row.AccountID); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, c, "contact.stopped", ""); err != nil {
			return err
		}
		return s.record(ctx, tx, "guest", "contact.stop", c.row.ID, c.row.AccountID, Kind(c.row.Kind), from)
	})
}

func (s *Service) byStop(ctx context.Context, tx *db.Tx, stop string) (*course, error) {
	missing := problem.New(problem.NotFound, "contact.stop.missing")
	if stop == "" {
		return nil, missing
	}
	row, err := newQueries(tx).ChangeByStop(ctx, keys.Digest(stop))
	if errors.Is(err, sql.ErrNoRows) || err == nil && State(row.State) != Cooling {
		return nil, missing
	} else if err != nil {
		return nil, fmt.Errorf("read change: %w", err)
	}
	return s.open(row)
}

// waiting is the latest change of a kind, in one of the given states.
func (s *Service) waiting(ctx context.Context, tx *db.Tx, accountID string, kind Kind, states ...State) (*course, error) {
	c, err := s.latest(ctx, tx, accountID, kind)
	if err != nil {
		return nil, err
	}
	if c == nil || !slices.Contains(states, c.live(tx.Now())) {
		return nil, problem.New(problem.NotFound, "contact.missing")
	}
	return c, nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, by, action, id, accountID string, kind Kind, from auth.Client) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: by, Action: action, Object: "account/" + accountID, Origin: from.Network, Details: map[string]any{"kind": string(kind), "change": id},
	})
}
