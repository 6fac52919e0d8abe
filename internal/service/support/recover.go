// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
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

// StepTurns has a row for each step that waits.
func StepTurns() map[Step]Turn {
	here := []string{"sms", "mail"}
	told := []string{"sms", "mail", "inbox"}
	return map[Step]Turn{
		StepCode: {"yours", "recover.code_life", here}, StepFactor: {"yours", "recover.code_life", here},
		StepPassword: {"yours", "recover.code_life", here}, StepContact: {"yours", "recover.code_life", here},
		StepReach: {"yours", "recover.code_life", here}, StepDesk: {"operator", "recover.desk", told},
		StepSecond: {"second", "recover.desk", told}, StepCooling: {"system", "recover.cooling", told},
		StepVisit: {"yours", "recover.visit", told}, StepIssued: {"yours", "recover.issued", told},
	}
}

// Recovery is a way back under way.
type Recovery struct {
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
	Events    []RecoveryEvent
	Files     []File
}

// RecoveryEvent is a line of «Ход дела».
type RecoveryEvent struct {
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

// recoveryData is the sealed part of a recovery.
type recoveryData struct {
	Contact  string   `json:"contact,omitempty"`
	New      string   `json:"new,omitempty"`
	Claim    Claim    `json:"claim"`
	Matched  bool     `json:"matched,omitempty"`
	Tries    int      `json:"tries,omitempty"` // of the second proof
	Reason   string   `json:"reason,omitempty"`
	Seen     []string `json:"seen,omitempty"`
	Language string   `json:"language,omitempty"`
}

// RecoveryNumber is how people call a recovery.
func RecoveryNumber(n int64) string { return "В-" + strconv.FormatInt(n, 10) }

// course is a recovery inside an act.
type course struct {
	row  recoveryRow
	data recoveryData
}

func (s *Service) openRecovery(row recoveryRow) (*course, error) {
	c := &course{row: row}
	return c, s.ring.OpenJSON(row.Data, []byte("recovery/"+row.ID), &c.data)
}

func (c *course) view() Recovery {
	return Recovery{
		ID: c.row.ID, Number: c.row.Number, AccountID: c.row.AccountID, Path: Path(c.row.Path), Step: Step(c.row.State), Contact: c.data.Contact,
		New: c.data.New, Claim: c.data.Claim, Matched: c.data.Matched, Reason: c.data.Reason, Seen: c.data.Seen, Operator: c.row.OperatorID,
		Challenge: c.row.ChallengeID, DueAt: db.Time(c.row.DueAt), Late: c.row.LateAt != 0, CreatedAt: db.Time(c.row.CreatedAt),
	}
}

// begin stores a new recovery in its first step. token is the browser's.
func (s *Service) begin(ctx context.Context, tx *db.Tx, path Path, step Step, accountID, challengeID, id string, data recoveryData) (*course, string, error) {
	token, hash := keys.NewToken()
	number, err := newQueries(tx).NextRecovery(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("number recovery: %w", err)
	}
	due, err := s.stepDue(ctx, tx, step)
	if err != nil {
		return nil, "", err
	}
	sealed, err := s.ring.SealJSON(data, []byte("recovery/"+id))
	if err != nil {
		return nil, "", err
	}
	row := recoveryRow{
		ID: id, Number: number, TokenHash: hash, StopHash: []byte{}, AccountID: accountID, Path: string(path), State: string(step), Data: sealed,
		ChallengeID: challengeID, DueAt: db.Micros(due), CreatedAt: db.Micros(tx.Now()), ChangedAt: db.Micros(tx.Now()),
	}
	err = newQueries(tx).InsertRecovery(ctx, insertRecoveryParams{
		ID: row.ID, Number: row.Number, TokenHash: row.TokenHash, StopHash: row.StopHash, AccountID: row.AccountID, Path: row.Path, State: row.State,
		Data: row.Data, ChallengeID: row.ChallengeID, OperatorID: row.OperatorID, DueAt: row.DueAt, CreatedAt: row.CreatedAt,
	})
	if err != nil {
		return nil, "", fmt.Errorf("store recovery: %w", err)
	}
	return &course{row: row, data: data}, token, s.event(ctx, tx, id, "", step)
}

func (s *Service) stepDue(ctx context.Context, tx *db.Tx, step Step) (time.Time, error) {
	turn, waits := StepTurns()[step]
	if !waits {
		return time.Time{}, nil
	}
	d, err := s.policies.Duration(ctx, tx, turn.Term)
	return tx.Now().Add(d), err
}

func (s *Service) event(ctx context.Context, tx *db.Tx, id, who string, step Step) error {
	err := newQueries(tx).InsertRecoveryEvent(ctx, insertRecoveryEventParams{
		ID: tx.NewID(), RecoveryID: id, At: db.Micros(tx.Now()), Who: who, Move: string(step),
	})
	if err != nil {
		return fmt.Errorf("store event: %w", err)
	}
	return nil
}

// step moves a recovery by the table, with its audit line, its event and its term.
func (s *Service) step(ctx context.Context, tx *db.Tx, actor Actor, c *course, to Step) error {
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
	return s.recordRecovery(ctx, tx, actor, "recover."+string(to), c, map[string]any{"from": from})
}

func (s *Service) save(ctx context.Context, tx *db.Tx, c *course) (err error) {
	if c.row.Data, err = s.ring.SealJSON(c.data, []byte("recovery/"+c.row.ID)); err != nil {
		return err
	}
	err = newQueries(tx).UpdateRecovery(ctx, updateRecoveryParams{
		ID: c.row.ID, StopHash: octets(c.row.StopHash), AccountID: c.row.AccountID, State: c.row.State, Data: c.row.Data, ChallengeID: c.row.ChallengeID,
		OperatorID: c.row.OperatorID, SecondID: c.row.SecondID, DueAt: c.row.DueAt, LateAt: c.row.LateAt, ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store recovery: %w", err)
	}
	return nil
}

func (s *Service) recordRecovery(ctx context.Context, tx *db.Tx, actor Actor, action string, c *course, details map[string]any) error {
	name := actor.name()
	if actor.Account.ID == "" {
		name = "guest"
	}
	if details == nil {
		details = map[string]any{}
	}
	details["account"], details["path"] = c.row.AccountID, c.row.Path
	return audit.Record(ctx, tx, audit.Entry{
		Actor: name, Action: action, Object: "recovery/" + c.row.ID, Origin: actor.Client.Network, Details: details,
	})
}

// byToken reads the recovery of a browser. Whoever has waited past the term of an own step
// begins anew.
func (s *Service) byToken(ctx context.Context, tx *db.Tx, token string) (*course, error) {
	row, err := newQueries(tx).RecoveryByToken(ctx, keys.Digest(token))
	if errors.Is(err, sql.ErrNoRows) || token == "" {
		return nil, problem.New(problem.NotFound, "recover.missing")
	} else if err != nil {
		return nil, fmt.Errorf("read recovery: %w", err)
	}
	turn, waits := StepTurns()[Step(row.State)]
	if waits && turn.Whose == "yours" && db.Time(row.DueAt).Before(tx.Now()) {
		row.State = string(StepExpired) // the job writes it down
	}
	return s.openRecovery(row)
}

// warn tells the contacts of the account that a way back was begun, with the link that
// stops it. What is new, or was just proved, is not among them.
func (s *Service) warn(ctx context.Context, tx *db.Tx, c *course) error {
	if c.row.AccountID == "" {
		return nil
	}
	to, err := s.personOf(ctx, tx, c.row.AccountID, "")
	if err != nil {
		return err
	}
	var token string
	token, c.row.StopHash = keys.NewToken()
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return s.teller.Tell(ctx, tx, to, notify.Event{
		Kind: "recover.begun", Class: notify.Security, Values: map[string]any{"Number": RecoveryNumber(c.row.Number)},
		Link: s.publicURL + "/recover/stop/" + token, URL: "/help", Dedup: c.row.ID,
	})
}

// tellRecovery sends what became of a recovery to the account, and to the new contact.
func (s *Service) tellRecovery(ctx context.Context, tx *db.Tx, c *course, kind string) error {
	e := notify.Event{
		Kind: "recover." + kind, Class: notify.Security, Dedup: c.row.ID + "/" + tx.NewID(),
		Values: map[string]any{"Number": RecoveryNumber(c.row.Number), "Due": db.Time(c.row.DueAt), "Reason": c.data.Reason},
	}
	if c.row.AccountID != "" {
		to, err := s.personOf(ctx, tx, c.row.AccountID, "")
		if err != nil {
			return err
		}
		if err := s.teller.Tell(ctx, tx, to, e); err != nil {
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
	return s.teller.Tell(ctx, tx, guest, e)
}

// Recovery returns the recovery of a browser.
func (s *Service) Recovery(ctx context.Context, token string) (r Recovery, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
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

func (s *Service) eventsOf(ctx context.Context, tx *db.Tx, id string) (list []RecoveryEvent, err error) {
	rows, err := newQueries(tx).RecoveryEvents(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for _, row := range rows {
		list = append(list, RecoveryEvent{At: db.Time(row.At), Who: row.Who, Step: Step(row.Move)})
	}
	return list, nil
}

// RecoveryChallenge is the code that a recovery waits for.
func (s *Service) RecoveryChallenge(ctx context.Context, token string) (auth.Challenge, error) {
	r, err := s.Recovery(ctx, token)
	if err != nil {
		return auth.Challenge{}, err
	}
	return s.accounts.Challenge(ctx, r.Challenge)
}
