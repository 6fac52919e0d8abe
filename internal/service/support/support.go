// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package support answers people who cannot go on by themselves: tickets with a term.
//
// A ticket is a case: a state with a turn, a term and a channel. The table of moves below
// is the only place that says what may follow what.
//
// What is said here comes from strangers. Words and contacts are sealed; files are judged
// by their content and handed out as data, never as a page of ours; whoever asks about an
// account learns nothing of whether it exists.
//
// Left out: telephony (the operator calls by an ordinary phone and says so), and the
// collection of mail: a mail server hands letters over by [Service.Join].
package support

import (
	"slices"
	"strconv"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/support/hours"
)

// State is where a ticket stands (ux 5).
type State string

// The states of a ticket.
const (
	Open    State = "open"    // the operator's turn, with a term
	Waiting State = "waiting" // a question waits for the person
	Solved  State = "solved"  // answered; the person may say that it is not
	Closed  State = "closed"
)

// Move is what happens to a ticket.
type Move string

// The moves of a ticket.
const (
	Ask     Move = "ask"     // the operator asks back
	Solve   Move = "solve"   // the operator answers
	Reply   Move = "reply"   // the person writes
	Reopen  Move = "reopen"  // «нет, не решено»
	Confirm Move = "confirm" // «да, решено»
	Close   Move = "close"   // the operator, with a reason
	Expire  Move = "expire"  // nobody said anything for long
)

// Moves is the state table of tickets.
func Moves() map[State]map[Move]State {
	return map[State]map[Move]State{
		Open:    {Ask: Waiting, Solve: Solved, Reply: Open, Close: Closed},
		Waiting: {Reply: Open, Solve: Solved, Close: Closed, Expire: Solved},
		Solved:  {Reply: Open, Reopen: Open, Confirm: Closed, Close: Closed, Expire: Closed},
	}
}

// Turn says who has to act in a state, by which rule of the policy until when, and how
// the person is told.
type Turn struct {
	Whose   string   // "operator", "yours", "second", "system", "nobody"
	Term    string   // key of the policy
	Channel []string // "sms", "mail", "inbox"
}

// Turns has a row for each state of a ticket that waits.
func Turns() map[State]Turn {
	told := []string{"sms", "mail", "inbox"}
	return map[State]Turn{
		Open:    {"operator", "support.term", told},
		Waiting: {"yours", "support.waiting", told},
		Solved:  {"yours", "support.solved", told},
	}
}

// Topics are what a ticket may be about.
func Topics() []string {
	return []string{"certificate", "application", "signature", "key", "registry", "profile", "login", "payment", "report", CorrectionTopic, PrivacyTopic, "other"}
}

// Topics with rules of their own.
const (
	PrivacyTopic    = "privacy"    // of requests about one's own data: the law sets their term
	CorrectionTopic = "correction" // of what a register has wrong
)

// Side is who speaks in a thread.
type Side string

// The sides.
const (
	FromPerson   Side = "person"
	FromOperator Side = "operator"
	FromSystem   Side = "system"
	Note         Side = "note" // staff among themselves
)

// Actor is who acts.
type Actor struct {
	Account auth.Account
	Client  auth.Client
	Profile string // the role of the holder
}

// Name is the actor as the record has it.
func (a Actor) Name() string {
	if a.Account.ID == "" {
		return "guest"
	}
	return "account/" + a.Account.ID
}

// Ticket is a case of support.
type Ticket struct {
	ID        string
	Number    int64
	AccountID string // empty: a guest
	Profile   string
	Origin    string // "site", "guest", "chat", "help"
	Topic     string
	State     State
	Details   Details
	SeenBy    string // another operator who looks at it now
	DueAt     time.Time
	Late      bool // the term has passed
	Ask       bool // «Решено?» is to be asked
	Rating    int  // 0: not rated
	CreatedAt time.Time
	ChangedAt time.Time
	EraseAt   time.Time // of a guest's that is closed
	Messages  []Message
	Files     []File
}

// Details is the sealed part of a ticket: what was sent along.
type Details struct {
	Name        string   `json:"name,omitempty"`  // of a guest
	Phone       string   `json:"phone,omitempty"` // of a guest
	Mail        string   `json:"mail,omitempty"`  // of a guest
	Confirmed   bool     `json:"confirmed,omitempty"`
	Language    string   `json:"language,omitempty"`
	Certificate string   `json:"certificate,omitempty"`
	Application string   `json:"application,omitempty"`
	Page        string   `json:"page,omitempty"`
	Code        string   `json:"code,omitempty"` // of the catalogue of errors
	Steps       string   `json:"steps,omitempty"`
	Diagnostics []string `json:"diagnostics,omitempty"` // "name: value", as shown before sending
	Reply       string   `json:"reply"`                 // token of mail replies
	RatingWords string   `json:"-"`
}

// Message is one thing said in a thread.
type Message struct {
	At    time.Time
	Side  Side
	Who   string
	Words string
}

// File is a document of a ticket.
type File struct {
	ID, TicketID, Name, MIME string
	Size                     int64
}

// Topic is what is signalled when something is said in a ticket.
func Topic(ticketID string) string { return "ticket/" + ticketID }

// Number is how people call a ticket.
func Number(n int64) string { return "Т-" + strconv.FormatInt(n, 10) }

// Question is what a person writes to support with.
type Question struct {
	Topic       string
	Words       string
	Certificate string
	Application string
	Steps       string
	Page        string
	Code        string
	Diagnostics []string
	Files       []Upload
	Message     string // of a conversation elsewhere: the same one twice is one
}

// Upload is a file that is sent.
type Upload struct {
	Name    string
	Content []byte
}

// Guest is somebody without an account, or who cannot get into it.
type Guest struct {
	Name, Phone, Mail, Language string
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "support.term", Kind: policy.Duration, Default: "24h"},
		{Key: "support.privacy", Kind: policy.Duration, Default: "240h", Law: "152-ФЗ, 20, 1"}, // ten days: fewer than ten working days
		{Key: "support.hours", Kind: policy.Text, Default: "", Valid: hours.Valid},             // "09:00-18:00": terms count these hours of Monday to Friday
		{Key: "support.zone", Kind: policy.Text, Default: "Europe/Moscow", Valid: hours.ValidZone},
		{Key: "support.waiting", Kind: policy.Duration, Default: "168h"},
		{Key: "support.solved", Kind: policy.Duration, Default: "72h"},
		{Key: "support.file.size", Kind: policy.Number, Default: "10485760"},
		{Key: "support.file.count", Kind: policy.Number, Default: "10"},
		{Key: "support.per_day", Kind: policy.Number, Default: "20"},
		{Key: "support.messages", Kind: policy.Number, Default: "400"}, // of a ticket; a page shows 500 with those of staff
		{Key: "support.phone", Kind: policy.Text, Default: ""},         // of the call centre: a setting, never code
		{Key: "support.escalate_mail", Kind: policy.Text, Default: "", Valid: policy.Mail},
		{Key: "support.keep.guest", Kind: policy.Duration, Default: "720h", Law: "152-ФЗ, 21, 4"},
		{Key: "support.keep.opinions", Kind: policy.Duration, Default: "8760h"}, // of help pages
		{Key: "support.ratings_per_day", Kind: policy.Number, Default: "20"},
		{Key: "recover.place", Kind: policy.Text, Default: ""}, // where to come to for a visit
	}
}

// validTopic is the topic, or "other".
func validTopic(topic string) string {
	if slices.Contains(Topics(), topic) {
		return topic
	}
	return "other"
}
