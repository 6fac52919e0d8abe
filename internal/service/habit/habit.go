// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package habit is what a person does again and again to stay safe: a list of good habits
// with the day each was last kept, and the copies of keys they have, each with its medium,
// place, day and conditions in their own words, confirmed anew after a term.
//
// What the system knows (password, second step, recovery codes, sessions) is read from what
// it keeps and from the record, never from the person's word; their word counts only where
// nobody else can know. When a term has passed a reminder goes out, not oftener than a
// policy says and by the channels that the person left on for reminders.
//
// Left out: the copies themselves, which are never here, and their passwords.
package habit

import (
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
)

// Name is a habit.
type Name string

// The habits, in the order of the list.
const (
	Password Name = "password" // changed
	Second   Name = "second"   // step of the sign-in, switched on
	Codes    Name = "codes"    // of recovery, saved
	Sessions Name = "sessions" // old ones ended
	Backup   Name = "backup"   // of the key, made
	Copies   Name = "copies"   // of keys, counted and confirmed
	Contacts Name = "contacts" // phone and mail are the person's own still
	Updates  Name = "updates"  // of the system, the browser and the antivirus
)

// spoken are the habits that only the person can tell of.
func spoken(n Name) bool { return n == Contacts || n == Updates || n == Copies }

// State is how a habit stands.
type State struct {
	Name  Name
	Known bool      // by the system; else by the person's word
	At    time.Time // last kept; zero: never, or nobody knows
	Due   time.Time // again by then; zero: there is no term
	Kept  bool
}

// Copy is a copy of a key somewhere, as its owner says.
type Copy struct {
	ID          string    `json:"id"`
	Key         string    `json:"key"` // which key, in their words
	Medium      Medium    `json:"medium"`
	Place       string    `json:"place"`
	Conditions  string    `json:"conditions"` // who can get at it, how it is closed
	Encrypted   bool      `json:"encrypted"`
	MadeAt      time.Time `json:"made_at"`      // the day
	ConfirmedAt time.Time `json:"confirmed_at"` // that it is there still
	EndedAt     time.Time `json:"ended_at"`     // destroyed or lost; zero: it is there
	DueAt       time.Time `json:"due_at"`       // to be confirmed by then
	Stale       bool      `json:"stale"`
}

// Medium is what a copy lies on.
type Medium string

// Media are what can be chosen. A cloud can be told of so that it is known and ended.
func Media() []Medium { return []Medium{"usb", "token", "disk", "paper", "computer", "cloud"} }

// Unsafe tells whether the copy lies where others get at it.
func (c Copy) Unsafe() bool {
	return c.EndedAt.IsZero() && (c.Medium == "cloud" || !c.Encrypted && c.Medium != "token")
}

// words is the sealed part of a copy.
type words struct {
	Key        string `json:"key"`
	Medium     Medium `json:"medium"`
	Place      string `json:"place"`
	Conditions string `json:"conditions"`
	Encrypted  bool   `json:"encrypted"`
}

func copyPlace(id string) []byte { return []byte("key_copy/" + id) }

// The bounds of what is written of copies.
const (
	maxText   = 300
	maxCopies = 100
)

// aheadOfUTC is how much earlier a day begins where it begins first: the day is typed as the person's own.
const aheadOfUTC = 14 * time.Hour

// check refuses a copy of which something that matters is not said.
func (c *Copy) check(now time.Time) error {
	for _, f := range []struct {
		field string
		text  *string
	}{{"which", &c.Key}, {"place", &c.Place}, {"conditions", &c.Conditions}} {
		*f.text = strings.Join(strings.Fields(*f.text), " ")
		if *f.text == "" || len([]rune(*f.text)) > maxText {
			return problem.New(problem.Invalid, "habit.copy."+f.field).At(f.field)
		}
	}
	known := false
	for _, m := range Media() {
		known = known || m == c.Medium
	}
	switch {
	case !known:
		return problem.New(problem.Invalid, "habit.copy.medium").At("medium")
	case c.MadeAt.IsZero() || c.MadeAt.After(now.Add(aheadOfUTC)):
		return problem.New(problem.Invalid, "habit.copy.made").At("made")
	}
	return nil
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "habit.every.sessions", Kind: policy.Duration, Default: "720h"},
		{Key: "habit.every.backup", Kind: policy.Duration, Default: "8760h"},
		{Key: "habit.every.copies", Kind: policy.Duration, Default: "4380h"},
		{Key: "habit.every.contacts", Kind: policy.Duration, Default: "4380h"},
		{Key: "habit.every.updates", Kind: policy.Duration, Default: "720h"},
		{Key: "habit.remind", Kind: policy.Switch, Default: "true"},
		{Key: "habit.remind.every", Kind: policy.Duration, Default: "720h"},
	}
}

// Actor is whose habits they are, and from where they act.
type Actor struct {
	Account auth.Account
	Origin  string
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Accounts *auth.Service
	Persons  *identity.Service
	Factors  *factor.Service
	Teller   *notify.Teller
}

// Service keeps habits and copies. It is safe for concurrent use.
type Service struct{ Parts }

// New returns the service.
func New(p Parts) *Service { return &Service{p} }
