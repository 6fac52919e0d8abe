// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
)

// certified makes the service of sign-ups and proofs by certificate.
func (a *App) certified(policies *policy.Book, persons *identity.Service, factors *factor.Service) *certified.Service {
	return certified.New(certified.Parts{DB: a.db, Policies: policies, Persons: persons, Accounts: a.accounts, Signups: a.signups, Factors: factors, Registry: a.registry})
}
