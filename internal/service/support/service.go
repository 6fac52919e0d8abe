// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Service answers people who cannot go on.
type Service struct {
	db        *db.DB
	ring      *keys.Ring
	policies  *policy.Book
	teller    *notify.Teller
	blobs     *blob.Store
	accounts  *auth.Service
	publicURL string
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Teller    *notify.Teller
	Blobs     *blob.Store
	Accounts  *auth.Service
	PublicURL string // https://host, without a slash at the end
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, teller: p.Teller, blobs: p.Blobs,
		accounts: p.Accounts, publicURL: p.PublicURL,
	}
}

// octets is what a column that may be empty takes: an empty one is read back as nothing,
// which it would refuse.
func octets(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Operate reads the account of who acts again and refuses who is no operator: the role
// may have been taken away since the sign-in.
func (s *Service) Operate(ctx context.Context, tx *db.Tx, actor Actor) error {
	current, err := s.accounts.AccountByID(ctx, tx, actor.Account.ID)
	if err != nil {
		return err
	}
	if current.Role != auth.Operator {
		return problem.New(problem.Forbidden, "auth.role.other")
	}
	return nil
}

// personOf is whom notices about an account go to.
func (s *Service) personOf(ctx context.Context, tx *db.Tx, accountID, profileID string) (notify.Person, error) {
	a, err := s.accounts.AccountByID(ctx, tx, accountID)
	if err != nil {
		return notify.Person{}, err
	}
	return notify.Person{AccountID: a.ID, ProfileID: profileID, Phone: a.Phone, Mail: a.Mail}, nil
}

// Contacts are how people reach the desk besides this site; all of them are settings
// (ODD-08).
type Contacts struct {
	Phone string // of the call centre
	Place string // where to come to
}

// Contacts returns what the installation has; empty ones are not shown.
func (s *Service) Contacts(ctx context.Context) (c Contacts, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if c.Phone, err = s.policies.String(ctx, tx, "support.phone"); err != nil {
			return err
		}
		c.Place, err = s.policies.String(ctx, tx, "recover.place")
		return err
	})
	return c, err
}
