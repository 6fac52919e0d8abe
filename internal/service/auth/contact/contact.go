// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package contact changes the phone and the address of mail of an account whose owner can
// sign in.
//
// A contact is where codes go, so that a new one is a new way in. It is asked for with a
// fresh second step and proved by a code sent to it; then the old contacts are told, with a
// link that stops the change, and a while passes in which they may. Only a session opened
// by a certificate does without the while (ux F22), and so does an address that nobody has
// confirmed: there is no owner of it to ask.
//
// That a contact is of another account is told to whoever has proved that it is theirs, and
// to nobody before: a cabinet must not tell whose numbers it knows. A password that was
// changed, a sign-in that was closed, sessions that were all ended, or a contact that was recovered
// while another one cooled ends the change: that is what people do who were robbed.
//
// Left out: the ways of those who cannot sign in (package support).
package contact

import (
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
)

// The policies of changes.
const (
	policyCooling = "contact.cooling"   // in which the old contacts may stop it
	policyCode    = "contact.code_life" // how long a change waits for its code
	policyCount   = "contact.per_day"
	policyKeep    = "contact.keep" // of what has ended
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyCooling, Kind: policy.Duration, Default: "24h"},
		{Key: policyCode, Kind: policy.Duration, Default: "2h"},
		{Key: policyCount, Kind: policy.Number, Default: "10"},
		{Key: policyKeep, Kind: policy.Duration, Default: "720h"},
	}
}

// Kind is which contact.
type Kind string

// The kinds.
const (
	Phone Kind = "phone"
	Mail  Kind = "mail"
)

// Kinds lists them in the order of pages.
func Kinds() []Kind { return []Kind{Phone, Mail} }

// ParseKind reads a kind of an address.
func ParseKind(s string) (Kind, bool) { return Kind(s), slices.Contains(Kinds(), Kind(s)) }

// State is where a change stands.
type State string

// The states.
const (
	Code    State = "code"    // a code was sent to the new contact
	Cooling State = "cooling" // the old contacts may stop it
	Done    State = "done"
	Stopped State = "stopped" // by an old contact
	Dropped State = "dropped" // by the owner
	Expired State = "expired" // no code was given
	Refused State = "refused" // somebody else has the contact
)

// Moves is the state table of changes.
func Moves() map[State][]State {
	return map[State][]State{
		Code:    {Cooling, Done, Refused, Dropped, Expired},
		Cooling: {Done, Refused, Stopped, Dropped},
	}
}

// Turn says who has to act in a state and by which rule of the policy until when.
type Turn struct{ Whose, Term string }

// Turns has a row for each state that waits.
func Turns() map[State]Turn {
	return map[State]Turn{Code: {"yours", policyCode}, Cooling: {"system", policyCooling}}
}

// Change is a new contact on its way, or one that has ended.
type Change struct {
	Kind      Kind
	State     State
	New       string // what was typed, in its plain form
	Challenge auth.Challenge
	Live      bool // the code can still be answered
	DueAt     time.Time
	At        time.Time // when it came into its state
}

// data is the sealed part of a change.
type data struct {
	Old      string `json:"old"`
	New      string `json:"new"`
	Language string `json:"language,omitempty"`
}

// kindOf is the kind of a contact in its plain form.
func kindOf(contact string) Kind {
	if strings.Contains(contact, "@") {
		return Mail
	}
	return Phone
}

// old is the contact that an account has.
func old(a auth.Account, k Kind) string {
	if k == Mail {
		return a.Mail
	}
	return a.Phone
}
