// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package auth lets people in: sign-up, passwords, one-time codes, sessions.
//
// Counters of tries live in the database, so that several nodes count together
// and a restart forgives nothing. An unknown login is counted and answered like a
// wrong password: nothing is told of who has an account. Passwords are kept as
// Argon2id (RFC 9106), session tokens and mail links as digests, codes sealed.
//
// What a person shows beside the password is package factor's; here it is counted and
// turned into sessions. A session is a typed row of our own
// and not a bag of values: the list of sessions, their end at a change of the
// password and the level of each are what the row is for.
package auth

import (
	"slices"
	"time"

	"podpis/internal/platform/policy"
)

// Role is what an account may do.
type Role string

// The roles. Staff sign in with a password and a code, and have consoles; nobody has two
// of their roles (separation of duties).
const (
	Holder        Role = "holder"
	Operator      Role = "operator"      // decides on people and their applications
	Officer       Role = "officer"       // the authority's certificates, revocations and lists
	Auditor       Role = "auditor"       // reads the record, changes nothing
	Administrator Role = "administrator" // runs the installation, sees no documents and no keys
)

// StaffRoles lists the roles that work at a console.
func StaffRoles() []Role { return []Role{Operator, Officer, Auditor, Administrator} }

// Staff reports a role that works at a console.
func (r Role) Staff() bool { return slices.Contains(StaffRoles(), r) }

// Account is who signs in.
type Account struct {
	ID            string
	PersonID      string // empty for staff
	Role          Role
	Title         string // «Соколова А. И.»
	Phone         string // +7XXXXXXXXXX
	Mail          string
	MailConfirmed bool
	MustChange    bool // the password was set by somebody else
	PasswordAt    time.Time
}

// Level is how far a session may go.
type Level string

// The levels of a session.
const (
	// Waiting is a right password that still needs the second step.
	Waiting Level = "waiting"
	// Viewing is a sign-in by phone code alone: looking, not signing.
	Viewing Level = "viewing"
	// Full is a password, with the second step of those who have one.
	Full Level = "full"
)

// Session is one signed-in browser.
type Session struct {
	ID        string
	Account   Account
	Level     Level
	Method    Method
	Device    string // what the browser said of itself when it signed in
	DeviceKey string // of the browser, see [agent.ID]
	Network   string // where it signed in from
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	SteppedAt time.Time // when the second step was last shown; zero is never
	WarnAt    time.Time // when the person is asked whether they are still there
	OldSecret bool      // the password is old, and the policy makes that a wall
}

// Method is how a person signed in.
type Method string

// The ways in.
const (
	BySignup      Method = "signup"
	ByPassword    Method = "password"
	ByPhone       Method = "phone"
	ByCertificate Method = "certificate"
	ByPasskey     Method = "passkey"
	ByExternal    Method = "external"  // the account of a provider (package external)
	ByDirectory   Method = "directory" // of the company, for staff
)

// whole reports a method that shows two things at once, the device and what opens it
// (a key's password, a finger), so that no second step is asked for after it.
func (m Method) whole() bool { return m == ByCertificate || m == ByPasskey }

// Client is where a request comes from; it is part of every act.
type Client struct {
	Network string // address, as the counters and the audit keep it
	Device  string // what the browser says of itself
	Key     string // of the browser, from its cookie; empty when it has none yet
}

// Purpose is what a code confirms; its name stands in the message.
type Purpose string

// The purposes of codes.
const (
	ForSignup Purpose = "signup"
	ForLogin  Purpose = "login"
	ForStaff  Purpose = "staff"
	ForIssue  Purpose = "issue"
	ForApply  Purpose = "apply"
	ForSecond Purpose = "second"
)

// Challenge is a question that a code from a message answers.
type Challenge struct {
	ID        string
	Phone     string
	ExpiresAt time.Time
	ResendAt  time.Time
	TriesLeft int
}

// Rules are the numbers of this package, each a row of the policy table.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "auth.code.life", Kind: policy.Duration, Default: "5m", Valid: policy.Durations(10*time.Second, 24*time.Hour)},
		{Key: "auth.code.resend", Kind: policy.Duration, Default: "60s"},
		{Key: "auth.code.tries", Kind: policy.Number, Default: "5"},
		{Key: "auth.code.sends", Kind: policy.Number, Default: "3"},
		{Key: "auth.code.sends_per_phone", Kind: policy.Number, Default: "10"},
		{Key: "auth.code.window", Kind: policy.Duration, Default: "1h"},
		{Key: "auth.password.tries", Kind: policy.Number, Default: "3"},
		{Key: "auth.password.lock", Kind: policy.Duration, Default: "5m"},
		{Key: passwordLength, Kind: policy.Number, Default: "8", Valid: policy.Numbers(6, 64)},
		{Key: "auth.network.tries", Kind: policy.Number, Default: "30"},
		{Key: "auth.network.codes", Kind: policy.Number, Default: "60"},
		{Key: "auth.session.idle", Kind: policy.Duration, Default: "15m", Valid: policy.Durations(10*time.Second, 24*time.Hour)},
		{Key: "auth.session.life", Kind: policy.Duration, Default: "12h", Valid: policy.Durations(time.Minute, 720*time.Hour)},
		{Key: "auth.stepup.life", Kind: policy.Duration, Default: "10m", Valid: policy.Durations(10*time.Second, 24*time.Hour)},
		{Key: "auth.second.tries", Kind: policy.Number, Default: "5"},
		{Key: "auth.second.lock", Kind: policy.Duration, Default: "5m"},
		{Key: "auth.password.age", Kind: policy.Duration, Default: "2160h"},
		{Key: "auth.password.wall", Kind: policy.Switch, Default: "false"}, // an old password must be changed
		{Key: "auth.alarm.life", Kind: policy.Duration, Default: "168h"},
		{Key: "auth.session.warn", Kind: policy.Duration, Default: "2m"},
		{Key: "auth.mail.life", Kind: policy.Duration, Default: "24h"},
		{Key: "auth.mail.resend", Kind: policy.Duration, Default: "60s"},
	}
}
