// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"podpis/internal/platform/blob"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/document"
)

// keeping is what people keep of themselves in a world, and what staff do for them.
type keeping struct {
	Contacts    *contact.Service
	Connections *connection.Service
	Documents   *document.Service // nil in a world without a desk
	Consult     *consult.Service  // likewise
}

// openProfile makes what people keep of themselves.
func (w *World) openProfile() {
	w.Contacts = contact.New(contact.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Accounts: w.Accounts, PublicURL: PublicURL})
	w.Contacts.Work(w.Runner)
	w.Connections = connection.Open(connection.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Accounts: w.Accounts})
	w.Connections.Work(w.Runner)
}

// openDocuments makes what keeps documents, once there is a register.
func (w *World) openDocuments(blobs *blob.Store) {
	w.Documents = document.New(document.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Blobs: blobs, Words: w.Words, Registry: w.Registry})
	w.Documents.Work(w.Runner)
}

// openConsult makes what consultants do, once there is a desk.
func (w *World) openConsult() {
	w.Consult = consult.New(consult.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Persons: w.Persons, Accounts: w.Accounts, Tickets: w.Support, Clients: w.Recovery, Desk: w.Desk,
	})
	w.Consult.Work(w.Runner)
}
