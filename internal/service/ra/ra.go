// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ra is the registration desk: applications for certificates, from the
// first word typed to the installed certificate. It collects, checks, gets an
// approval that is bound to a digest of what was approved, and orders the
// certificate of package ca.
//
// An application is a draft from the start, so that nothing typed is lost. Each
// move between its states is one act with its audit record, its line in the
// timeline and its notices. The table of moves below is the only place that
// says what may follow what.
//
// Left out for now: payment, visits, signing the application with an existing
// certificate or on paper, automatic checks against registers of the state.
package ra

import (
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// State is where an application stands.
type State string

// The states (ux 5).
const (
	Prepared    State = "prepared"    // by a consultant; the holder looks at it and takes it, or not
	Draft       State = "draft"       // the holder fills it in
	Checking    State = "checking"    // the operator's turn
	Corrections State = "corrections" // the holder mends the marked rows
	Approved    State = "approved"    // the holder may issue
	Issuing     State = "issuing"     // ordered, the authority's turn
	Ready       State = "ready"       // issued, waits to be installed
	Done        State = "done"        // the key has signed a test line
	Refused     State = "refused"
	Withdrawn   State = "withdrawn"
)

// Moves is the state table: what may follow what, and by what.
func Moves() map[State]map[Move]State {
	return map[State]map[Move]State{
		Prepared:    {Take: Draft, Withdraw: Withdrawn, Lapse: Withdrawn},
		Draft:       {Submit: Checking, Withdraw: Withdrawn},
		Checking:    {Approve: Approved, Return: Corrections, Refuse: Refused, Withdraw: Withdrawn},
		Corrections: {Submit: Checking, Withdraw: Withdrawn},
		Approved:    {Order: Issuing, Correct: Corrections, Withdraw: Withdrawn},
		Issuing:     {Issue: Ready, Fail: Approved, Stop: Withdrawn},
		Ready:       {Install: Done},
	}
}

// Move is what happens to an application.
type Move string

// The moves.
const (
	Take     Move = "take"  // the holder makes what was prepared their own
	Lapse    Move = "lapse" // nobody took it in time
	Submit   Move = "submit"
	Approve  Move = "approve"
	Return   Move = "return"
	Refuse   Move = "refuse"
	Withdraw Move = "withdraw"
	Correct  Move = "correct" // the holder found a mistake before the issue
	Order    Move = "order"
	Issue    Move = "issue"
	Fail     Move = "fail"
	Stop     Move = "stop" // the account was closed while the authority was at work
	Install  Move = "install"
)

// Form is what the holder filled in. It is sealed at rest; its digest is what
// an approval is bound to.
type Form struct {
	Purposes []string      `json:"purposes"`
	Kind     identity.Kind `json:"kind"`
	// HolderChosen says that the second step was taken: a person is the default.
	HolderChosen bool             `json:"holder_chosen"`
	OGRNIP       string           `json:"ogrnip,omitempty"`
	Company      identity.Company `json:"company"`
	Person       identity.Person  `json:"person"` // as the certificate will carry it
	Region       string           `json:"region"`
	Locality     string           `json:"locality"`
	Mail         string           `json:"mail"`
	// RegisterDate is the day of the register's data that the holder was filled in
	// from, «21.11.2026».
	RegisterDate string `json:"register_date,omitempty"`
	// Replaces is the number, in hex, of the certificate that ends when the new one has signed
	// its test line; Medium is the carrier that was named for the new key.
	Replaces string `json:"replaces,omitempty"`
	Medium   string `json:"medium,omitempty"`
}

// data is the sealed part of an application.
type data struct {
	Form   Form              `json:"form"`
	Typed  map[string]string `json:"typed,omitempty"`
	Marked []Mark            `json:"marked,omitempty"`
	Reason string            `json:"reason,omitempty"`
	Ticked []string          `json:"ticked,omitempty"`
	Signed *Signature        `json:"signed,omitempty"`
	// Prepared says who prepared it for the holder; nil: the holder began it.
	Prepared *Preparation `json:"prepared,omitempty"`
	// Ordered is the key of the order under way, or of the one carried out.
	Ordered string `json:"ordered,omitempty"`
}

// Mark is a row the operator wants mended, with the operator's words.
type Mark struct {
	Field string `json:"field"`
	Words string `json:"words"`
}

// Signature says how the application itself was signed.
type Signature struct {
	Way    string    `json:"way"` // "sms"
	At     time.Time `json:"at"`
	Digest string    `json:"digest"` // of the form, hex of Streebog-256
}

// Application is an application as its holder or an operator sees it.
type Application struct {
	ID, AccountID, PersonID, ProfileID string
	Number                             int64
	State                              State
	Kind                               identity.Kind
	Title                              string // name of the holder
	Form                               Form
	Typed                              map[string]string
	Marked                             []Mark
	Reason                             string
	Signed                             *Signature
	Prepared                           *Preparation
	Files                              []File
	Events                             []Event
	ChallengeID                        string
	SeenBy                             string // another operator inside
	Serial                             string // of the certificate, hex
	CreatedAt, ChangedAt, SubmittedAt  time.Time
	DueAt                              time.Time
}

// File is a document attached.
type File struct {
	ID, Purpose, Name, MIME string
	Size                    int64
	blobID                  string
}

// Event is a line of the timeline. Kind is a key of the words; Words are
// somebody's own.
type Event struct {
	At               time.Time
	Who, Kind, Words string
}

// Actor is who moves an application, and from where.
type Actor struct {
	Account auth.Account
	Client  auth.Client
	Role    string // profile the holder acts in; empty: as a person
}

func (a Actor) name() string { return "account/" + a.Account.ID }

// CheckTicks are what an operator has to have looked at before approving.
func CheckTicks() []string { return []string{"passport", "snils", "inn", "person_present"} }

// FilePurposes are the documents an application of a kind needs.
func FilePurposes(k identity.Kind) []string {
	if k == identity.Organisation {
		return []string{"passport", "authority"}
	}
	return []string{"passport"}
}

// OptionalPurposes are the documents that help where a register is silent: an entrepreneur's
// extract of ЕГРИП with ИНН and day of registration, or a tax office's certificate instead.
func OptionalPurposes(k identity.Kind) []string {
	if k == identity.Entrepreneur {
		return []string{"extract", "tax"}
	}
	return nil
}

// Purposes are the uses a person may tick (ux F7.1).
func Purposes() []string {
	return []string{"reports", "trade44", "trade223", "defence", "trade", "bankruptcy", "rosreestr", "marking", "documents"}
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "ra.limit.count", Kind: policy.Number, Default: "50"},
		{Key: "ra.limit.window", Kind: policy.Duration, Default: "720h"},
		{Key: "ra.check.term", Kind: policy.Duration, Default: "24h"},
		{Key: policyPrepared, Kind: policy.Duration, Default: "336h"},
		{Key: policyPreparedCount, Kind: policy.Number, Default: "3", Valid: policy.Numbers(0, 10_000)}, // of one person, waiting
		{Key: policyPreparedOther, Kind: policy.Number, Default: "1", Valid: policy.Numbers(0, 1)},      // 1: who prepared does not approve; 0: may
		{Key: "ra.issue.patience", Kind: policy.Duration, Default: "5m"},
		{Key: "ra.remind.days", Kind: policy.Text, Default: "60 30 14 7 1", Valid: validDays},
		{Key: "ra.file.size", Kind: policy.Number, Default: "10485760"},
		{Key: "ra.file.count", Kind: policy.Number, Default: "10"},
		{Key: "ra.image.short", Kind: policy.Number, Default: "400"}, // pixels
		{Key: "ra.image.pixels", Kind: policy.Number, Default: "40000000"},
		{Key: "ra.image.dark", Kind: policy.Number, Default: "30", Valid: policy.Numbers(0, 255)}, // of 255
		{Key: "ra.image.bright", Kind: policy.Number, Default: "245", Valid: policy.Numbers(0, 255)},
		{Key: "ra.image.contrast", Kind: policy.Number, Default: "12", Valid: policy.Numbers(0, 255)},
		{Key: keyPasswordLength, Kind: policy.Number, Default: "13", Valid: policy.Numbers(6, 64)},
	}
}
