// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package factor keeps what people can prove with beside a password: one-time passwords
// of an application (RFC 6238), passkeys (WebAuthn Level 3), certificates bound to an
// account, trusted devices, and recovery codes for the day when all of it is lost.
//
// It knows accounts by their ids only. It says whether a proof is right and uses it up: a
// code of an application counts once, a passkey's counter only grows, a recovery code is
// gone after use. How many wrong ones are too many is the business of package auth, which
// counts by account and network.
//
// Secrets are sealed at rest, recovery codes are kept as sealed digests. Methods are added
// after recovery codes are in the person's hands, and the last method cannot be removed
// without adding another. Each change is in the audit and published as [Changed], for
// notices.
//
// Left out: attestation of authenticators (any passkey is taken), tokens by serial number,
// whose program does not exist yet.
package factor

import (
	"time"

	"podpis/internal/platform/policy"
)

// Kind is a kind of method.
type Kind string

// The kinds, in the order in which they are offered.
const (
	App         Kind = "app"         // one-time passwords of an application
	Passkey     Kind = "passkey"     // of a device
	Device      Kind = "device"      // a browser that approves
	Certificate Kind = "certificate" // whose key signs a challenge
	SMS         Kind = "sms"         // codes to the phone of the account
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{App, Passkey, Device, Certificate, SMS} }

// Method is a method of an account.
type Method struct {
	ID      string
	Kind    Kind
	Name    string // «Chrome, Windows», the number of a certificate
	AddedAt time.Time
	UsedAt  time.Time // zero: not yet
}

// Overview is what an account has.
type Overview struct {
	Methods   []Method
	CodesLeft int       // recovery codes in force
	CodesMade time.Time // zero: never
	Pending   []string  // a new set that waits to be typed back
}

// Actor is who changes a factor: always the account itself.
type Actor struct{ Account, Origin string }

func (a Actor) name() string { return "account/" + a.Account }

// What has happened to the factors of an account.
const (
	Added     = "added"
	Removed   = "removed"
	CodesMade = "codes"     // a new set is in force, the one before is not
	CodeUsed  = "code_used" // one recovery code is gone
)

// Changed is the event of a change.
type Changed struct {
	Account string    `json:"account"`
	What    string    `json:"what"`
	Method  Kind      `json:"method,omitempty"`
	Name    string    `json:"name,omitempty"`
	Left    int       `json:"left"` // recovery codes
	Origin  string    `json:"origin"`
	At      time.Time `json:"at"`
}

// Event names the event.
func (Changed) Event() string { return "factor.changed" }

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "factor.methods", Kind: policy.Text, Default: "app passkey device certificate sms", Valid: policy.SomeOf(Kinds()...)},
		{Key: "factor.codes", Kind: policy.Number, Default: "10", Valid: policy.Numbers(1, 50)},
		{Key: "factor.setup.life", Kind: policy.Duration, Default: "30m"},
		{Key: "factor.ceremony.life", Kind: policy.Duration, Default: "5m"},
		{Key: "factor.per_account", Kind: policy.Number, Default: "20"},
		{Key: "factor.asks", Kind: policy.Number, Default: "60"}, // challenges that a network, or an account, may ask for in a minute
	}
}
