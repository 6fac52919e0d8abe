// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"
	"net/url"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth/password"
	"podpis/internal/service/factor"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// Service lets people in.
type Service struct {
	db        *db.DB
	ring      *keys.Ring
	policies  *policy.Book
	notices   *notify.Service
	words     *locale.Bundle // of messages
	teller    *notify.Teller
	persons   *identity.Service
	factors   *factor.Service
	outside   *federation.Service // nil: nobody else says who people are
	host      string              // named in messages with codes, so that browsers fill them in
	publicURL string
	cost      Cost
	known     *password.List
	hashing   chan struct{} // a place for each password being hashed
}

// hashingPlaces bounds how many passwords are hashed at once: each takes
// the memory of [Cost], and strangers may ask for as many as they like.
const hashingPlaces = 4

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Notices   *notify.Service
	Words     *locale.Bundle
	Teller    *notify.Teller
	Persons   *identity.Service
	Factors   *factor.Service
	Outside   *federation.Service // nil: none
	PublicURL string              // https://host, without a slash at the end
	Cost      Cost                // of hashing passwords
	Known     *password.List      // leaked passwords; nil: those that are built in
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, notices: p.Notices, words: p.Words, teller: p.Teller, persons: p.Persons, factors: p.Factors, outside: p.Outside,
		host: hostOf(p.PublicURL), publicURL: p.PublicURL, cost: p.Cost.OrRecommended(), known: p.Known, hashing: make(chan struct{}, hashingPlaces),
	}
}

// slowly runs what hashes a password, outside of any act, when there is a place.
func (s *Service) slowly(ctx context.Context, hash func()) error {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", context.Cause(ctx))
	}
	defer func() { <-s.hashing }()
	hash()
	return nil
}

func hostOf(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
