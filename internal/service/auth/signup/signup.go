// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package signup is how people join, step by step.
//
// A sign-up is a row that whoever holds its token fills in; nothing typed is lost between
// the steps, and what is kept of a person is sealed. It becomes an account in one act at
// the end, and is forgotten soon after.
//
// Left out: codes, passwords and accounts (auth), sign-ups that begin with a certificate
// (certified) or with the word of a provider (external).
package signup

import (
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

const policyLife = "auth.draft.life"

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{{Key: policyLife, Kind: policy.Duration, Default: "2160h"}}
}

// Form is a sign-up under way.
type Form struct {
	Phone          string
	PhoneConfirmed bool
	Known          bool // the number has an account
	HasPassword    bool
	Draft          Draft
	AccountID      string // set when it has ended
	Challenge      auth.Challenge
	ChangedAt      time.Time
}

// Draft is what was typed into a sign-up, in the words of the form. Secrets are
// never here.
type Draft struct {
	Mail       string            `json:"mail"`
	Person     identity.Person   `json:"person"`
	AcceptedAt time.Time         `json:"accepted_at"`
	Typed      map[string]string `json:"typed,omitempty"` // as typed, until it is accepted
	// Outside is who came from a provider to sign up, until the account is made.
	Outside *federation.Claims `json:"outside,omitempty"`
	// Certified is the certificate of who signs up with one: Person is what it states.
	Certified *identity.Certified `json:"certified,omitempty"`
}

// keep remembers what stands in a field and was not accepted.
func (d *Draft) keep(name, value string) {
	if d.Typed == nil {
		d.Typed = map[string]string{}
	}
	d.Typed[name] = value
}

// forget drops what was typed into fields that have been accepted since.
func (d *Draft) forget(names ...string) {
	for _, name := range names {
		delete(d.Typed, name)
	}
}

// size is how much was typed and not accepted.
func (d *Draft) size() (n int) {
	for name, value := range d.Typed {
		n += len(name) + len(value)
	}
	return n
}
