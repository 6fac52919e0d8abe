// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth/contact"
)

// contacts makes what changes phones and addresses.
func (a *App) contacts(policies *policy.Book, teller *notify.Teller) *contact.Service {
	s := contact.New(contact.Parts{DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Accounts: a.accounts, PublicURL: a.settings.PublicURL})
	s.Work(a.runner)
	return s
}
