// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package chat is the conversation of a person with a specialist at this moment. It stands on the
// tickets of package support: what is said is said in a ticket and stays there with its files, so
// nothing is lost when somebody leaves. A conversation adds who waits how long, who has taken it, and that
// messages are seen as they come.
//
// Out of working hours, or when nobody takes it in time, a conversation is a ticket with its term,
// and the person is told so. Somebody without an account needs no contact: the token of the
// ticket's page is all they have, and it is stored hashed.
//
// Other chats reach the desk over a bridge: their messages and our answers are signed (HMAC-SHA-256, RFC
// 2104), good for some minutes and taken once (docs/design/bridge.md).
//
// Left out: the chats themselves, and their programming interfaces: a bridge speaks those.
package chat

import (
	"net/http"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/support"
	"podpis/internal/service/support/hours"
)

// State is where a conversation stands.
type State string

// The states.
const (
	Waiting State = "waiting" // for a specialist
	Taken   State = "taken"
	Ended   State = "ended" // the ticket may go on
)

// Move is what happens to a conversation.
type Move string

// The moves.
const (
	Take   Move = "take"
	Hand   Move = "hand"   // back to those who wait, for another specialist
	End    Move = "end"    // by the specialist
	Leave  Move = "leave"  // by the person
	Expire Move = "expire" // nobody came, or nobody ended it
)

// Moves is the state table.
func Moves() map[State]map[Move]State {
	return map[State]map[Move]State{
		Waiting: {Take: Taken, Leave: Ended, Expire: Ended},
		Taken:   {Hand: Waiting, End: Ended, Leave: Ended, Expire: Ended},
	}
}

// Chat is a conversation.
type Chat struct {
	TicketID string
	Number   int64 // of the ticket
	State    State // empty: the ticket is none
	Operator string
	Mine     bool // of the operator who looks
	Bridged  bool
	Since    time.Time // how long it has been waiting
	Ahead    int64     // who came before
}

// Live reports a conversation that goes on.
func (c Chat) Live() bool { return c.State == Waiting || c.State == Taken }

// Bridge is a program that carries messages of other chats.
type Bridge struct {
	Secret string // shared: of both directions
	URL    string // takes our answers; empty: they stay in the ticket
	Client *http.Client
}

// Service is the conversations.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Accounts *auth.Service
	Tickets  *support.Service
	Bridge   Bridge
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "chat.hours", Kind: policy.Text, Default: "", Valid: hours.Valid}, // "09:00-18:00" of Monday to Friday in the zone of support; empty: always
		{Key: "chat.wait", Kind: policy.Duration, Default: "15m"},
		{Key: "chat.bridge_wait", Kind: policy.Duration, Default: "72h"}, // of other chats: their answers have no other way
		{Key: "chat.longest", Kind: policy.Duration, Default: "2h"},
		{Key: "chat.per_network", Kind: policy.Number, Default: "10"},                                                  // of guests, a day
		{Key: "chat.window", Kind: policy.Duration, Default: "5m", Valid: policy.Durations(10*time.Second, time.Hour)}, // in which a signed message is good
		{Key: "chat.keep", Kind: policy.Duration, Default: "720h"},                                                     // who waited how long; words are the ticket's
	}
}
