// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import "podpis/internal/service/auth/contact"

// openProfile makes what people keep of themselves.
func (w *World) openProfile() {
	w.Contacts = contact.New(contact.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Accounts: w.Accounts, PublicURL: PublicURL})
	w.Contacts.Work(w.Runner)
}
