// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/support"
)

// Path is what happened to somebody who asks for the way back (ux F22).
type Path string

// The paths. A lost key is none of them: nobody has its password, and the page says what
// to do instead.
const (
	LostPassword Path = "password"
	LostPhone    Path = "phone" // with the mail and a second factor
	PhoneByDesk  Path = "desk"  // by three fields, a call and two operators
	LostMail     Path = "mail"
	SignInClosed Path = "locked"
	Intruder     Path = "intruder"
	ByVisit      Path = "visit"
)

// Step is where a recovery stands.
type Step string

// The steps.
const (
	StepCode     Step = "code"     // a code was sent to the account's phone or mail
	StepFactor   Step = "factor"   // a second proof: one-time password, recovery code, or the password
	StepPassword Step = "password" // a new password
	StepContact  Step = "contact"  // the new phone or address
	StepReach    Step = "reach"    // a code was sent to the new one
	StepDesk     Step = "desk"     // the operator compares three fields and calls back
	StepSecond   Step = "second"   // another operator agrees
	StepCooling  Step = "cooling"  // the old contacts may stop it
	StepVisit    Step = "visit"    // to come with the originals
	StepIssued   Step = "issued"   // a one-time password, to be changed at the first entry
	StepDone     Step = "done"
	StepStopped  Step = "stopped"
	StepRefused  Step = "refused"
	StepExpired  Step = "expired"
)

// Steps is the state table of recoveries: where one may go from where.
func Steps() map[Step][]Step {
	return map[Step][]Step{
		StepCode:     {StepPassword, StepFactor, StepStopped, StepExpired},
		StepFactor:   {StepContact, StepStopped, StepExpired},
		StepPassword: {StepDone, StepStopped, StepExpired},
		StepContact:  {StepReach, StepStopped, StepExpired},
		StepReach:    {StepContact, StepDesk, StepCooling, StepStopped, StepExpired},
		StepDesk:     {StepSecond, StepRefused, StepStopped},
		StepSecond:   {StepCooling, StepRefused, StepStopped},
		StepCooling:  {StepDone, StepRefused, StepStopped},
		StepVisit:    {StepIssued, StepRefused, StepStopped, StepExpired},
		StepIssued:   {StepDone, StepStopped, StepExpired},
	}
}

// Turns has a row for each step that waits.
func Turns() map[Step]support.Turn {
	here, told := []string{"sms", "mail"}, []string{"sms", "mail", "inbox"}
	own := func(term string) support.Turn { return support.Turn{Whose: "yours", Term: term, Channel: here} }
	return map[Step]support.Turn{
		StepCode: own("recover.code_life"), StepFactor: own("recover.code_life"), StepPassword: own("recover.code_life"),
		StepContact: own("recover.code_life"), StepReach: own("recover.code_life"),
		StepDesk:    {Whose: "operator", Term: "recover.desk", Channel: told},
		StepSecond:  {Whose: "second", Term: "recover.desk", Channel: told},
		StepCooling: {Whose: "system", Term: "recover.cooling", Channel: told},
		StepVisit:   {Whose: "yours", Term: "recover.visit", Channel: told},
		StepIssued:  {Whose: "yours", Term: "recover.issued", Channel: told},
	}
}

// Case is a way back under way.
type Case struct {
	ID        string
	Number    int64
	AccountID string
	Path      Path
	Step      Step
	Contact   string // where the code went, masked by the page
	New       string // the new phone or address
	Claim     Claim
	Matched   bool // of the claim, for operators only
	Reason    string
	Seen      []string // originals that the operator saw
	Operator  string   // account of the one who identified
	Challenge string
	DueAt     time.Time
	Late      bool
	CreatedAt time.Time
	Events    []Event
	Files     []support.File
}

// Event is a line of «Ход дела».
type Event struct {
	At   time.Time
	Who  string
	Step Step
}

// Claim is the three-field identification (S001-199).
type Claim struct {
	INN      string `json:"inn,omitempty"`
	Register string `json:"register,omitempty"` // ОГРНИП, or СНИЛС of who has none
	Name     string `json:"name,omitempty"`
}

// details is the sealed part of a recovery.
type details struct {
	Contact  string   `json:"contact,omitempty"`
	New      string   `json:"new,omitempty"`
	Claim    Claim    `json:"claim"`
	Matched  bool     `json:"matched,omitempty"`
	Tries    int      `json:"tries,omitempty"` // of the second proof
	Reason   string   `json:"reason,omitempty"`
	Seen     []string `json:"seen,omitempty"`
	Language string   `json:"language,omitempty"`
}

// Number is how people call a recovery.
func Number(n int64) string { return "В-" + strconv.FormatInt(n, 10) }

// course is a recovery inside an act.
type course struct {
	row  recoveryRow
	data details
}

func (s *Service) open(row recoveryRow) (*course, error) {
	c := &course{row: row}
	return c, s.Ring.OpenJSON(row.Data, []byte("recovery/"+row.ID), &c.data)
}

func (c *course) view() Case {
	return Case{
		ID: c.row.ID, Number: c.row.Number, AccountID: c.row.AccountID, Path: Path(c.row.Path), Step: Step(c.row.State), Contact: c.data.Contact,
		New: c.data.New, Claim: c.data.Claim, Matched: c.data.Matched, Reason: c.data.Reason, Seen: c.data.Seen, Operator: c.row.OperatorID,
		Challenge: c.row.ChallengeID, DueAt: db.Time(c.row.DueAt), Late: c.row.LateAt != 0, CreatedAt: db.Time(c.row.CreatedAt),
	}
}

// begin stores a new recovery in its first step. token is the browser's.
func (s *Service) begin(ctx context.Context, tx *db.Tx, path Path, step Step, accountID, challengeID, id string, data details) (*course, string, error) {
	token, hash := keys.NewToken()
	number, err := newQueries(tx).NextNumber(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("number recovery: %w", err)
	}
	due, err := s.stepDue(ctx, tx, step)
	if err != nil {
		return nil, "", err
	}
	sealed, err := s.Ring.SealJSON(data, []byte("recovery/"+id))
	if err != nil {
		return nil, "", err
	}
	row := recoveryRow{
		ID: id, Number: number, TokenHash: hash, StopHash: []byte{}, AccountID: accountID, Path: string(path), State: string(step), Data: sealed,
		ChallengeID: challengeID, DueAt: db.Micros(due), CreatedAt: db.Micros(tx.Now()), ChangedAt: db.Micros(tx.Now()),
	}
	err = newQueries(tx).Insert(ctx, insertParams{
		ID: row.ID, Number: row.Number, TokenHash: row.TokenHash, StopHash: row.StopHash, AccountID: row.AccountID, Path: row.Path, State: row.State,
		Data: row.Data, ChallengeID: row.ChallengeID, OperatorID: row.OperatorID, DueAt: row.DueAt, CreatedAt: row.CreatedAt,
	})
	if err != nil {
		return nil, "", fmt.Errorf("store recovery: %w", err)
	}
	return &course{row: row, data: data}, token, s.event(ctx, tx, id, "", step)
}

func (s *Service) stepDue(ctx context.Context, tx *db.Tx, step Step) (time.Time, error) {
	turn, waits := Turns()[step]
	if !waits {
		return time.Time{}, nil
	}
	d, err := s.Policies.Duration(ctx, tx, turn.Term)
	return tx.Now().Add(d), err
}

func (s *Service) event(ctx context.Context, tx *db.Tx, id, who string, step Step) error {
	err := newQueries(tx).InsertEvent(ctx, insertEventParams{
		ID: tx.NewID(), RecoveryID: id, At: db.Micros(tx.Now()), Who: who, Move: string(step),
	})
	if err != nil {
		return fmt.Errorf("store event: %w", err)
	}
	return nil
}

// step moves a recovery by the table, with its audit line, its event and its term.
func (s *Service) step(ctx context.Context, tx *db.Tx, actor support.Actor, c *course, to Step) error {
	if !slices.Contains(Steps()[Step(c.row.State)], to) {
		return problem.New(problem.Conflict, "recover.step.wrong")
	}
	due, err := s.stepDue(ctx, tx, to)
	if err != nil {
		return err
	}
	from := c.row.State
	c.row.State, c.row.DueAt, c.row.LateAt = string(to), db.Micros(due), 0
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	if err := s.event(ctx, tx, c.row.ID, actor.Account.Title, to); err != nil {
		return err
	}
	return s.record(ctx, tx, actor, "recover."+string(to), c, map[string]any{"from": from})
}

func (s *Service) save(ctx context.Context, tx *db.Tx, c *course) (err error) {
	if c.row.Data, err = s.Ring.SealJSON(c.data, []byte("recovery/"+c.row.ID)); err != nil {
		return err
	}
	err = newQueries(tx).Update(ctx, updateParams{
		ID: c.row.ID, StopHash: append([]byte{}, c.row.StopHash...), AccountID: c.row.AccountID, State: c.row.State, Data: c.row.Data, ChallengeID: c.row.ChallengeID,
		OperatorID: c.row.OperatorID, SecondID: c.row.SecondID, DueAt: c.row.DueAt, LateAt: c.row.LateAt, ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store recovery: %w", err)
	}
	return nil
}

// byToken reads the recovery of a browser. Whoever has waited past the term of an own step
// begins anew.
func (s *Service) byToken(ctx context.Context, tx *db.Tx, token string) (*course, error) {
	row, err := newQueries(tx).ByToken(ctx, keys.Digest(token))
	if errors.Is(err, sql.ErrNoRows) || token == "" {
		return nil, problem.New(problem.NotFound, "recover.missing")
	} else if err != nil {
		return nil, fmt.Errorf("read recovery: %w", err)
	}
	turn, waits := Turns()[Step(row.State)]
	if waits && turn.Whose == "yours" && db.Time(row.DueAt).Before(tx.Now()) {
		row.State = string(StepExpired) // the job writes it down
	}
	return s.open(row)
}

// warn tells the contacts of the account that a way back was begun, with the link that
// stops it. What is new, or was just proved, is not among them.
func (s *Service) warn(ctx context.Context, tx *db.Tx, c *course) error {
	if c.row.AccountID == "" {
		return nil
	}
	to, err := s.holder(ctx, tx, c.row.AccountID)
	if err != nil {
		return err
	}
	var token string
	token, c.row.StopHash = keys.NewToken()
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return s.Teller.Tell(ctx, tx, to, notify.Event{
		Kind: "recover.begun", Class: notify.Security, Values: map[string]any{"Number": Number(c.row.Number)},
		Link: s.PublicURL + "/recover/stop/" + token, URL: "/help", Dedup: c.row.ID,
	})
}

// tell sends what became of a recovery to the account, and to the new contact.
func (s *Service) tell(ctx context.Context, tx *db.Tx, c *course, kind string) error {
	e := notify.Event{
		Kind: "recover." + kind, Class: notify.Security, Dedup: c.row.ID + "/" + tx.NewID(),
		Values: map[string]any{"Number": Number(c.row.Number), "Due": db.Time(c.row.DueAt), "Reason": c.data.Reason},
	}
	if c.row.AccountID != "" {
		to, err := s.holder(ctx, tx, c.row.AccountID)
		if err != nil {
			return err
		}
		if err := s.Teller.Tell(ctx, tx, to, e); err != nil {
			return err
		}
	}
	if c.data.New == "" || c.row.AccountID != "" && kind == "done" {
		return nil // it is the account's own by now
	}
	guest := notify.Person{Phone: c.data.New, Language: c.data.Language}
	if strings.Contains(c.data.New, "@") {
		guest.Phone, guest.Mail = "", c.data.New
	}
	e.Dedup = "new/" + e.Dedup
	return s.Teller.Tell(ctx, tx, guest, e)
}

// ByToken returns the recovery of a browser.
func (s *Service) ByToken(ctx context.Context, token string) (r Case, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.byToken(ctx, tx, token)
		if err != nil {
			return err
		}
		r = c.view()
		r.AccountID, r.Matched = "", false // whether there is an account is not told
		r.Events, err = s.eventsOf(ctx, tx, r.ID)
		return err
	})
	return r, err
}

func (s *Service) eventsOf(ctx context.Context, tx *db.Tx, id string) (list []Event, err error) {
	rows, err := newQueries(tx).EventsOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for _, row := range rows {
		list = append(list, Event{At: db.Time(row.At), Who: row.Who, Step: Step(row.Move)})
	}
	return list, nil
}

// Challenge is the code that a recovery waits for.
func (s *Service) Challenge(ctx context.Context, token string) (auth.Challenge, error) {
	r, err := s.ByToken(ctx, token)
	if err != nil {
		return auth.Challenge{}, err
	}
	return s.Accounts.Challenge(ctx, r.Challenge)
}
