// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package people knows who may do what for an entrepreneur or an organisation: heads, whom the
// state register names; those a head let in, with rights and a term (an accountant may serve many);
// and machine-readable powers of attorney (МЧД, 63-ФЗ, 17.2), made, signed, taken from others,
// checked and taken back.
//
// Every act asks anew, in its own transaction: a right that has ended a second ago is no right.
//
// Left out: the registry of powers of the tax service, whose interface is not public: whether a power
// was taken back there is told as unknown. Transfers of powers are read and not made.
package people

import (
	"slices"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/wire/mchd"
)

// Right is one thing that may be done for another.
type Right string

// The rights.
const (
	View     Right = "view"     // see documents, letters and states
	Sign     Right = "sign"     // sign documents
	Apply    Right = "apply"    // ask for certificates
	Report   Right = "report"   // file reports
	Register Right = "register" // see and reconcile the register's entry
	Pay      Right = "pay"      // invoices
	Manage   Right = "manage"   // let others in, give powers
)

// Rights are all of them, in the order of pages.
func Rights() []Right { return []Right{View, Sign, Apply, Report, Register, Pay, Manage} }

// Duty is what somebody is in an organisation; it proposes rights.
type Duty string

// The duties (ux F25).
const (
	Head       Duty = "head"
	Accountant Duty = "accountant"
	Signer     Duty = "signer"
	Viewer     Duty = "viewer"
)

// Duties are those one may be invited for: a head is named by the register.
func Duties() []Duty { return []Duty{Accountant, Signer, Viewer} }

// Usual are the rights that a duty proposes.
func (d Duty) Usual() []Right {
	switch d {
	case Head:
		return Rights()
	case Accountant:
		return []Right{View, Report, Register, Pay}
	case Signer:
		return []Right{View, Sign, Apply}
	}
	return []Right{View}
}

// RightFor is the right that a section of the cabinet asks for; sections that concern the person alone
// ask for none.
func RightFor(section string) (Right, bool) {
	switch section {
	case "sign":
		return Sign, true
	case "applications", "certificates":
		return Apply, true
	case "reports", "licences":
		return Report, true
	case "registry", "requisites":
		return Register, true
	case "invoices":
		return Pay, true
	case "people":
		return Manage, true
	case "documents", "calendar", "services":
		return View, true
	}
	return "", false
}

// MemberState is where a membership stands.
type MemberState string

// The states, with whose turn it is.
const (
	Invited  MemberState = "invited" // the invited one's: open the link of the letter
	Active   MemberState = "active"
	Ended    MemberState = "ended"    // by a head, or by themselves
	Declined MemberState = "declined" // by the invited one, or taken back
)

// MemberMove is what happens to a membership.
type MemberMove string

// The moves.
const (
	Join    MemberMove = "join"
	Decline MemberMove = "decline"
	End     MemberMove = "end"
)

// MemberMoves is the state table of memberships.
func MemberMoves() map[MemberState]map[MemberMove]MemberState {
	return map[MemberState]map[MemberMove]MemberState{
		Invited: {Join: Active, Decline: Declined},
		Active:  {End: Ended},
	}
}

// Member is somebody who was let in.
type Member struct {
	ID, ProfileID, AccountID string
	State                    MemberState
	Duty                     Duty
	Rights                   []Right
	Mail, Name               string
	From, Until              time.Time // the first and the last moment; zero Until: without an end
	CreatedAt, ChangedAt     time.Time // an invitation is as old as its last letter
	Expires                  time.Time // of an invitation: its link opens nothing afterwards
}

// Now is the state on pages: an invitation may have run out, an active membership may not have begun, or
// be over.
func (m Member) Now(at time.Time) string {
	switch {
	case m.State == Invited && at.After(m.Expires):
		return "late"
	case m.State != Active:
		return string(m.State)
	case at.Before(m.From):
		return "later"
	case !m.Until.IsZero() && at.After(m.Until):
		return "over"
	}
	return string(Active)
}

// Has reports one of the rights.
func (m Member) Has(r Right) bool { return slices.Contains(m.Rights, r) }

// PowerState is where a power of attorney stands.
type PowerState string

// The states, with whose turn it is.
const (
	Drafted PowerState = "draft" // the principal's: sign it
	Given   PowerState = "given"
	Revoked PowerState = "revoked"
)

// PowerMove is what happens to a power.
type PowerMove string

// The moves.
const (
	Attach PowerMove = "sign"
	Revoke PowerMove = "revoke"
)

// PowerMoves is the state table of powers.
func PowerMoves() map[PowerState]map[PowerMove]PowerState {
	return map[PowerState]map[PowerMove]PowerState{
		Drafted: {Attach: Given},
		Given:   {Revoke: Revoked},
	}
}

// Power is a power of attorney that is kept here.
type Power struct {
	ID, GUID             string
	State                PowerState
	Reason               string // why it was taken back
	Representative       string
	From, Until          time.Time // the first moment, and the one after the last
	XML, Signature       []byte    // not in lists, like Content: a file may be large
	Content              *mchd.Power
	CreatedAt, ChangedAt time.Time
}

// Ended reports a power whose last day is over.
func (p Power) Ended(at time.Time) bool { return !at.Before(p.Until) }

// Answer is what a check says.
type Answer string

// The answers. Unknown is never yes.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Check is one line of the judgement of a power.
type Check struct {
	Name   string // signature, head, days, revoked, names, power, transfer
	Answer Answer
	Why    string         // key of the words
	Values map[string]any // of the words
}

// Actor is who acts, in which role.
type Actor struct {
	Account auth.Account
	Client  auth.Client
	Role    identity.Profile
}

// owner is whose cabinet a role is in.
type owner struct {
	kind   identity.Kind
	number string
}

func ownerOf(p identity.Profile) owner { return owner{p.Kind, p.RegisterNumber} }

func (a Actor) name() string { return "account/" + a.Account.ID }

const (
	policyInvitation = "people.invitation"
	policyMembers    = "people.members"
	policyPowers     = "people.powers"
	policyTerm       = "people.power_term"
	policyAgain      = "people.invitation.again" // between two letters of one invitation
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyInvitation, Kind: policy.Duration, Default: "168h"},
		{Key: policyAgain, Kind: policy.Duration, Default: "1h"},
		{Key: policyMembers, Kind: policy.Number, Default: "500"},
		{Key: policyPowers, Kind: policy.Number, Default: "1000"},
		{Key: policyTerm, Kind: policy.Duration, Default: "26280h"}, // three years
	}
}
