// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package connection takes requests of organisations and people to be connected, for a demo
// or for full use, and calls them back in a term.
//
// Who asks need not have an account: a receipt has a number and a link to the state, which
// is stored hashed. Nothing is sent to contacts that nobody confirmed: an operator calls.
// What is asked is sealed, each look of staff is recorded, and it goes a while after the
// request is closed.
//
// Left out: prices and terms of use, which are tariffs.
package connection

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// The policies of requests.
const (
	policyCallback = "connection.callback" // until when an operator calls
	policyOpen     = "connection.open"     // how many may wait
	policyKeep     = "connection.keep"     // of closed ones
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyCallback, Kind: policy.Duration, Default: "24h"},
		{Key: policyOpen, Kind: policy.Number, Default: "1000"},
		{Key: policyKeep, Kind: policy.Duration, Default: "2160h"},
	}
}

// State is where a request stands.
type State string

// The states.
const (
	New    State = "new"
	Taken  State = "taken"  // an operator has it
	Called State = "called" // and has called
	Closed State = "closed"
)

// Moves is the state table of requests: what an operator may do with one.
func Moves() map[State][]State {
	return map[State][]State{New: {Taken, Closed}, Taken: {Called, Closed}, Called: {Closed}}
}

// Waits reports a state in which an operator has to act.
func (s State) Waits() bool { return len(Moves()[s]) > 0 }

// Purposes are what one may be connected for.
func Purposes() []string { return []string{"demo", "full"} }

// Options are what else one may want.
func Options() []string { return []string{"api", "people", "training", "transfer"} }

// Form is what is asked.
type Form struct {
	Purpose      string   `json:"purpose"`
	Country      string   `json:"country"`
	Region       string   `json:"region"`
	City         string   `json:"city"`
	Person       string   `json:"person"`
	Mail         string   `json:"mail"`
	Phone        string   `json:"phone"`
	Organisation string   `json:"organisation"`
	INN          string   `json:"inn"`
	KPP          string   `json:"kpp,omitempty"`
	Options      []string `json:"options,omitempty"`
	Words        string   `json:"words,omitempty"`
}

// maxText and maxWords bound the fields, in signs.
const maxText, maxWords = 200, 2000

// Clean puts a form into its plain shape and says what is wrong with it.
func (f Form) Clean() (Form, error) {
	var wrong problem.List
	refuse := func(field string) {
		wrong = append(wrong, problem.New(problem.Invalid, "connect.wrong."+field).At(field))
	}
	if !slices.Contains(Purposes(), f.Purpose) {
		refuse("purpose")
	}
	if f.Country != "RU" && f.Country != "KZ" {
		refuse("country")
	}
	for _, x := range []struct {
		field string
		text  *string
	}{{"region", &f.Region}, {"city", &f.City}, {"person", &f.Person}, {"organisation", &f.Organisation}} {
		if *x.text = identity.OneLine(*x.text); *x.text == "" || !identity.PlainText(*x.text, maxText) {
			refuse(x.field)
		}
	}
	if f.Mail = strings.TrimSpace(f.Mail); !identity.ValidMail(f.Mail) {
		refuse("mail")
	}
	phone, ok := identity.NormalPhone(f.Phone)
	if !ok {
		refuse("phone")
	} else {
		f.Phone = phone
	}
	f.INN, f.KPP = identity.Clean(f.INN), identity.Clean(f.KPP)
	if f.Country == "KZ" && !identity.ValidIIN(f.INN) || f.Country == "RU" && !identity.ValidPersonINN(f.INN) && !identity.ValidCompanyINN(f.INN) {
		refuse("inn")
	}
	company := f.Country == "RU" && len(f.INN) == 10
	if f.KPP != "" && !identity.ValidKPP(f.KPP) || company && f.KPP == "" {
		refuse("kpp")
	}
	f.Options = slices.DeleteFunc(slices.Clone(f.Options), func(o string) bool { return !slices.Contains(Options(), o) })
	if f.Words = strings.TrimSpace(f.Words); len([]rune(f.Words)) > maxWords || strings.Contains(f.Words, "\x00") {
		refuse("words")
	}
	return f, wrong.Err()
}

// Request is one that was made.
type Request struct {
	ID        string
	Number    int64
	State     State
	Operator  string // account of the one who has it
	Form      Form
	Note      string // what the operator wrote, for staff
	DueAt     time.Time
	CreatedAt time.Time
	ChangedAt time.Time
}

// Late reports one whose term has passed before anybody called.
func (r Request) Late(now time.Time) bool {
	return (r.State == New || r.State == Taken) && r.DueAt.Before(now)
}

// Number is how people call a request.
func Number(n int64) string { return "П-" + strconv.FormatInt(n, 10) }

// secret is the sealed part.
type secret struct {
	Form Form   `json:"form"`
	Note string `json:"note,omitempty"`
}
