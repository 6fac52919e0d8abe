// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/beevik/ntp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
)

// PolicyNTP names the time servers, host or host:port, with spaces between.
const PolicyNTP = "workplace.ntp"

// Rules are the numbers of this service.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: PolicyNTP, Kind: policy.Text, Default: "", Valid: policy.Hosts},
		{Key: "workplace.ntp_every", Kind: policy.Duration, Default: "1h"},
		{Key: "workplace.loads", Kind: policy.Number, Default: "30"}, // measurements of a network in a minute
	}
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Policies *policy.Book
	Table    Table   // what Install puts into the database
	Setups   []Setup // likewise
	Log      *slog.Logger
}

// Service judges workplaces and watches the clock of this computer. It is safe for
// concurrent use.
type Service struct {
	db       *db.DB
	policies *policy.Book
	seeds    Table
	setups   []Setup
	log      *slog.Logger
	reading  atomic.Pointer[Reading]
}

// New makes the service.
func New(p Parts) *Service {
	return &Service{db: p.DB, policies: p.Policies, seeds: p.Table, setups: p.Setups, log: p.Log}
}

// Reading is what time servers said.
type Reading struct {
	Offset  time.Duration // of this computer's clock: positive when it is behind
	Servers int           // that answered
	At      time.Time
}

// Verdict is what is known of a browser and its system.
type Verdict struct{ Browser, System Finding }

// Good tells whether nothing is known against the workplace: what no row knows is not held
// against it, the rows of the check look at what it can do.
func (v Verdict) Good() bool { return v.Browser.Good() && v.System.Good() }

// Judge looks at a User-Agent header.
func (s *Service) Judge(ctx context.Context, header string) (Verdict, error) {
	table, err := s.Table(ctx)
	browser, system := ParseAgent(header)
	now := s.db.Now()
	return Verdict{table.Judge(Browser, browser, now), table.Judge(System, system, now)}, err
}

// Clock is the last reading; ok is false when no server has answered.
func (s *Service) Clock() (r Reading, ok bool) {
	if p := s.reading.Load(); p != nil {
		return *p, true
	}
	return Reading{}, false
}

// Loads is how many measurements of the connection a network has in a minute.
func (s *Service) Loads(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = s.policies.Number(ctx, tx, "workplace.loads")
		return err
	})
	return n, err
}

// maxOffset is how far the clock may be off before the log says so: verdicts and stamps
// are made by it.
const maxOffset = time.Second

// Watch compares the clock with the servers of the policy until ctx is done. Each node
// watches its own clock, so this is no job of the installation.
func (s *Service) Watch(ctx context.Context) error {
	for {
		every, err := s.Compare(ctx)
		if err != nil {
			s.log.WarnContext(ctx, "clock not compared", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(every, time.Minute)):
		}
	}
}

// Compare asks the servers once. It returns when to ask again.
func (s *Service) Compare(ctx context.Context) (every time.Duration, err error) {
	var list string
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if list, err = s.policies.String(ctx, tx, PolicyNTP); err != nil {
			return err
		}
		every, err = s.policies.Duration(ctx, tx, "workplace.ntp_every")
		return err
	})
	if err != nil {
		return 0, err
	}
	var offsets []time.Duration
	for _, server := range strings.Fields(list) {
		offset, err := ask(server)
		if err != nil {
			s.log.WarnContext(ctx, "time server", "server", server, "error", err)
			continue
		}
		offsets = append(offsets, offset)
	}
	if len(offsets) == 0 {
		s.reading.Store(nil) // an old reading would say what nobody knows
		return every, nil
	}
	slices.Sort(offsets)
	r := Reading{Offset: offsets[len(offsets)/2], Servers: len(offsets), At: s.db.Now()} // the middle one: one liar moves nothing
	s.reading.Store(&r)
	if r.Offset.Abs() > maxOffset {
		s.log.WarnContext(ctx, "the clock of this computer is off", "offset", r.Offset)
	}
	return every, nil
}

// patience is how long a time server is waited for.
const patience = 3 * time.Second

// ask is one question of SNTP (RFC 5905, 14). Answers of servers that do not know the time
// themselves are refused.
func ask(server string) (time.Duration, error) {
	answer, err := ntp.QueryWithOptions(server, ntp.QueryOptions{Timeout: patience})
	if err != nil {
		return 0, err
	}
	if err := answer.Validate(); err != nil {
		return 0, err
	}
	return answer.ClockOffset, nil
}
