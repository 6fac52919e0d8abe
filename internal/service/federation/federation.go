// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package federation lets others say who somebody is: ЕСИА, a partner bank by OpenID
// Connect Core 1.0, and ЕБС, which compares a face. It gives claims and remembers which
// account of theirs belongs to which of ours; it opens no session (package auth does) and
// trusts no claim by itself.
//
// An attempt is a row made before the person leaves: by the digest of the state, bound to
// the browser by a cookie, to one provider by the address the person comes back to, used
// once, gone in minutes. What comes back with it is checked before anybody is asked: a
// foreign state, another browser, another provider are refused without a request to the
// outside (RFC 6749, 10.12; RFC 9207 and RFC 9700 on mix-ups). PKCE (RFC 7636) is always
// used, tokens are checked by the keys of the settings or of the provider's own set.
//
// Left out: refreshing of tokens (none is kept), single logout, being a provider.
package federation

import (
	"context"
	"net/url"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/identity"
)

// Kind is how a provider is spoken to.
type Kind string

// The kinds.
const (
	ESIA       Kind = "esia"
	OIDC       Kind = "oidc"
	Biometrics Kind = "ebs"
)

// Provider is what pages know of a provider.
type Provider struct {
	ID   string // part of addresses
	Kind Kind
	Name string // as people call it, in the language of the settings
	// Origin is where a form that begins leads to: pages let it through.
	Origin string
	Staff  bool // of the company: for staff, never for holders
}

// Purpose is what a person goes to a provider for.
type Purpose string

// The purposes.
const (
	ForLogin   Purpose = "login"   // sign in or sign up
	ForLink    Purpose = "link"    // bind, by somebody signed in
	ForRefresh Purpose = "refresh" // what the provider states, anew
	ForProof   Purpose = "proof"   // a comparison of ЕБС
	ForStaff   Purpose = "staff"   // sign in to a console
)

// Attempt is what is remembered while a person is away.
type Attempt struct {
	Provider  string    `json:"provider"`
	Purpose   Purpose   `json:"purpose"`
	AccountID string    `json:"account,omitempty"` // who is signed in, but to sign in
	Return    string    `json:"return,omitempty"`  // where the person was going
	State     string    `json:"state"`
	Nonce     string    `json:"nonce"`
	Verifier  string    `json:"verifier"` // RFC 7636, 4.1
	Session   string    `json:"session,omitempty"`
	Subject   string    `json:"subject,omitempty"` // whom ЕБС compares
	BeganAt   time.Time `json:"began"`
}

// Claims are what a provider answers for.
type Claims struct {
	Provider      string             `json:"provider"`
	Kind          Kind               `json:"kind"`
	Subject       string             `json:"subject"` // of the provider, for ever
	Level         identity.Level     `json:"level"`
	At            time.Time          `json:"at"`
	Person        identity.Person    `json:"person"`
	Phone         string             `json:"phone,omitempty"` // +7XXXXXXXXXX
	PhoneVerified bool               `json:"phone_verified,omitempty"`
	Mail          string             `json:"mail,omitempty"`
	MailVerified  bool               `json:"mail_verified,omitempty"`
	Facts         []identity.Fact    `json:"facts,omitempty"`
	Match         float64            `json:"match,omitempty"`  // of ЕБС, 0 to 1
	Alive         bool               `json:"alive,omitempty"`  // likewise
	Heads         []identity.Company `json:"heads,omitempty"`  // organisations the person is the head of
	Groups        []string           `json:"groups,omitempty"` // of the company, of staff
}

// Link is an account of a provider that belongs to one of ours.
type Link struct {
	Provider  string
	Subject   string
	AccountID string
	Level     identity.Level
	LinkedAt  time.Time
	UsedAt    time.Time
}

// provider is somebody who says who people are. Both talk to the outside and so run
// between acts, never inside of one. Errors are problems where the person can do
// something.
type provider interface {
	about() Provider
	// begin gives the address the person is sent to.
	begin(ctx context.Context, a *Attempt) (string, error)
	// finish reads what the person came back with.
	finish(ctx context.Context, a Attempt, query url.Values) (Claims, error)
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	validLogin := policy.OneOf("viewing", "full") // levels of auth, which stands above
	return []policy.Rule{
		{Key: "external.attempt.life", Kind: policy.Duration, Default: "15m"},
		{Key: "external.arrival.life", Kind: policy.Duration, Default: "30m"},
		{Key: "external.login.confirmed", Kind: policy.Text, Default: "full", Valid: validLogin},
		{Key: "external.login.standard", Kind: policy.Text, Default: "viewing", Valid: validLogin},
		{Key: "external.login.bank", Kind: policy.Text, Default: "viewing", Valid: validLogin},
		{Key: "external.bank.level", Kind: policy.Text, Default: string(identity.Standard), Valid: policy.OneOf(identity.Levels()...)},
		{Key: "external.match", Kind: policy.Number, Default: "9000", Law: "572-ФЗ", Valid: policy.Numbers(1, 10_000)},
	}
}
