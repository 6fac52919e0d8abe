// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package egrip knows what the registers of the state say of the roles people act
// in: ЕГРИП of an entrepreneur, ЕГРЮЛ of an organisation (Federal Law 129-ФЗ). It asks
// the register over an interface with mutual authentication, takes extract files, keeps
// the last good answer with its date, compares it with what the cabinet holds, and
// tells whether what needs an acting entrepreneur is open.
//
// A silent register closes nothing that was known well a short while ago: the last
// answer is shown with its age, and the question is asked again by a job. What open
// data leave out (birth date, address of residence) is told apart from what differs.
//
// It also opens roles: an entrepreneur's when the register has the person's ИНН, an
// organisation's when the register names the person as its head, by ИНН. Anything less
// waits for an operator.
//
// Left out: extracts as documents, changes of the register, who may do what in an
// organisation (package people).
package egrip

import (
	"strings"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// Group is the state of an entry as people are told it. The register has no word
// «приостановлен» for an entrepreneur, and an entrepreneur is not «ликвидирован»:
// codes and names stay beside it as given.
type Group string

// The groups.
const (
	Active  Group = "active"
	Ceased  Group = "ceased"
	Missing Group = "missing" // the register has no such entry
	Unknown Group = "unknown" // never answered
)

// Entry is what is known of an entry of a register.
type Entry struct {
	Record  *egr.Record // the last good answer; nil when there was none
	Source  string      // "interface" or "file"
	AsOf    time.Time   // day of the answer's data
	TakenAt time.Time
	AskedAt time.Time
	Absent  bool      // the last answer was that there is no such entry
	Silent  bool      // the last question had no answer
	RetryAt time.Time // when it will be asked again
}

// Group is the state as people are told it.
func (e Entry) Group() Group {
	switch {
	case e.Absent:
		return Missing
	case e.Record == nil:
		return Unknown
	case e.Record.Ceased != nil:
		return Ceased
	}
	return Active
}

// Standing is whether a role may do what needs an acting entrepreneur or
// organisation. The zero value is that of a natural person, who needs nothing.
type Standing struct {
	Group   Group
	Status  egr.Status   // as given, of one that has ceased
	Notes   []egr.Status // other states of an acting one, as given
	AsOf    time.Time
	Silent  bool
	RetryAt time.Time
	stale   bool
}

// Refusal says why a service that needs the status is closed; nil when it is open.
func (s Standing) Refusal() error {
	switch {
	case s.Group == Ceased:
		return problem.New(problem.Conflict, "egrip.closed.ceased").With("Status", s.Status.Name).With("Date", s.AsOf.Format("02.01.2006"))
	case s.Group == Missing:
		return problem.New(problem.Conflict, "egrip.closed.missing")
	case s.Group == Unknown:
		return problem.New(problem.Unavailable, "egrip.closed.unknown").Coded("REG-601")
	case s.stale:
		return problem.New(problem.Unavailable, "egrip.closed.stale").Coded("REG-601").With("Date", s.AsOf.Format("02.01.2006"))
	}
	return nil
}

// RegisterOf is the register that knows a kind of role.
func RegisterOf(k identity.Kind) (egr.Register, bool) {
	switch k {
	case identity.Entrepreneur:
		return egr.EGRIP, true
	case identity.Organisation:
		return egr.EGRUL, true
	}
	return "", false
}

// Own is what a role says of itself beside what package identity keeps.
type Own struct {
	Address    string    `json:"address,omitempty"`
	Region     string    `json:"region,omitempty"` // parts of the address, for applications
	Locality   string    `json:"locality,omitempty"`
	Street     string    `json:"street,omitempty"`
	Activity   egr.Coded `json:"activity"`
	Registered string    `json:"registered,omitempty"` // YYYY-MM-DD
	Regime     string    `json:"regime,omitempty"`     // of Regimes
	Status     Group     `json:"status,omitempty"`
	Head       string    `json:"head,omitempty"`
	// TakenAt is the day of the register's data that some of this was taken from.
	TakenAt time.Time `json:"taken_at"`
}

// Regimes are the tax regimes one may name. The register does not have them: they
// are the tax office's (forms 26.2-1, 26.5-1).
func Regimes() []string { return []string{"osno", "usn6", "usn15", "ausn", "psn", "npd", "eshn"} }

// Actor is who acts and from where.
type Actor struct {
	Name      string // "account/<id>"
	AccountID string
	PersonID  string
	Origin    string
}

// Changed is the event that the register says something else of a role's state
// than before.
type Changed struct {
	AccountID, ProfileID, Title, Number string
	From, To                            Group
	Status                              string // as given
	AsOf                                time.Time
}

// Event names it.
func (Changed) Event() string { return "egrip.changed" }

// Decided is the event that a request for a role moved while its person was not there.
type Decided struct {
	AccountID, ProfileID, Title, Number string
	State                               RequestState
}

// Event names it.
func (Decided) Event() string { return "egrip.decided" }

// Renamed is the event that a person took the name of the register.
type Renamed struct{ AccountID, Title, INN string }

// Event names it.
func (Renamed) Event() string { return "egrip.renamed" }

const (
	policyTimeout  = "egrip.timeout"
	policyFresh    = "egrip.fresh"
	policyRetry    = "egrip.retry"
	policyPause    = "egrip.pause"
	policyRecheck  = "egrip.recheck"
	policyPatience = "egrip.patience"
	policyBlocking = "egrip.blocking"
	policyLink     = "egrip.role.link"
	// Whether the head of an organisation signs an agreement first, and for how long it waits.
	policyAgreement = "egrip.role.agreement"
	policySigning   = "egrip.role.signing"
	policyTerm      = "egrip.role.term"
	policyRoles     = "egrip.role.count"
	policyWindow    = "egrip.role.window"
)

// PolicyLevel is how sure one has to be of a person before the register opens a role to them.
const PolicyLevel = "egrip.role.level"

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyTimeout, Kind: policy.Duration, Default: "5s", Valid: policy.Durations(10*time.Millisecond, time.Minute)},
		{Key: policyFresh, Kind: policy.Duration, Default: "15m"},
		{Key: policyRetry, Kind: policy.Duration, Default: "15m"},
		{Key: policyPause, Kind: policy.Duration, Default: "5s", Valid: policy.Durations(0, time.Hour)},
		{Key: policyRecheck, Kind: policy.Duration, Default: "24h"},
		{Key: policyPatience, Kind: policy.Duration, Default: "72h"},
		{Key: policyBlocking, Kind: policy.Text, Default: "inn,number,name,status", Valid: validFields},
		{Key: policyLink, Kind: policy.Duration, Default: "24h"},
		{Key: policyAgreement, Kind: policy.Switch, Default: "true"},
		{Key: policySigning, Kind: policy.Duration, Default: "720h"},
		{Key: policyTerm, Kind: policy.Duration, Default: "24h"},
		{Key: policyRoles, Kind: policy.Number, Default: "20"},
		{Key: policyWindow, Kind: policy.Duration, Default: "24h"},
		{Key: PolicyLevel, Kind: policy.Text, Default: string(identity.Standard), Valid: policy.OneOf(identity.Levels()...)},
	}
}

// validFields are names of what is compared, with commas between.
func validFields(value string) error {
	known := append(Fields(identity.Entrepreneur), Fields(identity.Organisation)...)
	return policy.SomeOf(known...)(strings.ReplaceAll(value, ",", " "))
}
