// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/blob"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/server/web"
	"podpis/internal/service/identity"
	"podpis/internal/service/takeout"
	"podpis/internal/service/verdict"
)

// takeouts adds the service of archives by a plan to the parts of the site, of which it is made.
func (a *App) takeouts(policies *policy.Book, persons *identity.Service, teller *notify.Teller, words *locale.Bundle, blobs *blob.Store, verdicts *verdict.Service, p web.Parts) web.Parts {
	p.Takeout = takeout.New(takeout.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Blobs: blobs, Accounts: a.accounts, Persons: persons, Teller: teller, Privacy: p.Privacy, Documents: p.Documents,
		Desk: a.desk, Authority: a.authority, Seal: verdicts.Detached, Zone: words.For("ru").Location(),
	})
	p.Takeout.Work(a.runner)
	return p
}
