// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/blob"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/document"
	"podpis/internal/service/identity"
)

// contacts makes what changes phones and addresses.
func (a *App) contacts(policies *policy.Book, teller *notify.Teller) *contact.Service {
	s := contact.New(contact.Parts{DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Accounts: a.accounts, PublicURL: a.settings.PublicURL})
	s.Work(a.runner)
	return s
}

// documents makes what keeps the documents and the requisites of roles.
func (a *App) documents(policies *policy.Book, blobs *blob.Store, words *locale.Bundle) *document.Service {
	s := document.New(document.Parts{DB: a.db, Ring: a.ring, Policies: policies, Blobs: blobs, Words: words, Registry: a.registry})
	s.Work(a.runner)
	return s
}

// connections makes what takes requests to be connected.
func (a *App) connections(policies *policy.Book) *connection.Service {
	s := connection.Open(connection.Parts{DB: a.db, Ring: a.ring, Policies: policies, Accounts: a.accounts})
	s.Work(a.runner)
	return s
}

// consultants makes what takes orders by phone and offers other carriers.
func (a *App) consultants(policies *policy.Book, teller *notify.Teller, persons *identity.Service) *consult.Service {
	s := consult.New(consult.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Persons: persons, Accounts: a.accounts, Tickets: a.support, Clients: a.recovery, Desk: a.desk,
	})
	s.Work(a.runner)
	return s
}
