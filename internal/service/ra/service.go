// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
)

// Service is the desk.
type Service struct {
	db        *db.DB
	ring      *keys.Ring
	policies  *policy.Book
	teller    *notify.Teller
	blobs     *blob.Store
	persons   *identity.Service
	accounts  *auth.Service
	authority *ca.Service
	registry  *egrip.Service
	rights    func(ctx context.Context, tx *db.Tx, role identity.Profile) error
	measuring chan struct{} // a place for each picture being measured
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Teller    *notify.Teller
	Blobs     *blob.Store
	Persons   *identity.Service
	Accounts  *auth.Service
	Authority *ca.Service
	Registry  *egrip.Service // nil: nothing is asked of the state registers
	// Rights refuses a role that may not ask for certificates at this moment; nil: none is
	// refused.
	Rights func(ctx context.Context, tx *db.Tx, role identity.Profile) error
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, teller: p.Teller, blobs: p.Blobs,
		persons: p.Persons, accounts: p.Accounts, authority: p.Authority, registry: p.Registry, rights: p.Rights,
		measuring: make(chan struct{}, measuringPlaces),
	}
}
