// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package verdict hands out what the installation said of a signature: as a
// document for people (PDF/A), for programs (JSON) and for other validators (ETSI
// TS 119 102-2), sealed by a key of the installation; and keeps it behind a link
// for as long as the policy says.
//
// A judgement that was shown is carried by the page it was shown on, sealed, so
// that nothing is kept of those who only looked. It is kept when they ask for a
// link, encrypted; whoever has the link may read it and may take it back.
//
// Judging is package trust's. Left out: judgements that were made elsewhere, and
// changing one.
package verdict

import (
	"encoding/json"
	"time"

	"podpis/internal/platform/policy"
	"podpis/verify"
	"podpis/verify/reasons"
)

// Judgement is a report with the language of its words.
type Judgement struct {
	Number   string // for people, stands on each document: В-7F3K9Q
	Language reasons.Language
	Report   *verify.Report
}

// Kept is a judgement behind a link.
type Kept struct {
	*Judgement
	Until time.Time
}

const (
	policyTerm  = "verdict.link_days"
	policyCarry = "verdict.carry"
	policyRate  = "verdict.rate"
)

// Rules are the policies of kept judgements.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyTerm, Kind: policy.Number, Default: "30", Valid: policy.Numbers(1, 3650)},
		{Key: policyCarry, Kind: policy.Duration, Default: "24h"}, // how long a page may be open
		{Key: policyRate, Kind: policy.Number, Default: "30"},     // documents, links and raised signatures a minute, for one network
	}
}

// stored is the form of a judgement at rest. Old forms stay readable: fields are
// added only.
type stored struct {
	Number   string          `json:"number"`
	Language string          `json:"language"`
	At       time.Time       `json:"at"`
	Report   json.RawMessage `json:"report"`
}
