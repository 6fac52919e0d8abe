// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package approve is the second step by a trusted device: a browser asks, the person's phone
// tells of it, and «Одобрить» or «Отклонить» there answers.
//
// A person who is asked again and again in the hope of a yes (push fatigue) is guarded three
// ways: the phone has to choose, among three, the number that the asking browser shows; an
// account can be asked a few times only (policies approve.*); a refusal closes this way for a
// while. A device answers for other browsers and never for itself, in a full session of its
// own. What was approved counts once, for the session that asked, within its term.
//
// Every state has a move in [Moves]; what has run out is [Expired] by its time, not by a row.
//
// Left out: how the phone is told (package push follows [Asked]), and what else a browser may
// show at the step (package auth).
package approve

import (
	"time"

	"podpis/internal/platform/policy"
)

// State is where a request stands.
type State string

// The states.
const (
	Waiting  State = "waiting"
	Approved State = "approved" // the asking browser may go on
	Refused  State = "refused"
	Wrong    State = "wrong" // another number was chosen
	Expired  State = "expired"
	Used     State = "used"
)

// Moves are what may follow what.
func Moves() map[State][]State {
	return map[State][]State{Waiting: {Approved, Refused, Wrong, Expired}, Approved: {Used, Expired}}
}

// Request is one request as the person sees it, on either side.
type Request struct {
	ID        string
	SignIn    bool // of a sign-in; else of an act that asks for a fresh step
	Device    string
	Network   string
	Number    string   // what the asking browser shows
	Choices   []string // what the device chooses from
	State     State
	TriesLeft int
	AskedAt   time.Time
	ExpiresAt time.Time
}

// details are what a row seals.
type details struct {
	SignIn  bool     `json:"sign_in"`
	Device  string   `json:"device"`
	Network string   `json:"network"`
	Number  string   `json:"number"`
	Choices []string `json:"choices"`
}

// Asked is published for each request: devices are told of it.
type Asked struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Expires time.Time `json:"expires"`
}

// Event names the event.
func (Asked) Event() string { return "approve.asked" }

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "approve.life", Kind: policy.Duration, Default: "2m", Valid: policy.Durations(10*time.Second, time.Hour)},
		{Key: "approve.tries", Kind: policy.Number, Default: "1"},
		{Key: "approve.asks", Kind: policy.Number, Default: "5", Valid: policy.Numbers(0, 1000)}, // of an account in a window
		{Key: "approve.window", Kind: policy.Duration, Default: "1h"},
		{Key: "approve.pause", Kind: policy.Duration, Default: "15m", Valid: policy.Durations(0, 24*time.Hour)}, // after a refusal
	}
}
