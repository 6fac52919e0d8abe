// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package draft keeps what people type into forms until they send it: a tab that was
// killed, a session that ended, another device, and the fields come back.
//
// A draft belongs to an account, or to a browser that nobody signed in with, and to one
// form of one page. The table holds digests of these, and what was typed sealed for the
// place it is in. It goes when the form is taken, when its time is over, and when the
// owner has too many.
//
// Secrets are never given here: the page leaves them out by what the field is, and names
// that are known for secrets are dropped once more ([Secret]). Forms that keep what is
// typed in rows of their own (sign-up, applications) do not use it; files are not kept.
package draft

import (
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

// The policies of drafts.
const (
	policyLife      = "draft.life"
	policyGuestLife = "draft.guest_life"
	policyCount     = "draft.count"       // of one owner
	policyGuests    = "draft.guests"      // of all browsers together
	policyOctets    = "draft.octets"      // of one draft
	policyGuestRate = "draft.guest_rate"  // saves of one network a minute
	policyTicket    = "draft.ticket_life" // how long an open page may save
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyLife, Kind: policy.Duration, Default: "2160h"},
		{Key: policyGuestLife, Kind: policy.Duration, Default: "24h"},
		{Key: policyCount, Kind: policy.Number, Default: "50"},
		{Key: policyGuests, Kind: policy.Number, Default: "10000"},
		{Key: policyOctets, Kind: policy.Number, Default: "32768", Valid: policy.Numbers(1024, 1<<20)},
		{Key: policyGuestRate, Kind: policy.Number, Default: "120"},
		{Key: policyTicket, Kind: policy.Duration, Default: "24h"},
	}
}

// Owner is whose drafts they are. The zero value owns nothing.
type Owner struct {
	digest []byte
	guest  bool
}

// OfAccount is the owner that an account is.
func OfAccount(id string) Owner { return Owner{digest: keys.Digest("account/" + id)} }

// OfBrowser is the owner that a browser is by the secret of its cookie.
func OfBrowser(secret string) Owner {
	if secret == "" {
		return Owner{}
	}
	return Owner{digest: keys.Digest("browser/" + secret), guest: true}
}

// Draft is what stands in the fields of a form.
type Draft struct {
	Form    string // address the form is sent to
	Place   int64  // which of the page's forms with that address, from 0
	Of      string // what the form was about; another one takes no draft of it
	Values  [][2]string
	SavedAt time.Time
}

// maxPlace is more forms than a page has.
const maxPlace = 500

// check refuses what no page of ours sends.
func (d Draft) check() error {
	broken := problem.New(problem.Invalid, "form.broken")
	if d.Form == "" || d.Place < 0 || d.Place > maxPlace {
		return broken
	}
	for _, v := range d.Values {
		if strings.Contains(v[0]+v[1], "\x00") { // no form could be sent with it
			return broken
		}
	}
	return nil
}

// Secret reports whether a field of that name holds what is never kept.
func Secret(name string) bool {
	name = strings.ToLower(name)
	return name == "code" || slices.ContainsFunc([]string{"password", "secret", "pin", "token"}, func(part string) bool {
		return slices.Contains(strings.FieldsFunc(strings.TrimRight(name, "0123456789"), func(r rune) bool { return r == '_' || r == '-' || r == '.' }), part)
	})
}
