// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
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
)

// lookTime is how long an operator who opened an application counts as inside.
const lookTime = 10 * time.Minute

func mustOperate(actor Actor) error {
	if actor.Account.Role != auth.Operator {
		return problem.New(problem.Forbidden, "ra.operator.only")
	}
	return nil
}

// Queue returns what waits for an operator, the earliest term first.
func (s *Service) Queue(ctx context.Context, actor Actor) (list []Application, err error) {
	if err := mustOperate(actor); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.operator(ctx, tx, actor); err != nil {
			return err
		}
		rows, err := newQueries(tx).Queue(ctx, string(Checking))
		if err != nil {
			return fmt.Errorf("read queue: %w", err)
		}
		list, err = s.views(rows)
		return err
	})
	return list, err
}

// Inspect opens an application for an operator. The look is recorded; another
// operator inside is told in SeenBy. Passport and СНИЛС come masked unless
// reveal is set, which is recorded as well.
func (s *Service) Inspect(ctx context.Context, actor Actor, id string, reveal bool) (a Application, err error) {
	if err := mustOperate(actor); err != nil {
		return a, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.operator(ctx, tx, actor); err != nil {
			return err
		}
		r, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.row.SubmittedAt == 0 { // the holder's own until it is sent, taken back ones as well
			return problem.New(problem.NotFound, "ra.application.missing")
		}
		a, err = s.whole(ctx, tx, r)
		if err != nil {
			return err
		}
		if a.SeenBy == actor.Account.Title || tx.Now().Sub(db.Time(r.row.SeenAt)) > lookTime {
			a.SeenBy = ""
		}
		if !reveal {
			a.Form.Person = masked(a.Form.Person)
		}
		if err := newQueries(tx).See(ctx, seeParams{ID: id, SeenBy: actor.Account.Title, SeenAt: db.Micros(tx.Now())}); err != nil {
			return fmt.Errorf("store look: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.name(), Action: "ra.look", Object: "application/" + id, Origin: actor.Client.Network,
			Details: map[string]any{"revealed": fmt.Sprint(reveal)},
		})
	})
	return a, err
}

func masked(p identity.Person) identity.Person {
	p.SNILS = mask(p.SNILS)
	p.Passport.Number = mask(p.Passport.Number)
	return p
}

// mask leaves the last two signs.
func mask(s string) string {
	if len(s) < 4 {
		return strings.Repeat("•", len(s))
	}
	return strings.Repeat("•", len(s)-2) + s[len(s)-2:]
}

// Approve lets the holder issue. Every tick is needed; the approval is bound to
// the digest of the form as the operator saw it.
func (s *Service) Approve(ctx context.Context, actor Actor, id, seen string, ticks []string) error {
	return s.decide(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *record) error {
		for _, t := range CheckTicks() {
			if !slices.Contains(ticks, t) {
				return problem.New(problem.Invalid, "ra.ticks.missing").At("ticks")
			}
		}
		digest, err := r.data.Form.digest()
		if err != nil {
			return err
		}
		if r.data.Signed == nil || digest != r.data.Signed.Digest || seen != digest {
			return problem.New(problem.Conflict, "ra.form.changed")
		}
		if err := s.byOther(ctx, tx, r, actor.Account.ID); err != nil {
			return err
		}
		profile, err := s.role(ctx, tx, r)
		if err != nil {
			return err
		}
		// The operator answers for having seen the person and the documents.
		err = s.persons.AddProof(ctx, tx, identity.Proof{
			PersonID: r.row.PersonID, Kind: identity.ByDocuments, Source: "account/" + actor.Account.ID, Level: identity.Confirmed,
		})
		if err != nil {
			return err
		}
		r.row.ProfileID, r.row.Approval, r.row.OperatorID = profile.ID, digest, actor.Account.ID
		r.data.Ticked = slices.Clone(ticks)
		if err := s.move(ctx, tx, r, actor, Approve, ""); err != nil {
			return err
		}
		return s.tell(ctx, tx, r, "approved", nil)
	})
}

// SeenDigest is what an operator's page carries so that Approve can tell that the
// form is the one that was looked at.
func SeenDigest(a Application) string {
	if a.Signed == nil {
		return ""
	}
	return a.Signed.Digest
}

// role stores the role the certificate is for, and what was corrected of the
// person.
func (s *Service) role(ctx context.Context, tx *db.Tx, r *record) (identity.Profile, error) {
	f := r.data.Form
	person := f.Person
	person.ID = r.row.PersonID
	if err := s.persons.ChangePerson(ctx, tx, person); err != nil {
		return identity.Profile{}, err
	}
	p := identity.Profile{PersonID: person.ID, Kind: f.Kind, Title: person.ShortName()}
	switch f.Kind {
	case identity.Entrepreneur:
		p.RegisterNumber, p.Title = f.OGRNIP, "ИП "+person.ShortName()
	case identity.Organisation:
		p.RegisterNumber, p.Company, p.Title = f.Company.OGRN, f.Company, f.Company.Name
	}
	if err := s.accounts.Rename(ctx, tx, r.row.AccountID, person.ShortName(), person.INN); err != nil {
		return identity.Profile{}, err
	}
	return s.persons.EnsureProfile(ctx, tx, p)
}

// maxWords bounds what an operator writes.
const maxWords = 2000

// ReturnForCorrection gives an application back with the rows to mend.
func (s *Service) ReturnForCorrection(ctx context.Context, actor Actor, id string, marks []Mark) error {
	return s.decide(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *record) error {
		if len(marks) == 0 {
			return problem.New(problem.Invalid, "ra.marks.none").At("words")
		}
		for _, m := range marks {
			if n := len([]rune(strings.TrimSpace(m.Words))); n == 0 || n > maxWords {
				return problem.New(problem.Invalid, "ra.marks.words").At("words")
			}
		}
		r.data.Marked, r.row.OperatorID = marks, actor.Account.ID
		if err := s.move(ctx, tx, r, actor, Return, marks[0].Words); err != nil {
			return err
		}
		return s.tell(ctx, tx, r, "returned", map[string]any{"Words": marks[0].Words})
	})
}

// RefuseApplication ends an application with a reason.
func (s *Service) RefuseApplication(ctx context.Context, actor Actor, id, reason string) error {
	return s.decide(ctx, actor, id, func(ctx context.Context, tx *db.Tx, r *record) error {
		reason = strings.TrimSpace(reason)
		if n := len([]rune(reason)); n == 0 || n > maxWords {
			return problem.New(problem.Invalid, "ra.reason.missing").At("reason")
		}
		r.data.Reason, r.row.OperatorID = reason, actor.Account.ID
		if err := s.move(ctx, tx, r, actor, Refuse, reason); err != nil {
			return err
		}
		return s.tell(ctx, tx, r, "refused", map[string]any{"Reason": reason})
	})
}

// decide runs a decision of an operator, who never decides on an own
// application.
func (s *Service) decide(ctx context.Context, actor Actor, id string, decision func(context.Context, *db.Tx, *record) error) error {
	if err := mustOperate(actor); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		current, err := s.operator(ctx, tx, actor)
		if err != nil {
			return err
		}
		r, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.row.AccountID == current.ID || r.row.PersonID == current.PersonID {
			return problem.New(problem.Forbidden, "ra.operator.own")
		}
		return decision(ctx, tx, r)
	})
}

// operator reads the role of an actor again: it may have been taken away since the sign-in.
func (s *Service) operator(ctx context.Context, tx *db.Tx, actor Actor) (auth.Account, error) {
	current, err := s.accounts.AccountByID(ctx, tx, actor.Account.ID)
	if err != nil {
		return current, err
	}
	return current, mustOperate(Actor{Account: current})
}

// tell tells the holder what became of the application: a letter, and the messages that
// the holder wants.
func (s *Service) tell(ctx context.Context, tx *db.Tx, r *record, what string, values map[string]any) error {
	account, err := s.accounts.AccountByID(ctx, tx, r.row.AccountID)
	if err != nil {
		return err
	}
	if values == nil {
		values = map[string]any{}
	}
	values["Number"] = Number(r.row.Number)
	return s.teller.Tell(ctx, tx,
		notify.Person{AccountID: account.ID, ProfileID: r.row.ProfileID, Phone: account.Phone, Mail: account.Mail},
		notify.Event{
			Kind: "application." + what, Class: notify.Case, Values: values, Action: what != "refused" && what != "lapsed" && what != "superseded",
			URL: "/c/" + r.row.ProfileID + "/applications/" + r.row.ID, Dedup: r.row.ID + "/" + tx.NewID(),
		})
}
