// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package consult is what consultants do about certificates for people who call or write: they
// take an order by phone, and offer in a ticket to replace the carrier of a key.
//
// A consultant prepares; the person decides. Who called and was found by the three fields of the
// call centre has an application prepared in the cabinet (package ra); who is not known gets an
// SMS with a plain link to the sign-up, and what they asked for waits for whoever confirms that
// phone. No message carries a secret: the confirmed phone is what opens, once. An offer of another
// carrier waits in its ticket; accepted, it is an application in place of the certificate.
//
// A consultant signs nothing, accepts no terms, sees nothing of what is prepared but number, state
// and term, and learns of no phone whether it has a cabinet before its owner has come.
//
// Left out: telephony, and the hand-over of carriers, which is told in words.
package consult

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
)

// The policies of consultants.
const (
	policyPhone   = "consult.phone"         // to order by; empty: that of support
	policyInvite  = "consult.invite"        // how long an order waits for its caller
	policyPerDay  = "consult.per_day"       // orders of one consultant for callers who are not known
	policyKeep    = "consult.keep"          // of orders that have ended
	policyReplace = "consult.replace.term"  // how long an offer is good
	policyMedia   = "consult.replace.media" // carriers that can be had
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyPhone, Kind: policy.Text, Default: ""}, // a setting, never code
		{Key: policyInvite, Kind: policy.Duration, Default: "168h"},
		{Key: policyPerDay, Kind: policy.Number, Default: "50"},
		{Key: policyKeep, Kind: policy.Duration, Default: "720h"},
		{Key: policyReplace, Kind: policy.Duration, Default: "168h"},
		{Key: policyMedia, Kind: policy.Text, Default: "file browser", Valid: policy.SomeOf(Media()...)}, // of [Media]: "token" where the installation has its program
	}
}

// State is where an order or an offer stands.
type State string

// The states of an order of a caller who was not known.
const (
	Waiting   State = "waiting" // for the caller to sign up, or to sign in
	Met       State = "met"     // prepared in the cabinet of who confirmed the phone
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// The states of an offer, besides Expired.
const (
	Offered  State = "offered" // the person's turn
	Accepted State = "accepted"
	Declined State = "declined"
)

// Moves is the state table of orders and offers.
func Moves() map[State][]State {
	return map[State][]State{Waiting: {Met, Cancelled, Expired}, Offered: {Accepted, Declined, Expired}}
}

// Media are the carriers a key may be put on.
func Media() []string { return []string{"file", "browser", "token"} }

// media are those of a policy's text that there are.
func media(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(m string) bool { return !slices.Contains(Media(), m) })
}

// Order is what a caller who was not known asked for.
type Order struct {
	ID          string
	Number      int64
	State       State
	Phone       string // masked
	Consultant  string
	Wanted      ra.Wanted
	DueAt       time.Time
	CreatedAt   time.Time
	Application ra.Application // once met: number, state and term
}

// Number is how people call an order.
func Number(n int64) string { return "З-" + strconv.FormatInt(n, 10) }

// Call is what a consultant takes down of a caller who is not known.
type Call struct {
	Phone    string
	Language string // of the message
	Wanted   ra.Wanted
	Agreed   bool // the caller asked for the message, on this number
}

// secret is the sealed part of an order.
type secret struct {
	Wanted     ra.Wanted `json:"wanted"`
	Consultant string    `json:"consultant"`
}

// Desk is what a consultant has before them for a caller who was found.
type Desk struct {
	Roles   []identity.Profile
	Waiting []ra.Application // prepared before, not taken yet
}

// Offer is another carrier, offered in a ticket.
type Offer struct {
	State       State // empty: there is none
	Medium      string
	DueAt       time.Time
	Application ra.Application // once accepted: number, state and role
}

// Replacement is what a ticket says of the carrier of its certificate.
type Replacement struct {
	Certificate ra.Held
	Found       bool // the ticket's certificate is one of its account
	Offer       Offer
	Media       []string
}

// Service is the consultants'.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Teller   *notify.Teller
	Persons  *identity.Service
	Accounts *auth.Service
	Tickets  *support.Service
	Clients  *recovery.Service // who finds callers
	Desk     *ra.Service
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }
