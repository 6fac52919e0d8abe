// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package takeout makes archives of what is a person's own by a plan of theirs: documents and certificates, the
// letters with decisions and receipts, the journal, and personal data.
//
// Each archive has what is new since the last one, or all of it. A list of the files with their hashes (SHA-256;
// GOST R 34.11-2012, 256 bits) stands in it, signed by the installation (CAdES) as everything that it hands out. An
// archive is bounded: what does not fit is named in the list and waits for the next one. It is kept sealed for a
// while; the message about it says nothing of what is in it.
//
// A run that fails is tried again by the queue; after the last try the person is told why and what to do.
//
// Left out: sending archives anywhere; the copy that is made at once (package privacy).
package takeout

import (
	"context"
	"slices"
	"time"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/document"
	"podpis/internal/service/identity"
	"podpis/internal/service/privacy"
	"podpis/internal/service/ra"
)

// Part is one kind of what is taken.
type Part string

// The parts, in the order they are put into an archive.
const (
	Personal  Part = "personal"
	Journal   Part = "journal"
	Receipts  Part = "receipts"
	Documents Part = "documents"
)

// AllParts are the parts that can be chosen.
func AllParts() []Part { return []Part{Personal, Journal, Receipts, Documents} }

// Every is how often.
type Every string

// Weekly counts days from Monday, 1; Monthly and Quarterly are days of the month, 1 to 28.
const (
	Weekly    Every = "week"
	Monthly   Every = "month"
	Quarterly Every = "quarter" // in its first month
)

// Periods are all of them.
func Periods() []Every { return []Every{Weekly, Monthly, Quarterly} }

// Plan is what a person wants to be made, and when.
type Plan struct {
	Every  Every
	Day    int
	Parts  []Part
	Whole  bool // all of it each time
	Paused bool
	NextAt time.Time
}

// check refuses a plan that cannot be kept.
func (p Plan) check() error {
	last := 28
	if p.Every == Weekly {
		last = 7
	}
	switch {
	case !slices.Contains(Periods(), p.Every):
		return problem.New(problem.Invalid, "takeout.every").At("every")
	case p.Day < 1 || p.Day > last:
		return problem.New(problem.Invalid, "takeout.day").At("day").With("Last", last)
	case len(p.Parts) == 0 || slices.ContainsFunc(p.Parts, func(x Part) bool { return !slices.Contains(AllParts(), x) }):
		return problem.New(problem.Invalid, "takeout.parts").At("part_personal")
	}
	return nil
}

// next is the first time of the plan after a moment, at an hour of the zone.
func (p Plan) next(after time.Time, zone *time.Location, hour int) time.Time {
	local := after.In(zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), hour, 0, 0, 0, zone)
	for !day.After(after) || !p.falls(day) {
		day = time.Date(day.Year(), day.Month(), day.Day()+1, hour, 0, 0, 0, zone) // a day, not 24 hours
	}
	return day
}

func (p Plan) falls(day time.Time) bool {
	switch p.Every {
	case Weekly:
		return (int(day.Weekday())+6)%7+1 == p.Day
	case Quarterly:
		return day.Day() == p.Day && (day.Month()-1)%3 == 0
	}
	return day.Day() == p.Day
}

// State is where a run stands.
type State string

// The states of a run.
const (
	Waiting State = "waiting" // the system's turn: it is made in minutes
	Again   State = "again"   // the system's turn: a try failed, the next one follows by itself
	Ready   State = "ready"   // the person's turn: until the archive is dropped
	Nothing State = "nothing" // there was nothing new
	Failed  State = "failed"  // the person's turn: the last try failed
	Gone    State = "gone"    // its term is over, or newer ones took its place
)

// Run is one archive that was made, or was to be.
type Run struct {
	ID        string
	State     State
	Why       string // stage that failed: read, sign, store
	Size      int64
	Files     int
	LeftCount int
	Left      []Left
	CreatedAt time.Time
	DoneAt    time.Time
	ExpiresAt time.Time
}

// Left is a file that is not in an archive, with the reason: "full", it waits for the next one; "large", it fits none;
// "many", older lines than an archive takes.
type Left struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Why  string `json:"why"`
}

// The policies.
const (
	policySize  = "takeout.size"
	policyFiles = "takeout.files"
	policyKeep  = "takeout.keep"
	policyCount = "takeout.count"
	policyHour  = "takeout.hour"
	policyAgain = "takeout.again"
	policyTries = "takeout.tries"
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policySize, Kind: policy.Number, Default: "52428800"}, // octets of the files of an archive
		{Key: policyFiles, Kind: policy.Number, Default: "2000"},
		{Key: policyKeep, Kind: policy.Duration, Default: "720h"},
		{Key: policyCount, Kind: policy.Number, Default: "6", Valid: policy.Numbers(1, 100)}, // archives of an account that are kept
		{Key: policyHour, Kind: policy.Number, Default: "3", Valid: policy.Numbers(0, 23)},   // of the day, in the zone of the site
		{Key: policyAgain, Kind: policy.Duration, Default: "1h"},
		{Key: policyTries, Kind: policy.Number, Default: "10", Valid: policy.Numbers(1, 100)},
	}
}

// Actor is whose plan it is, and from where they act.
type Actor struct {
	Account auth.Account
	Client  auth.Client
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Blobs     *blob.Store
	Accounts  *auth.Service
	Persons   *identity.Service
	Teller    *notify.Teller
	Privacy   *privacy.Service
	Documents *document.Service
	Desk      *ra.Service
	Authority *ca.Service
	Seal      func(ctx context.Context, by, object string, content []byte) ([]byte, error) // the installation's detached signature
	Zone      *time.Location                                                               // of the site
}

// Service makes archives. It is safe for concurrent use.
type Service struct{ Parts }

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

func place(run string) []byte     { return []byte("takeout/" + run) }
func blobPlace(run string) []byte { return []byte("takeout-archive/" + run) }
