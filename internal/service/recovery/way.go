// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/support"
)

// Start begins a way back with a code to the phone or address of the account.
// Unknown ones are answered alike, and nothing is sent to them.
func (s *Service) Start(ctx context.Context, path Path, contact, language string, from auth.Client) (token string, err error) {
	if contact, err = auth.Contact(contact); err != nil {
		return "", err
	}
	mail := strings.Contains(contact, "@")
	switch {
	case path == LostPhone && !mail:
		return "", problem.New(problem.Invalid, "recover.by_mail").At("contact")
	case path == LostMail && mail:
		return "", problem.New(problem.Invalid, "recover.by_phone").At("contact")
	case path != LostPassword && path != LostPhone && path != LostMail && path != SignInClosed && path != Intruder:
		return "", problem.New(problem.NotFound, "recover.missing")
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		id := tx.NewID()
		challenge, accountID, err := s.Accounts.AskRecovery(ctx, tx, contact, id, from)
		if err != nil {
			return err
		}
		var c *course
		c, token, err = s.begin(ctx, tx, path, StepCode, accountID, challenge.ID, id, details{Contact: contact, Language: language})
		if err != nil {
			return err
		}
		return s.record(ctx, tx, support.Actor{Client: from}, "recover.code", c, nil)
	})
	return token, err
}

// Resend sends another code of the step.
func (s *Service) Resend(ctx context.Context, token string) error {
	r, err := s.ByToken(ctx, token)
	if err != nil {
		return err
	}
	_, err = s.Accounts.Resend(ctx, r.Challenge)
	return err
}

// EnterCode answers the code of the account's contact, or of the new one.
func (s *Service) EnterCode(ctx context.Context, token, code string, from auth.Client) error {
	var refusal error
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		c, err := s.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		purpose := auth.ForRecover
		switch Step(c.row.State) {
		case StepCode:
		case StepReach:
			purpose = auth.ForContact
		default:
			return problem.New(problem.Conflict, "recover.step.wrong")
		}
		refusal, err = s.Accounts.Answer(ctx, tx, c.row.ChallengeID, purpose, c.row.ID, identity.Clean(code))
		if err != nil || refusal != nil {
			return err
		}
		return s.proved(ctx, tx, c, support.Actor{Client: from})
	})
	return errors.Join(err, refusal)
}

// proved goes on after a right code.
func (s *Service) proved(ctx context.Context, tx *db.Tx, c *course, actor support.Actor) error {
	path := Path(c.row.Path)
	switch {
	case Step(c.row.State) == StepReach && path == PhoneByDesk:
		if err := s.step(ctx, tx, actor, c, StepDesk); err != nil {
			return err
		}
		if err := s.warn(ctx, tx, c); err != nil {
			return err
		}
		return s.tellNew(ctx, tx, c, "desk")
	case Step(c.row.State) == StepReach:
		if err := s.step(ctx, tx, actor, c, StepCooling); err != nil {
			return err
		}
		return s.warn(ctx, tx, c)
	case path == LostPhone || path == LostMail:
		return s.step(ctx, tx, actor, c, StepFactor)
	}
	if err := s.step(ctx, tx, actor, c, StepPassword); err != nil {
		return err
	}
	return s.warn(ctx, tx, c)
}

// tellNew tells the new contact what happens next.
func (s *Service) tellNew(ctx context.Context, tx *db.Tx, c *course, kind string) error {
	to := notify.Person{Phone: c.data.New, Language: c.data.Language}
	if strings.Contains(c.data.New, "@") {
		to.Phone, to.Mail = "", c.data.New
	}
	return s.Teller.Tell(ctx, tx, to, notify.Event{
		Kind: "recover." + kind, Class: notify.Case, Dedup: "new/" + c.row.ID,
		Values: map[string]any{"Number": Number(c.row.Number), "Due": db.Time(c.row.DueAt)},
	})
}

// SetPassword ends a way back that asks for one: every session ends. block closes the
// sign-in until an operator has talked to the person, and opens a ticket for that.
func (s *Service) SetPassword(ctx context.Context, token, password string, block bool, from auth.Client) error {
	var account auth.Account
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if Step(c.row.State) != StepPassword {
			return problem.New(problem.Conflict, "recover.step.wrong")
		}
		account, err = s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
		return err
	})
	if err != nil {
		return err
	}
	hash, err := s.Accounts.HashPassword(ctx, password, account)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := s.stillTheirs(ctx, tx, c); err != nil {
			return err
		}
		actor := support.Actor{Client: from}
		if err := s.step(ctx, tx, actor, c, StepDone); err != nil {
			return err
		}
		if err := s.Accounts.ResetPassword(ctx, tx, "recovery/"+c.row.ID, c.row.AccountID, hash, false); err != nil {
			return err
		}
		if block && Path(c.row.Path) == Intruder {
			if err := s.closeSignIn(ctx, tx, c, actor, "intruder"); err != nil {
				return err
			}
		}
		return s.tell(ctx, tx, c, "password")
	})
}

// stillTheirs refuses a way back whose code went to a contact that is not the account's any more, or after which
// the password was replaced already: who lost the phone, or acts for the person, was quicker.
func (s *Service) stillTheirs(ctx context.Context, tx *db.Tx, c *course) error {
	a, err := s.Accounts.AccountByID(ctx, tx, c.row.AccountID)
	if err != nil {
		return err
	}
	theirs := c.data.Contact == a.Phone || db.Fold(c.data.Contact) == db.Fold(a.Mail)
	if !theirs || a.PasswordAt.After(db.Time(c.row.CreatedAt)) {
		return problem.New(problem.Conflict, "recover.meanwhile")
	}
	return nil
}

// closeSignIn blocks the account of a recovery and opens a ticket, so that the block ends
// in a talk.
func (s *Service) closeSignIn(ctx context.Context, tx *db.Tx, c *course, actor support.Actor, why string) error {
	length, err := s.Policies.Duration(ctx, tx, "recover.block")
	if err != nil {
		return err
	}
	if err := s.Accounts.Block(ctx, tx, c.row.AccountID, why, tx.Now().Add(length)); err != nil {
		return err
	}
	profile, err := s.firstProfile(ctx, tx, c.row.AccountID)
	if err != nil {
		return err
	}
	return s.Tickets.OpenFor(ctx, tx, actor, c.row.AccountID, profile, support.Question{
		Topic: "login", Words: "recover.ticket." + why, Application: Number(c.row.Number),
	})
}

// firstProfile is the oldest role of an account: where its ticket stands.
func (s *Service) firstProfile(ctx context.Context, tx *db.Tx, accountID string) (string, error) {
	a, err := s.Accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return "", err
	}
	profiles, err := s.Persons.Profiles(ctx, tx, a.PersonID)
	if err != nil || len(profiles) == 0 {
		return "", err
	}
	return profiles[0].ID, nil
}

// maxProofs is how often the second proof of one recovery may be wrong.
const maxProofs = 5

// EnterFactor takes the second proof: a one-time password or a recovery code; for a lost
// address also the password.
func (s *Service) EnterFactor(ctx context.Context, token, proof string, from auth.Client) error {
	var c *course
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = s.byToken(ctx, tx, token); err == nil && Step(c.row.State) != StepFactor {
			err = problem.New(problem.Conflict, "recover.step.wrong")
		}
		return err
	})
	if err != nil {
		return err
	}
	right := false
	if Path(c.row.Path) == LostMail {
		err := s.Accounts.Prove(ctx, c.row.AccountID, proof, from)
		if k := problem.KindOf(err); err != nil && k != problem.Invalid {
			return err
		}
		right = err == nil
	}
	var refusal error
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		c, err := s.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if Step(c.row.State) != StepFactor {
			return problem.New(problem.Conflict, "recover.step.wrong")
		}
		ok := right
		if !ok && s.Factor != nil {
			ok, err = s.Accounts.ProveSecond(ctx, tx, c.row.AccountID, from, func() (bool, error) {
				return s.Factor(ctx, tx, c.row.AccountID, proof)
			})
			if err != nil {
				return err
			}
		}
		if ok {
			return s.step(ctx, tx, support.Actor{Client: from}, c, StepContact)
		}
		c.data.Tries++
		refusal = problem.New(problem.Invalid, "recover.factor.wrong").At("proof").With("Count", maxProofs-c.data.Tries)
		if c.data.Tries >= maxProofs {
			refusal = problem.New(problem.Limited, "recover.factor.no_tries").At("proof")
			return s.step(ctx, tx, support.Actor{Client: from}, c, StepExpired)
		}
		if err := s.save(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, support.Actor{Client: from}, "recover.factor.wrong", c, nil)
	})
	return errors.Join(err, refusal)
}

// EnterContact names the new phone or address and sends a code there.
func (s *Service) EnterContact(ctx context.Context, token, contact string, from auth.Client) error {
	contact, err := auth.Contact(contact)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if mail := strings.Contains(contact, "@"); mail != (Path(c.row.Path) == LostMail) {
			return problem.New(problem.Invalid, "recover.other_kind").At("contact")
		}
		if Step(c.row.State) == StepReach { // mistyped: another one
			if err := s.step(ctx, tx, support.Actor{Client: from}, c, StepContact); err != nil {
				return err
			}
		}
		challenge, err := s.Accounts.AskContact(ctx, tx, auth.ForContact, contact, c.row.ID, from)
		if err != nil {
			return err
		}
		c.data.New, c.row.ChallengeID = contact, challenge.ID
		return s.step(ctx, tx, support.Actor{Client: from}, c, StepReach)
	})
}

// StartDesk begins the way by three fields: the new phone is proved by a code, the rest by
// two operators. Whether the fields are of an account is not told.
func (s *Service) StartDesk(ctx context.Context, claim Claim, phone, language string, from auth.Client) (token string, err error) {
	claim, wrong := claim.clean()
	phone, ok := identity.NormalPhone(phone)
	if !ok {
		wrong = append(wrong, problem.New(problem.Invalid, "auth.phone.wrong").At("phone"))
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		account, matched, err := s.match(ctx, tx, claim)
		if err != nil {
			return err
		}
		id := tx.NewID()
		challenge, err := s.Accounts.AskContact(ctx, tx, auth.ForContact, phone, id, from)
		if err != nil {
			return err
		}
		data := details{New: phone, Claim: claim, Matched: matched, Language: language}
		var c *course
		if c, token, err = s.begin(ctx, tx, PhoneByDesk, StepReach, account.ID, challenge.ID, id, data); err != nil {
			return err
		}
		return s.record(ctx, tx, support.Actor{Client: from}, "recover.reach", c, nil)
	})
	return token, err
}

// clean checks the three fields.
func (c Claim) clean() (Claim, problem.List) {
	var wrong problem.List
	c.INN, c.Register = identity.Clean(c.INN), identity.Clean(c.Register)
	c.Name = fullName(c.Name)
	if !identity.ValidPersonINN(c.INN) {
		wrong = append(wrong, problem.New(problem.Invalid, "identity.inn.check").At("inn"))
	}
	if !identity.ValidOGRNIP(c.Register) && !identity.ValidSNILS(c.Register) {
		wrong = append(wrong, problem.New(problem.Invalid, "recover.register.wrong").At("register"))
	}
	if c.Name == "" || len(c.Name) > maxName {
		wrong = append(wrong, problem.New(problem.Invalid, "support.name.missing").At("name"))
	}
	return c, wrong
}

// maxName is how long a typed name may be, in octets.
const maxName = 200

// fullName is a typed name with single spaces and nothing that cannot be printed.
func fullName(typed string) string {
	return strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// match finds the account whose person all three fields fit.
func (s *Service) match(ctx context.Context, tx *db.Tx, claim Claim) (auth.Account, bool, error) {
	a, found, err := s.Accounts.HolderByINN(ctx, tx, claim.INN)
	if err != nil || !found {
		return auth.Account{}, false, err
	}
	person, err := s.Persons.Person(ctx, tx, a.PersonID)
	if err != nil {
		return auth.Account{}, false, err
	}
	profiles, err := s.Persons.Profiles(ctx, tx, a.PersonID)
	if err != nil {
		return auth.Account{}, false, err
	}
	entrepreneur, number := false, false
	for _, p := range profiles {
		if p.Kind == identity.Entrepreneur {
			entrepreneur = true
			number = number || p.RegisterNumber == claim.Register
		}
	}
	if !entrepreneur {
		number = person.SNILS == claim.Register
	}
	if !number || db.Fold(person.FullName()) != db.Fold(claim.Name) {
		return auth.Account{}, false, nil
	}
	return a, true, nil
}

// StartVisit registers that somebody will come with the originals. The case has a number
// to name at the desk; whose account it is the operator finds out by the documents.
func (s *Service) StartVisit(ctx context.Context, name, contact, language string, from auth.Client) (token string, err error) {
	if contact, err = auth.Contact(contact); err != nil {
		return "", err
	}
	if name = fullName(name); name == "" || len(name) > maxName {
		return "", problem.New(problem.Invalid, "support.name.missing").At("name")
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Accounts.CountAsked(ctx, tx, from); err != nil {
			return err
		}
		var c *course
		data := details{Contact: contact, Claim: Claim{Name: name}, Language: language}
		if c, token, err = s.begin(ctx, tx, ByVisit, StepVisit, "", "", tx.NewID(), data); err != nil {
			return err
		}
		return s.record(ctx, tx, support.Actor{Client: from}, "recover.visit", c, nil)
	})
	return token, err
}
