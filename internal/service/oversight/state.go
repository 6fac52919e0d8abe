// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Part is a part of the installation and how it is.
type Part struct {
	Name string // key of its words
	Good bool
	At   time.Time // what the state is about: the last root, the list's end
	N    int64     // how many wait or failed
}

// Health is how the parts are that can be seen without asking anybody outside, as it was
// some seconds ago at most.
func (s *Service) Health(ctx context.Context) ([]Part, error) {
	return again(s, &s.health, func() ([]Part, error) { return s.look(ctx) })
}

func (s *Service) look(ctx context.Context) (parts []Part, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		parts = []Part{{Name: "database", Good: true, At: tx.Now()}}
		sealed, err := audit.SealedTo(ctx, tx)
		if err != nil {
			return err
		}
		parts = append(parts, Part{Name: "record", Good: audit.Health(ctx, tx) == nil, At: sealed})
		counts, err := jobs.Counts(ctx, tx)
		if err != nil {
			return err
		}
		parts = append(parts, Part{Name: "jobs", Good: counts["dead"] == 0, N: counts["dead"]})
		notices, err := notify.Counts(ctx, tx)
		if err != nil {
			return err
		}
		for _, channel := range []string{"sms", "mail"} {
			n := notices[channel+"/failed"]
			parts = append(parts, Part{Name: channel, Good: n == 0, N: n})
		}
		lists, err := s.lists(ctx, tx)
		if err != nil {
			return err
		}
		for _, l := range lists.States {
			parts = append(parts, Part{Name: "crl." + string(l.Issuer.Role), Good: !lists.Late(l, tx.Now()), At: l.NextUpdate})
		}
		return nil
	})
	return parts, err
}

// Jobs shows the administrator how many jobs there are by state, and the dead ones.
func (s *Service) Jobs(ctx context.Context, actor Actor) (counts map[string]int64, dead []jobs.Info, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		if counts, err = jobs.Counts(ctx, tx); err != nil {
			return err
		}
		dead, err = jobs.List(ctx, tx, "dead", 100)
		return err
	})
	return counts, dead, err
}

// Revive lets a dead job try again.
func (s *Service) Revive(ctx context.Context, actor Actor, id string) error {
	return s.act(ctx, actor, auth.Administrator, audit.Entry{Action: "admin.job.revive", Object: "job/" + id}, func(ctx context.Context, tx *db.Tx) error {
		revived, err := jobs.Revive(ctx, tx, id)
		if err == nil && !revived {
			return problem.New(problem.NotFound, "admin.job.missing")
		}
		return err
	})
}

// Test sends a message to the administrator's own phone or address.
func (s *Service) Test(ctx context.Context, actor Actor, channel notify.Channel, subject, body string) error {
	e := audit.Entry{Action: "admin.test", Object: "connector/" + string(channel)}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		to := actor.Account.Mail
		if channel == notify.SMS {
			to, subject = actor.Account.Phone, ""
		}
		return s.Notices.Send(ctx, tx, notify.Notice{Channel: channel, Recipient: to, Subject: subject, Body: body})
	})
}

// problemOf is a failure without what a peer may have put into its text.
func problemOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	return "unreachable"
}

// States are the states of jobs, in the order of a page.
func States(counts map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(counts), strings.Compare)
}
