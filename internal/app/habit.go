// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/factor"
	"podpis/internal/service/habit"
	"podpis/internal/service/identity"
)

// habitual makes the service of good habits.
func (a *App) habitual(policies *policy.Book, persons *identity.Service, factors *factor.Service, teller *notify.Teller) *habit.Service {
	s := habit.New(habit.Parts{DB: a.db, Ring: a.ring, Policies: policies, Accounts: a.accounts, Persons: persons, Factors: factors, Teller: teller})
	s.Work(a.runner)
	return s
}
