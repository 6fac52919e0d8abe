// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package oversight is what the consoles of the officer, the auditor and the administrator
// do: looks at the record, the register of certificates and the state of the installation,
// and changes of policies, staff and jobs.
//
// Duties are separate. Each act reads the account of who acts anew, asks for its one role
// and is an entry of the record, and so is each look. The auditor changes nothing; the
// administrator is shown no documents and no keys; no key leaves the authority.
//
// Left out: the operator's work, which is package ra's and support's, and ceremonies: no
// act of a console uses the root's key.
package oversight

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/download"
	"podpis/internal/service/verdict"
	"podpis/internal/service/workplace"
)

// Actor is who acts, and from where.
type Actor struct {
	Account auth.Account
	Client  auth.Client
}

// Service oversees an installation.
type Service struct {
	Parts
	mu     sync.Mutex
	health kept[[]Part]        // for the public page
	chain  kept[*audit.Report] // for the auditor
	brand  atomic.Pointer[Brand]
}

// kept is an answer that is given again for a moment: what it takes to find it must not be
// at the hands of everybody who opens a page.
type kept[T any] struct {
	value T
	at    time.Time
}

// keptFor is how long an answer is given again.
const keptFor = 10 * time.Second

// again gives a kept answer, or finds a new one; one finder at a time.
func again[T any](s *Service, k *kept[T], find func() (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.DB.Now()
	if age := now.Sub(k.at); !k.at.IsZero() && age >= 0 && age < keptFor {
		return k.value, nil
	}
	value, err := find()
	if err == nil {
		k.value, k.at = value, now
	}
	return value, err
}

// Parts are what the service is made of.
type Parts struct {
	DB         *db.DB
	Policies   *policy.Book
	Accounts   *auth.Service
	Authority  *ca.Service
	Verdicts   *verdict.Service
	Notices    *notify.Service
	Words      *locale.Bundle
	Verify     func(ctx context.Context) (*audit.Report, error) // the record against its roots and anchors
	Connectors []Connector
	Workplaces *workplace.Service
	Downloads  *download.Service
	// Await lets an account be bound by the first sign-in by a directory; nil: there is none.
	Await func(ctx context.Context, tx *db.Tx, accountID string) error
}

// Connector is a connection to the outside world.
type Connector struct {
	Name    string // key of its words, unless it has a title
	Title   string
	Fixed   bool   // has no switch
	Address string // without secrets
	Try     func(ctx context.Context) error
}

// New returns the service.
func New(p Parts) *Service { return &Service{Parts: p} }

// as reads the account of who acts again and refuses who has another role: it may have
// been taken away since the sign-in.
func (s *Service) as(ctx context.Context, tx *db.Tx, actor Actor, role auth.Role) error {
	current, err := s.Accounts.AccountByID(ctx, tx, actor.Account.ID)
	if err != nil {
		return err
	}
	if current.Role != role {
		return problem.New(problem.Forbidden, "auth.role.other")
	}
	return nil
}

// act is one act of one role, recorded.
func (s *Service) act(ctx context.Context, actor Actor, role auth.Role, e audit.Entry, do func(ctx context.Context, tx *db.Tx) error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, role); err != nil {
			return err
		}
		if err := do(ctx, tx); err != nil {
			return err
		}
		e.Actor, e.Origin = "account/"+actor.Account.ID, actor.Client.Network
		return audit.Record(ctx, tx, e)
	})
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "oversight.connector.check", Kind: policy.Duration, Default: "10m"}, // how often connections are tried
		{Key: "oversight.export.rows", Kind: policy.Number, Default: "100000"},    // of one export of the record
	}
}

// maxTry bounds how long a connection is tried.
const maxTry = 15 * time.Second
