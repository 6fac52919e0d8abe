// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/blob"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/identity"
	"podpis/internal/service/support"
)

// openSupport makes the desk of those who cannot go on.
func (a *App) openSupport(policies *policy.Book, teller *notify.Teller, blobs *blob.Store, persons *identity.Service) {
	a.support = support.New(support.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Blobs: blobs, Persons: persons, Accounts: a.accounts,
		PublicURL: a.settings.PublicURL,
	})
	a.support.Work(a.runner)
}
